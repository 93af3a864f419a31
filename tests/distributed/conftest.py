import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def two_processes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What two real processes on gloo computed, by rank. Both are gone afterwards, whatever happened."""
    folder = tmp_path_factory.mktemp("gloo")
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    logs = [(folder / f"{rank}.log").open("wb") for rank in range(2)]
    started = [
        subprocess.Popen(
            [
                sys.executable, "-m", "tests.distributed.two_processes", str(rank),
                str(folder / "store"), str(folder / f"{rank}.json"),
            ],
            cwd=ROOT, env=environment, stdout=logs[rank], stderr=subprocess.STDOUT,
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        codes = [process.wait(timeout=240) for process in started]
    finally:
        for process, log in zip(started, logs, strict=True):
            process.kill()
            process.wait()
            log.close()
    assert codes == [0, 0], "".join((folder / f"{rank}.log").read_text()[-3000:] for rank in range(2))
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]
