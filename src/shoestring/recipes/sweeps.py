"""A sweep: one job with several seeds, charged to one parent folder, stopped and resumed as one."""

import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any

from filelock import FileLock, Timeout

from shoestring.core.errors import BadDataError, ConfigError, InterruptedRunError, ShoestringError
from shoestring.core.files import write_json
from shoestring.core.folder import RunFolder
from shoestring.recipes import RECIPES, Entry
from shoestring.recipes.intervals import median_interval
from shoestring.recipes.training import Job, create, execute

FINISHED = ("done", "budget")
POLL_SECONDS = 0.5


def create_sweep(job: Job, seeds: Sequence[int], root: Path) -> RunFolder:
    """A sweep folder and one run folder beside it for each of ``seeds``; nothing is started.

    A budget holds for each run; what the runs spend is also charged to the sweep's own ledger.
    """
    if len(set(seeds)) != len(seeds) or not seeds:
        raise ConfigError(f"seeds {list(seeds)}: a sweep needs one or more different seeds")
    info = job.info() | {"kind": "sweep", "seeds": list(seeds), "runs": []}
    parent = RunFolder.create(root, f"{job.name}-sweep", job.toml(), info)
    for seed in seeds:
        run = create(replace(job, seed=seed), root, name=f"{job.name}-seed{seed}", parent=parent.id)
        parent.update(runs=[*parent.info()["runs"], run.id])
    return parent


def execute_sweep(
    parent: RunFolder, *, jobs: int = 1, quiet: bool = False, recipes: Mapping[str, Entry] = RECIPES
) -> RunFolder:
    """Start or continue the runs of a sweep that are not finished, ``jobs`` at a time, each in one process.

    A run that fails does not stop the others, unless it fails for a reason that holds for all of them.

    Raises:
        InterruptedRunError: stopped; what was running has a checkpoint.
        ShoestringError: a run failed; the rest is finished.
    """
    if jobs < 1:
        raise ConfigError(f"jobs={jobs}: at least one run at a time")
    runs = sweep_runs(parent)
    try:
        with FileLock(parent.path / "lock", timeout=0):
            return _execute_unfinished(parent, runs, jobs, quiet, recipes)
    except Timeout as error:
        raise ConfigError(f"{parent.path}: another process is running this sweep; stop it first") from error


def _execute_unfinished(
    parent: RunFolder, runs: Sequence[RunFolder], jobs: int, quiet: bool, recipes: Mapping[str, Entry]
) -> RunFolder:
    unfinished = [run for run in runs if run.info()["status"] not in FINISHED]
    parent.clear_stop()
    parent.update(status="running", started=time.time())
    if not quiet:
        todo = f"{len(unfinished)} of {len(runs)} to do"
        sys.stderr.write(f"sweep   {parent.id}\nfolder  {parent.path}\nruns    {todo}\n")
    status = "failed"
    try:
        with _alive(parent, unfinished):
            if jobs == 1 or len(unfinished) < 2:
                failures = _in_turn(unfinished, parent, quiet, recipes)
            else:
                failures = _side_by_side(unfinished, parent, jobs, quiet, recipes)
        if failures:
            names = ", ".join(f"{run}: {message}" for run, message in failures.items())
            raise ShoestringError(f"{len(failures)} of {len(runs)} runs failed ({names}); the others are kept")
        status = "budget" if any(run.info()["status"] == "budget" for run in runs) else "done"
    except (InterruptedRunError, KeyboardInterrupt) as error:
        status = "interrupted"
        code = error.exit_code if isinstance(error, InterruptedRunError) else 130
        done = sum(run.info()["status"] in FINISHED for run in runs)
        resume = f"resume with: shoestring train --resume {parent.path}"
        raise InterruptedRunError(f"stopped with {done} of {len(runs)} runs finished; {resume}", code) from error
    finally:
        write_json(parent.path / "summary.json", summarise(parent, status))
        parent.update(status=status, ended=time.time())
    return parent


def sweep_runs(parent: RunFolder) -> list[RunFolder]:
    """The runs of a sweep. Raises BadDataError when ``parent`` is none."""
    names = parent.info().get("runs")
    if not isinstance(names, list) or not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise BadDataError(f"{parent.path / 'run.json'}: holds no list of runs; this is not a sweep")
    return [RunFolder(parent.path.parent / name) for name in names]


def summarise(parent: RunFolder, status: str) -> dict[str, Any]:
    """The summary of a sweep: the median of each headline metric over the finished runs, with its interval."""
    summaries = {run.id: run.summary() for run in sweep_runs(parent)}
    finished = [summary for summary in summaries.values() if summary.get("status") in FINISHED]
    values: dict[str, list[float]] = {}
    for summary in finished:
        for name, metric in summary.get("metrics", {}).items():
            value = metric["value"] if isinstance(metric, Mapping) else metric
            values.setdefault(name, []).append(float(value))
    return {
        "status": status,
        "seeds": len(finished),
        "seconds": round(sum(summary.get("seconds", 0.0) for summary in summaries.values()), 1),
        "metrics": {name: median_interval(found).as_dict() for name, found in values.items()},
        "spent": parent.spent(),
        "runs": list(summaries),
    }


def _in_turn(runs: Sequence[RunFolder], parent: RunFolder, quiet: bool, recipes: Mapping[str, Entry]) -> dict[str, str]:
    failures: dict[str, str] = {}
    for run in runs:
        if parent.stop_requested:
            raise InterruptedRunError("stop requested")
        try:
            execute(run, quiet=quiet, recipes=recipes)
        except (InterruptedRunError, OSError):
            raise
        except ShoestringError as error:
            if error.exit_code != ShoestringError.exit_code:
                raise
            failures[run.id] = str(error)
        except (ValueError, ArithmeticError, RuntimeError) as error:
            failures[run.id] = f"{type(error).__name__}: {error}, see {run.path / 'log.txt'}"
    return failures


def _side_by_side(
    runs: Sequence[RunFolder], parent: RunFolder, jobs: int, quiet: bool, recipes: Mapping[str, Entry]
) -> dict[str, str]:
    context = multiprocessing.get_context("spawn")
    waiting, running = list(runs), dict[BaseProcess, RunFolder]()
    failures: dict[str, str] = {}
    with _stop_signal() as stopped:
        while waiting or running:
            while waiting and len(running) < jobs and not stopped:
                run = waiting.pop(0)
                process = context.Process(target=_execute_alone, args=(run, recipes), name=run.id)
                # Ctrl-C reaches the whole group; until a run can save itself, only its folder tells it to stop.
                handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
                process.start()
                signal.signal(signal.SIGINT, handler)
                running[process] = run
            wait([process.sentinel for process in running], timeout=POLL_SECONDS)
            if stopped or parent.stop_requested:
                waiting.clear()
                for run in running.values():
                    run.request_stop()
            for process in [process for process in running if not process.is_alive()]:
                process.join()
                run = running.pop(process)
                if process.exitcode not in (0, 130, 143):
                    failures[run.id] = f"ended with {process.exitcode}, see {run.path / 'log.txt'}"
                if not quiet:
                    sys.stderr.write(f"{run.id}: {run.info()['status']}\n")
        if stopped or parent.stop_requested:
            raise InterruptedRunError("stopped", 128 + int(stopped[0]) if stopped else 130)
    return failures


def _execute_alone(run: RunFolder, recipes: Mapping[str, Entry]) -> None:
    try:
        execute(run, quiet=True, recipes=recipes)
    except ShoestringError as error:
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


@contextmanager
def _stop_signal() -> Iterator[list[int]]:
    """Signals received so far. The runs are told through their folders, wherever the signal came from."""
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _alive(parent: RunFolder, runs: Sequence[RunFolder]) -> Iterator[None]:
    """Keep the heartbeat of a sweep, and hand a request to stop it on to the run that is going."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.is_set():
            parent.beat()
            if parent.stop_requested:
                for run in runs:
                    if run.info()["status"] == "running":
                        run.request_stop()
            ended.wait(POLL_SECONDS)

    thread = threading.Thread(target=beat, daemon=True)
    parent.beat()
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
