"""A stop at a set step, however fast or slow the machine is."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shoestring.core.errors import InterruptedRunError
from shoestring.core.run import Run


@contextmanager
def stopped_at(step: int, match: str = "stopped after step") -> Iterator[None]:
    """Whatever is executed inside finds a request to stop after ``step``, and has to end by it."""
    vote = Run.vote

    def asked(run: Run) -> tuple[bool, bool]:
        if run.step == step:
            run.folder.request_stop()
        return vote(run)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(InterruptedRunError, match=match):
        patch.setattr(Run, "vote", asked)
        yield
