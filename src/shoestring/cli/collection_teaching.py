"""``shoestring collection map``, ``ask``, ``teach``, ``learn`` and ``accept``."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from shoestring.cli.arguments import complete_run, find_run, runs_option
from shoestring.cli.collection_data import opened, progress, short, stored
from shoestring.cli.output import Output, interval, speaks, table
from shoestring.core.errors import BadDataError, ConfigError, NotFoundError

PAIR = click.Tuple([str, str])
SAME = {"1": True, "same": True, "true": True, "0": False, "different": False, "false": False}


@click.command("map")
@stored
@click.option("--method", type=click.Choice(["tsne", "pca"]), default="tsne", show_default=True,
              help="t-SNE keeps neighbours together; pca shows the greatest variance.")  # fmt: skip
@click.option("--out", "file", type=click.Path(path_type=Path, dir_okay=False), help="CSV file with id, x, y.")
@speaks
def map_command(out: Output, *, name: str, database: str | None, method: Any, file: Path | None) -> None:
    """Draw every row of NAME as a point of a plane. Kept beside the collection until a row changes."""
    from shoestring.similarity.collection import map_of

    with opened(database) as store, progress(out) as tick:
        made = map_of(store.get(name), method, tick=tick)
    assert made is not None
    rows = list(zip(made.ids, made.points[:, 0].tolist(), made.points[:, 1].tolist(), strict=True))
    shown = f", {made.variance:.1%} of the variance" if made.variance is not None else ""
    placed = f", {made.placed:,} of them placed among similar ones" if made.placed else ""
    out.narrate(f"{len(rows):,} rows by {method}{shown}{placed}")
    if file is not None:
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("id", "x", "y"), *rows])
    text = f"wrote {file}" if file else table(["id", "x", "y"], rows)
    out.result("shoestring.collection-map/1", {"collection": name, **made.as_dict()}, text)


@click.command("ask")
@stored
@click.option("-k", "count", type=click.IntRange(1, 1000), default=10, show_default=True, help="Number of pairs.")
@click.option("--threshold", type=click.FloatRange(-1, 1), default=0.9, show_default=True,
              help="Where to look; five answers of each kind place it.")  # fmt: skip
@speaks
def ask(out: Output, *, name: str, database: str | None, count: int, threshold: float) -> None:
    """Propose pairs of NAME near the threshold, of which nobody has said yet whether they are the same."""
    from shoestring.similarity.collection import Teaching

    with opened(database) as store:
        found = store.get(name)
        asked = Teaching(found).questions(count, threshold=threshold)
        ids = {identity for pair in asked.pairs for identity in (pair.first, pair.second)}
        texts = {row.id: row.text or row.reference or "" for row in found.rows(sorted(ids))}
    source = "placed by the answers" if asked.from_answers else "as given"
    out.narrate(f"around {asked.threshold:.3f}, {source}; answer: shoestring collection teach {name} --same ID ID")
    rows = [[f"{pair.score:.4f}", pair.first, short(texts.get(pair.first, "")), pair.second,
             short(texts.get(pair.second, ""))] for pair in asked.pairs]  # fmt: skip
    out.result(
        "shoestring.questions/1", {"collection": name, **asked.as_dict()}, table(["cosine", "id", "", "id", ""], rows)
    )


@click.command("teach")
@stored
@click.option(
    "--same", "same", type=PAIR, multiple=True, metavar="ID ID", help="Two rows that are the same; repeatable."
)
@click.option("--different", type=PAIR, multiple=True, metavar="ID ID", help="Two rows that are not; repeatable.")
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="CSV with the columns first, second, same (1 or 0).")  # fmt: skip
@click.option("--undo", is_flag=True, help="Take the last answer back.")
@speaks
def teach(
    out: Output, *, name: str, database: str | None, same: Sequence[tuple[str, str]],
    different: Sequence[tuple[str, str]], file: Path | None, undo: bool,
) -> None:  # fmt: skip
    """Say of pairs of rows of NAME whether they are the same. Of a pair that was answered before, this answer holds.

    Without any pair it shows what was answered.
    """
    from shoestring.similarity.collection import Teaching
    from shoestring.similarity.collection.teaching import settled

    pairs = [(a, b, True) for a, b in same] + [(a, b, False) for a, b in different]
    pairs += list(_answers(file)) if file else []
    if undo and pairs:
        raise ConfigError("--undo takes the last answer back and goes with nothing else")
    with opened(database) as store:
        teaching = Teaching(store.get(name))
        if undo:
            taken = teaching.undo()
            out.narrate(f"took back: {taken.first} and {taken.second} are {'the same' if taken.same else 'different'}")
        elif pairs:
            teaching.add(pairs)
        answers = teaching.answers()
    held = settled(answers)
    counts = {"same": sum(held.values()), "different": len(held) - sum(held.values()), "given": len(answers)}
    listed = [["same" if one.same else "different", one.first, one.second] for one in answers]
    words = f"{counts['same']} pairs are the same, {counts['different']} different ({counts['given']} answers)"
    shown = f"{table(['', 'first', 'second'], listed)}\n" if not (pairs or undo) and listed else ""
    document = {"collection": name, **counts, "answers": [vars(one) for one in answers]}
    out.result("shoestring.taught/1", document, shown + words)


@click.command("learn")
@stored
@click.argument("overrides", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Of what is held out.")
@runs_option
@speaks
def learn(out: Output, *, name: str, database: str | None, overrides: Sequence[str], seed: int, runs: Path) -> None:
    """Learn from the answers about NAME, and measure on held-out ones whether it helps. NAME stays as it is.

    Settings are those of the recipe taught-pairs, such as decay=1.0.
    """
    import json
    from dataclasses import replace

    from shoestring.recipes import training
    from shoestring.similarity.collection import Teaching

    with opened(database) as store:
        found = store.get(name)
        file = Teaching(found).write_lessons()
    given = [f"data={json.dumps(str(file), ensure_ascii=False)}", f"collection={json.dumps(name, ensure_ascii=False)}"]
    job = replace(training.plan("taught-pairs", [*given, *overrides]), seed=seed)
    folder = training.execute(training.create(job, runs), quiet=out.quiet)
    metrics = folder.summary().get("metrics", {})
    before, after, gain = (metrics[f"held_out_{one}"] for one in ("error_before", "error_after", "gain"))
    better = "the interval is above zero" if gain["low"] > 0 else "within what chance does: teach more pairs"
    text = table(["held-out pair error", ""], [
        ["before", interval(before)], ["after", interval(after)], ["difference", f"{interval(gain)}, {better}"],
        ["threshold", f"{metrics['threshold_before']:.3f} before, {metrics['threshold_after']:.3f} after"],
    ])  # fmt: skip
    out.result("shoestring.learned/1", {"collection": name, "run": folder.id, "metrics": metrics}, text)
    out.narrate(f"next: shoestring collection accept {name} {folder.id}")


@click.command("accept")
@stored
@click.argument("run", metavar="RUN", shell_complete=complete_run)
@runs_option
@speaks
def accept(out: Output, *, name: str, database: str | None, run: str, runs: Path) -> None:
    """Replace the vectors of all rows of NAME by those that RUN learned, all of them or none."""
    from shoestring.recipes.loading import run_model
    from shoestring.similarity.collection import Teaching
    from shoestring.similarity.projection import Projection

    folder = find_run(runs, run)
    if folder.info()["status"] != "done":
        raise NotFoundError(f"{folder.id} is not finished; only what was learned to its end can be accepted")
    with opened(database) as store:
        found = store.get(name)
        rows = Teaching(found).accept(Projection.read(run_model(folder)), folder.id)
        document = {"collection": name, "run": folder.id, "replaced": rows, "fingerprint": found.model}
    out.result("shoestring.accepted/1", document, f"{name} has {rows:,} new vectors, made by {folder.id}")


def _answers(file: Path) -> Iterator[tuple[str, str, bool]]:
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream), start=2):
                same = SAME.get(str(row.get("same")).strip().lower())
                if same is None or not row.get("first") or not row.get("second"):
                    raise BadDataError(f"{file}:{number}: needs first, second and same (1 or 0); nothing was stored")
                yield str(row["first"]), str(row["second"]), same
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadDataError(f"{file}: no CSV file in UTF-8: {error}") from error
