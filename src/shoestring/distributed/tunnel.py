"""The wind tunnel: workers in network namespaces of their own, joined by links of a set speed. Root on Linux only."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from shoestring.core.errors import ConfigError

INTERFACE = "link0"
"""The name of each worker's only way out."""
PREFIX = "shoe"


class WindTunnel:
    """``workers`` namespaces on one bridge, each of which sends at most ``mbit`` Mbit/s through a token bucket.

    Use as a context manager; everything is taken down at its end, and what a killed one left is removed by the next.
    The kernel's delay and loss emulation is not used: many kernels lack it.

    Example::

        with WindTunnel(2, 100) as tunnel:
            processes = [tunnel.start(rank, command) for rank in range(2)]
    """

    def __init__(self, workers: int, mbit: float | None) -> None:
        """``mbit=None`` sets no limit. Raises ConfigError where namespaces cannot be made."""
        problem = unavailable()
        if problem:
            raise ConfigError(problem)
        self.workers, self.mbit = workers, _possible(mbit)
        self._base = f"{PREFIX}{os.getpid()}"
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        remove_left_over()
        try:
            self._set_up()
        except BaseException:
            self._take_down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._take_down()

    def name(self, worker: int) -> str:
        """The namespace of a worker."""
        return f"{self._base}w{worker}"

    def start(
        self, worker: int, command: Sequence[str], *, log: int | None = None, environment: Mapping[str, str] = {}
    ) -> "subprocess.Popen[bytes]":
        """Start ``command`` in the namespace of ``worker``; it is killed at the end if it still runs."""
        variables = {**os.environ, "GLOO_SOCKET_IFNAME": INTERFACE, "OMP_NUM_THREADS": "1", **environment}
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.name(worker), *command], env=variables, stdout=log, stderr=log
        )  # fmt: skip
        self._processes.append(process)
        return process

    def limit(self, mbit: float | None) -> None:
        """Another speed for every link from now on; None takes the limit away. Raises ConfigError."""
        for worker in range(self.workers):
            change = ["ip", "netns", "exec", self.name(worker), "tc", "qdisc"]
            if _possible(mbit) is None:
                subprocess.run([*change, "del", "dev", INTERFACE, "root"], check=False, capture_output=True)
                continue
            # A small bucket: what fits in it passes at once, and would make short messages look free.
            burst = max(32_768, int(mbit * 1e6 / 8 * 0.002))
            _run(
                *change, "replace", "dev", INTERFACE, "root", "tbf",
                "rate", f"{mbit:g}mbit", "burst", str(burst), "latency", "500ms",
            )  # fmt: skip

    def cut(self, worker: int, *, up: bool = False) -> None:
        """Take the link of a worker down, or put it ``up`` again."""
        _ip("netns", "exec", self.name(worker), "ip", "link", "set", INTERFACE, "up" if up else "down")

    def _set_up(self) -> None:
        hub = f"{self._base}hub"
        _ip("netns", "add", hub)
        _ip("-n", hub, "link", "add", "bridge0", "type", "bridge")
        _ip("-n", hub, "link", "set", "bridge0", "up")
        for worker in range(self.workers):
            name, port = self.name(worker), f"port{worker}"
            _ip("netns", "add", name)
            _ip("-n", hub, "link", "add", port, "type", "veth", "peer", "name", INTERFACE, "netns", name)
            _ip("-n", hub, "link", "set", port, "master", "bridge0", "up")
            _ip("-n", name, "address", "add", f"10.213.0.{worker + 1}/24", "dev", INTERFACE)
            # One segment a frame, as on a real wire: virtual links would carry 64 KB with the headers of one.
            _ip("-n", name, "link", "set", INTERFACE, "gso_max_segs", "1")
            _ip("-n", name, "link", "set", INTERFACE, "up")
            _ip("-n", name, "link", "set", "lo", "up")
        if self.mbit is not None:
            self.limit(self.mbit)

    def _take_down(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for name in _namespaces():
            if name.startswith((f"{self._base}w", f"{self._base}hub")):
                _delete(name)


def unavailable() -> str:
    """Why no tunnel can be made here; empty where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "the wind tunnel needs Linux and root; without it step times are predicted and not measured"
    if shutil.which("ip") is None or shutil.which("tc") is None:
        return "the wind tunnel needs the programs ip and tc (package iproute2)"
    return ""


def remove_left_over() -> None:
    """Delete the namespaces of tunnels whose process is gone."""
    for name in _namespaces():
        found = re.fullmatch(rf"{PREFIX}(\d+)(?:hub|w\d+)", name)
        if found and not Path("/proc", found[1]).exists():
            _delete(name)


def _possible(mbit: float | None) -> float | None:
    if mbit is not None and not 0.1 <= mbit <= 100_000:
        raise ConfigError(f"mbit={mbit:g}: links of 0.1 to 100,000 Mbit/s can be made")
    return mbit


def _namespaces() -> list[str]:
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    return [line.split()[0] for line in listed.splitlines() if line.strip()]


def _delete(name: str) -> None:
    # Processes that another one left inside would keep the namespace alive.
    held = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False).stdout
    for pid in held.split():
        subprocess.run(["kill", "-9", pid], check=False, capture_output=True)
    subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def _ip(*words: str) -> None:
    _run("ip", *words)


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ConfigError(f"{' '.join(words)}: {done.stderr.strip()}; the kernel does not allow the wind tunnel here")
