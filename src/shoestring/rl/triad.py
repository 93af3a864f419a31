r"""The deadly triad: bootstrapping, off-policy learning and function approximation; together they can diverge.

Linear prediction :math:`v(s) = w^T x(s)` by semi-gradient TD(0) with importance ratios, on Baird's star (Baird 1995;
Sutton and Barto, section 11.2): seven states, an action that leads to the seventh and one that leads to any of the
other six, no rewards, so that every value is 0 and w = 0 is exact. Each leg can be removed by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

STATES, ACTIONS = 7, 2
SOLID, DASHED = 0, 1
LARGEST = 1e12
"""Where weights count as diverged; what comes after is only overflow."""


@dataclass(frozen=True)
class Legs:
    """Which of the three are in place."""

    bootstraps: bool = True
    """Targets are the values of next states; else they are the whole returns, which are 0."""
    off_policy: bool = True
    """The policy that is judged always takes the solid action, whatever is done; else it is the one followed."""
    approximates: bool = True
    """Eight weights for seven states that share them; else a weight for each state."""

    @property
    def features(self) -> np.ndarray:
        """[7, n]: in the star, 2 w_i + w_8 for the six and w_7 + 2 w_8 for the seventh."""
        if not self.approximates:
            return np.eye(STATES)
        found = np.zeros((STATES, STATES + 1))
        found[:6, :6], found[:6, 7] = 2 * np.eye(6), 1.0
        found[6, 6], found[6, 7] = 1.0, 2.0
        return found

    @property
    def first(self) -> np.ndarray:
        """First weights: 1, but 10 for the seventh state's own, as in the book."""
        weights = np.ones(self.features.shape[1])
        weights[6] = 10.0
        return weights

    @property
    def behaviour(self) -> np.ndarray:
        """Probability [A] of each action, the same in all states: the six are visited as often as the seventh, each."""
        return np.array([1 / 7, 6 / 7])

    @property
    def target(self) -> np.ndarray:
        """The policy that is judged [A]."""
        return np.array([1.0, 0.0]) if self.off_policy else self.behaviour


def successors(actions: np.ndarray) -> np.ndarray:
    """Distribution [7] of the next state, whatever the state, when actions have the probabilities ``actions``."""
    found = np.full(STATES, actions[DASHED] / 6)
    found[6] = actions[SOLID]
    return found


def drift(legs: Legs, discount: float) -> np.ndarray:
    r"""A with :math:`E[\Delta w] = -\alpha A w`: :math:`X^T D (I - \gamma P) X`, D the states that are visited.

    Every reward is 0, so there is no constant. Without bootstrapping it is :math:`X^T D X`.
    """
    features = legs.features
    visited = np.diag(successors(legs.behaviour))
    following = np.tile(successors(legs.target), (STATES, 1)) if legs.bootstraps else np.zeros((STATES, STATES))
    found: np.ndarray = features.T @ visited @ (np.eye(STATES) - discount * following) @ features
    return found


def growth(matrix: np.ndarray, step_size: float) -> float:
    """Factor by which the weights grow with each expected update in the end; above 1 they diverge."""
    return float(np.abs(np.linalg.eigvals(np.eye(len(matrix)) - step_size * matrix)).max())


def expected_updates(legs: Legs, step_size: float, discount: float, steps: int) -> Iterator[np.ndarray]:
    """Weights after each of ``steps`` sweeps: every state is updated by what its next states are worth on average."""
    weights, matrix = legs.first, drift(legs, discount)
    for _ in range(steps):
        weights = weights - step_size * matrix @ weights
        yield weights


class Learners:
    """Independent learners that see samples: one step of the star for each at a time."""

    def __init__(self, legs: Legs, seeds: int, step_size: float, discount: float) -> None:
        self._legs, self._step, self._discount = legs, step_size, discount
        self._ratio = legs.target / legs.behaviour
        self.weights = np.tile(legs.first, (seeds, 1))
        self.state = np.zeros(seeds, dtype=np.int64)

    def step(self, rng: np.random.Generator) -> None:
        """Act by the behaviour policy, and learn about the target policy. Diverged learners stay where they are."""
        seeds = np.arange(len(self.state))
        solid = rng.random(len(seeds)) < self._legs.behaviour[SOLID]
        successor = np.where(solid, 6, rng.integers(6, size=len(seeds)))
        ratio = self._ratio[np.where(solid, SOLID, DASHED)]
        features = self._legs.features
        here = features[self.state]
        own = (self.weights * here).sum(axis=1)
        future = (self.weights * features[successor]).sum(axis=1) if self._legs.bootstraps else np.zeros(len(seeds))
        # Without bootstrapping the ratio weighs the return, which is 0: the error is the value itself.
        error = ratio * (self._discount * future - own) if self._legs.bootstraps else -own
        error = np.where(self.diverged, 0.0, error)
        self.weights += self._step * error[:, None] * here
        self.state = successor

    @property
    def diverged(self) -> np.ndarray:
        """[seeds]."""
        found: np.ndarray = np.abs(self.weights).max(axis=1) > LARGEST
        return found

    def error(self) -> np.ndarray:
        """Root mean square of the values over the seven states, all of which should be 0: [seeds]."""
        return value_error(self._legs, self.weights)

    def state_dict(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights.copy(), "state": self.state.copy()}

    def load_state_dict(self, state: dict[str, np.ndarray]) -> None:
        if state["weights"].shape != self.weights.shape:
            raise ValueError(f"weights of shape {state['weights'].shape} do not fit {self.weights.shape}")
        self.weights, self.state = state["weights"].copy(), state["state"].copy()


def value_error(legs: Legs, weights: np.ndarray) -> np.ndarray:
    """Root mean square of the values over the states [...], for weights [..., n]; the true values are 0."""
    return np.sqrt(np.square(weights @ legs.features.T).mean(axis=-1))
