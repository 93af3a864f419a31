"""What the owner of a run and the workers that follow it share: where the steps go on, and what is due at one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shoestring.core import checkpoint
from shoestring.core.errors import ConfigError
from shoestring.core.seeding import Streams


class Start:
    """Where a run goes on: at its newest intact checkpoint, or at step 0."""

    def __init__(self, checkpoints: Path, seed: int) -> None:
        """Raises BadDataError when all checkpoints are damaged."""
        self.streams = Streams(seed)
        self._tracked: dict[str, checkpoint.Stateful] = {}
        saved = checkpoint.load_newest(checkpoints)
        self.step, self._states, rng, self.warnings = saved if saved is not None else (0, {}, None, [])
        self.elapsed = float(rng["elapsed"]) if rng else 0.0
        """Seconds of training before."""
        self._positions: Any = rng["streams"] if rng else None

    @property
    def tracked(self) -> Mapping[str, checkpoint.Stateful]:
        """What the recipe named so far."""
        return self._tracked

    def track(self, **objects: checkpoint.Stateful) -> None:
        """Name objects; the states that a checkpoint has of them are put back."""
        for name, item in objects.items():
            self._tracked[name] = item
            if name in self._states:
                item.load_state_dict(self._states[name])

    def move_streams(self) -> None:
        """Move the streams to where they were, once.

        Set-up comes before and draws from fresh streams, so that data and splits come out as the first time.
        """
        if self._positions is not None:
            self.streams.load_state_dict(self._positions)
            self._positions = None


def is_due(name: str, every: int, step: int, *, last: bool) -> bool:
    """Whether what happens ``every`` so many steps happens at ``step``; always at the last. Raises ConfigError."""
    if every < 1:
        raise ConfigError(f"{name}_every={every}: must be at least 1")
    return last or step % every == 0
