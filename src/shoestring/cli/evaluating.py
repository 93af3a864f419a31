"""``shoestring evaluate``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from shoestring.cli.arguments import complete_run, runs_option
from shoestring.cli.output import Output, interval, number, speaks, table
from shoestring.core.errors import ConfigError, NotFoundError
from shoestring.core.files import atomic_write
from shoestring.core.folder import RunFolder

DOUBTFUL = 10
"""Items of doubtful labels that are printed."""


@click.command("evaluate")
@click.argument("model", metavar="RUN|MODEL", shell_complete=complete_run)
@click.option("--data", type=click.Path(path_type=Path), help="Signatures, pictures, or pairs of texts.")
@click.option("--episodes", type=click.IntRange(1, 100_000), help="Or games, of an agent.  [default: 100]")
@click.option("--environment", metavar="ID", help="Of an agent: an id of Gymnasium instead of its own environment.")
@click.option("--references", type=click.IntRange(1, 100), help="Items that enrol; by default as calibrated.")
@click.option(
    "--resamples", type=click.IntRange(0, 100_000), default=1000, show_default=True, help="Of people, rows or episodes."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Of resampling and episodes."
)
@click.option("--html", "target", type=click.Path(path_type=Path, dir_okay=False), help="Also write a page.")
@runs_option
@speaks
def evaluate(
    out: Output, *, model: str, data: Path | None, episodes: int | None, environment: str | None,
    references: int | None, resamples: int, seed: int, target: Path | None, runs: Path,
) -> None:  # fmt: skip
    """Measure a run's model, a model folder or a packaged model (pen, text) on --data, or an agent in episodes.

    Error rates of signatures and pictures come with 95 % intervals over people; skilled forgeries and strangers are
    measured apart. Use people whom the model was neither trained nor calibrated on.

    A text model is measured on pairs with a score (spearman), on pairs with a label of the same, or on triplets.

    An agent plays fresh episodes of its environment, with its most likely and with drawn actions. The interquartile
    mean of its returns comes with an interval over episodes.

    An agent of a board game plays against random moves and against a search without a network, half of the games
    moving first; where the game is small enough, against every reply there is.
    """
    if data is not None and not data.exists():
        raise NotFoundError(f"{data}: no such file or folder; give signatures, pictures or pairs of texts with --data")
    if target is not None and not target.absolute().parent.is_dir():
        raise ConfigError(f"{target.parent}: no such folder; choose another with --html")
    from shoestring.recipes.loading import load
    from shoestring.recipes.samples import items_of, read_samples
    from shoestring.rl.board_net import TrainedBoards
    from shoestring.rl.judging import Trained
    from shoestring.similarity.cross_encoder import CrossEncoder
    from shoestring.similarity.evaluation import evaluate as measure
    from shoestring.similarity.projection import Projected
    from shoestring.similarity.text_model import TextEncoder
    from shoestring.similarity.verifier import Verifier

    verifier = load(model, root=runs)
    if isinstance(verifier, Trained | TrainedBoards):
        if data is not None or references is not None or target is not None:
            raise ConfigError("--data, --references and --html are not for agents; they play episodes: --episodes N")
        measure_acting = evaluate_agent if isinstance(verifier, Trained) else evaluate_player
        measure_acting(
            out, model, verifier, environment, episodes=episodes or 100, resamples=resamples, seed=seed, runs=runs
        )
        return
    if episodes is not None or environment is not None:
        raise ConfigError(f"--episodes and --environment are for agents; {model} is none")
    if data is None:
        raise click.UsageError("Missing option '--data'.")
    projected = isinstance(verifier, Projected) and verifier.modality == "text"
    if projected or isinstance(verifier, TextEncoder | CrossEncoder):
        if references is not None or target is not None:
            raise ConfigError("--references and --html are for verifiers; a text model has neither")
        evaluate_text_model(out, verifier, data, resamples=resamples, seed=seed)
        return
    if not isinstance(verifier, Verifier):
        raise ConfigError(f"{model}: evaluate measures verifiers and text models; its results are in its run")
    samples = read_samples(verifier.modality, data)
    for repair in samples.repairs[:5]:
        out.narrate(f"repaired: {repair}")
    if len(samples.repairs) > 5:
        out.narrate(f"repaired: {len(samples.repairs) - 5} more")
    items, owners = items_of(verifier.modality)
    out.narrate(f"{len(samples):,} {items} of {len(set(samples.identity.tolist())):,} {owners} in {data}")
    found = measure(verifier, samples, references=references, resamples=resamples, seed=seed)
    document = found.as_dict()
    if target is not None:
        from shoestring.similarity.report import html

        atomic_write(target, html(found))
        out.narrate(f"the page is {target}")
    out.result(document.pop("schema"), document, evaluation_text(document))


def evaluate_agent(
    out: Output, name: str, policy: Any, environment: str | None, *, episodes: int, resamples: int, seed: int,
    runs: Path,
) -> None:  # fmt: skip
    """Let an agent play, and print its returns."""
    from shoestring.rl.judging import judge_policy
    from shoestring.rl.worlds import open_world

    if not resamples:
        raise ConfigError("--resamples 0: an agent is reported with intervals; give at least 1")
    settings = policy.settings if environment is None else {"kind": "gymnasium", "id": environment}
    document = judge_policy(
        policy, lambda size, rng: open_world(settings, size, rng, source=name, imports=environment is not None),
        episodes=episodes, seed=seed, resamples=resamples,
    )  # fmt: skip
    if environment is not None:
        document["environment"] = environment
    document["model"] = name
    rows = [[metric, interval(value)] for metric, value in document["metrics"].items()]
    head = f"{policy.title or name} in {document['episodes']:,} episodes of {document['environment']}"
    text = f"{head}\n\n{table(['return', 'value [95 % interval]'], rows)}\n\n{document['note']}"
    out.result(document.pop("schema"), document, text)


def evaluate_player(
    out: Output, name: str, player: Any, environment: str | None, *, episodes: int, resamples: int, seed: int,
    runs: Path,
) -> None:  # fmt: skip
    """Let an agent of a board game play, and print the results; its intervals need no resampling."""
    from shoestring.recipes.loading import find_model
    from shoestring.rl.matches import judge_boards

    if environment is not None:
        raise ConfigError(f"--environment: {name} plays {player.rules.kind} and nothing else")
    trained = training_of(find_model(name, root=runs).parent)
    document = judge_boards(player, games=episodes, seed=seed) | {"model": player.title or name, "trained": trained}
    rows = [
        [entry["opponent"], f"{entry['games']:,}", *(f"{entry[key]:,}" for key in ("won", "drawn", "lost")),
         interval(entry["score"])]
        for entry in document["opponents"]
    ]  # fmt: skip
    head = f"{player.title or name} at {document['board']}, {document['simulations']} simulations before each move"
    played = table(["against", "games", "won", "drawn", "lost", "score [95 % interval]"], rows)
    text = "\n\n".join([head, played, perfect_text(document), document["note"]])
    out.result(document.pop("schema"), document, text)


def training_of(folder: Path) -> dict[str, Any] | None:
    """Where a model comes from; None for one that is not in a run."""
    if not (folder / "run.json").is_file():
        return None
    run = RunFolder(folder)
    info = run.info()
    return {"preset": info.get("preset"), "seed": info.get("seed"), "env_steps": run.spent().get("env_steps", 0)}


def perfect_text(document: Mapping[str, Any]) -> str:
    """What the lines of every opponent, a perfect one among them, ended in."""
    exact = document["perfect_play"]
    if exact is None:
        return f"perfect play of {document['board']} is not known here: too large to try every reply"
    rows = [[side, *(f"{exact[side][key]:,}" for key in ("won", "drawn", "lost"))] for side in ("first", "second")]
    said = "it never loses" if exact["never_loses"] else "an opponent who knows how beats it"
    worth = {1: "a win of the first player", 0: "a draw", -1: "a win of the second player"}[exact["value"]]
    lines = table(["every reply tried, moving", "won", "drawn", "lost"], rows)
    return f"{lines}\n{said}; perfect play of both is {worth}"


def evaluate_text_model(out: Output, model: Any, data: Path, *, resamples: int, seed: int) -> None:
    """Measure and print a text model."""
    from shoestring.similarity.text_evaluation import evaluate_texts

    document = evaluate_texts(model, data, resamples=resamples, seed=seed)
    for reason, count in document["skipped"].items():
        out.narrate(f"left out: {count:,} rows: {reason}")
    rows = [[name, interval(metric)] for name, metric in document["metrics"].items()]
    head = f"{document['title'] or document['model']} on {document['rows']:,} rows of {data}"
    text = f"{head}\n\n{table(['metric', 'value [95 % interval]'], rows)}"
    out.result(document.pop("schema"), document, text)


def evaluation_text(document: Mapping[str, Any]) -> str:
    """The metrics with intervals, the decisions of the thresholds, and what was left out."""
    first = document["protocols"][0]
    counts = ", ".join(f"{n:,} {kind}" for kind, n in first["pairs"].items())
    name = document["title"] or document["matcher"]
    head = f"{name} on {first['people']} people, {document['references']} enrolled: "
    rows = [
        [name, interval(metric), metric.get("note", "")]
        for name, metric in document["metrics"].items()
        if metric["value"] is not None or name.startswith("eer")
    ]
    parts = [f"{head}{counts} comparisons", table(["metric", "value [95 % interval]", ""], rows)]
    if document["decisions"]:
        lines = [
            [kind, *(f"{entry[key]:.2%}" for key in ("accepted", "undecided", "rejected")),
             "-" if entry["promised_upper95"] is None else f"{number(100 * entry['promised_upper95'])} %"]
            for kind, entry in document["decisions"].items()
        ]  # fmt: skip
        parts.append(table(["decisions", "accepted", "undecided", "rejected", "error promised below"], lines))
    if document["doubtful"]:
        shown = document["doubtful"][:DOUBTFUL]
        lines = [[one["person"], one["sample"], one["looks_like"], f"{one['rival'] - one['own']:.3f}"] for one in shown]
        parts.append(table(["label to look at", "sample", "looks like", "by"], lines))
        if len(document["doubtful"]) > len(shown):
            parts.append(f"{len(document['doubtful']) - len(shown)} more: --json or --html")
    return "\n\n".join([*parts, *document["notes"]])
