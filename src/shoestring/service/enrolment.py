"""What enrolling and verifying share: keeping templates up to date."""

from datetime import UTC, datetime

from shoestring.service.errors import ApiError
from shoestring.service.modalities import modality_of
from shoestring.service.store import Store
from shoestring.similarity.templates import Template
from shoestring.similarity.verifier import Verifier

TRIES = 20


def refresh_template(store: Store, verifier: Verifier, name: str) -> Template:
    """Make the template of all genuine samples of the verifier's modality and store it.

    It is computed outside of any transaction, and again when samples came or went meanwhile.

    Raises:
        NotFoundError: the person is gone.
        ApiError: 409 without any genuine sample that the model can use, 503 when the samples change all the time.
    """
    modality = verifier.modality
    handled = modality_of(modality)
    for _ in range(TRIES):
        old = store.enrolment(name, verifier.fingerprint, modality).template
        samples = store.samples(name, captures=True, genuine=True, modality=modality)
        if not samples:
            what = "sample" if modality == "signature" else modality
            message = f"{name!r} has no genuine {what}: enrol one first"
            raise ApiError(409, message, "not_enrolled", param="person")
        template = verifier.enrol(handled.restore(samples, verifier))
        made_from = [sample.id for sample in samples]
        if store.put_template(name, template, made_from=made_from, replaces=old, modality=modality):
            return template
    raise ApiError(503, f"the samples of {name!r} keep changing; try again", "busy", retry_after=1)


def template_of(store: Store, verifier: Verifier, name: str) -> Template:
    """The template that verifies a person: the model's own, else one of an earlier model that this one reads.

    Raises as :func:`refresh_template`.
    """
    own = store.enrolment(name, verifier.fingerprint, verifier.modality).template
    if own is not None:
        return own
    for earlier in sorted(verifier.reads - {verifier.fingerprint}):
        if (found := store.enrolment(name, earlier, verifier.modality).template) is not None:
            return found
    return refresh_template(store, verifier, name)


def timestamp(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
