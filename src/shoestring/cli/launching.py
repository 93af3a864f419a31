"""``shoestring launch``."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from shoestring.cli.arguments import complete_run, find_run
from shoestring.cli.output import Output, speaks
from shoestring.cli.training import show_result
from shoestring.core.errors import ConfigError
from shoestring.core.folder import runs_root
from shoestring.core.ledger import BUDGET_KINDS, Budget
from shoestring.recipes import find_preset

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("launch")
@click.argument("words", metavar="train [PRESET] [KEY=VALUE]...", nargs=-1)
@click.option("--procs", type=click.IntRange(1, 64), default=2, show_default=True, help="Workers on this machine.")
@click.option("--restarts", type=click.IntRange(0, 100), default=3, show_default=True, help="Times to start again.")
@click.option("--budget", "budgets", multiple=True, metavar="KIND=N", help=f"Stop there: {', '.join(BUDGET_KINDS)}.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Seed of the run.")
@click.option(
    "--resume", metavar="RUN", shell_complete=complete_run, help="Continue a run, with any number of workers."
)
@click.option(
    "--device", type=click.Choice(["auto", "cpu"]), default="cpu", show_default=True, help="Where to compute."
)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Threads of each worker.")
@click.option("--save-every", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds.")
@click.option("--out", "root", type=FOLDER, default=runs_root, help="By default $SHOESTRING_RUNS or ./runs.")
@speaks
def launch_command(
    out: Output, *, words: tuple[str, ...], procs: int, restarts: int, budgets: tuple[str, ...], seed: int,
    resume: str | None, device: Any, threads: int, save_every: float, root: Path,
) -> int:  # fmt: skip
    """Train with several workers: each has its own batches, and gradients are averaged as compress.kind says.

    A worker that is killed is started again with the others, from the newest checkpoint. The first worker owns the run
    folder.

    \b
      shoestring launch --procs 2 train bromley1993 compress.kind=powersgd compress.rank=2
      shoestring launch --procs 3 train --resume latest
    """
    if not words or words[0] != "train":
        raise ConfigError("write: shoestring launch --procs N train PRESET [KEY=VALUE]...")
    preset, overrides = (words[1], words[2:]) if len(words) > 1 else (None, ())
    if (preset is None) == (resume is None):
        raise ConfigError("give a PRESET to train, or --resume RUN, and not both")
    if preset is not None:
        # Before torch is imported, so that a slip of the pen is answered at once.
        find_preset(preset)
    from shoestring.recipes import launching, sweeps, training

    if resume is not None:
        folder = find_run(root, resume)
        if folder.info().get("kind") == "sweep" or folder.info()["status"] in sweeps.FINISHED:
            raise ConfigError(f"{folder.id} is a sweep or is finished; launch continues single runs that are not")
    else:
        job = training.plan(str(preset), overrides)
        chosen = tuple(Budget.parse(text) for text in budgets)
        folder = training.create(replace(job, seed=seed, budgets=chosen, device=device, threads=threads), root)
    launching.launch_run(folder, procs, restarts=restarts, save_every=save_every, quiet=out.quiet)
    return show_result(out, folder)
