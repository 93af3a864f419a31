"""One network for both questions about a board: which moves, and who wins."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from shoestring.core import config
from shoestring.core.errors import BadDataError, ConfigError
from shoestring.core.folder import read_json_object
from shoestring.rl.boards import Board
from shoestring.rl.nets import Views, mlp, numpy_forward
from shoestring.rl.positions import read_rules
from shoestring.rl.tree_search import Found, search

SCHEMA = "shoestring.board-policy/1"
MAX_UNITS = 4096
MAX_SIMULATIONS = 10_000


class BoardNet(nn.Module):
    """Own stones and the other's as two planes; tanh layers; logits of A actions and, through tanh, a value."""

    def __init__(self, rules: Board, hidden: tuple[int, ...], generator: torch.Generator) -> None:
        super().__init__()
        self.hidden = hidden
        self.net = mlp((2 * rules.rows * rules.columns, *hidden, rules.actions + 1), generator, last_gain=0.1)
        self._layers = Views(self.net)

    def forward(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [B, A] and values [B] of planes [B, 2 cells]."""
        out = self.net(planes)
        return out[:, :-1], out[:, -1].tanh()

    def evaluate(self, boards: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities [B, A], illegal moves included, and values [B], by NumPy."""
        out, _ = numpy_forward(self._layers(), planes_of(boards))
        weight = np.exp(out[:, :-1] - out[:, :-1].max(axis=1, keepdims=True))
        return weight / weight.sum(axis=1, keepdims=True), np.tanh(out[:, -1])


def planes_of(boards: np.ndarray) -> np.ndarray:
    """Boards [B, cells] as float32 [B, 2 cells]."""
    return np.concatenate([boards == 1, boards == -1], axis=1).astype(np.float32)


def self_play_loss(logits: Tensor, value: Tensor, policy: Tensor, result: Tensor) -> tuple[Tensor, Tensor]:
    r""":math:`\overline{(z - v)^2}` and :math:`-\overline{\pi^\top \log p}`; the decay of weights is the optimiser's.

    ``policy`` [B, A] are shares of visits, ``result`` [B] is +1, 0 or -1 for the player to move. Source: Silver et al.
    2017, eq. 1.
    """
    return F.mse_loss(value, result), -(policy * logits.log_softmax(dim=1)).sum(dim=1).mean()


@dataclass(frozen=True)
class TrainedBoards:
    """What ``shoestring.load`` gives for a run that learned a game by playing itself."""

    network: BoardNet
    rules: Board
    simulations: int
    exploration: float
    title: str = ""
    kind: ClassVar[str] = "board-policy"
    modality: ClassVar[None] = None

    @property
    def fingerprint(self) -> str:
        """Of the weights."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self.network.state_dict().items()):
            digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
        return digest.hexdigest()[:16]

    def look(self, boards: np.ndarray, simulations: int | None = None) -> Found:
        """What a search says of boards [B, cells] that are not over; as many simulations as in training by default."""
        return search(
            self.rules, boards, self.network.evaluate, simulations=simulations or self.simulations,
            exploration=self.exploration,
        )  # fmt: skip

    def choose(self, boards: np.ndarray) -> np.ndarray:
        """The most visited action [B] of a search from each board [B, cells] that is not over."""
        return self.look(boards).visits.argmax(axis=1)

    def save(self, folder: Path) -> None:
        """Write the model into an existing, empty folder."""
        head: dict[str, Any] = {
            "schema": SCHEMA, "kind": self.kind, "title": self.title, "fingerprint": self.fingerprint,
            "board": config.as_table(self.rules), "hidden": list(self.network.hidden), "simulations": self.simulations,
            "exploration": self.exploration,
        }  # fmt: skip
        tensors = {name: tensor.clone().contiguous() for name, tensor in self.network.state_dict().items()}
        save_file(tensors, folder / "board.safetensors")
        (folder / "shoestring.json").write_text(json.dumps(head, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> TrainedBoards:
    """Read what :meth:`TrainedBoards.save` wrote. Raises BadDataError."""
    head: Mapping[str, Any] = read_json_object(folder / "shoestring.json")
    try:
        if head["schema"] != SCHEMA:
            raise ValueError(f"schema {head['schema']!r} is not {SCHEMA!r}")
        rules = read_rules(head["board"], str(folder))
        hidden = tuple(int(units) for units in head["hidden"])
        simulations, exploration = int(head["simulations"]), float(head["exploration"])
        if not all(1 <= units <= MAX_UNITS for units in hidden) or not 1 <= simulations <= MAX_SIMULATIONS:
            raise ValueError("sizes out of range")
        network = BoardNet(rules, hidden, torch.Generator())
        network.load_state_dict(load_file(folder / "board.safetensors"))
        return TrainedBoards(network, rules, simulations, exploration, str(head["title"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError, ConfigError) as error:
        raise BadDataError(f"{folder}: not a policy that this version can read: {error}") from error
