"""``shoestring export``."""

import csv
import io
import math
from pathlib import Path

import click

from shoestring.cli.arguments import find_run, run_argument, runs_option
from shoestring.cli.output import Output, speaks
from shoestring.core.errors import ConfigError
from shoestring.core.files import atomic_folder, atomic_write
from shoestring.core.folder import RunFolder, read_json_object
from shoestring.recipes.cards import card
from shoestring.recipes.comparing import AXES, axis_of, value_at

MODELS = {
    "model": ("text-encoder",), "sentence-transformers": ("text-encoder",), "onnx": ("text-encoder", "policy"),
}  # fmt: skip
"""Exports of a model, a folder each, and the kinds of model that can be written so."""


@click.command("export")
@run_argument
@click.option("--to", "what", type=click.Choice(["card", "metrics", *MODELS]), required=True, help="What to write.")
@click.option("--size", type=click.IntRange(min=1), help="Of a text encoder: numbers of a vector, the first ones.")
@click.option("--file", "target", type=click.Path(path_type=Path), help="Where; by default in the run.")
@runs_option
@speaks
def export(out: Output, run: str, what: str, *, size: int | None, target: Path | None, runs: Path) -> None:
    """Write something of RUN for other tools.

    card: the model card, README.md. metrics: metrics.csv, one row for each logged value. Of a text encoder also
    sentence-transformers: a folder that SentenceTransformer(FOLDER) loads, onnx: a folder with the network, pooling
    inside, and the check it passed, and model: a folder that takes the place of RUN, with --size for shorter vectors.
    Of an agent onnx: a folder with its policy, normaliser inside, and the check.
    """
    folder = find_run(runs, run)
    if size and what not in MODELS:
        raise ConfigError(f"--size={size} is for {', '.join(MODELS)}, not for {what}")
    path = target or folder.path / _name(what, size)
    if not path.parent.is_dir() or (path.is_dir() and what not in MODELS):
        problem = "is a folder" if path.is_dir() else "no such folder"
        raise ConfigError(f"{path if path.is_dir() else path.parent}: {problem}; choose another with --file")
    if what in MODELS:
        _export_model(folder, what, size, path)
    else:
        atomic_write(path, card(folder) if what == "card" else metrics_csv(folder))
    out.result("shoestring.export/1", {"run": folder.id, "what": what, "path": path}, str(path))


def _name(what: str, size: int | None) -> str:
    if what == "model":
        # model/ is that of the run itself.
        return f"model-{size or 'copy'}"
    return {"card": "README.md", "metrics": "metrics.csv"}.get(what, what)


def _export_model(run: RunFolder, what: str, size: int | None, path: Path) -> None:
    from shoestring.recipes.loading import run_model

    head = run_model(run) / "shoestring.json"
    kind = read_json_object(head).get("kind")
    if kind not in MODELS[what]:
        kinds = " and ".join(
            f"{known.replace('-', ' ')}s" if known != "policy" else "policies" for known in MODELS[what]
        )
        raise ConfigError(f"export to {what} is for {kinds}, and {run.id} holds a {kind}; see --to card, metrics")
    if size and kind != "text-encoder":
        raise ConfigError(f"--size={size} is for vectors, and {run.id} holds a {kind}")
    if path.resolve() == head.parent.resolve():
        raise ConfigError(f"{path}: this is the model of the run itself; choose another place with --file")
    if path.exists() and not (path.is_dir() and (not any(path.iterdir()) or (path / MARK[what]).is_file())):
        raise ConfigError(f"{path}: exists and is no export of this kind; choose another place with --file")
    if kind == "policy":
        from shoestring.rl import policy_export, policy_files

        policy = policy_files.load(head.parent)
        atomic_folder(path, lambda into: policy_export.write_onnx(policy, into))
        return
    from shoestring.similarity.text_export import write_onnx, write_sentence_transformers
    from shoestring.similarity.text_model import TextEncoder, load

    model = load(head.parent)
    model = model.shortened(size) if size else model
    write = {"onnx": write_onnx, "sentence-transformers": write_sentence_transformers, "model": TextEncoder.write}[what]
    atomic_folder(path, lambda into: write(model, into))


MARK = {"onnx": "check.json", "sentence-transformers": "modules.json", "model": "shoestring.json"}
"""The file by which an earlier export is known, which may be replaced."""


def metrics_csv(run: RunFolder) -> str:
    """``step, metric, value`` and a column for each axis that the run recorded; what was not finite is empty."""
    positions = {axis: axis_of(run, axis) for axis in AXES if axis != "step"}
    axes = [axis for axis, points in positions.items() if points]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["step", "metric", "value", *axes])
    for name, series in run.metrics().items():
        for step, value in series:
            where = [_position(positions[axis], step) for axis in axes]
            writer.writerow([step, name, repr(value) if math.isfinite(value) else "", *where])
    return buffer.getvalue()


def _position(points: list[tuple[int, float]], step: int) -> str:
    found = value_at([(at, value) for at, value in points if at <= step], [], float("inf"))
    return "" if found is None else f"{found:g}" if found % 1 else str(int(found))
