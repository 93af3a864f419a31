"""The items that a verifier of any modality compares, read from a file or folder."""

from pathlib import Path

from shoestring.core.errors import BadDataError
from shoestring.data.image_files import read_images
from shoestring.data.images import ImageSet
from shoestring.data.stroke_files import read_signatures
from shoestring.data.strokes import SignatureSet

_ITEMS = {
    "signature": ("signatures", "people"),
    "face": ("pictures", "people"),
    "image": ("pictures", "identities"),
}


def items_of(modality: str) -> tuple[str, str]:
    """What the items and their owners are called. Raises BadDataError for a modality that no reader is known for."""
    if modality not in _ITEMS:
        raise BadDataError(f"this model compares {modality!r}; files are read for {', '.join(_ITEMS)}")
    return _ITEMS[modality]


def read_samples(modality: str, path: Path) -> SignatureSet | ImageSet:
    """The labelled items at ``path`` for a model of ``modality``.

    Raises:
        NotFoundError: nothing is there.
        BadDataError: nothing usable is there, or no reader is known for the modality.
    """
    return read_signatures(path) if items_of(modality)[0] == "signatures" else read_images(path)
