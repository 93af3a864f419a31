"""What ``shoestring collection`` takes from files and options."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoestring.cli.output import Output
from shoestring.core.errors import BadDataError, ConfigError
from shoestring.core.progress import ProgressReport

if TYPE_CHECKING:
    from shoestring.data.row_files import Columns
    from shoestring.data.rows import Row
    from shoestring.recipes.embedding import Embedder
    from shoestring.similarity.collection import Collection, Collections
    from shoestring.similarity.pairs import Tick

Skipped = list[dict[str, Any]]
SHOWN = 60
"""Characters of a text in a table."""
PICTURES = ("face", "image")
"""Modalities whose items are pictures, taken as they are: faces have to fill them."""


def stored(function: Callable[..., Any]) -> Callable[..., Any]:
    """``NAME`` and ``--database``."""
    text = "Database of the collections: sqlite:///PATH or postgresql://..."
    return click.argument("name")(click.option("--database", metavar="URL", help=text)(function))


def read_items(
    files: Sequence[Path], modality: str | None, columns: "Columns", encoding: str
) -> "tuple[list[Row], list[Any] | None, Skipped]":
    """Rows, what the encoder takes for each where that is not the text, and what was left out.

    Raises NotFoundError, ConfigError, BadDataError.
    """
    if modality == "signature":
        return (*_signatures(files), [])
    if modality in PICTURES:
        return (*_pictures(files), [])
    from shoestring.data.row_files import read_rows

    found: list[Row] = []
    seen: set[str] = set()
    skipped: Skipped = []
    for file in files:
        read = read_rows(file, columns, encoding=encoding)
        for reason, count in read.skipped.items():
            skipped.append({"file": str(file), "reason": reason, "rows": count, "examples": read.examples[reason]})
        for row in read.rows:
            if row.id in seen:
                raise BadDataError(f"{file}: the id {row.id[:80]!r} is in an earlier file too; nothing was added")
            seen.add(row.id)
        found += read.rows
    if len({row.vector is None for row in found}) > 1:
        raise BadDataError("some rows have vectors and some do not; nothing was added")
    return found, None, skipped


def _signatures(files: Sequence[Path]) -> "tuple[list[Row], list[Any]]":
    from shoestring.data.rows import make_row
    from shoestring.data.stroke_files import read_signatures

    rows, items = [], []
    for file in files:
        found = read_signatures(file)
        for place in range(len(found)):
            writer, sample, genuine = str(found.identity[place]), int(found.sample[place]), bool(found.genuine[place])
            name = f"{file.name}:{writer}/{sample}{'' if genuine else ' forgery'}"
            record = {"id": name, "reference": str(file), "writer": writer, "sample": sample, "genuine": genuine}
            rows.append(make_row(record))
            items.append(found[place])
    return rows, items


def _pictures(files: Sequence[Path]) -> "tuple[list[Row], list[Any]]":
    """Of folders sorted by identity, npz files and single pictures."""
    from shoestring.data.image_decode import SUFFIXES, read_image
    from shoestring.data.image_files import read_images
    from shoestring.data.rows import make_row

    rows, items = [], []
    for file in files:
        if file.suffix.lower() in SUFFIXES and not file.is_dir():
            rows.append(make_row({"id": file.name, "reference": str(file)}))
            items.append(read_image(file))
            continue
        found = read_images(file)
        for picture, identity, sample in zip(found, found.identity.tolist(), found.sample.tolist(), strict=True):
            record = {"id": f"{file.name}:{identity}/{sample}", "identity": identity, "sample": sample}
            rows.append(make_row({**record, "reference": str(file)}))
            items.append(picture)
    return rows, items


def picture_query(query: str) -> Any:
    """The picture in the file ``query``. Raises NotFoundError, BadDataError."""
    from shoestring.data.image_decode import read_image

    return read_image(Path(query))


def model_for(collection: "Collection", given: str | None, runs: Path) -> "Embedder":
    """The encoder named on the command line, or at the creation of the collection. Raises ConfigError for neither."""
    reference = given or collection.source
    if reference is None:
        raise ConfigError(
            f"collection {collection.name!r} was made without a model: give vectors, or name the model with --model"
        )
    from shoestring.recipes.embedding import load_embedder

    return load_embedder(reference, root=runs)


def query_of(
    collection: "Collection", like: str | None, vector: str | None, fingerprint: str | None
) -> tuple[Any, str | None]:
    """The vector of a query that is no text, and its fingerprint. Raises NotFoundError, ConfigError."""
    if like is not None and vector is not None:
        raise ConfigError("give one of QUERY, --like and --vector")
    if like is not None:
        return collection.vector_of(like), collection.model
    if vector is None:
        return None, None
    import numpy as np

    try:
        if vector.lstrip().startswith("["):
            return json.loads(vector), fingerprint
        found = np.lib.format.open_memmap(vector, mode="r")
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"--vector {vector[:80]}: neither a JSON list nor a file of one array: {error}") from error
    return np.array(found).reshape(-1) if found.ndim == 2 and len(found) == 1 else np.array(found), fingerprint


def condition_of(filters: Sequence[str]) -> Mapping[str, Any]:
    """``KEY=VALUE`` as a filter; a value that is JSON is taken as that, ``n=1`` being a number and ``n="1"`` text."""
    wanted: dict[str, Any] = {}
    for one in filters:
        key, separator, value = one.partition("=")
        if not separator or not key:
            raise ConfigError(f"--filter {one[:80]!r}: write KEY=VALUE")
        try:
            wanted[key] = json.loads(value)
        except (ValueError, RecursionError):
            wanted[key] = value
    return wanted


def narrate_skipped(out: Output, skipped: Skipped) -> None:
    """One line a reason, with the places of the first."""
    for one in skipped:
        places = ", ".join(one["examples"])
        more = ", ..." if one["rows"] > len(one["examples"]) else ""
        out.narrate(f"skipped {one['rows']:,} in {one['file']}: {one['reason']} (at {places}{more})")


@contextmanager
def progress(out: Output) -> "Iterator[Tick]":
    """Shows how far a long operation is."""
    reports: list[ProgressReport] = []

    def tick(done: int, total: int) -> None:
        if not reports:
            reports.append(ProgressReport(total, 0, quiet=out.quiet))
        reports[0].update(done, {}, {})

    try:
        yield tick
    finally:
        for report in reports:
            report.close()


@contextmanager
def opened(database: str | None) -> "Iterator[Collections]":
    """The collections of this user."""
    from shoestring.similarity.collection import Collections

    with closing(Collections.open(database)) as store:
        yield store


def short(text: str) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
