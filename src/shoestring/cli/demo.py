"""People for ``shoestring studio --demo``: generated writers, enrolled like anybody else."""

from collections.abc import Mapping
from typing import Any

from shoestring.cli.extras import needs

NAMES = ("ada", "bela", "chidi")
"""Generated writers: nobody's signature is in the package."""


def enrol_demo_people(settings: Mapping[str, Any]) -> None:
    """Enrol each of ``NAMES`` with as many signatures as the model asks for, in the store of ``settings``."""
    with needs("studio"):
        from shoestring.service.app import create_app
        from shoestring.service.people import SampleBody, enrol_sample
        from shoestring.service.settings import Settings
    from shoestring.data.sigma_lognormal import synthetic_set
    from shoestring.data.stroke_page import to_page_json
    from shoestring.recipes.loading import load

    service = create_app(Settings.from_environment(**settings, warm=False)).state.service
    verifier = load(service.models.default)
    service.models.add(service.models.default, verifier)
    samples = synthetic_set(len(NAMES), seed=1)
    writers = sorted(set(samples.identity.tolist()))
    try:
        for name, writer in zip(NAMES, writers, strict=True):
            service.store.put_person(name, consent="a generated person, for the demo")
            mine = samples.subset((samples.identity == writer) & samples.genuine)
            for signature in mine.signatures[: verifier.references]:
                enrol_sample(service, name, SampleBody(strokes=to_page_json(signature)), None)
    finally:
        service.gate.close()
        service.store.close()
