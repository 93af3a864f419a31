"""Functions of the user: a file that is run on purpose, in a process of its own, with a time limit that holds."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from shoestring.core.errors import BadDataError, NotFoundError

SECONDS = 20.0


def split(reference: str) -> tuple[Path, str] | None:
    """``FILE.py:NAME`` as a file and a name; None for anything else, such as the name of a catalogue entry.

    Raises:
        NotFoundError: there is no such file.
    """
    file, colon, name = reference.rpartition(":")
    if not colon or not file.endswith(".py") or not name.isidentifier():
        return None
    if not Path(file).is_file():
        raise NotFoundError(f"{file}: no such file; a function of your own is named FILE.py:NAME")
    return Path(file), name


def user_curve(
    file: Path,
    name: str,
    *,
    low: float = -4.0,
    high: float = 4.0,
    points: int = 401,
    seconds: float = SECONDS,
    depth: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The document of ``documents.curve_document`` for a function of the user, with ``depth`` if that is asked for.

    The function takes and returns a tensor. It runs with the rights of the user: this is no sandbox, only a limit on
    time, counted from when torch is loaded. Its output goes to standard error.

    Raises:
        BadDataError: it cannot be loaded, raises, returns another shape or NaN, is not elementwise, is random, is not
            differentiable, or takes longer than ``seconds``.
    """  # fmt: skip
    request = {"file": str(file.resolve()), "name": name, "low": low, "high": high, "points": points, "depth": depth}
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", "shoestring.activations.user_worker", str(answer)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True
        ) as process:
            try:
                assert process.stdout is not None
                # Loading torch may take longer than the function: the clock starts when the worker says so.
                process.stdout.readline()
                process.communicate(json.dumps(request), timeout=seconds)
            except subprocess.TimeoutExpired:
                raise BadDataError(f"{file}:{name}: took longer than {seconds:g} s and was stopped") from None
            finally:
                # The group, since the function may have started processes of its own.
                _kill(process.pid)
        if not answer.is_file():
            raise BadDataError(f"{file}:{name}: its process ended with code {process.returncode} and no answer")
        document: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if "error" in document:
        raise BadDataError(f"{file}:{name}: {document['error']}")
    return document


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
