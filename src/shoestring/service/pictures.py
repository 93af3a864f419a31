"""Faces and other pictures: the picture is dropped, the vector that an encoder makes of it is kept.

A vector is enough to make templates again and to calibrate thresholds. It is no picture, but likenesses can be computed
back from such vectors by who has the encoder: it is personal data like the picture. With ``--keep-images`` the crop is
kept as well, written anew as PNG, so that another encoder can be trained or taken.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shoestring.core.errors import BadDataError
from shoestring.data.faces import FaceRules, FoundFace
from shoestring.data.image_decode import decode_image, encode_png
from shoestring.data.images import Picture
from shoestring.service.errors import ApiError
from shoestring.service.items import Given
from shoestring.service.store import Enrolment, NewSample, Sample

if TYPE_CHECKING:
    from shoestring.similarity.verifier import Verifier

LONGEST = 1024
"""Longer side to which a picture is reduced before a face is looked for."""
CROP = 256
"""Pixels of the side of a kept crop at most: more than any encoder here sees."""
RULES = FaceRules()
MAX_SOURCE = 20


def read_image(text: str) -> Picture:
    """The picture in Base64, with or without the head of a data URL. Raises ApiError 422 ``bad_image``."""
    head, comma, body = text.partition(",") if text[:5] == "data:" else ("", "", text)
    if head and not (comma and head.endswith(";base64")):
        raise ApiError(422, "image: a data URL without ;base64", "bad_image", param="image")
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(
            422, "image: not Base64; send the bytes of the file in Base64, or the file as multipart/form-data",
            "bad_image", param="image",
        ) from None  # fmt: skip
    try:
        return decode_image(data, longest=LONGEST)
    except BadDataError as error:
        raise ApiError(422, str(error), "bad_image", param="image") from error


def look(picture: Picture) -> FoundFace:
    """Where the face is, and what is wrong with it. Raises MissingExtraError without OpenCV."""
    return RULES.find(picture)


class Pictures:
    """A :class:`shoestring.service.items.Modality`: a ``face`` is found, cut out or refused; an ``image`` is not."""

    def __init__(self, modality: str) -> None:
        self.modality = modality

    def prepare(self, read: Picture, body: Any, verifier: "Verifier", *, keep_images: bool) -> Given:
        """The vector of the crop. Raises ApiError 422 named by the first reason that speaks against the picture."""
        crop, quality = read, dict[str, Any]()
        if self.modality == "face":
            found = look(read)
            if found.refusals or found.crop is None:
                code = found.refusals[0].reason.replace("-", "_")
                raise ApiError(422, "; ".join(reason.message for reason in found.refusals), code, param="image")
            crop = found.crop
            quality = {"face": found.boxes[0].side, "sharpness": found.sharpness}
        notes = dict(getattr(body, "capture", None) or {})
        source = str(notes.pop("source", "file"))[:MAX_SOURCE]
        vector, maker = _encode(crop, verifier)
        if vector is None and not keep_images:
            raise ApiError(
                422, "this model cannot compare stored vectors; keep images (--keep-images), or take another model",
                "needs_images", param="model",
            )  # fmt: skip
        kept = NewSample(
            modality=self.modality, pointer=source, points=min(crop.width, crop.height),
            capture={"capture": notes, "quality": quality}, trace=_digest(read), maker=maker,
            vector=None if vector is None else vector.vector, image=encode_png(_reduced(crop)) if keep_images else None,
        )  # fmt: skip
        return Given(crop if vector is None else vector, kept, quality or None)

    def restore(self, samples: Sequence[Sample], verifier: "Verifier") -> list[Any]:
        """Stored vectors of this model's encoder; kept pictures where another one made the vector.

        Raises ApiError 409 when there is neither.
        """
        from shoestring.similarity.encoded import Encoded, EncodingMatcher

        matcher = verifier.matcher
        maker = matcher.maker if isinstance(matcher, EncodingMatcher) else None
        items: list[Any] = []
        for sample in samples:
            if sample.vector is not None and sample.maker == maker:
                items.append(Encoded(sample.vector, sample.maker or ""))
            elif sample.image is not None:
                items.append(decode_image(sample.image, f"sample {sample.id}"))
        if samples and not items:
            raise ApiError(
                409, f"the {len(samples)} pictures were encoded by another model and not kept: enrol again with this "
                "one, or ask for the model that they were enrolled with", "other_encoder", param="model",
            )  # fmt: skip
        return items

    def replay(self, given: Given, known: Enrolment) -> dict[str, Any]:
        """Whether this very picture is enrolled: no camera takes the same picture of a face twice.

        Equal pixels are found, whatever file they came in. A copy that was saved again with loss, or a photograph of a
        photograph, is not: that would take a check that somebody is alive.
        """
        same = [sample for sample, digest in known.traces.items() if digest == given.kept.trace]
        # A picture of a thing may well be the one that is enrolled.
        suspected = bool(same) and self.modality == "face"
        message = f"This is the very picture of sample {same[0]}: take a new one." if suspected else None
        nearest = same[0] if same else None
        return {
            "suspected": suspected, "message": message, "nearest_sample": nearest, "difference": 0.0 if same else None,
            "copy_below": None,
        }  # fmt: skip

    def device_warning(self, given: Given, known: Enrolment) -> str | None:
        """None: where a picture came from says little about it."""


def _encode(crop: Picture, verifier: "Verifier") -> tuple[Any, str | None]:
    from shoestring.similarity.encoded import EncodingMatcher

    if not isinstance(verifier.matcher, EncodingMatcher):
        return None, None
    vector = verifier.matcher.encoded([crop])[0]
    return vector, vector.maker


def _digest(picture: Picture) -> bytes:
    head = f"{picture.pixels.shape} ".encode()
    return hashlib.sha256(head + picture.pixels.tobytes()).digest()


def _reduced(picture: Picture) -> Picture:
    return decode_image(encode_png(picture), longest=CROP)
