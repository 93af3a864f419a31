"""Stochastic policies: formulas as pure functions, and two modules that act by NumPy and learn by torch.

No distribution objects: their checks cost six times the network.
"""

import math
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from shoestring.core.errors import BadDataError
from shoestring.rl.nets import Views, mlp, numpy_forward
from shoestring.rl.spaces import Box, Discrete, Space

LOG_2PI = math.log(2 * math.pi)


class Policy(Protocol):
    """pi(a | s). Parameters of the distribution are [B, P]: logits, or means; a Gaussian adds its own deviations."""

    net: nn.Sequential

    def act(self, observation: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Drawn actions and their log-probabilities [B] for observations float32 [B, O]."""
        ...

    def best(self, observation: np.ndarray) -> np.ndarray:
        """The most likely actions."""
        ...

    def __call__(self, observation: Tensor) -> Tensor:
        """Parameters of the distributions [B, P]; a Gaussian's are means and log deviations."""
        ...

    def log_probability(self, parameters: Tensor, action: Tensor) -> Tensor:
        """[B]."""
        ...

    def entropy(self, parameters: Tensor) -> Tensor:
        """[B], in nats."""
        ...

    def divergence(self, old: Tensor, new: Tensor) -> Tensor:
        """KL(old || new) [B], in nats."""
        ...


class Categorical(nn.Module):
    """One of n actions, with the softmax of a network's outputs."""

    def __init__(
        self,
        observations: int,
        actions: int,
        hidden: tuple[int, ...],
        generator: torch.Generator,
        last_gain: float = 0.01,
    ) -> None:
        super().__init__()
        self.net = mlp((observations, *hidden, actions), generator, last_gain=last_gain)
        self.layers = Views(self.net)

    def act(self, observation: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """One uniform draw each, through the cumulative probabilities."""
        logits, _ = numpy_forward(self.layers(), observation)
        return draw(logits, rng)

    def best(self, observation: np.ndarray) -> np.ndarray:
        """The actions of the largest logits."""
        return numpy_forward(self.layers(), observation)[0].argmax(axis=1)

    def forward(self, observation: Tensor) -> Tensor:
        """Logits [B, n]."""
        logits: Tensor = self.net(observation)
        return logits

    def log_probability(self, parameters: Tensor, action: Tensor) -> Tensor:
        return parameters.log_softmax(dim=1).gather(1, action[:, None])[:, 0]

    def entropy(self, parameters: Tensor) -> Tensor:
        log_p = parameters.log_softmax(dim=1)
        return -(log_p.exp() * log_p).sum(dim=1)

    def divergence(self, old: Tensor, new: Tensor) -> Tensor:
        before, after = old.log_softmax(dim=1), new.log_softmax(dim=1)
        return (before.exp() * (before - after)).sum(dim=1)


class Gaussian(nn.Module):
    """Real numbers, independent of one another: a network gives the means, the deviations are free parameters."""

    def __init__(
        self,
        observations: int,
        actions: int,
        hidden: tuple[int, ...],
        generator: torch.Generator,
        last_gain: float = 0.01,
    ) -> None:
        super().__init__()
        self.net = mlp((observations, *hidden, actions), generator, last_gain=last_gain)
        self.layers = Views(self.net)
        self.log_deviation = nn.Parameter(torch.zeros(actions))

    def act(self, observation: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Mean plus deviation times normal draws; not clipped: the bounds are the environment's business."""
        mean, _ = numpy_forward(self.layers(), observation)
        noise = rng.standard_normal(mean.shape, dtype=np.float32)
        log_deviation = self.log_deviation.detach().numpy()
        action = mean + np.exp(log_deviation) * noise
        return action, -0.5 * (np.square(noise) + LOG_2PI).sum(axis=1) - log_deviation.sum()

    def best(self, observation: np.ndarray) -> np.ndarray:
        """The means."""
        return numpy_forward(self.layers(), observation)[0]

    def forward(self, observation: Tensor) -> Tensor:
        """Means and log deviations [B, 2 A]."""
        mean = self.net(observation)
        return torch.cat([mean, self.log_deviation.expand_as(mean)], dim=1)

    def log_probability(self, parameters: Tensor, action: Tensor) -> Tensor:
        mean, log_deviation = parameters.chunk(2, dim=1)
        return -0.5 * (((action - mean) / log_deviation.exp()) ** 2 + 2 * log_deviation + LOG_2PI).sum(dim=1)

    def entropy(self, parameters: Tensor) -> Tensor:
        return (parameters.chunk(2, dim=1)[1] + 0.5 * (1 + LOG_2PI)).sum(dim=1)

    def divergence(self, old: Tensor, new: Tensor) -> Tensor:
        (mean, log_deviation), (mean_new, log_new) = old.chunk(2, dim=1), new.chunk(2, dim=1)
        spread = (2 * log_deviation).exp() + (mean - mean_new) ** 2
        return (log_new - log_deviation + spread / (2 * (2 * log_new).exp()) - 0.5).sum(dim=1)


def draw(logits: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Actions [B] from softmax(logits [B, n]), with their log-probabilities [B]."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    weight = np.exp(shifted)
    cumulative = weight.cumsum(axis=1)
    total = cumulative[:, -1]
    action = (rng.random(len(logits)) * total >= cumulative[:, :-1].T).sum(axis=0)
    return action, shifted[np.arange(len(logits)), action] - np.log(total)


def build_policy(
    observation: Box, action: Space, hidden: tuple[int, ...], generator: torch.Generator, last_gain: float = 0.01
) -> Categorical | Gaussian:
    """The policy that fits the spaces."""
    if isinstance(action, Discrete):
        return Categorical(observation.size, action.n, hidden, generator, last_gain)
    return Gaussian(observation.size, action.size, hidden, generator, last_gain)


class Normaliser:
    """Running mean and variance of observations (Welford, in batches); part of a checkpoint, frozen while it judges."""

    def __init__(self, size: int, clip: float = 5.0) -> None:
        self.mean, self.square = np.zeros(size), np.zeros(size)
        self.count = 0
        self.clip = clip
        """In deviations."""

    def update(self, batch: np.ndarray) -> None:
        """Take in observations [B, size]."""
        n, mean = len(batch), batch.mean(axis=0, dtype=np.float64)
        shift = mean - self.mean
        total = self.count + n
        self.square += ((batch - mean) ** 2).sum(axis=0) + shift**2 * self.count * n / total
        self.mean = self.mean + shift * n / total
        self.count = total

    @property
    def deviation(self) -> np.ndarray:
        """Of every number; 1 before two observations were seen, never below 1e-4."""
        if self.count < 2:
            return np.ones_like(self.mean)
        return np.maximum(np.sqrt(self.square / self.count), 1e-4)

    def __call__(self, observation: np.ndarray) -> np.ndarray:
        """(observation - mean) / deviation, clipped: float32 [..., size]."""
        return np.clip((observation - self.mean) / self.deviation, -self.clip, self.clip).astype(np.float32)

    def state_dict(self) -> dict[str, Any]:
        return {"mean": self.mean.copy(), "square": self.square.copy(), "count": self.count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if state["mean"].shape != self.mean.shape:
            raise BadDataError(f"a normaliser of {state['mean'].shape} numbers does not fit {self.mean.shape}")
        self.mean, self.square, self.count = state["mean"].copy(), state["square"].copy(), int(state["count"])
