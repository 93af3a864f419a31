"""The seam between the routes and what they compare: pen signatures, faces, other pictures.

A body holds strokes or an image. It is read without any model (:func:`read`), a model of that modality is chosen
(:func:`choose`), and the modality says what is compared, what would be kept, and what tells a copy. Nothing else in the
service asks what an item is.
"""

from typing import TYPE_CHECKING, Any

from shoestring.service.errors import ApiError
from shoestring.service.items import Body, Modality
from shoestring.service.models import PICTURES, Models
from shoestring.service.pictures import Pictures, read_image
from shoestring.service.signatures import Signatures, read_strokes
from shoestring.service.store import SIGNATURE

if TYPE_CHECKING:
    from shoestring.similarity.verifier import Verifier

NO_MODEL = (
    "no model for pictures is here yet; train one: shoestring train face-patterns data=FOLDER crop=face "
    "(or image-triplet data=FOLDER for other things than faces)"
)


def read(body: Body) -> tuple[Any, list[str]]:
    """A signature or a picture, and one sentence for each repair. Raises ApiError 422."""
    if (body.strokes is None) == (body.image is None):
        what = "both strokes and an image" if body.image is not None else "neither strokes nor an image"
        raise ApiError(422, f"the body has {what}; give one of them", "strokes_or_image", param="strokes")
    return read_strokes(body.strokes) if body.strokes is not None else (read_image(body.image or ""), [])


def chosen(models: Models, image: bool, own: str | None, asked: str | None = None) -> str:
    """The name of the model for an item: the one ``asked`` for, else the person's ``own``, else the default one.

    A person may have samples of several kinds and a model of one: it is passed over for items that it does not take.

    Raises:
        NotFoundError: no model ``asked``.
        ApiError: 422 when it takes other items, 409 when there is no model for pictures.
    """
    takes = PICTURES if image else (SIGNATURE,)
    if asked is not None:
        models.check(asked)
        if (modality := models.modality(asked)) not in takes:
            message = f"model {asked!r} takes {plural(modality)}, not {plural(takes[0])}"
            raise ApiError(422, message, "wrong_modality", param="model")
        return asked
    if own is not None and models.modality(own) in takes:
        return own
    name = models.default_of(takes)
    if name is None:
        raise ApiError(409, NO_MODEL, "no_picture_model", param="model")
    return name


def choose(models: Models, body: Body, own: str | None, asked: str | None = None) -> tuple[str, "Verifier"]:
    """The model of :func:`chosen` for what ``body`` holds, loaded. Raises ApiError 503 while it is loading as well."""
    name = chosen(models, body.image is not None, own, asked)
    verifier = models.verifier(name)
    if verifier.modality not in (PICTURES if body.image is not None else (SIGNATURE,)):
        raise ApiError(
            409, f"the default model {name!r} takes {plural(verifier.modality)}; ask for another one", "wrong_modality",
            param="model",
        )  # fmt: skip
    return name, verifier


def modality_of(name: str) -> Modality:
    """The handler of a model's or sample's modality. Raises ApiError 409 for one that this version does not know."""
    if name == SIGNATURE:
        return Signatures()
    if name in PICTURES:
        return Pictures(name)
    raise ApiError(409, f"models of modality {name!r} do not verify people", "wrong_modality", param="model")


def plural(modality: str | None) -> str:
    """For messages."""
    return {"signature": "signatures", "face": "faces", "image": "images", "text": "texts"}.get(
        modality or "", f"items ({modality})"
    )
