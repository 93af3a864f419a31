"""Pictures from a folder sorted by identity, or from an npz file."""

import re
from pathlib import Path

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.data.image_decode import LONGEST, SUFFIXES, read_image
from shoestring.data.image_npz import npz_images
from shoestring.data.images import ImageSet, Picture, image_set

MAX_FILES = 100_000
MAX_TOTAL = 4 * 2**30
"""Bytes of pixels that are kept of one folder."""
DAMAGED_SHARE = 0.05
"""Share of unreadable files up to which they are left out instead of refused."""


def read_images(path: Path, *, longest: int = LONGEST) -> ImageSet:
    """All pictures of an npz file or of ``FOLDER/identity/*.jpg`` (or .png, .pgm and so on; deeper folders count too).

    In a folder the name of the first sub-folder is the identity, and the samples are numbered by path, with numbers in
    names read as numbers. A few files that cannot be read are left out and named in ``repairs``. Raises NotFoundError
    if there is nothing at ``path`` and BadDataError, which names the file and the reason, for what cannot be used.
    """
    path = Path(path)
    if path.is_dir():
        return _folder(path, longest)
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file or folder of pictures")
    if path.suffix.lower() != ".npz":
        raise BadDataError(f"{path}: is neither a folder nor an npz file; sort pictures into FOLDER/identity/")
    return npz_images(path)


def _folder(folder: Path, longest: int) -> ImageSet:
    files = _files(folder)
    pictures: list[Picture] = []
    identity: list[str] = []
    refusals: list[str] = []
    total = 0
    for file in files:
        try:
            picture = read_image(file, longest=longest)
        except BadDataError as error:
            refusals.append(str(error))
            continue
        total += picture.pixels.nbytes
        if total > MAX_TOTAL:
            raise BadDataError(f"{folder}: more than {MAX_TOTAL} bytes of pixels; give a smaller folder or pictures")
        pictures.append(picture)
        identity.append(file.relative_to(folder).parts[0])
    if len(refusals) > DAMAGED_SHARE * len(files):
        raise BadDataError(f"{folder}: {len(refusals)} of {len(files)} files cannot be used, the first: {refusals[0]}")
    return image_set(pictures, identity, str(folder), [f"left out {refusal}" for refusal in refusals])


def _files(folder: Path) -> list[Path]:
    found = []
    for number, file in enumerate(folder.rglob("*")):
        if number >= MAX_FILES:
            raise BadDataError(f"{folder}: more than {MAX_FILES} files; give a smaller folder")
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if file.suffix.lower() in SUFFIXES and not hidden and file.is_file():
            found.append(file)
    if not found:
        archives = sorted(folder.glob("*.npz"))
        hint = f"; give the file {archives[0]}" if archives else ""
        raise BadDataError(f"{folder}: holds no pictures ({', '.join(SUFFIXES)}){hint}")
    loose = next((file for file in found if file.parent == folder), None)
    if loose is not None:
        raise BadDataError(f"{loose}: lies in no sub-folder; sort pictures into {folder}/identity/, a folder for each")
    return sorted(found, key=lambda file: _natural(file.relative_to(folder).parts))


def _natural(parts: tuple[str, ...]) -> list[list[tuple[int, str]]]:
    """``10.pgm`` comes after ``9.pgm``."""
    return [
        [
            (int(piece), "") if piece.isascii() and piece.isdigit() else (-1, piece)
            for piece in re.split(r"([0-9]+)", part)
        ]
        for part in parts
    ]
