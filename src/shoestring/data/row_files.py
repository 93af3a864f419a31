"""Rows from CSV, JSON lines, text, npz, npy and Parquet. Broken rows are left out, and counted by their reason."""

import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from shoestring.core.errors import BadDataError, ConfigError, NotFoundError
from shoestring.data.records import SUFFIXES, check_encoding, kind_of, known, read_records
from shoestring.data.rows import Row, make_row

MAX_ARRAYS = 64 * 2**30
"""Bytes."""
EXAMPLES = 3
Record = tuple[str, Mapping[str, Any] | BadDataError]
"""Where it is in the file, and what is there."""


@dataclass
class RowFile:
    """What a file holds."""

    rows: list[Row] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    """Rows left out, by reason."""
    examples: dict[str, list[str]] = field(default_factory=dict)
    """The places of the first of each reason."""


@dataclass(frozen=True)
class Columns:
    """Which column or key is what; all others are metadata."""

    id: str = "id"
    text: str = "text"
    reference: str = "reference"
    vector: str = "vector"

    def rename(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The record with its columns under the names of :class:`Row`."""
        named = {self.id: "id", self.text: "text", self.reference: "reference", self.vector: "vector"}
        return {named.get(key, key): value for key, value in record.items()}


def read_rows(path: Path, columns: Columns | None = None, *, encoding: str = "utf-8", id_prefix: str = "") -> RowFile:
    """The rows of ``path`` by its ending: .csv .tsv .jsonl .ndjson .txt, each also with .gz, .npz .npy .parquet.

    A row without an id is named ``FILE:PLACE``. Nothing is ever loaded by pickle.

    Raises:
        NotFoundError: no such file.
        ConfigError: unknown ending or encoding, or a column that was asked for and is not there.
        BadDataError: the file as a whole cannot be read, is empty, or none of its rows can be used.
        MissingExtraError: Parquet without pyarrow.
    """
    arrays = path.suffix.lower() in (".npz", ".npy")
    if not arrays and not known(path):
        kinds = f"{', '.join(SUFFIXES)} (each also with .gz), .npz, .npy, .parquet"
        raise ConfigError(f"{path}: the ending {path.suffix!r} is none of {kinds}")
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file")
    check_encoding(encoding)
    found, seen = RowFile(), set[str]()
    chosen = columns or Columns()
    for place, record in (_npz if arrays else _records)(path, encoding, chosen):
        try:
            if isinstance(record, BadDataError):
                raise record
            row = make_row(chosen.rename(record), f"{id_prefix}{path.name}:{place}")
            if row.text is None and row.reference is None and row.vector is None:
                raise BadDataError("neither text nor reference nor vector")
            if row.id in seen:
                raise BadDataError("the id occurs twice in this file")
        except BadDataError as error:
            reason = str(error)
            found.skipped[reason] += 1
            examples = found.examples.setdefault(reason, [])
            if len(examples) < EXAMPLES:
                examples.append(place)
        else:
            seen.add(row.id)
            found.rows.append(row)
    if not found.rows:
        why = ", ".join(f"{count} x {reason}" for reason, count in found.skipped.most_common(3))
        raise BadDataError(f"{path}: no usable row ({why or 'the file is empty'})")
    return found


def _records(path: Path, encoding: str, columns: Columns) -> Iterator[Record]:
    kind = kind_of(path)

    def header(names: Sequence[str]) -> None:
        _check_header(path, names, columns)

    for place, record in read_records(path, encoding=encoding, header=header):
        if isinstance(record, BadDataError):
            yield str(place), record
        elif kind == ".txt":
            yield str(place), {columns.text: record["text"]}
        else:
            yield str(place), _filled(record, columns) if kind in (".csv", ".tsv", ".parquet") else record


def _filled(record: Mapping[str, Any], columns: Columns) -> Mapping[str, Any] | BadDataError:
    """Without the empty cells of a table, and with a vector that was written as JSON."""
    found = {name: cell for name, cell in record.items() if cell != ""}
    if isinstance(found.get(columns.vector), str):
        try:
            found[columns.vector] = json.loads(found[columns.vector])
        except (ValueError, RecursionError):
            return BadDataError("the vector is not a list of numbers")
    return found


def _check_header(path: Path, header: Sequence[str], columns: Columns) -> None:
    if len(set(header)) != len(header):
        raise BadDataError(f"{path}: a column name occurs twice in the first line")
    asked = {getattr(columns, name) for name in ("id", "text", "reference", "vector")
             if getattr(columns, name) != getattr(Columns(), name)}  # fmt: skip
    if header and (missing := asked - set(header)):
        raise ConfigError(f"{path}: no column {sorted(missing)[0]!r}; there are {', '.join(header)[:300]}")
    if header and not {columns.text, columns.reference, columns.vector} & set(header):
        raise ConfigError(
            f"{path}: no column {columns.text!r}; there are {', '.join(header)[:300]}: choose with --text COLUMN"
        )


def _npz(path: Path, encoding: str, columns: Columns) -> Iterator[Record]:
    arrays = _arrays(path)
    tables = [name for name, value in arrays.items() if value.ndim == 2 and value.dtype.kind in "fiu"]
    name = columns.vector if columns.vector in tables else tables[0] if len(tables) == 1 else None
    if name is None:
        raise BadDataError(f"{path}: needs one array [rows, numbers] called {columns.vector!r}, has {sorted(arrays)}")
    vectors = arrays.pop(name)
    if vectors.dtype.kind != "f" or vectors.dtype not in (np.float32, np.float64):
        vectors = vectors.astype(np.float32)
    beside = {
        key: value for key, value in arrays.items() if value.shape == (len(vectors),) and value.dtype.kind in "UifbS"
    }
    beside = {key: np.char.decode(value, encoding, "surrogateescape") if value.dtype.kind == "S" else value
              for key, value in beside.items()}  # fmt: skip
    for row, vector in enumerate(vectors):
        yield str(row), {columns.vector: vector, **{key: value[row].item() for key, value in beside.items()}}


def _arrays(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    try:
        if path.suffix.lower() == ".npy":
            return {"vector": np.lib.format.open_memmap(path, mode="r")}
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_ARRAYS:
            raise BadDataError(f"{path}: {size:,} bytes unpacked; at most {MAX_ARRAYS:,}")
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, MemoryError) as error:
        raise BadDataError(f"{path}: not a file of plain arrays: {error}") from error
