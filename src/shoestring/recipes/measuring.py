"""What a step of a run costs with each compressor: real processes and gradients, real links where they can be made."""

import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import distributed as dist

from shoestring.core.device import describe
from shoestring.core.errors import BadDataError, ConfigError
from shoestring.core.files import write_json
from shoestring.core.folder import RunFolder
from shoestring.core.follower import Follower, FollowerFinished
from shoestring.distributed import tunnel as wind
from shoestring.distributed.launch import end_now
from shoestring.distributed.link import Link, StepCost, break_even_mbit, interface_bytes, speeds, step_ms, verdict
from shoestring.distributed.traffic import Message, sent_bytes
from shoestring.distributed.workers import Workers
from shoestring.recipes import RECIPES
from shoestring.recipes.bandwidth import FILE, SCHEMA
from shoestring.recipes.training import create, plan_again

METHODS: Mapping[str, Sequence[str]] = {
    "none": ["compress.kind=none"],
    "fp16": ["compress.kind=fp16"],
    "rank 1": ["compress.kind=powersgd", "compress.rank=1"],
    "rank 2": ["compress.kind=powersgd", "compress.rank=2"],
    "rank 4": ["compress.kind=powersgd", "compress.rank=4"],
}
LONGEST_STEP_MS = 20_000.0
"""A step that is predicted to take longer is not measured on a link: the prediction stands alone."""
WARM_UP = 3
"""First steps, which are slower and not counted."""


@dataclass(frozen=True)
class Measured:
    """Medians over the steps of one method on one link, of worker 0."""

    compute_ms: float
    encode_ms: float
    send_ms: float
    decode_ms: float
    sent: float
    """Bytes a step, counted at the collectives."""
    wire: float | None
    """Bytes a step on the interface; None outside the tunnel."""
    messages: list[dict[str, Any]]
    cosine: float | None
    relative_error: float | None
    optimal_error: dict[str, float]

    @property
    def step_ms(self) -> float:
        return self.compute_ms + self.encode_ms + self.send_ms + self.decode_ms


def measure(
    run: RunFolder, *, workers: int = 2, steps: int = 12, mbits: Sequence[float] = (10, 100, 1000),
    use_tunnel: bool | None = None, say: Callable[[str], None] = lambda message: None,
) -> dict[str, Any]:  # fmt: skip
    """Measure every method on the recipe of ``run``, write ``bandwidth.json`` into its folder, and return it.

    Without a limit first: that gives compute and codec. Then, in the tunnel, on each of ``mbits`` where a step is not
    predicted to take more than 20 s. ``use_tunnel=None`` uses it where it can be made.

    Raises:
        ConfigError: the recipe cannot be shared, or the tunnel is wanted and cannot be made.
        BadDataError: a worker failed; its last words are in the message.
    """
    problem = wind.unavailable()
    if use_tunnel and problem:
        raise ConfigError(problem)
    tunnelled = not problem if use_tunnel is None else use_tunnel
    if not hasattr(plan_again(run).component, "compress"):
        raise ConfigError(f"{run.id} is not trained by gradients that workers could share")
    if workers < 2 or steps <= WARM_UP:
        raise ConfigError(f"at least 2 workers and {WARM_UP + 1} steps are needed, not {workers} and {steps}")
    methods, plain = [], None
    for name, overrides in METHODS.items():
        say(f"{name}: no limit")
        free = _measure_one(run, overrides, workers, steps, mbit=None, tunnelled=tunnelled)
        messages = [Message(one["collective"], one["payload"]) for one in free.messages]
        cost = StepCost(free.compute_ms, free.encode_ms + free.decode_ms, messages)
        plain = plain or cost
        on_links = {}
        for mbit in mbits if tunnelled else ():
            if step_ms(cost, workers, Link(mbit)) <= LONGEST_STEP_MS:
                say(f"{name}: {mbit:g} Mbit/s")
                on_links[f"{mbit:g}"] = _row(_measure_one(run, overrides, workers, steps, mbit=mbit, tunnelled=True))
        even = break_even_mbit(cost, plain, workers)
        methods.append(
            {
                "name": name,
                "settings": list(overrides),
                **_row(free),
                "predicted_sent": sum(sent_bytes(message, workers) for message in messages),
                "break_even_mbit": even if even < 1e9 else None,
                "verdict": verdict(even) if name != "none" else "",
                "predicted_ms": [round(step_ms(cost, workers, Link(mbit)), 3) for mbit in speeds()],
                "measured": on_links,
            }  # fmt: skip
        )
    document = {
        "schema": SCHEMA, "run": run.id, "recipe": run.info()["recipe"], "workers": workers, "steps": steps,
        "tunnel": tunnelled, "why_no_tunnel": problem if not tunnelled else "", "speeds_mbit": speeds(),
        "methods": methods, "machine": describe(torch.device("cpu")), "load": os.getloadavg()[0], "time": time.time(),
    }  # fmt: skip
    write_json(run.path / FILE, document)
    return document


def _row(found: Measured) -> dict[str, Any]:
    return {**asdict(found), "step_ms": found.step_ms}


def _measure_one(
    run: RunFolder, overrides: Sequence[str], workers: int, steps: int, *, mbit: float | None, tunnelled: bool
) -> Measured:
    with tempfile.TemporaryDirectory(prefix="shoestring-") as place:
        folder = Path(place)
        # Workers that a run simulated in one process are processes here.
        alone = ["workers=1"] if hasattr(plan_again(run).component, "workers") else []
        job = create(plan_again(run, [*overrides, *alone]), folder)
        command = [sys.executable, "-m", "shoestring.recipes.measuring", str(job.path), str(folder), str(workers)]
        command.append(str(steps))
        log = (folder / "log").open("wb")
        if tunnelled:
            with wind.WindTunnel(workers, mbit) as tunnel:
                started = [
                    tunnel.start(rank, [*command, str(rank), wind.INTERFACE], log=log.fileno())
                    for rank in range(workers)
                ]  # fmt: skip
                _wait(started, folder, steps)
        else:
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
            started = [
                subprocess.Popen([*command, str(rank), ""], env=environment, stdout=log, stderr=log)
                for rank in range(workers)
            ]  # fmt: skip
            try:
                _wait(started, folder, steps)
            finally:
                for process in started:
                    process.kill()
                    process.wait()
        log.close()
        return Measured(**json.loads((folder / "measured.json").read_text()))


def _wait(started: "Sequence[subprocess.Popen[bytes]]", folder: Path, steps: int) -> None:
    deadline = time.monotonic() + 300 + steps * LONGEST_STEP_MS / 250
    while any(process.poll() is None for process in started):
        if any(process.poll() not in (None, 0) for process in started) or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    if any(process.poll() != 0 for process in started):
        words = (folder / "log").read_text(errors="replace")[-1500:]
        raise BadDataError(f"a worker of the measurement failed: {words.strip() or 'it took too long'}")


def work(folder: RunFolder, place: Path, workers: int, steps: int, rank: int, *, interface: str) -> None:
    """One worker: train the first ``steps``, and let worker 0 write what they cost."""
    timeout = datetime.timedelta(minutes=5)
    dist.init_process_group(
        "gloo", init_method=f"file://{place / 'store'}", rank=rank, world_size=workers, timeout=timeout
    )
    job = plan_again(folder)
    torch.set_num_threads(job.threads)
    run = Follower(folder, seed=job.seed, workers=workers, device="cpu")
    before = _Counter(run, interface, steps)
    try:
        import_module(RECIPES[job.recipe].module).main(job.component, before)
    except FollowerFinished:
        shared = run.tracked["workers"]
        if rank == 0 and isinstance(shared, Workers):
            write_json(place / "measured.json", asdict(_measured(shared, before)))
    dist.barrier()
    dist.destroy_process_group()


class _Counter:
    """A follower that makes the first few steps only, and reads the interface before each of them."""

    def __init__(self, run: Follower, interface: str, limit: int) -> None:
        self._run, self._interface, self._limit = run, interface, limit
        self.bytes: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._run, name)

    def steps(self, total: int) -> Any:
        # The last step compares with the truth, and is not counted.
        self._run.study_at = min(total, self._limit)
        for step in self._run.steps(self._run.study_at):
            if self._interface:
                self.bytes.append(interface_bytes(self._interface))
            yield step


def _measured(workers: Workers, counter: _Counter) -> Measured:
    # The last step did more than a step does.
    times = list(workers.times)[WARM_UP:-1]
    starts = [one.ended for one in list(workers.times)[WARM_UP - 1 : -2]]
    middle = statistics.median
    decode = [one.ended - one.last_collective for one in times]
    total = [one.ended - one.began for one in times]
    encode = [whole - one.sending - late for whole, one, late in zip(total, times, decode, strict=True)]
    wire = [b - a for a, b in zip(counter.bytes[WARM_UP:-1], counter.bytes[WARM_UP + 1 :], strict=False)]
    messages = workers.reducer.messages()
    seen = workers.study
    return Measured(
        compute_ms=1e3 * middle(one.began - start for one, start in zip(times, starts, strict=True)),
        encode_ms=1e3 * middle(encode), send_ms=1e3 * middle(one.sending for one in times),
        decode_ms=1e3 * middle(decode),
        sent=sum(sent_bytes(message, workers.count) for message in messages), wire=middle(wire) if wire else None,
        messages=[asdict(message) for message in messages], cosine=seen.cosine if seen else None,
        relative_error=seen.relative_error if seen else None,
        optimal_error={str(rank): error for rank, error in seen.optimal_error.items()} if seen else {},
    )  # fmt: skip


if __name__ == "__main__":
    work(RunFolder(Path(sys.argv[1])), Path(sys.argv[2]), *map(int, sys.argv[3:6]), interface=sys.argv[6])
    end_now(0)
