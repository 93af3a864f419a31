"""Deep Q-learning: values learned from replayed transitions, with parts to choose."""

from typing import Any, Literal

import numpy as np
import torch

from shoestring.core.component import component
from shoestring.core.errors import ConfigError
from shoestring.rl.adam import FlatAdam
from shoestring.rl.batch import Step
from shoestring.rl.deep_q import (
    ExpectedValues,
    MaxSelection,
    Sampling,
    Selection,
    SingleStream,
    Streams,
    Uniform,
    Values,
)
from shoestring.rl.nets import FlatParameters, as_layers, gradients_of, layers_of, numpy_backward
from shoestring.rl.q_network import QNetwork
from shoestring.rl.replay import Replay, Transitions, Window
from shoestring.rl.spaces import Box, Discrete, Space


@component
class DQN:
    """Mnih et al. 2015; every other part is one word: together they are Rainbow (Hessel et al. 2018) without noise."""

    kind: Literal["dqn"] = "dqn"
    discount: float = 0.99
    steps: int = 1
    """n: rewards that are added up before the target network is asked."""
    selection: Selection = MaxSelection()
    streams: Streams = SingleStream()
    values: Values = ExpectedValues()
    sampling: Sampling = Uniform()
    capacity: int = 100_000
    batch: int = 64
    learning_rate: float = 1e-3
    target_every: int = 100
    """Gradient steps after which the target network becomes a copy of the one that learns."""
    anneal: bool = False
    """Whether the learning rate falls linearly to zero over the run, so that the last values are steady ones."""
    epsilon: float = 0.04
    """Share of random actions at the end of their fall from 1."""
    epsilon_share: float = 0.16
    """Of the run, in which it falls."""
    hidden: tuple[int, ...] = (64, 64)

    def __post_init__(self) -> None:
        if not (0 <= self.discount <= 1 and 0 <= self.epsilon <= 1 and 0 < self.epsilon_share <= 1):
            raise ValueError(
                f"discount={self.discount}, epsilon={self.epsilon}, epsilon_share={self.epsilon_share} lie in [0, 1]"
            )
        if min(self.steps, self.capacity, self.batch, self.target_every) < 1:
            raise ValueError("steps, capacity, batch and target_every must be at least 1")

    def build(self, observation: Box, action: Space, generator: torch.Generator) -> "DQNAgent":
        """Networks for these spaces. Raises ConfigError where actions are not discrete."""
        if not isinstance(action, Discrete):
            raise ConfigError(f"dqn needs discrete actions, not a box of {action.size}; use ppo or trpo")
        network = QNetwork(observation, action, generator, hidden=self.hidden, streams=self.streams, values=self.values)
        return DQNAgent(self, network, observation.size, action)


class DQNAgent:
    """See :class:`DQN`."""

    def __init__(self, settings: DQN, network: QNetwork, numbers: int, actions: Discrete) -> None:
        self._set, self.network, self.actions = settings, network, actions
        flat = FlatParameters([network])
        assert flat.flat.grad is not None
        self.flat, self._gradient = flat.flat.detach().numpy(), flat.flat.grad.numpy()
        self._layers, self._gradients = layers_of(network.net), gradients_of(network.net)
        self.target = self.flat.copy()
        self._target_layers = as_layers(self.target, self._layers)
        self._optimizer = FlatAdam(self.flat, settings.learning_rate)
        self.replay, self._sampler = Replay(settings.capacity, numbers), settings.sampling.build(settings.capacity)
        self._window, self._learned = Window(settings.steps, settings.discount), 0

    def act(self, observation: np.ndarray, rng: np.random.Generator, progress: float) -> np.ndarray:
        """Actions [B] for observations [B, O]: the best ones, or random ones as often as the schedule says."""
        s = self._set
        epsilon = max(s.epsilon, 1 - (1 - s.epsilon) * progress / s.epsilon_share)
        random = rng.random(len(observation)) < epsilon
        drawn = rng.integers(self.actions.n, size=len(observation))
        return drawn if random.all() else np.where(random, drawn, self.network.best(observation))

    def observe(self, observation: np.ndarray, action: np.ndarray, step: Step) -> None:
        """Remember what ``action`` led to from ``observation``."""
        found = self._window.push(observation, action, step)
        if len(found.action):
            self._sampler.added(self.replay.add(found))

    def learn(self, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One gradient step on a batch from the memory."""
        s = self._set
        index, weight = self._sampler.draw(s.batch, self.replay.filled, rng, progress)
        wrong, value = self.fill_gradient(self.replay[index], weight)
        self._sampler.learned(index, wrong)
        self._optimizer.learning_rate = s.learning_rate * (1 - progress if s.anneal else 1.0)
        self._optimizer.step(self._gradient)
        self._learned += 1
        if self._learned % s.target_every == 0:
            self.target[:] = self.flat
        return {"wrong": float(wrong.mean()), "value": float(value.mean())}

    def fill_gradient(self, rows: Transitions, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The gradient of the weighted mean loss, in place; how wrong each row was, and its value before [B]."""
        s, network, every = self._set, self.network, np.arange(len(weight))
        follows, _ = network.parts(self._target_layers, rows.reached)
        theirs = s.values.expectation(follows)
        own = s.values.expectation(network.parts(self._layers, rows.reached)[0]) if s.selection.asks_own else theirs
        chosen = s.selection.choose(own, theirs)
        target = s.values.target(follows[every, chosen], rows.reward, rows.discount)
        parts, seen = network.parts(self._layers, rows.observation)
        of_chosen, wrong = s.values.gradient(parts[every, rows.action], target)
        outgoing = np.zeros_like(parts)
        outgoing[every, rows.action] = of_chosen * (weight / len(weight))[:, None]
        numpy_backward(self._layers, seen, s.streams.adjoint(outgoing), self._gradients)
        return wrong, theirs[every, chosen]

    def state_dict(self) -> dict[str, Any]:
        """Networks, optimiser and memory."""
        return {
            "flat": self.flat.copy(),
            "target": self.target.copy(),
            "optimizer": self._optimizer.state_dict(),
            "replay": self.replay.state_dict(),
            "sampler": self._sampler.state_dict(),
            "window": self._window.state_dict(),
            "learned": self._learned,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.flat[:], self.target[:], self._learned = state["flat"], state["target"], int(state["learned"])
        for name, part in (
            ("optimizer", self._optimizer), ("replay", self.replay), ("sampler", self._sampler),
            ("window", self._window),
        ):  # fmt: skip
            part.load_state_dict(state[name])
