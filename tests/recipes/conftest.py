import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    """A preset file for the test recipe."""
    path = tmp_path / "clouds.toml"
    path.write_text('# Clouds.\nrecipe = "logistic"\nsteps = 40\n\n[noise]\nkind = "noise"\nscale = 0.25\n')
    return path


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHOESTRING_RUNS", "SHOESTRING_HOME", "SHOESTRING_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def meanwhile():
    """``with meanwhile(condition, action)`` does ``action`` once ``condition`` holds, however slow the machine is."""

    @contextmanager
    def watch(condition: Callable[[], object], action: Callable[[], None]) -> Iterator[None]:
        def wait() -> None:
            for _ in range(30_000):
                if condition():
                    action()
                    return
                time.sleep(0.01)

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        yield
        thread.join()

    return watch
