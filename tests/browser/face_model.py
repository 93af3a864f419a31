"""A small model for drawn faces, trained in the test set-up: semi-hard triplets as in the preset, a few seconds."""

import numpy as np
import torch

from shoestring.data.faces import Box, square
from shoestring.data.images import ImageSet, image_set
from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.similarity.calibration import Targets
from shoestring.similarity.encoders import InceptionSmall
from shoestring.similarity.losses import Triplet
from shoestring.similarity.matchers import Centroid
from shoestring.similarity.verifier import Verifier

PEOPLE, EACH, TRAINED = 44, 6, 24
BOX = Box(8, 22, 76)
"""Where the detector finds most drawn faces: looking for each would take longer than the training."""


def framed(faces: ImageSet) -> ImageSet:
    """As the service crops them, or nearly."""
    pictures = [square(picture, BOX, 0.1) for picture in faces]
    return image_set(pictures, faces.identity.tolist(), faces.source)


def face_verifier(steps: int = 60) -> Verifier:
    """Trained on the first people, calibrated on the others with targets that twenty people can support."""
    torch.manual_seed(0)
    draw = np.random.default_rng(0)
    faces = framed(synthetic_faces(PEOPLE, EACH, seed=21))
    train = faces.subset(np.arange(len(faces)) < TRAINED * EACH)
    rest = faces.subset(np.arange(len(faces)) >= TRAINED * EACH)
    encoder = InceptionSmall(height=32, breadth=32, channels=8, width=64).build()
    prepared, loss_of = encoder.prepare(train), Triplet()
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=3e-3)
    for _ in range(steps):
        people = draw.choice(TRAINED, 10, replace=False)
        rows = torch.from_numpy((people[:, None] * EACH + np.arange(EACH)).ravel())
        loss = loss_of(encoder(prepared[rows]), torch.from_numpy(np.repeat(np.arange(10), EACH)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    matcher = Centroid(storage="bytes").fit(encoder.eval(), train)
    return Verifier.calibrate(
        matcher, rest, references=3, targets=Targets(false_accept=0.3, false_reject=0.3), modality="face",
        title="drawn faces, for tests",
    )  # fmt: skip
