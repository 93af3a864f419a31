"""Signatures and pictures from files, as what the service takes in a request."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shoestring.core.config import nearest
from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.data.stroke_files import read_signatures
from shoestring.data.stroke_page import to_page_json
from shoestring.data.strokes import SignatureSet


def select(file: Path, *, writer: str | None, sample: int | None, genuine: bool | None) -> SignatureSet:
    """The signatures of one writer in ``file``. Raises NotFoundError, BadDataError, ConfigError."""
    if not file.exists():
        raise NotFoundError(f"{file}: no such file or folder")
    found = read_signatures(file)
    writers = sorted(set(found.identity.tolist()))
    if writer is None and len(writers) > 1:
        raise ConfigError(f"{file}: signatures of {len(writers)} writers; choose one with --writer {writers[0]}")
    if writer is not None and writer not in writers:
        raise NotFoundError(f"{file}: no writer {writer!r}{nearest(writer, writers)}")
    chosen = found.identity == (writers[0] if writer is None else writer)
    if sample is not None:
        chosen &= found.sample == sample
    if genuine and sample is None:
        chosen &= found.genuine
    if not chosen.any():
        given = {"writer": writer, "sample": sample}
        what = " ".join(f"--{key} {value}" for key, value in given.items() if value is not None)
        raise BadDataError(f"{file}: no {'genuine ' if genuine else ''}signature fits {what or 'one person'}")
    return found.subset(chosen)


def captures_of(found: SignatureSet, pointer: Any) -> list[dict[str, Any]]:
    """Page captures in the order in which they were drawn."""
    order = sorted(range(len(found)), key=lambda index: int(found.sample[index]))
    return [to_page_json(found[index], pointer) for index in order]


def only_one(file: Path, writer: str | None, sample: int | None, pointer: str) -> dict[str, Any]:
    """The page capture of the one signature that is meant. Raises as :func:`select`, and ConfigError for several."""
    found = select(file, writer=writer, sample=sample, genuine=None)
    if len(found) > 1:
        raise ConfigError(f"{file}: {len(found)} signatures; choose one with --sample {found.sample[0]}")
    return captures_of(found, pointer)[0]


def is_picture(file: Path) -> bool:
    """Whether a file, or the first one in a folder, has the suffix of a picture."""
    from shoestring.data.image_decode import SUFFIXES

    if file.is_dir():
        file = next((inside for inside in sorted(file.iterdir()) if inside.is_file()), file)
    return file.suffix.lower() in SUFFIXES


def pictures_of(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Bodies with an image for each file; of a folder for each file in it. Raises NotFoundError, BadDataError."""
    from shoestring.data.image_decode import MAX_BYTES

    bodies = []
    for file in files:
        inside = sorted(path for path in file.iterdir() if is_picture(path)) if file.is_dir() else [file]
        for path in inside:
            try:
                if path.stat().st_size > MAX_BYTES:
                    raise BadDataError(f"{path}: {path.stat().st_size} bytes, the limit is {MAX_BYTES}")
                bodies.append({"image": base64.b64encode(path.read_bytes()).decode()})
            except OSError as error:
                raise NotFoundError(f"{path}: {error.strerror}; give the file of a picture") from error
    return bodies


def bodies_of(
    files: Sequence[Path], *, writer: str | None, sample: int | None, genuine: bool | None, pointer: str
) -> list[dict[str, Any]]:
    """The strokes or images in ``files``, which are all of one kind. Raises ConfigError for a mixture."""
    kinds = {is_picture(file) for file in files}
    if len(kinds) > 1:
        raise ConfigError("pictures and signatures together: enrol them one kind after the other")
    if kinds == {True}:
        if writer is not None or sample is not None:
            raise ConfigError("--writer and --sample choose among the signatures of a file; these are pictures")
        return pictures_of(files)
    found = [select(file, writer=writer, sample=sample, genuine=genuine) for file in files]
    return [{"strokes": strokes} for chosen in found for strokes in captures_of(chosen, pointer)]


def one_body(file: Path, writer: str | None, sample: int | None, pointer: str) -> dict[str, Any]:
    """The one signature or picture that is meant. Raises as :func:`only_one`."""
    if not is_picture(file):
        return {"strokes": only_one(file, writer, sample, pointer)}
    bodies = bodies_of([file], writer=writer, sample=sample, genuine=None, pointer=pointer)
    if len(bodies) != 1:
        raise ConfigError(f"{file}: {len(bodies)} pictures; give one file")
    return bodies[0]
