"""Replay: transitions over n steps, kept in a ring, with ends of episodes told apart."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from shoestring.rl.batch import Step


@dataclass(frozen=True)
class Transitions:
    """Rows [M]: what was seen and done, what came of it, and how much what follows counts."""

    observation: np.ndarray
    """float32 [M, O]."""
    action: np.ndarray
    """int64 [M]."""
    reward: np.ndarray
    r"""float32 [M]: :math:`\sum_{k<m} \gamma^k r_{t+k}`, over m <= n steps."""
    discount: np.ndarray
    r"""float32 [M]: :math:`\gamma^m`, and 0 where the episode terminated; a truncated one goes on for the target."""
    reached: np.ndarray
    """float32 [M, O]: what was reached after m steps, before any reset."""


class Window:
    """Turns steps of B environments into transitions over n steps.

    A window that meets the end of its episode is cut there and handed over shorter: all starts that wait are due then.
    """

    def __init__(self, n: int, discount: float) -> None:
        if n < 1:
            raise ValueError(f"n={n}: a return looks at least one step ahead")
        self._n, self._discount = n, discount
        self._past: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._waiting: np.ndarray | None = None

    def push(self, observation: np.ndarray, action: np.ndarray, step: Step) -> Transitions:
        """Take in one step of all environments; what is complete now, oldest start first."""
        if self._waiting is None:
            self._waiting = np.zeros(len(action), dtype=np.int64)
        self._past = [*self._past, (observation.copy(), np.asarray(action), step.reward)][-self._n :]
        waiting = self._waiting + 1
        due: list[tuple[np.ndarray, ...]] = []
        returns = np.zeros(len(action))
        for age, (seen, taken, reward) in enumerate(reversed(self._past)):
            returns = reward + self._discount * returns
            chosen = np.flatnonzero((age < waiting) & (step.ended | (age == self._n - 1)))
            if len(chosen):
                left = np.where(step.terminated[chosen], 0.0, self._discount ** (age + 1))
                due.append((seen[chosen], taken[chosen], returns[chosen], left, step.reached[chosen]))
        self._waiting = np.where(step.ended, 0, np.minimum(waiting, self._n - 1))
        if not due:
            due = [(observation[:0], np.asarray(action)[:0], returns[:0], returns[:0], observation[:0])]
        parts = [np.concatenate(column) for column in zip(*reversed(due), strict=True)]
        return Transitions(parts[0], parts[1], parts[2].astype(np.float32), parts[3].astype(np.float32), parts[4])

    def state_dict(self) -> dict[str, Any]:
        """The starts that wait."""
        columns = [np.stack(column) for column in zip(*self._past, strict=True)]
        return {"past": columns, "waiting": [] if self._waiting is None else [self._waiting]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._past = list(zip(*state["past"], strict=True))
        self._waiting = state["waiting"][0] if state["waiting"] else None


class Replay:
    """A ring of the last ``capacity`` transitions."""

    def __init__(self, capacity: int, numbers: int) -> None:
        self._rows = Transitions(
            np.zeros((capacity, numbers), np.float32), np.zeros(capacity, np.int64), np.zeros(capacity, np.float32),
            np.zeros(capacity, np.float32), np.zeros((capacity, numbers), np.float32),
        )  # fmt: skip
        self._capacity, self.filled, self._next = capacity, 0, 0

    def add(self, found: Transitions) -> np.ndarray:
        """Write rows over the oldest; returns where they are. Raises ValueError when they are more than fit."""
        count = len(found.action)
        if count > self._capacity:
            raise ValueError(f"{count} transitions at once do not fit a memory of {self._capacity}")
        index = (self._next + np.arange(count)) % self._capacity
        for name, column in vars(self._rows).items():
            column[index] = vars(found)[name]
        self._next = (self._next + count) % self._capacity
        self.filled = min(self.filled + count, self._capacity)
        return index

    def __getitem__(self, index: np.ndarray) -> Transitions:
        """The rows ``index``, copied."""
        return Transitions(**{name: column[index] for name, column in vars(self._rows).items()})

    def state_dict(self) -> dict[str, Any]:
        """What is filled."""
        rows = {name: column[: self.filled].copy() for name, column in vars(self._rows).items()}
        return {"rows": rows, "next": self._next}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.filled, self._next = len(state["rows"]["action"]), int(state["next"])
        for name, column in vars(self._rows).items():
            column[: self.filled] = state["rows"][name]
