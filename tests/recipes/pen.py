"""A verifier that is small and real, and people who are in nobody's data set, for the tests of what surrounds both."""

import json
from functools import cache
from pathlib import Path

import torch

from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.data.stroke_page import to_page_json
from shoestring.data.strokes import SignatureSet
from shoestring.similarity.calibration import Targets
from shoestring.similarity.encoders import SignatureTdnn
from shoestring.similarity.matchers.gaussian_signer import GaussianSigner
from shoestring.similarity.verifier import Verifier


@cache
def small_verifier() -> Verifier:
    """An untrained network with a fitted signer model: its errors are large, and its bounds say so."""
    samples = synthetic_set(20, genuine=7, forgeries=2, seed=3)
    torch.manual_seed(0)
    encoder = SignatureTdnn().build()
    encoder.fit_scales(samples)
    matcher = GaussianSigner().fit(encoder.eval(), samples)
    targets = Targets(false_accept=0.3, false_reject=0.3)
    return Verifier.calibrate(matcher, samples, references=4, targets=targets, random_per_subject=10, title="for tests")


@cache
def people() -> SignatureSet:
    """Three writers with six genuine signatures and two forgeries each."""
    return synthetic_set(3, genuine=6, forgeries=2, seed=77)


def write_people(path: Path, samples: SignatureSet | None = None) -> list[str]:
    """``path`` as a file of page captures; the names of the writers."""
    found = people() if samples is None else samples
    records = [
        {"writer": str(found.identity[row]), "genuine": bool(found.genuine[row]), "sample": int(found.sample[row]),
         "strokes": to_page_json(found[row])}
        for row in range(len(found))
    ]  # fmt: skip
    path.write_text(json.dumps(records))
    return sorted(set(found.identity.tolist()))
