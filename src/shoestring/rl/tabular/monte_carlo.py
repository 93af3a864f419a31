"""Monte Carlo control: play an episode to its end, then learn from what it gave."""

from typing import Any, Literal

import numpy as np

from shoestring.core.component import component
from shoestring.rl.tables import Transition, choose


@component
class MonteCarlo:
    """Sutton and Barto, sections 5.3 and 5.4: Q(s, a) is the mean return after (s, a); the policy is epsilon-greedy.

    A truncated episode teaches nothing: what it would have given in the end is not known.
    """

    kind: Literal["monte-carlo"] = "monte-carlo"
    epsilon: float = 0.1
    """0 with exploring starts."""
    discount: float = 1.0
    visits: Literal["first", "every"] = "first"
    """Whether a pair counts once an episode or each time."""
    step_size: float = 0.0
    """A constant one forgets old policies; 0 takes the mean over all episodes."""

    def build(self, seeds: int, states: int, actions: int) -> "MonteCarloLearner":
        """Learners for ``seeds`` seeds."""
        return MonteCarloLearner(self, seeds, states, actions)


class MonteCarloLearner:
    """See :class:`MonteCarlo`."""

    def __init__(self, settings: MonteCarlo, seeds: int, states: int, actions: int) -> None:
        self._set = settings
        self.q = np.zeros((seeds, states, actions))
        self.count = np.zeros((seeds, states, actions), dtype=np.int64)
        self._episodes: list[list[tuple[int, int, float]]] = [[] for _ in range(seeds)]

    def act(self, who: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Epsilon-greedy."""
        return choose(self.q[who, state], self._set.epsilon, rng)

    def observe(self, who: np.ndarray, seen: Transition, rng: np.random.Generator) -> None:
        """Remember the step; at the end of an episode, learn from all of them."""
        steps = zip(who.tolist(), seen.state.tolist(), seen.action.tolist(), seen.reward.tolist(), strict=True)
        for seed, *step in steps:
            self._episodes[seed].append(tuple(step))
        for seed in who[seen.terminated].tolist():
            self._learn(seed)
        for seed in who[seen.ended].tolist():
            self._episodes[seed].clear()

    def _learn(self, seed: int) -> None:
        episode = self._episodes[seed]
        first: dict[tuple[int, int], int] = {}
        for t, (state, action, _) in enumerate(episode):
            first.setdefault((state, action), t)
        value = 0.0
        for t in range(len(episode) - 1, -1, -1):
            state, action, reward = episode[t]
            value = reward + self._set.discount * value
            if self._set.visits == "every" or first[state, action] == t:
                at = (seed, state, action)
                self.count[at] += 1
                self.q[at] += (self._set.step_size or 1 / self.count[at]) * (value - self.q[at])

    def state_dict(self) -> dict[str, Any]:
        """Between two episodes; inside one, its steps are part of it."""
        return {"q": self.q.copy(), "count": self.count.copy(), "episodes": [list(e) for e in self._episodes]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if state["q"].shape != self.q.shape:
            raise ValueError("this state belongs to an agent of another size")
        self.q[...], self.count[...] = state["q"], state["count"]
        self._episodes = [[tuple(step) for step in episode] for episode in state["episodes"]]
