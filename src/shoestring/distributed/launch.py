"""Workers on this machine under torchrun's elastic agent: one that is killed is started again, with all the others."""

import contextlib
import json
import os
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from shoestring.core.errors import InterruptedRunError, ShoestringError
from shoestring.core.files import atomic_write
from shoestring.core.folder import read_json_object

WATCH_SECONDS = 0.5
DEFAULTS = {
    # Several threads of several workers spin against one another on the same cores.
    "OMP_NUM_THREADS": "1",
    # Without it gloo looks up the host's name, which many machines cannot answer.
    "GLOO_SOCKET_IFNAME": "lo" if sys.platform == "linux" else "lo0",
}


def launch(module: str, arguments: Sequence[str], workers: int, *, restarts: int = 3) -> None:
    """Run ``python -m module OUTCOME *arguments`` in ``workers`` processes until all of them end.

    Each calls :func:`report_outcome` with OUTCOME when it ends for a reason that starting again would not change. A
    process that dies otherwise is started again, with the others, up to ``restarts`` times.

    Raises:
        InterruptedRunError: stopped by a signal or a stop request, after a checkpoint.
        ShoestringError: what a worker reported, or that workers kept dying.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    with tempfile.TemporaryDirectory(prefix="shoestring-") as folder, environment(DEFAULTS):
        outcome = Path(folder) / "outcome.json"
        config = LaunchConfig(
            min_nodes=1, max_nodes=1, nproc_per_node=workers, run_id=uuid.uuid4().hex, max_restarts=restarts,
            rdzv_backend="c10d", rdzv_endpoint="127.0.0.1:0", local_addr="127.0.0.1", monitor_interval=0.2,
        )  # fmt: skip
        command = ["-m", module, str(outcome), *arguments]
        problem = ""
        try:
            elastic_launch(config, sys.executable)(*command)
        except ChildFailedError:
            problem = f"a worker died {restarts + 1} times; the newest checkpoint is intact, see the messages above"
        except SignalException as error:
            if not outcome.is_file():
                raise InterruptedRunError("stopped", 128 + int(error.sigval)) from error
        if outcome.is_file():
            said = read_json_object(outcome)
            if said["code"] in (130, 143):
                raise InterruptedRunError(said["message"], said["code"])
            error = ShoestringError(said["message"])
            error.exit_code = int(said["code"])
            raise error
        if problem:
            raise ShoestringError(problem)


def report_outcome(outcome: Path, message: str, code: int) -> None:
    """Say why this worker ended, for good; the first one to say something is heard."""
    if not outcome.exists():
        with contextlib.suppress(OSError):
            atomic_write(outcome, json.dumps({"message": message, "code": code}))


def end_with_parent() -> None:
    """End this process when the one that started it is gone: no worker outlives its launcher, even a killed one."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def end_now(code: int) -> NoReturn:
    """End this worker without taking the interpreter down: threads of a process group may still run then, and abort it.

    Seen twice with gloo on a busy machine, after all work was done.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def is_connection_failure(error: BaseException) -> bool:
    """Whether ``error`` says that another worker or the link is gone, which starting again may cure."""
    from torch import distributed as dist

    text = str(error).lower()
    return isinstance(error, dist.DistError | ConnectionError | TimeoutError) or (
        isinstance(error, RuntimeError) and any(word in text for word in ("gloo", "connection", "timed out", "nccl"))
    )


@contextlib.contextmanager
def environment(defaults: Mapping[str, str]) -> Iterator[None]:
    """Set variables that are not set, and take them back."""
    added: dict[str, Any] = {name: value for name, value in defaults.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
