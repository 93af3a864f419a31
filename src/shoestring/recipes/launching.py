"""A run trained by several processes: ``shoestring launch``, and what each of its workers does."""

import datetime
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import torch
from torch import distributed as dist

from shoestring.core.errors import ConfigError, InterruptedRunError, ShoestringError
from shoestring.core.folder import RunFolder
from shoestring.core.follower import Follower, FollowerFinished
from shoestring.core.run import SAVE_EVERY_SECONDS, Run
from shoestring.distributed.launch import end_now, end_with_parent, is_connection_failure, launch, report_outcome
from shoestring.recipes import RECIPES
from shoestring.recipes.training import header, plan_again

TIMEOUT = datetime.timedelta(minutes=10)
"""How long a collective waits for a worker that is still connected: a link may be cut for a while."""


def launch_run(
    folder: RunFolder, workers: int, *, restarts: int = 3, save_every: float = SAVE_EVERY_SECONDS, quiet: bool = False
) -> RunFolder:
    """Start the run in ``folder``, or continue it at its newest checkpoint, with ``workers`` processes on this machine.

    Worker 0 owns the folder. A worker that is killed is started again with all others, from the newest checkpoint; any
    number of workers may continue a run.

    Raises:
        ConfigError: the recipe does not train by gradients that can be shared.
        InterruptedRunError: stopped, after a checkpoint.
        ShoestringError: what the recipe raised, or that workers kept dying.
    """
    job = plan_again(folder)
    if not hasattr(job.component, "compress"):
        able = sorted(name for name, entry in RECIPES.items() if hasattr(entry.component(), "compress"))
        raise ConfigError(f"{job.recipe} is not trained by gradients; launch one of: {', '.join(able)}")
    arguments = [str(folder.path), str(save_every), "quiet" if quiet else "loud"]
    launch("shoestring.recipes.launching", arguments, workers, restarts=restarts)
    return folder


def work(outcome: Path, folder: RunFolder, save_every: float, quiet: bool) -> int:
    """One worker, with the environment that torchrun made; the exit code, which is not 0 where another try may help."""
    end_with_parent()
    if outcome.exists():
        return 0
    try:
        dist.init_process_group("gloo", timeout=TIMEOUT)
        _train(folder, save_every, quiet)
    except FollowerFinished:
        return 0
    except InterruptedRunError as error:
        if dist.get_rank() == 0:
            report_outcome(outcome, str(error), error.exit_code)
        return 0
    except Exception as error:
        if is_connection_failure(error):
            sys.stderr.write(f"worker {_rank()}: lost the others ({type(error).__name__})\n")
            return 1
        code = error.exit_code if isinstance(error, ShoestringError) else 1
        kind = "" if isinstance(error, ShoestringError) else f"{type(error).__name__}: "
        log = f"; the log of the run is {folder.path / 'log.txt'}"
        report_outcome(outcome, f"worker {_rank()}: {kind}{error}{log}", code)
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
    return 0


def _train(folder: RunFolder, save_every: float, quiet: bool) -> None:
    job = plan_again(folder)
    torch.set_num_threads(job.threads)
    main = import_module(RECIPES[job.recipe].module).main
    count = dist.get_world_size()
    if dist.get_rank() == 0:
        with Run(
            folder, seed=job.seed, budgets=job.budgets, device=job.device, save_every_seconds=save_every, quiet=quiet,
            workers=count,
        ) as run:  # fmt: skip
            run.narrate(header(run, job))
            # From here on the others may read what this attempt starts from.
            dist.barrier()
            main(job.component, run)
    else:
        dist.barrier()
        main(job.component, Follower(folder, seed=job.seed, workers=count, budgets=job.budgets, device=job.device))


def _rank() -> str:
    return str(dist.get_rank()) if dist.is_initialized() else "?"


def main(arguments: Sequence[str]) -> int:
    """``python -m shoestring.recipes.launching OUTCOME FOLDER SECONDS quiet|loud``."""
    outcome, folder, save_every, voice = arguments
    return work(Path(outcome), RunFolder(Path(folder)), float(save_every), voice == "quiet")


if __name__ == "__main__":
    end_now(main(sys.argv[1:]))
