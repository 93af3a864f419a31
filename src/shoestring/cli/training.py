"""``shoestring train``."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoestring.cli.arguments import complete_preset, complete_run, find_run
from shoestring.cli.output import Output, speaks, table
from shoestring.cli.results import result_document, result_text
from shoestring.core import config
from shoestring.core.errors import BudgetExhaustedError, ConfigError, NotFoundError
from shoestring.core.folder import RunFolder, read_json_object, runs_root
from shoestring.core.ledger import BUDGET_KINDS, Budget
from shoestring.recipes import RECIPES, Entry, find_preset, presets

if TYPE_CHECKING:
    from shoestring.recipes.training import Job

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("train")
@click.argument("words", metavar="[PRESET] [KEY=VALUE]...", nargs=-1, shell_complete=complete_preset)
@click.option("--config", "file", type=click.Path(path_type=Path), help="TOML file over the preset.")
@click.option("--budget", "budgets", multiple=True, metavar="KIND=N", help=f"Stop there: {', '.join(BUDGET_KINDS)}.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of the run; the first of a sweep.  [default: 0]")
@click.option("--seeds", type=click.IntRange(1, 10_000), help="Number of seeds: a sweep of so many runs.")
@click.option("--jobs", type=click.IntRange(1), default=1, help="Runs of a sweep at a time.", show_default=True)
@click.option("--resume", metavar="RUN", shell_complete=complete_run, help="Continue a run or a sweep.")
@click.option("--from", "origin", metavar="RUN", shell_complete=complete_run, help="Repeat a run exactly.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where to compute.  [default: auto]")
@click.option("--threads", type=click.IntRange(1), help="Threads that compute.  [default: 1]")
@click.option("--out", "root", type=FOLDER, default=runs_root, help="By default $SHOESTRING_RUNS or ./runs.")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option("--print-config", is_flag=True, help="Print the configuration with the source of each value.")
@click.pass_obj
@speaks
def train(out: Output, table_of_recipes: Any, *, words: tuple[str, ...], resume: str | None, **options: Any) -> int:
    """Train PRESET (a name, or a TOML file), changed by KEY=VALUE.

    \b
      shoestring train bromley1993 steps=500 --seed 3
      shoestring train bromley1993 --seeds 5 --budget comparisons=20_000
      shoestring train --resume latest
    """
    recipes: Mapping[str, Entry] = table_of_recipes or RECIPES
    budgets = tuple(Budget.parse(text) for text in options.pop("budgets"))
    if resume is not None:
        given = [name for name, value in options.items() if value and name not in ("jobs", "root")]
        if words or given:
            what = words[0] if words else "--" + given[0].replace("_", "-").replace("origin", "from")
            raise ConfigError(f"{what} cannot be given with --resume: a run keeps its configuration; see --from")
        return _continue(out, find_run(options["root"], resume), budgets, options["jobs"], recipes)
    return _start(out, words, budgets, recipes, **options)


def _start(
    out: Output, words: tuple[str, ...], budgets: tuple[Budget, ...], recipes: Mapping[str, Entry], *,
    file: Path | None, seed: int | None, seeds: int | None, jobs: int, origin: str | None, device: Any,
    threads: int | None, root: Path, dry_run: bool, print_config: bool,
) -> int:  # fmt: skip
    preset, overrides = _preset_first(words)
    if (preset is None) == (origin is None):
        raise ConfigError("give a PRESET to train, or --from RUN, or --resume RUN; see shoestring list presets")
    if preset is not None:
        _check_preset(preset, recipes)
    from shoestring.recipes import sweeps, training

    first_seeds: list[int] | None = None
    if preset is not None:
        job = training.plan(preset, overrides, file=file, recipes=recipes)
    elif file is not None:
        raise ConfigError("--config cannot be given with --from: the run has its configuration; use KEY=VALUE")
    else:
        run = find_run(root, str(origin))
        job = training.plan_again(run, overrides, recipes=recipes)
        first_seeds = run.info().get("seeds")
    given = {"seed": seed, "budgets": budgets or None, "device": device, "threads": threads}
    job = replace(job, **{name: value for name, value in given.items() if value is not None})
    if print_config:
        document = {"recipe": job.recipe, "config": config.as_table(job.component)}
        out.result("shoestring.config/1", document, job.annotated())
        return 0
    chosen = list(range(job.seed, job.seed + seeds)) if seeds else first_seeds if seed is None else None
    if dry_run:
        return _describe(out, job, chosen)
    if chosen is None:
        return _continue(out, training.create(job, root), (), jobs, recipes)
    return _continue(out, sweeps.create_sweep(job, chosen, root), (), jobs, recipes)


def _preset_first(words: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    if words and ("=" not in words[0] or words[0].endswith(".toml")):
        return words[0], words[1:]
    return None, words


def _check_preset(preset: str, recipes: Mapping[str, Entry]) -> None:
    # Before torch is imported, so that a slip of the pen is answered at once.
    try:
        find_preset(preset)
    except NotFoundError:
        if preset not in recipes:
            raise
        fitting = ", ".join(known.name for known in presets() if known.recipe == preset)
        raise NotFoundError(f"{preset!r} is a recipe; train one of its presets: {fitting or 'none yet'}") from None


def _describe(out: Output, job: "Job", seeds: list[int] | None) -> int:
    document = {**job.info(), "seeds": seeds or [job.seed], "config": config.as_table(job.component)}
    budget = ", ".join(f"{b.kind} {b.amount:,}" for b in job.budgets) or "none"
    rows = [
        ["recipe", job.recipe], ["preset", job.preset], ["seeds", " ".join(map(str, seeds or [job.seed]))],
        ["budget", budget], ["device", job.device], ["threads", job.threads],
    ]  # fmt: skip
    out.result("shoestring.plan/1", document, f"{table(['would', 'train'], rows)}\n\n{job.toml()}")
    return 0


def _continue(
    out: Output, folder: RunFolder, budgets: tuple[Budget, ...], jobs: int, recipes: Mapping[str, Entry]
) -> int:
    from shoestring.recipes import sweeps, training

    info = folder.info()
    sweep = info.get("kind") == "sweep"
    if budgets:
        amounts = info.get("budgets", {}) | {budget.kind: budget.amount for budget in budgets}
        for run in [folder, *(sweeps.sweep_runs(folder) if sweep else [])]:
            run.update(budgets=amounts, **({"status": "interrupted"} if run.info()["status"] == "budget" else {}))
    if folder.info()["status"] in sweeps.FINISHED:
        out.narrate(f"{folder.id} is finished; repeat it with: shoestring train --from {folder.path}")
    elif sweep:
        sweeps.execute_sweep(folder, jobs=jobs, quiet=out.quiet, recipes=recipes)
    else:
        training.execute(folder, quiet=out.quiet, recipes=recipes)
    return show_result(out, folder)


def show_result(out: Output, folder: RunFolder) -> int:
    """Print what came out of a run or a sweep; the exit code is returned."""
    info, metrics = folder.info(), folder.summary().get("metrics") or {}
    out.result("shoestring.result/1", result_document(folder), result_text(folder))
    if metrics and info["kind"] == "sweep":
        out.narrate(_about_seeds(metrics))
    elif metrics and "env_steps" in folder.spent():
        out.narrate(
            "one seed: its intervals say nothing of other seeds, which can end elsewhere; train with --seeds 10"
        )
    out.narrate(f"next: {next_command(folder)}\n      shoestring report {folder.path}")
    if info["status"] == "budget":
        spent = ", ".join(f"{kind} {n:,}" for kind, n in folder.spent().items())
        out.narrate(f"the budget was used up ({spent}) before all steps were done; the model is what it paid for")
        return BudgetExhaustedError.exit_code
    return 0


def next_command(folder: RunFolder) -> str:
    """What is worth doing with the model of a run."""
    head = folder.path / "model" / "shoestring.json"
    match read_json_object(head).get("kind") if head.is_file() else None:
        case None | "image-classifier" | "language-model" | "projected":
            return f"shoestring compare {folder.path}"
        case "policy" | "table-policy" | "action-values":
            return f"shoestring evaluate {folder.path}\n      shoestring watch {folder.path}"
        case "board-policy":
            return f"shoestring evaluate {folder.path}\n      shoestring play {folder.path}"
    return f"shoestring evaluate {folder.path} --data PATH"


def _about_seeds(metrics: Mapping[str, Any]) -> str:
    seeds, coverage = next((metric["seeds"], metric["coverage"]) for metric in metrics.values())
    if seeds == 1:
        return "only one seed: no interval, and a difference to another run may be luck"
    return f"median of {seeds} seeds; the interval covers the true median with a probability of {coverage:.0%}"
