"""Drawn faces and a small model for them, which several kinds of tests enrol and verify with."""

import torch

from shoestring.data.image_decode import encode_png
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.calibration import Targets
from shoestring.similarity.encoders import InceptionSmall
from shoestring.similarity.matchers import Centroid
from shoestring.similarity.verifier import Verifier


def drawn_verifier(seed: int = 0) -> Verifier:
    """A small network as it was born: it tells drawn faces apart a little, which is enough for tests of the way."""
    torch.manual_seed(seed)
    encoder = InceptionSmall(height=24, breadth=24, channels=4, width=32).build().eval()
    faces = synthetic_faces(12, 5, seed=8)
    matcher = Centroid(storage="bytes").fit(encoder, faces)
    return Verifier.calibrate(matcher, faces, references=2, targets=Targets(0.5, 0.5), modality="face", title="drawn")


def drawn_photos(people: int = 3, each: int = 4, seed: int = 3) -> list[list[bytes]]:
    """PNG files of each person."""
    faces = synthetic_faces(people, each, seed=seed)
    return [[encode_png(face) for face in faces.pictures[each * n : each * (n + 1)]] for n in range(people)]
