"""Where the face is in a picture, whether it is good enough to be compared, and why not.

The detector is the frontal-face cascade of OpenCV (Viola & Jones 2001; Lienhart & Maydt 2002), whose model ships inside
the package ``opencv-python-headless`` up to version 4. It finds upright frontal faces, not profiles.
"""

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple

import numpy as np

from shoestring.core.component import component
from shoestring.core.errors import BadDataError, MissingExtraError
from shoestring.data.images import Picture, Pixels

CASCADE = "haarcascade_frontalface_alt2.xml"
"""On 150 AT&T pictures and 119 frontal CMU ones it found one face in 267; ``default`` and ``alt`` in 251 and 267."""
SEARCHED = 240
"""Pixels to which the shorter side is scaled for the search (enlarged at most fourfold)."""
SHARPNESS_SIDE = 96
"""Faces are judged at this size, so that one threshold holds for all."""
Reason = Literal["no-face", "two-faces", "too-small", "blurred"]
_LOCK = threading.Lock()


class Box(NamedTuple):
    """A square in pixels of the picture; it may reach beyond the border."""

    left: int
    top: int
    side: int


class Refusal(NamedTuple):
    """Why a picture is not used."""

    reason: Reason
    message: str
    """For people: what is wrong and what to do."""


@dataclass(frozen=True, eq=False)
class FoundFace:
    """The largest face of a picture with everything a page can show."""

    boxes: tuple[Box, ...]
    """All faces that count, the largest first."""
    crop: Picture | None
    """The largest one, square, ready for an encoder; None where there is no face."""
    sharpness: float | None
    refusals: tuple[Refusal, ...]
    """Empty when the face may be used."""


@component
class FaceRules:
    """What counts as one usable face.

    The figures below were measured on a third of the AT&T pictures (112 x 92 pixels, the face fills them).
    """

    smallest: int = 40
    """Pixels, side of the face. AT&T: 72 to 109; CMU at 64 x 60: 20 to 35, so all of those are refused."""
    least_sharpness: float = 0.01
    """Below it a face counts as blurred. AT&T: 0.023 and more; after a Gaussian blur of 1.5 pixels 0.007 in the middle
    and refused in three of four, of 2 pixels 0.004 and always refused."""
    second: float = 0.5
    """Another face counts from this share of the largest one's side on: people in the background do not."""
    margin: float = 0.1
    """Share of the side that is added all round: the detector's square ends at brows and chin."""
    agreement: int = 5
    """Overlapping detections that make a face; fewer find more faces, also where there are none."""

    def __post_init__(self) -> None:
        if self.smallest < 1 or self.least_sharpness < 0 or not 0 < self.second <= 1 or not 0 <= self.margin <= 1:
            raise ValueError("smallest is at least 1, least_sharpness not below 0, second in (0, 1], margin in [0, 1]")
        if self.agreement < 1:
            raise ValueError(f"agreement={self.agreement}: at least one detection is needed")

    def find(self, picture: Picture) -> FoundFace:
        """Look for faces; raises MissingExtraError without OpenCV 4."""
        boxes = [box for box in detect(picture, self.agreement) if box.side > 0]
        boxes = [box for box in boxes if box.side >= self.second * boxes[0].side]
        if not boxes:
            hint = "look straight into the camera, with light from the front"
            return FoundFace((), None, None, (Refusal("no-face", f"no frontal face was found: {hint}"),))
        refusals = []
        if len(boxes) > 1:
            refusals.append(Refusal("two-faces", f"{len(boxes)} faces are in the picture; show one person alone"))
        side = boxes[0].side
        if side < self.smallest:
            refusals.append(
                Refusal("too-small", f"the face has {side} pixels, {self.smallest} are needed; come nearer")
            )
        face = square(picture, boxes[0], 0.0)
        found = sharpness(face)
        if found < self.least_sharpness:
            refusals.append(
                Refusal("blurred", f"sharpness {found:.3f}, {self.least_sharpness:g} is needed; hold still, more light")
            )
        return FoundFace(tuple(boxes), square(picture, boxes[0], self.margin), found, tuple(refusals))

    def crop(self, picture: Picture, where: str = "picture") -> Picture:
        """The face of ``picture``. Raises BadDataError with all reasons, opened by ``where``, when it is refused."""
        found = self.find(picture)
        if found.refusals or found.crop is None:
            raise BadDataError(f"{where}: " + "; ".join(refusal.message for refusal in found.refusals))
        return found.crop


def detect(picture: Picture, agreement: int = 5) -> list[Box]:
    """All faces, the largest first. Raises MissingExtraError without OpenCV 4."""
    cv2 = _library()
    grey = picture.grey()
    scale = min(SEARCHED / min(grey.shape), 4.0)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    searched = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=method)
    # A face that fills the picture has no surroundings, and the detector wants some.
    border = max(searched.shape) // 5
    searched = cv2.copyMakeBorder(searched, border, border, border, border, cv2.BORDER_REPLICATE)
    with _LOCK:
        found = _cascade().detectMultiScale(searched, 1.1, agreement, minSize=(24, 24))
    boxes = [
        Box(round((x - border) / scale), round((y - border) / scale), round(side / scale)) for x, y, side, _ in found
    ]
    return sorted(boxes, key=lambda box: (-box.side, box))


def square(picture: Picture, box: Box, margin: float) -> Picture:
    """The pixels of ``box`` with ``margin`` of its side added all round; beyond the border, the border is repeated."""
    extra = round(margin * box.side)
    rows = np.clip(np.arange(box.top - extra, box.top + box.side + extra), 0, picture.height - 1)
    columns = np.clip(np.arange(box.left - extra, box.left + box.side + extra), 0, picture.width - 1)
    return Picture(np.ascontiguousarray(picture.pixels[rows][:, columns]))


def sharpness(face: Picture) -> float:
    r"""Variance of the Laplacian over the variance of the pixels, at :data:`SHARPNESS_SIDE` pixels.

    :math:`\nabla^2 I` is the sum of the four neighbours less four times the pixel (Pech-Pacheco et al. 2000, "Diatom
    autofocusing in brightfield microscopy"); dividing by the contrast makes it independent of the light. 0 for a
    picture of one colour.
    """
    cv2 = _library()
    side = (SHARPNESS_SIDE, SHARPNESS_SIDE)
    method = cv2.INTER_AREA if face.height > SHARPNESS_SIDE else cv2.INTER_LINEAR
    return relative_laplacian(cv2.resize(face.grey(), side, interpolation=method))


def relative_laplacian(grey: Pixels) -> float:
    """Variance of the Laplacian of the inner pixels over the variance of all; 0 for one colour."""
    values = grey.astype(np.float64)
    inner = values[1:-1, 1:-1]
    laplacian = values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:] - 4 * inner
    contrast = values.var()
    return float(laplacian.var() / contrast) if contrast > 0 else 0.0


def _library() -> ModuleType:
    try:
        import cv2
    except ModuleNotFoundError as error:
        raise MissingExtraError("opencv-python-headless", "faces") from error
    return cv2


@cache
def _cascade() -> Any:
    cv2 = _library()
    path = Path(cv2.data.haarcascades) / CASCADE
    if not path.is_file():
        # Version 5 dropped the cascades and ships no other model.
        raise MissingExtraError("opencv-python-headless<5", "faces")
    return cv2.CascadeClassifier(str(path))
