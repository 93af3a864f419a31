"""``shoestring collection``: searchable vectors with their texts, references and metadata."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoestring.cli.arguments import complete_run, runs_option
from shoestring.cli.collection_data import (
    PICTURES,
    condition_of,
    model_for,
    narrate_skipped,
    opened,
    picture_query,
    progress,
    query_of,
    read_items,
    short,
    stored,
)
from shoestring.cli.collection_teaching import accept, ask, learn, map_command, teach
from shoestring.cli.output import Output, number, speaks, table
from shoestring.core.errors import BadDataError, ConfigError

if TYPE_CHECKING:
    from shoestring.similarity.collection import Erased

MODEL = "Run, model folder or packaged model that makes the vectors."
FINGERPRINT = "What made the vectors that are given; checked against the collection."


@click.group("collection")
def collection() -> None:
    """Search, de-duplicate and group anything that has vectors.

    The rows are in a database of their own beside that of people (see SHOESTRING_DATABASE), or at --database.
    """


for command in (map_command, ask, teach, learn, accept):
    collection.add_command(command)


@collection.command("create")
@stored
@click.option("--model", metavar="RUN|MODEL", shell_complete=complete_run, help=MODEL)
@click.option("--fingerprint", help="Instead of --model: name what will make the vectors that are given.")
@click.option("--width", type=click.IntRange(1), help="Numbers of a vector; by default that of the first.")
@runs_option
@speaks
def create(
    out: Output, *, name: str, database: str | None, model: str | None, fingerprint: str | None, width: int | None,
    runs: Path,
) -> None:  # fmt: skip
    """Make an empty collection NAME. Vectors of any other model will be refused."""
    if model and fingerprint:
        raise ConfigError("give --model or --fingerprint, not both")
    modality = None
    if model:
        from shoestring.recipes.embedding import load_embedder

        embedder = load_embedder(model, root=runs)
        fingerprint, modality = embedder.fingerprint, embedder.modality
    with opened(database) as store:
        made = store.create(name, model=fingerprint, source=model, modality=modality, width=width)
        document = vars(made.info())
    out.result("shoestring.collection/1", document, f"made {name!r} for vectors of {fingerprint or 'no stated model'}")


@collection.command("add")
@stored
@click.argument("files", metavar="FILE...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--text", default="text", show_default=True, help="Column with the text.")
@click.option("--id", "identity", default="id", show_default=True, help="Column with the id; else FILE:PLACE.")
@click.option("--reference", default="reference", show_default=True, help="Column that says where the item is.")
@click.option("--vector", default="vector", show_default=True, help="Column with the vector.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of text files.")
@click.option("--model", metavar="RUN|MODEL", shell_complete=complete_run, help=MODEL + " By default as at creation.")
@click.option("--fingerprint", help=FINGERPRINT)
@click.option("--strict", is_flag=True, help="Add nothing if any row is broken.")
@runs_option
@speaks
def add(
    out: Output, *, name: str, database: str | None, files: Sequence[Path], text: str, identity: str, reference: str,
    vector: str, encoding: str, model: str | None, fingerprint: str | None, strict: bool, runs: Path,
) -> None:  # fmt: skip
    """Add the rows of FILEs to NAME: .csv .tsv .jsonl .txt .npz .npy .parquet; signatures for a signature model; for
    a model of pictures single ones, folders sorted by identity, or archives.

    All rows are added in one transaction, or none after an error. Broken rows are left out and counted by reason. Known
    ids with the same content are left alone, so the command may be repeated.
    """
    from shoestring.data.row_files import Columns

    columns = Columns(id=identity, text=text, reference=reference, vector=vector)
    with opened(database) as store:
        found = store.get(name)
        rows, items, skipped = read_items(files, None if fingerprint else found.info().modality, columns, encoding)
        narrate_skipped(out, skipped)
        if strict and skipped:
            raise BadDataError(f"{sum(one['rows'] for one in skipped)} broken rows; nothing was added (--strict)")
        encoder = None if rows[0].vector is not None else model_for(found, model, runs)
        with progress(out) as tick:
            done = found.add(rows, encoder=encoder, items=items, model=fingerprint, tick=tick)
        total = len(found)
    document = {"collection": name, **vars(done), "skipped": skipped, "rows": total}
    words = f"{done.added:,} added, {done.replaced:,} replaced, {done.unchanged:,} unchanged"
    left_out = f", {sum(one['rows'] for one in skipped):,} skipped" if skipped else ""
    out.result("shoestring.collection-added/1", document, f"{words}{left_out}; {name} has {total:,} rows")


@collection.command("info")
@stored
@speaks
def info(out: Output, name: str, database: str | None) -> None:
    """Show what is known of NAME."""
    with opened(database) as store:
        document = vars(store.get(name).info())
    rows = [[key, "-" if value is None else value] for key, value in document.items() if key not in ("created", "name")]
    out.result("shoestring.collection/1", document, table([name, ""], rows))


@collection.command("list")
@click.option("--database", metavar="URL", help="Database of the collections.")
@speaks
def list_command(out: Output, database: str | None) -> None:
    """List all collections."""
    with opened(database) as store:
        found = [vars(one) for one in store.list(limit=100_000)]
    rows = [[one["name"], number(one["rows"]), one["width"] or "-", one["model"] or "-"] for one in found]
    out.result("shoestring.collections/1", {"collections": found}, table(["name", "rows", "width", "model"], rows))


@collection.command("search")
@stored
@click.argument("query", required=False)
@click.option("--like", metavar="ID", help="Instead of QUERY: a row of the collection.")
@click.option("--vector", metavar="FILE|JSON", help="Instead of QUERY: a vector as .npy or as a JSON list.")
@click.option("-k", "count", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Number of rows.")
@click.option(
    "--filter", "filters", multiple=True, metavar="KEY=VALUE", help="Metadata that rows must have; repeatable."
)
@click.option("--approximate", is_flag=True, help="Search an index (FAISS), made if need be; its recall is stated.")
@click.option("--model", metavar="RUN|MODEL", shell_complete=complete_run, help=MODEL + " By default as at creation.")
@click.option("--fingerprint", help=FINGERPRINT)
@runs_option
@speaks
def search(
    out: Output, *, name: str, database: str | None, query: str | None, like: str | None, vector: str | None,
    count: int, filters: Sequence[str], approximate: bool, model: str | None, fingerprint: str | None, runs: Path,
) -> None:  # fmt: skip
    """Find the rows of NAME that are most similar to QUERY, a text or the file of a picture.

    Exact unless --approximate is given.
    """
    wanted = condition_of(filters)
    with opened(database) as store:
        found = store.get(name)
        given, stated = query_of(found, like, vector, fingerprint)
        if (given is None) == (query is None):
            raise ConfigError("give one of QUERY, --like and --vector")
        encoder = None if given is not None else model_for(found, model, runs)
        if query is not None and found.info().modality in PICTURES:
            given = picture_query(query)
        answer = found.search(
            query if given is None else given, k=count, filter=wanted, encoder=encoder, model=stated,
            exact=not approximate,
        )  # fmt: skip
    hits = [vars(hit) for hit in answer.hits]
    document = {
        "collection": name, "hits": hits, "exact": answer.exact, "recall": answer.recall, "searched": answer.searched,
        "note": answer.note,
    }  # fmt: skip
    kind = "exact" if answer.exact else f"approximate, finds {answer.recall:.1%} of the true neighbours"
    out.narrate(f"{answer.searched:,} rows, {kind}" + (f"; {answer.note}" if answer.note else ""))
    rows = [[f"{hit['score']:.4f}", hit["id"], short(hit["text"] or hit["reference"] or "")] for hit in hits]
    out.result("shoestring.hits/1", document, table(["score", "id", ""], rows))


@collection.command("duplicates")
@stored
@click.option("--threshold", type=float, default=0.9, show_default=True, help="Cosine from which two rows are a pair.")
@click.option("--lowest", type=float, help="Where the curve of thresholds ends; by default at the threshold.")
@click.option("--pairs", type=click.IntRange(0), default=1_000_000, show_default=True, help="Pairs that are listed.")
@speaks
def duplicates(
    out: Output, *, name: str, database: str | None, threshold: float, lowest: float | None, pairs: int
) -> None:
    """Find rows of NAME that are alike: pairs, the groups they make, and what other thresholds would make."""
    with opened(database) as store, progress(out) as tick:
        found = store.get(name).duplicates(threshold, lowest=lowest, at_most=pairs, tick=tick)
    document = {"collection": name, **found.as_dict()}
    grouped = f"{sum(len(group) for group in found.groups):,} of {found.rows:,} rows in {len(found.groups):,} groups"
    words = f"{found.total:,} pairs at {threshold:g} or above; {grouped}"
    out.narrate(words + (f"; the {pairs:,} most similar pairs are listed" if document["truncated"] else ""))
    rows = [[len(group), short(", ".join(group))] for group in found.groups]
    out.result("shoestring.duplicates/1", document, table(["rows", "group"], rows))


@collection.command("cluster")
@stored
@click.option("--threshold", type=float, help="Join groups down to this similarity.")
@click.option("--count", type=click.IntRange(1), help="Join until so many groups are left.")
@click.option("--linkage", type=click.Choice(["average", "complete", "single"]), default="average", show_default=True,
              help="What the similarity of two groups is.")  # fmt: skip
@speaks
def cluster(
    out: Output, *, name: str, database: str | None, threshold: float | None, count: int | None, linkage: Any
) -> None:
    """Put every row of NAME into one group."""
    with opened(database) as store:
        found = store.get(name).cluster(threshold=threshold, count=count, linkage=linkage)
    rows = [[len(group), short(", ".join(group))] for group in found.groups]
    out.narrate(f"{found.rows:,} rows in {len(found.groups):,} groups")
    out.result("shoestring.clusters/1", {"collection": name, **found.as_dict()}, table(["rows", "group"], rows))


@collection.command("delete")
@stored
@click.option("--id", "ids", multiple=True, metavar="ID", help="A row; repeatable.")
@click.option("--ids", "file", type=click.Path(path_type=Path, dir_okay=False), help="File with one id a line.")
@click.option("--all", "everything", is_flag=True, help="The collection with all its rows.")
@speaks
def delete(
    out: Output, *, name: str, database: str | None, ids: Sequence[str], file: Path | None, everything: bool
) -> int:
    """Delete rows of NAME or all of it, overwrite them, and search the files for what is left."""
    wanted = [*ids, *(_lines(file) if file else ())]
    if everything == bool(wanted):
        raise ConfigError("give --id, --ids or --all")
    with opened(database) as store:
        found: Erased = store.delete(name) if everything else store.get(name).delete(wanted)
    proof = found.proof
    left = "cannot be searched" if proof.found is None else f"{proof.found} pieces left"
    words = f"deleted {found.deleted:,} rows" + (f", {found.missing:,} were not there" if found.missing else "")
    text = f"{words}; searched {proof.searched_bytes:,} bytes for {proof.needles:,} pieces: {left} ({proof.note})"
    out.result("shoestring.erased/1", {"collection": name, **found.as_dict()}, text)
    return 1 if proof.found else 0


@collection.command("move")
@stored
@click.option("--to", "target", required=True, metavar="URL", help="postgresql://... (with pgvector) or sqlite:///PATH")
@click.option("--dry-run", is_flag=True, help="Only count.")
@speaks
def move(out: Output, name: str, database: str | None, target: str, dry_run: bool) -> int:
    """Copy NAME into another database and compare the two. The source stays; delete it when you are content.

    May be interrupted and repeated: rows that are there already are left alone.
    """
    from shoestring.similarity.collection import move as copy

    with opened(database) as store, opened(target) as other, progress(out) as tick:
        done = copy(store, other, name, dry_run=dry_run, tick=tick)
    words = f"{done.copied:,} of {done.rows:,} rows copied, {done.unchanged:,} were there"
    if dry_run:
        out.result("shoestring.collection-moved/1", vars(done), f"{done.copied:,} rows would be copied")
        return 0
    compared = f"the target has {done.target_rows:,} rows and finds {done.recall:.2%} of the same neighbours"
    out.result("shoestring.collection-moved/1", vars(done), f"{words}; {compared}")
    return 0 if done.complete else 1


def _lines(file: Path) -> Sequence[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line]
    except UnicodeDecodeError as error:
        raise BadDataError(f"{file}: not UTF-8 at byte {error.start}") from error
