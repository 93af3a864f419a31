"""A trained policy as a folder: weights in safetensors, the rest in JSON."""

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
from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.nets import layers_of, numpy_forward
from shoestring.rl.policies import Categorical, Normaliser
from shoestring.rl.spaces import Box, Discrete, Space

SCHEMA = "shoestring.policy/1"
MAX_UNITS = 65_536


@dataclass(frozen=True)
class TrainedPolicy:
    """What ``shoestring.load`` gives for a run that trained an agent."""

    networks: ActorCritic
    normaliser: Normaliser | None
    environment: str
    """The kind, or the id, of the environment it was trained in."""
    observation_space: Box
    action_space: Space
    hidden: tuple[int, ...]
    critic_hidden: tuple[int, ...]
    title: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The configuration of that environment, ``kind`` included; empty where it is not known."""
    discount: float = 1.0
    trace: float = 1.0
    """Gamma and lambda that it was trained with."""
    kind: ClassVar[str] = "policy"
    modality: ClassVar[None] = None

    @property
    def fingerprint(self) -> str:
        """Of weights and normaliser."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self._tensors().items()):
            digest.update(name.encode() + tensor.numpy().tobytes())
        return digest.hexdigest()[:16]

    def act(self, observation: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """Actions for observations [B, O]: the most likely ones, or drawn with ``rng``; clipped to the bounds of a box.

        Raises:
            BadDataError: the observations have another shape, or hold what is no finite number.
        """
        seen = self._prepared(observation)
        action = self.networks.policy.best(seen) if rng is None else self.networks.policy.act(seen, rng)[0]
        return self.action_space.clip(action) if isinstance(self.action_space, Box) else action

    def value(self, observation: np.ndarray) -> np.ndarray:
        """V [B] of observations [B, O]."""
        return self.networks.value(self._prepared(observation))

    def distribution(self, observation: np.ndarray) -> np.ndarray:
        """How a drawn action is chosen: probabilities [B, n] of n actions; of a box, means and deviations [B, 2 A]."""
        out, _ = numpy_forward(layers_of(self.networks.policy.net), self._prepared(observation))
        if isinstance(self.networks.policy, Categorical):
            weight = np.exp(out - out.max(axis=1, keepdims=True))
            return weight / weight.sum(axis=1, keepdims=True)
        deviation = np.exp(self.networks.policy.log_deviation.detach().numpy())
        return np.concatenate([out, np.broadcast_to(deviation, out.shape)], axis=1)

    def _prepared(self, observation: np.ndarray) -> np.ndarray:
        seen = np.asarray(observation, dtype=np.float32)
        if seen.ndim != 2 or seen.shape[1] != self.observation_space.size or not np.isfinite(seen).all():
            size = self.observation_space.size
            raise BadDataError(f"observations of shape {seen.shape}: this policy takes finite numbers [B, {size}]")
        return self.normaliser(seen) if self.normaliser else seen

    def save(self, folder: Path) -> None:
        """Write the model into an existing, empty folder."""
        head = {
            "schema": SCHEMA,
            "kind": "policy",
            "title": self.title,
            "environment": self.environment,
            "observation": _space_table(self.observation_space),
            "action": _space_table(self.action_space),
            "hidden": list(self.hidden),
            "critic_hidden": list(self.critic_hidden),
            "normalised": self.normaliser is not None,
            "fingerprint": self.fingerprint,
            "settings": dict(self.settings),
            "discount": self.discount,
            "trace": self.trace,
        }
        if self.normaliser:
            head["seen"] = self.normaliser.count
        save_file(self._tensors(), folder / "policy.safetensors")
        (folder / "shoestring.json").write_text(json.dumps(head, indent=2) + "\n", encoding="utf-8")

    def _tensors(self) -> dict[str, torch.Tensor]:
        tensors = {name: tensor.clone().contiguous() for name, tensor in self.networks.state_dict().items()}
        if self.normaliser:
            state = self.normaliser.state_dict()
            tensors |= {f"normaliser.{name}": torch.from_numpy(state[name]) for name in ("mean", "square")}
        return tensors


def load(folder: Path) -> TrainedPolicy:
    """Read what :meth:`TrainedPolicy.save` wrote. Raises BadDataError."""
    head = read_json_object(folder / "shoestring.json")
    try:
        if head["schema"] != SCHEMA:
            raise ValueError(f"schema {head['schema']!r} is not {SCHEMA!r}")
        observation, action = _space(head["observation"]), _space(head["action"])
        hidden, critic_hidden = (tuple(map(int, head[name])) for name in ("hidden", "critic_hidden"))
        if not isinstance(observation, Box) or max((*hidden, *critic_hidden, observation.size, 1)) > MAX_UNITS:
            raise ValueError("sizes out of range")
        networks = ActorCritic(observation, action, torch.Generator(), hidden=hidden, critic_hidden=critic_hidden)
        tensors = load_file(folder / "policy.safetensors")
        normaliser = None
        if head["normalised"]:
            normaliser = Normaliser(observation.size)
            parts = {name: tensors.pop(f"normaliser.{name}").numpy() for name in ("mean", "square")}
            normaliser.load_state_dict({**parts, "count": int(head["seen"])})
        networks.load_state_dict(tensors)
        names = str(head["environment"]), str(head["title"])
        # Folders of earlier versions do not have these.
        settings, rates = dict(head.get("settings", {})), [float(head.get(name, 1.0)) for name in ("discount", "trace")]
        if not all(0 <= rate <= 1 for rate in rates) or not all(
            math.isfinite(w) for w in map(_largest, tensors.values())
        ):
            raise ValueError("weights, discount or trace are out of range")
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise BadDataError(f"{folder}: not a policy that this version can read: {error}") from error
    return TrainedPolicy(
        networks, normaliser, names[0], observation, action, hidden, critic_hidden, names[1], settings, *rates
    )


def _largest(tensor: torch.Tensor) -> float:
    return float(tensor.abs().max()) if tensor.numel() else 0.0


def _space_table(space: Space) -> dict[str, Any]:
    if isinstance(space, Discrete):
        return {"n": space.n}
    return {"low": [_bound(value) for value in space.low], "high": [_bound(value) for value in space.high]}


def _bound(value: float) -> float | str:
    return value if np.isfinite(value) else str(value)


def _space(table: dict[str, Any]) -> Space:
    if "n" in table:
        if not 1 <= int(table["n"]) <= MAX_UNITS:
            raise ValueError(f"{table['n']} actions")
        return Discrete(int(table["n"]))
    return Box(tuple(map(float, table["low"])), tuple(map(float, table["high"])))
