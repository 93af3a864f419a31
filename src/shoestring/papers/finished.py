"""Runs of a measurement that was broken off: what is finished is not made again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shoestring.core.folder import RunFolder, list_runs
from shoestring.recipes.training import create, execute, plan


def finished(preset: str, overrides: Sequence[str] = (), *, seed: int = 0, root: Path) -> RunFolder:
    """The finished run of exactly this job under ``root``, or a new one.

    The whole configuration is compared, so that a preset which was changed since is trained anew; a changed program is
    not noticed, and asks for another ``root``. Raises what :func:`shoestring.recipes.training.train` does.
    """
    job = replace(plan(preset, overrides), seed=seed)
    for made in list_runs(root):
        info = made.info()
        same = (info.get("name"), info.get("seed"), info["status"]) == (job.name, seed, "done")
        if same and not info.get("budgets") and made.config_text() == job.toml():
            return made
    return execute(create(job, root), quiet=True)
