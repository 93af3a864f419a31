"""Signatures from any supported file or folder: the format is told by the name and checked by the content.

========  ====================================================================================
suffix    format
========  ====================================================================================
.npz      SVC2004, UNIPEN words or Omniglot layout
.txt      SVC2004 text; in a folder only files named ``U<user>S<sample>.TXT``
.jsonl    one page capture or record a line
.json     a page capture or record, or a list of them
.csv      long form, one point a row
.inkml    W3C InkML, one signature a file
========  ====================================================================================
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.core.files import atomic_write
from shoestring.data.stroke_capture import Capture, assemble
from shoestring.data.stroke_csv import csv_captures
from shoestring.data.stroke_inkml import inkml_capture
from shoestring.data.stroke_npz import npz_captures
from shoestring.data.stroke_page import from_page_json, page_capture, page_captures, to_page_json
from shoestring.data.stroke_svc import FILE_NAME, svc_text
from shoestring.data.strokes import SignatureSet

__all__ = ["from_page_json", "page_capture", "read_signatures", "to_page_json", "write_signatures"]

SUFFIXES = (".npz", ".txt", ".jsonl", ".json", ".csv", ".inkml")
"""In the order in which a folder that holds several of them is read: the first one counts."""
MAX_FILES = 100_000


def read_signatures(path: Path) -> SignatureSet:
    """All signatures of a file, or of a folder and its sub-folders (files of one format, sorted by path).

    What was mended, assumed or left out stands in ``repairs``. Raises :class:`NotFoundError` if there is nothing at
    ``path`` and :class:`BadDataError` for what cannot be read, see :func:`shoestring.data.stroke_capture.assemble`.
    """
    path = Path(path)
    notes: list[str] = []
    if path.is_dir():
        files = _choose(path, notes)
    elif path.is_file():
        files = [path]
        if path.suffix.lower() not in SUFFIXES:
            raise BadDataError(f"{path}: unknown format {path.suffix!r}; understood are {', '.join(SUFFIXES)}")
    else:
        raise NotFoundError(f"{path}: no such file or folder of signatures")
    found = assemble(_captures(files, notes), path)
    return replace(found, repairs=(*notes, *found.repairs))


def write_signatures(found: SignatureSet, path: Path) -> None:
    """Write ``found`` as a ``.jsonl`` file, a record a line, that :func:`read_signatures` reads back (tilt to rounding
    error). An existing file is replaced when the new one is complete; any other suffix raises :class:`ConfigError`.
    """
    path = Path(path)
    if path.suffix.lower() != ".jsonl":
        raise ConfigError(f"{path}: signatures are written as .jsonl; choose such a name")
    labels = zip(found.identity.tolist(), found.genuine.tolist(), found.sample.tolist(), strict=True)
    records = (
        {"writer": writer, "genuine": genuine, "sample": sample, "strokes": to_page_json(signature)}
        for signature, (writer, genuine, sample) in zip(found.signatures, labels, strict=True)
    )
    atomic_write(path, "".join(json.dumps(record) + "\n" for record in records))


def _choose(folder: Path, notes: list[str]) -> list[Path]:
    found: dict[str, list[Path]] = {}
    for number, file in enumerate(folder.rglob("*")):
        if number >= MAX_FILES:
            raise BadDataError(f"{folder}: more than {MAX_FILES} files; give a smaller folder")
        suffix = file.suffix.lower()
        readable = suffix in SUFFIXES and (suffix != ".txt" or FILE_NAME.fullmatch(file.name))
        if readable and not file.name.startswith(".") and file.is_file():
            found.setdefault(suffix, []).append(file)
    if not found:
        raise BadDataError(
            f"{folder}: holds no signatures; understood are {', '.join(SUFFIXES)} (.txt only with names like U1S1.TXT)"
        )
    chosen, *others = sorted(found, key=SUFFIXES.index)
    notes.extend(f"{folder}: read its {chosen} files, not its {len(found[suffix])} {suffix} files" for suffix in others)
    return sorted(found[chosen])


def _captures(files: list[Path], notes: list[str]) -> Iterator[Capture]:
    for file in files:
        try:
            match file.suffix.lower():
                case ".npz":
                    captures, assumed = npz_captures(file)
                    notes.extend(assumed)
                    yield from captures
                case ".txt":
                    yield svc_text(file)
                case ".json" | ".jsonl":
                    yield from page_captures(file)
                case ".csv":
                    yield from csv_captures(file)
                case _:
                    yield inkml_capture(file)
        except OSError as error:
            raise BadDataError(f"{file}: cannot be read ({error.strerror})") from None
