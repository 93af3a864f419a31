"""From a preset to a finished run: what ``shoestring train`` and :func:`shoestring.train` do.

A run folder says all that decides its result: the configuration in ``run.toml``; recipe, seed, budgets, device and
threads in ``run.json``. Starting, resuming and repeating a run are therefore one function, :func:`execute`.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from shoestring.core import config
from shoestring.core.config import Layer
from shoestring.core.device import DeviceName, choose_device
from shoestring.core.errors import BadDataError, ConfigError
from shoestring.core.folder import RunFolder, runs_root
from shoestring.core.ledger import Budget
from shoestring.core.run import Run
from shoestring.recipes import RECIPES, Entry, find_preset, find_recipe

OPTIONS = ("seed", "seeds", "budget", "device", "threads")
"""Settings of a run that are options and not keys of its recipe."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """All that decides what a run computes."""

    name: str
    """The readable part of the run's id."""
    recipe: str
    component: Any
    layers: tuple[Layer, ...]
    """Where each value of ``component`` comes from."""
    seed: int = 0
    budgets: tuple[Budget, ...] = ()
    device: DeviceName = "auto"
    threads: int = 1
    """One by default: more are slower on the small networks here, and change the last bits of sums."""
    preset: str = ""
    overrides: tuple[str, ...] = ()

    def toml(self) -> str:
        """The content of ``run.toml``."""
        return config.dump(self.component, recipe=self.recipe)

    def annotated(self) -> str:
        """:meth:`toml` with the source of each value as a comment."""
        return config.annotate(self.component, self.layers, recipe=self.recipe)

    def info(self) -> dict[str, Any]:
        """The part of ``run.json`` that, with ``run.toml``, repeats this job."""
        return {
            "kind": "run",
            "recipe": self.recipe,
            "preset": self.preset,
            "overrides": list(self.overrides),
            "seed": self.seed,
            "budgets": {budget.kind: budget.amount for budget in self.budgets},
            "device": self.device,
            "threads": self.threads,
        }


def plan(
    preset: str,
    overrides: Sequence[str] = (),
    *,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    recipes: Mapping[str, Entry] = RECIPES,
) -> Job:
    """The job that ``preset`` (a name, or the path of a TOML file) describes, changed by the layers above it.

    Later layers win: preset, ``file``, ``SHOESTRING_*`` of ``environment`` (``os.environ`` if None), ``overrides``.

    Raises:
        NotFoundError: no such preset or recipe.
        ConfigError: a wrong key or value, with its place.
    """
    path = find_preset(preset)
    below = config.read_layer(path)
    name, layer = _split_recipe(below)
    layers = [layer]
    if file is not None:
        above = config.read_layer(file)
        if above.table.get("recipe", name) != name:
            raise ConfigError(f"{above.place(('recipe',))} = {above.table['recipe']!r}: the preset is for {name!r}")
        layers.append(_without_recipe(above))
    layers.append(config.environment_layer(os.environ if environment is None else environment))
    layers.append(_override_layer(overrides))
    component = config.load(find_recipe(name, recipes).component(), layers)
    return Job(
        name=re.sub(r"[^\w.-]+", "-", path.stem, flags=re.ASCII).strip("-.") or "run",
        recipe=name, component=component, layers=tuple(layers), preset=preset, overrides=tuple(overrides),
    )  # fmt: skip


def plan_again(run: RunFolder, overrides: Sequence[str] = (), *, recipes: Mapping[str, Entry] = RECIPES) -> Job:
    """The job of an earlier run. The environment is left out: the run's configuration is complete.

    Raises:
        BadDataError: the folder is damaged.
        ConfigError: an override is wrong, or the recipe has changed its keys since.
    """
    info = run.info()
    name, layer = _split_recipe(config.text_layer(run.config_text(), str(run.path / "run.toml")))
    layers = (layer, _override_layer(overrides))
    try:
        return Job(
            name=re.sub(r"-seed\d+$|-sweep$", "", str(info["name"])),
            recipe=name,
            component=config.load(find_recipe(name, recipes).component(), layers),
            layers=layers,
            seed=int(info["seed"]),
            budgets=tuple(Budget.parse(f"{kind}={amount}") for kind, amount in info["budgets"].items()),
            device=info["device"],
            threads=int(info["threads"]),
            preset=str(info["preset"]),
            overrides=(*info["overrides"], *overrides),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadDataError(f"{run.path / 'run.json'}: {error!r}; this run cannot be repeated from it") from error


def create(job: Job, root: Path, *, name: str | None = None, parent: str | None = None) -> RunFolder:
    """A run folder for ``job`` that :func:`execute` can start. Raises ConfigError when it cannot be written."""
    choose_device(job.device)
    info = job.info() | ({"parent": parent} if parent else {})
    return RunFolder.create(root, name or job.name, job.toml(), info)


def execute(folder: RunFolder, *, quiet: bool = False, recipes: Mapping[str, Entry] = RECIPES) -> RunFolder:
    """Start the run in ``folder``, or continue it at its newest checkpoint.

    Raises:
        InterruptedRunError: stopped by Ctrl-C, SIGTERM or a stop request, after a checkpoint.
        ShoestringError: what the recipe raises; the traceback is in the run's ``log.txt``.
    """
    job = plan_again(folder, recipes=recipes)
    torch.set_num_threads(job.threads)
    try:
        # NumPy's own threads spin while they wait, and small products lose all their time to them.
        with (
            threadpool_limits(job.threads),
            Run(folder, seed=job.seed, budgets=job.budgets, device=job.device, quiet=quiet) as run,
        ):
            run.narrate(header(run, job))
            import_module(recipes[job.recipe].module).main(job.component, run)
    except Exception as error:
        error.add_note(f"the log of the run is {folder.path / 'log.txt'}")
        raise
    return folder


def train(
    preset: str | None = None,
    overrides: Sequence[str] = (),
    *,
    seed: int = 0,
    budgets: Sequence[Budget] = (),
    root: Path | None = None,
    resume: RunFolder | None = None,
    device: DeviceName = "auto",
    threads: int = 1,
    quiet: bool = False,
    recipes: Mapping[str, Entry] = RECIPES,
) -> RunFolder:
    """Train ``preset`` with ``overrides`` such as ``["steps=200", "loss.margin=0.3"]``, or ``resume`` a run.

    The result is the run folder: ``.summary()``, ``.metrics()``, ``.spent()``; :func:`shoestring.load` makes its model
    usable. A run whose budget ends early returns as well, with the status ``budget``. Runs are made under ``root``, by
    default ``$SHOESTRING_RUNS`` or ``./runs``.

    Raises:
        NotFoundError: no such preset.
        ConfigError: a wrong key or value, with its place.
        InterruptedRunError: stopped, after a checkpoint.
    """
    if (preset is None) == (resume is None):
        raise ConfigError("give either a preset to train or a run to resume")
    if resume is not None:
        return execute(resume, quiet=quiet, recipes=recipes)
    job = plan(str(preset), overrides, recipes=recipes)
    job = replace(job, seed=seed, budgets=tuple(budgets), device=device, threads=threads)
    return execute(create(job, root or runs_root()), quiet=quiet, recipes=recipes)


def _split_recipe(layer: Layer) -> tuple[str, Layer]:
    name = layer.table.get("recipe")
    if not isinstance(name, str):
        raise ConfigError(f'{layer.source}: the top key recipe = "NAME" is missing; see shoestring list recipes')
    return name, _without_recipe(layer)


def _without_recipe(layer: Layer) -> Layer:
    return replace(layer, table={key: value for key, value in layer.table.items() if key != "recipe"})


def _override_layer(overrides: Sequence[str]) -> Layer:
    layer = config.override_layer(overrides)
    for option in OPTIONS:
        if option in layer.table:
            value = layer.table[option]
            raise ConfigError(f"command line: {option}={value} is not a key of the recipe; write --{option} {value}")
    return layer


def header(run: Run, job: Job) -> str:
    """What a run says when it starts."""
    again = f"  (attempt {run.attempt}, after step {run.step:,})" if run.attempt > 1 else ""
    budgets = [f"{b.kind} {b.amount:,} ({run.ledger.totals.get(b.kind, 0):,} spent)" for b in job.budgets]
    rows = {
        "run": run.folder.id + again,
        "folder": str(run.folder.path),
        "recipe": job.recipe + (f"  (preset {job.preset})" if job.preset else ""),
        "seed": str(job.seed),
        "device": f"{run.device}, {job.threads} thread{'s' if job.threads > 1 else ''}",
        "budget": ", ".join(budgets) or "none",
    }
    return "\n".join(f"{key:<8}{value}" for key, value in rows.items())
