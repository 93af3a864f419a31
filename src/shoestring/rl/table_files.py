"""A learned table of action values as a folder: the table in safetensors, the rest in JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from shoestring.core.errors import BadDataError
from shoestring.core.folder import read_json_object
from shoestring.rl.spaces import Box, Discrete

SCHEMA = "shoestring.table-policy/1"
MAX_PAIRS = 10_000_000


@dataclass(frozen=True)
class TrainedTable:
    """What ``shoestring.load`` gives for a run that learned a table."""

    q: np.ndarray
    """Action values, float64 [S, A]."""
    environment: str
    settings: Mapping[str, Any]
    """The configuration of the environment."""
    epsilon: float = 0.0
    """How often a drawn action explores."""
    discount: float = 1.0
    trace: float = 1.0
    title: str = ""
    kind: ClassVar[str] = "table-policy"
    modality: ClassVar[None] = None
    observation_space: Box = field(init=False)
    action_space: Discrete = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "observation_space", Box((0.0,), (float(max(len(self.q) - 1, 1)),)))
        object.__setattr__(self, "action_space", Discrete(self.q.shape[1]))

    @property
    def fingerprint(self) -> str:
        """Of the table."""
        return hashlib.sha256(np.ascontiguousarray(self.q).tobytes()).hexdigest()[:16]

    def act(self, observation: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """Actions for states [B, 1]: the best, or epsilon-greedy ones with ``rng``. Raises BadDataError."""
        if rng is None:
            return self.q[self._states(observation)].argmax(axis=1)
        chance = self.distribution(observation).cumsum(axis=1)
        return (rng.random(len(chance))[:, None] >= chance[:, :-1]).sum(axis=1)

    def value(self, observation: np.ndarray) -> np.ndarray:
        """The largest action value [B] of states [B, 1]."""
        return self.q[self._states(observation)].max(axis=1)

    def distribution(self, observation: np.ndarray) -> np.ndarray:
        """Epsilon-greedy probabilities [B, A] for states [B, 1]; equally good actions share."""
        q = self.q[self._states(observation)]
        best = q == q.max(axis=1, keepdims=True)
        return (1 - self.epsilon) * best / best.sum(axis=1, keepdims=True) + self.epsilon / q.shape[1]

    def _states(self, observation: np.ndarray) -> np.ndarray:
        seen = np.asarray(observation, dtype=np.float64)
        last = len(self.q) - 1
        if seen.ndim != 2 or seen.shape[1] != 1 or not np.isin(seen, np.arange(last + 1)).all():
            raise BadDataError(f"observations of shape {seen.shape}: this policy takes states 0 to {last} as [B, 1]")
        return seen[:, 0].astype(np.int64)

    def save(self, folder: Path) -> None:
        """Write the model into an existing, empty folder."""
        head = {
            "schema": SCHEMA, "kind": self.kind, "title": self.title, "fingerprint": self.fingerprint,
            "environment": self.environment, "settings": dict(self.settings), "epsilon": self.epsilon,
            "discount": self.discount, "trace": self.trace,
        }  # fmt: skip
        save_file({"q": np.ascontiguousarray(self.q)}, folder / "table.safetensors")
        (folder / "shoestring.json").write_text(json.dumps(head, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> TrainedTable:
    """Read what :meth:`TrainedTable.save` wrote. Raises BadDataError."""
    head = read_json_object(folder / "shoestring.json")
    try:
        if head["schema"] != SCHEMA:
            raise ValueError(f"schema {head['schema']!r} is not {SCHEMA!r}")
        q = load_file(folder / "table.safetensors")["q"]
        if q.ndim != 2 or not 1 <= q.size <= MAX_PAIRS or q.dtype != np.float64 or not np.isfinite(q).all():
            raise ValueError(f"a table of shape {q.shape} and type {q.dtype}")
        numbers = [float(head[name]) for name in ("epsilon", "discount", "trace")]
        if not all(0 <= number <= 1 for number in numbers):
            raise ValueError(f"epsilon, discount and trace are {numbers}")
        return TrainedTable(q, str(head["environment"]), dict(head["settings"]), *numbers, title=str(head["title"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BadDataError(f"{folder}: not a policy that this version can read: {error}") from error
