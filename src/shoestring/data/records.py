"""Records of files, one dictionary each: CSV, TSV, JSON lines, plain text, the same behind gzip, and Parquet.

Whoever needs rows of a certain kind reads them from here. A record that cannot be read comes as the error that says
why, so that one broken line never costs a file; what is no such file at all raises.
"""

import codecs
import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from shoestring.core.errors import BadDataError, ConfigError, MissingExtraError, NotFoundError

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".tsv", ".txt")
"""Each also followed by ``.gz``; and ``.parquet``."""
MAX_LINE = 4 * 2**20
"""Bytes; the rest of a longer line is passed over."""
TOO_LONG = f"the line is longer than {MAX_LINE:,} bytes"
EMPTY = "the line is empty"
NOT_JSON, NOT_OBJECT = "the line is not JSON", "the line is not a JSON object"
CELLS = "the row has another number of cells than the header"
_CUT = "\x00too long\x00"

Record = Mapping[str, Any] | BadDataError
Header = Callable[[Sequence[str]], None]


def known(path: Path) -> bool:
    """Whether the name says that :func:`read_records` can read it."""
    return kind_of(path) == ".parquet" or kind_of(path) in SUFFIXES


def kind_of(path: Path) -> str:
    """The ending of the name in lower case, without the ``.gz`` behind that of a text; others stay as they are."""
    inner = Path(path.name.lower().removesuffix(".gz")).suffix
    return inner if inner in SUFFIXES else path.suffix.lower()


def read_records(path: Path, *, encoding: str = "utf-8", header: Header | None = None) -> Iterator[tuple[int, Record]]:
    """``(place, record)``; places are lines from 1, and rows from 0 in Parquet. Blank lines are passed over.

    A line of plain text has one key, ``text``, and is :data:`EMPTY` where it is blank. CSV has quotes, TSV has none,
    and both need a first line of names. Bytes that cannot be decoded become lone surrogates, for the check of a value.

    Args:
        path: ends in one of :data:`SUFFIXES`, ``.gz`` behind it or not, or in ``.parquet``.
        encoding: of text; one in which commas and line ends are single bytes.
        header: is shown the names of the columns of CSV, TSV and Parquet, and raises where they will not do.

    Raises:
        NotFoundError: no such file.
        ConfigError: an ending or an encoding that is not known.
        BadDataError: damaged, or UTF-16.
        MissingExtraError: Parquet without pyarrow.
    """
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file")
    kind = kind_of(path)
    if not known(path):
        raise ConfigError(
            f"{path}: the ending {kind!r} is none of {', '.join(SUFFIXES)} (each also with .gz), .parquet"
        )
    check_encoding(encoding)
    if kind == ".parquet":
        yield from _parquet(path, header)
        return
    try:
        with _open(path) as stream:
            lines = _lines(stream, encoding, path)
            if kind in (".csv", ".tsv"):
                yield from _table(lines, kind, header)
                return
            for number, line in lines:
                if line == _CUT:
                    yield number, BadDataError(TOO_LONG)
                elif not line.strip():
                    if kind == ".txt":
                        yield number, BadDataError(EMPTY)
                else:
                    yield number, {"text": line.rstrip("\r\n")} if kind == ".txt" else _object(line)
    except (OSError, EOFError, zlib.error) as error:
        raise BadDataError(f"{path}: {error}; the file is damaged or cannot be read") from error


def check_encoding(encoding: str) -> None:
    """Raises ConfigError for one in which a file cannot be cut into lines and cells."""
    try:
        simple = "\n,".encode(codecs.lookup(encoding).name) == b"\n,"
    except (LookupError, UnicodeError):
        simple = False
    if not simple:
        raise ConfigError(f"encoding {encoding!r} cannot be read line by line: convert the file to UTF-8 first")


def _open(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def _lines(stream: BinaryIO, encoding: str, path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines; :data:`_CUT`, which no line of text is, for one that is too long."""
    number = 0
    while line := stream.readline(MAX_LINE):
        number += 1
        if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise BadDataError(f"{path}: this is UTF-16; convert it to UTF-8 first")
        if len(line) == MAX_LINE and not line.endswith(b"\n"):
            # The rest of a line without an end is passed over in pieces: it never lies in memory as a whole.
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
            yield number, _CUT
            continue
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        yield number, line.decode(encoding, "surrogateescape")


def _object(line: str) -> Record:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return BadDataError(NOT_JSON)
    return record if isinstance(record, dict) else BadDataError(NOT_OBJECT)


def _table(lines: Iterator[tuple[int, str]], kind: str, header: Header | None) -> Iterator[tuple[int, Record]]:
    quoting = csv.QUOTE_NONE if kind == ".tsv" else csv.QUOTE_MINIMAL
    reader = csv.reader((line for _, line in lines), delimiter="\t" if kind == ".tsv" else ",", quoting=quoting)
    names = [name.strip() for name in next(reader, [])]
    if header is not None and names:
        header(names)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, BadDataError(f"the row is not CSV ({error})")
            continue
        if cells == [_CUT]:
            yield reader.line_num, BadDataError(TOO_LONG)
        elif cells:
            fits = len(cells) == len(names)
            yield reader.line_num, dict(zip(names, cells, strict=True)) if fits else BadDataError(CELLS)


def _parquet(path: Path, header: Header | None) -> Iterator[tuple[int, Record]]:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise MissingExtraError("pyarrow", "search") from error
    try:
        with parquet.ParquetFile(path) as file:
            if header is not None:
                header(list(file.schema_arrow.names))
            row = 0
            for batch in file.iter_batches(batch_size=1000):
                for record in batch.to_pylist():
                    yield row, {key: value for key, value in record.items() if value is not None}
                    row += 1
    except (arrow.ArrowException, OSError) as error:
        raise BadDataError(f"{path}: not Parquet, or damaged: {error}") from error
