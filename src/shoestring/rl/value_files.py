"""Trained action values as a folder: weights in safetensors, the rest in JSON."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from shoestring.core.errors import BadDataError
from shoestring.core.folder import read_json_object
from shoestring.rl.deep_q import C51, DuelingStreams, ExpectedValues, SingleStream, Streams, Values
from shoestring.rl.policy_files import MAX_UNITS
from shoestring.rl.q_network import QNetwork
from shoestring.rl.spaces import Box, Discrete

SCHEMA = "shoestring.values/1"
MAX_ATOMS = 1_024


@dataclass(frozen=True)
class TrainedValues:
    """What ``shoestring.load`` gives for a run that learned action values by replay."""

    network: QNetwork
    environment: str
    """The kind, or the id, of the environment it was trained in."""
    observation_space: Box
    action_space: Discrete
    title: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The configuration of that environment, ``kind`` included."""
    discount: float = 0.99
    trace: float = 1.0
    kind: ClassVar[str] = "action-values"
    modality: ClassVar[None] = None

    @property
    def fingerprint(self) -> str:
        """Of the weights."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.network.state_dict().items()):
            digest.update(name.encode() + tensor.numpy().tobytes())
        return digest.hexdigest()[:16]

    def act(self, observation: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """The best actions [B] for observations [B, O], with ``rng`` too: there is no distribution to draw from.

        Raises:
            BadDataError: the observations have another shape, or hold what is no finite number.
        """
        return self.network.best(self._checked(observation))

    def value(self, observation: np.ndarray) -> np.ndarray:
        """The value [B] of the best action for observations [B, O]."""
        return self.network.value(self._checked(observation))

    def distribution(self, observation: np.ndarray) -> np.ndarray:
        """Probabilities [B, n]: 1 for the best action."""
        return np.eye(self.action_space.n, dtype=np.float32)[self.act(observation)]

    def _checked(self, observation: np.ndarray) -> np.ndarray:
        seen, size = np.asarray(observation, dtype=np.float32), self.observation_space.size
        if seen.ndim != 2 or seen.shape[1] != size or not np.isfinite(seen).all():
            raise BadDataError(f"observations of shape {seen.shape}: these values take finite numbers [B, {size}]")
        return seen

    def save(self, folder: Path) -> None:
        """Write the model into an existing, empty folder."""
        values = self.network.values
        head = {
            "schema": SCHEMA,
            "kind": self.kind,
            "title": self.title,
            "environment": self.environment,
            "settings": dict(self.settings),
            "discount": self.discount,
            "observation": {side: [str(x) for x in vars(self.observation_space)[side]] for side in ("low", "high")},
            "actions": self.action_space.n,
            "hidden": list(self.network.hidden),
            "dueling": isinstance(self.network.streams, DuelingStreams),
            "atoms": [values.atoms, values.low, values.high] if isinstance(values, C51) else None,
        }
        tensors = {name: tensor.clone().contiguous() for name, tensor in self.network.state_dict().items()}
        save_file(tensors, folder / "values.safetensors")
        (folder / "shoestring.json").write_text(json.dumps(head, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> TrainedValues:
    """Read what :meth:`TrainedValues.save` wrote. Raises BadDataError."""
    head = read_json_object(folder / "shoestring.json")
    try:
        if head["schema"] != SCHEMA:
            raise ValueError(f"schema {head['schema']!r} is not {SCHEMA!r}")
        observation = Box(*(tuple(map(float, head["observation"][side])) for side in ("low", "high")))
        action, hidden = Discrete(int(head["actions"])), tuple(map(int, head["hidden"]))
        streams: Streams = DuelingStreams() if head["dueling"] else SingleStream()
        values: Values = ExpectedValues()
        if head["atoms"] is not None:
            atoms, low, high = head["atoms"]
            values = C51(atoms=int(atoms), low=float(low), high=float(high))
        sizes = (*hidden, observation.size, action.n)
        if not 1 <= min(sizes) <= max(sizes) <= MAX_UNITS or not values.width <= MAX_ATOMS:
            raise ValueError("sizes out of range")
        network = QNetwork(observation, action, torch.Generator(), hidden=hidden, streams=streams, values=values)
        network.load_state_dict(load_file(folder / "values.safetensors"))
        discount = float(head["discount"])
        if not 0 <= discount <= 1 or not all(
            math.isfinite(p.detach().abs().sum().item()) for p in network.parameters()
        ):
            raise ValueError("weights or discount are out of range")
        names, settings = (str(head["environment"]), str(head["title"])), dict(head["settings"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise BadDataError(f"{folder}: not action values that this version can read: {error}") from error
    return TrainedValues(network, names[0], observation, action, names[1], settings, discount)
