"""Arguments that several commands share, and how the shell completes them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from shoestring.core.folder import RunFolder, list_runs, runs_root


def complete_run(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of runs."""
    root = context.params.get("runs") or runs_root()
    return [CompletionItem(run.id) for run in list_runs(root) if incomplete in run.id]


def complete_preset(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of presets."""
    from shoestring.recipes import presets

    return [CompletionItem(preset.name) for preset in presets() if preset.name.startswith(incomplete)]


def runs_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--runs DIR``."""
    place = click.Path(path_type=Path, file_okay=False)
    text = "Folder that holds the runs; by default $SHOESTRING_RUNS or ./runs."
    return click.option("--runs", type=place, default=runs_root, help=text)(function)


def run_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """One RUN: an id, a unique part of one, a path, or ``latest``."""
    return click.argument("run", metavar="RUN", shell_complete=complete_run)(function)


def runs_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """One or more RUNs."""
    many = click.argument("references", metavar="RUN...", nargs=-1, required=True, shell_complete=complete_run)
    return many(function)


def find_run(root: Path, reference: str) -> RunFolder:
    """The run named; ``latest`` is the sweep and not the last of its runs. Raises NotFoundError."""
    run = RunFolder.find(root, reference)
    parent = run.info().get("parent") if reference == "latest" else None
    return RunFolder(run.path.parent / str(parent)) if parent else run


def find_runs(root: Path, references: tuple[str, ...]) -> list[RunFolder]:
    """The runs named, a sweep as its runs, each once. Raises NotFoundError."""
    found: dict[Path, RunFolder] = {}
    for reference in references:
        run = find_run(root, reference)
        info = run.info()
        for name in info["runs"] if info.get("kind") == "sweep" else [run.id]:
            member = RunFolder(run.path.parent / name)
            found.setdefault(member.path.resolve(), member)
    return list(found.values())
