"""Evolution strategies: the gradient of a smoothed return, from returns of whole episodes alone.

Source: Salimans, Ho, Chen, Sidor and Sutskever 2017.
"""

from typing import Any, Literal

import numpy as np
import torch

from shoestring.core.component import component
from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.adam import FlatAdam
from shoestring.rl.batch import Environment
from shoestring.rl.nets import FlatParameters, Layers, layers_of
from shoestring.rl.spaces import Box, Space

TABLE = 1 << 20
"""Numbers of the noise table: a direction is where it begins, one integer instead of P numbers."""


@component
class Evolution:
    """Mirrored sampling, centred ranks, a table of noise, Adam and weight decay."""

    kind: Literal["evolution"] = "evolution"
    sigma: float = 0.1
    """Deviation of the perturbations."""
    pairs: int = 32
    """Directions of a generation; each is tried forwards and backwards."""
    learning_rate: float = 0.05
    decay: float = 0.005
    """Of the weights, added to the gradient."""
    table_seed: int = 0
    hidden: tuple[int, ...] = (16,)

    def __post_init__(self) -> None:
        if self.sigma <= 0 or self.pairs < 1 or self.learning_rate <= 0 or self.decay < 0:
            raise ValueError("sigma and learning_rate must be above 0, pairs at least 1, decay not negative")

    def build(self, observation: Box, action: Space, generator: torch.Generator) -> "EvolutionAgent":
        """A deterministic policy for these spaces; its critic is a constant 0, since nothing here learns values."""
        networks = ActorCritic(observation, action, generator, hidden=self.hidden, critic_hidden=())
        with torch.no_grad():
            networks.critic[0].weight.zero_()
        return EvolutionAgent(self, networks)


class EvolutionAgent:
    """See :class:`Evolution`."""

    def __init__(self, settings: Evolution, networks: ActorCritic) -> None:
        self._set, self.networks = settings, networks
        self.flat = FlatParameters([networks.policy.net]).flat.detach().numpy()
        self.layers = layers_of(networks.policy.net)
        self._optimizer = FlatAdam(self.flat, settings.learning_rate)
        self._table = np.random.default_rng(settings.table_seed).standard_normal(TABLE, dtype=np.float32)

    def directions(self, offset: np.ndarray) -> np.ndarray:
        """The noise [M, P] that begins at each ``offset`` [M] of the table."""
        return self._table[offset[:, None] + np.arange(len(self.flat))]

    def ask(self, rng: np.random.Generator) -> np.ndarray:
        """Where the directions of the next generation begin, int64 [pairs]."""
        return rng.integers(TABLE - len(self.flat), size=self._set.pairs)

    def members(self, offset: np.ndarray) -> np.ndarray:
        """The parameters [2 pairs, P] of a generation: all forwards, then all backwards."""
        moved = self._set.sigma * self.directions(offset)
        return np.concatenate([self.flat + moved, self.flat - moved])

    def tell(self, offset: np.ndarray, fitness: np.ndarray) -> dict[str, float]:
        """Ascend, given the returns [2 pairs] of the members."""
        s, half = self._set, len(offset)
        shaped = centred_ranks(fitness)
        gradient = estimate(self.directions(offset), shaped[:half], shaped[half:], s.sigma)
        self._optimizer.step(s.decay * self.flat - gradient)
        return {
            "fitness": float(fitness.mean()),
            "best": float(fitness.max()),
            "gradient": float(np.abs(gradient).max()),
        }

    def state_dict(self) -> dict[str, Any]:
        """Weights and optimiser."""
        return {"networks": self.networks.state_dict(), "optimizer": self._optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.networks.load_state_dict(state["networks"])
        self._optimizer.load_state_dict(state["optimizer"])


def centred_ranks(fitness: np.ndarray) -> np.ndarray:
    """Ranks of all numbers, spread evenly over [-.5, .5], equal ones sharing their mean: of the shape of ``fitness``.

    Only the order of returns counts, so that one lucky episode cannot lead.
    """
    flat = fitness.reshape(-1)
    _, index, count = np.unique(flat, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count + 1) / 2)[index]
    return (rank / max(len(flat) - 1, 1) - 0.5).reshape(fitness.shape)


def estimate(direction: np.ndarray, forwards: np.ndarray, backwards: np.ndarray, sigma: float) -> np.ndarray:
    r""":math:`\frac{1}{2 n \sigma} \sum_i (F(\theta + \sigma\epsilon_i) - F(\theta - \sigma\epsilon_i))\,\epsilon_i`.

    Directions [n, P] and what each pair of members got [n]; float32 [P].
    """
    weight = ((forwards - backwards) / (2 * len(direction) * sigma)).astype(np.float32)
    return weight @ direction


def population_forward(members: np.ndarray, like: Layers, observation: np.ndarray) -> np.ndarray:
    """Outputs [M, out] of M networks, each with its own parameters [M, P], of one observation each [M, O]."""
    x, offset = observation, 0
    for index, (weight, bias) in enumerate(like):
        middle, end = offset + weight.size, offset + weight.size + bias.size
        own = members[:, offset:middle].reshape(-1, *weight.shape)
        x = np.matmul(own, x[:, :, None])[:, :, 0] + members[:, middle:end]
        offset = end
        if index < len(like) - 1:
            x = np.tanh(x)
    return x


def compete(
    environment: Environment, members: np.ndarray, like: Layers, max_steps: int = 100_000
) -> tuple[np.ndarray, np.ndarray]:
    """Returns and steps [M] of the first episode of each member, in an environment of its own, without chance.

    Discrete actions are the largest outputs; numbers are clipped to their box. Raises ValueError when an episode does
    not end within ``max_steps``.
    """
    box = environment.action_space if isinstance(environment.action_space, Box) else None
    total, length, running = np.zeros(len(members)), np.zeros(len(members), dtype=np.int64), np.ones(len(members), bool)
    for _ in range(max_steps):
        outputs = population_forward(members, like, environment.observation)
        step = environment.step(box.clip(outputs) if box else outputs.argmax(axis=1))
        over = running & step.ended
        total[over], length[over] = step.total[over], step.length[over]
        running &= ~over
        if not running.any():
            return total, length
    raise ValueError(f"{int(running.sum())} episodes did not end within {max_steps:,} steps")
