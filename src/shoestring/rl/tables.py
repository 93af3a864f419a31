"""Tables of values for many independent seeds at once, and the loop that plays episodes with them."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from shoestring.rl.mdp import FiniteMDP

MAX_STEPS = 100_000
"""Where an episode of an environment without a time limit is truncated."""


class TabularAgent(Protocol):
    """N learners, one for each seed, that share nothing but the code. ``who`` [M] are the seeds still in an episode."""

    q: np.ndarray
    """Action values [N, S, A]."""

    def act(self, who: np.ndarray, state: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Actions [M] in states [M]."""
        ...

    def observe(self, who: np.ndarray, seen: "Transition", rng: np.random.Generator) -> None:
        """Learn from one step of each of ``who``."""
        ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any], /) -> None: ...


@dataclass(frozen=True)
class Transition:
    """One step of M seeds; all arrays [M]."""

    state: np.ndarray
    action: np.ndarray
    reward: np.ndarray
    successor: np.ndarray
    terminated: np.ndarray
    """The episode ended here: nothing follows."""
    truncated: np.ndarray
    """The episode was cut here: the future counts although it will not be seen."""

    @property
    def ended(self) -> np.ndarray:
        """Whether the episode is over for either reason."""
        return self.terminated | self.truncated


@dataclass(frozen=True)
class Played:
    """One episode of each seed."""

    reward: np.ndarray
    """Undiscounted return [N]."""
    length: np.ndarray
    """Steps [N]."""


def play(
    mdp: FiniteMDP,
    agent: TabularAgent,
    rng: np.random.Generator,
    *,
    learn: bool = True,
    exploring_starts: bool = False,
    visits: np.ndarray | None = None,
) -> Played:
    """One episode for each seed of ``agent``; ``visits`` [S] is raised by one wherever any of them acts.

    ``exploring_starts`` begins in a uniform state from which an episode can go on, with a uniform action.
    """
    seeds = len(agent.q)
    who = np.arange(seeds)
    if exploring_starts:
        alive = np.flatnonzero(~(mdp.terminated | (mdp.probability == 0)).all(axis=(1, 2)))
        state = rng.choice(alive, size=seeds)
    else:
        state = mdp.first(seeds, rng)
    reward, length = np.zeros(seeds), np.zeros(seeds, dtype=np.int64)
    limit = mdp.limit or MAX_STEPS
    for step in range(1, limit + 1):
        if visits is not None:
            np.add.at(visits, state, 1)
        action = agent.act(who, state, rng)
        if exploring_starts and step == 1:
            action = rng.integers(mdp.actions, size=seeds)
        successor, gained, terminated = mdp.sample(state, action, rng)
        truncated = np.full(len(who), step == limit) & ~terminated
        reward[who] += gained
        length[who] += 1
        if learn:
            agent.observe(who, Transition(state, action, gained, successor, terminated, truncated), rng)
        going = ~(terminated | truncated)
        who, state = who[going], successor[going]
        if not len(who):
            break
    return Played(reward, length)


def choose(q: np.ndarray, epsilon: float, rng: np.random.Generator) -> np.ndarray:
    """Epsilon-greedy actions [M] of action values [M, A]; equally good actions are equally likely."""
    best = q == q.max(axis=1, keepdims=True)
    # The largest of independent uniforms among the best: one draw for ties, and no loop.
    action = np.where(best, rng.random(q.shape), -1.0).argmax(axis=1)
    explores = rng.random(len(q)) < epsilon
    return np.where(explores, rng.integers(q.shape[1], size=len(q)), action)


def expected_value(q: np.ndarray, epsilon: float) -> np.ndarray:
    """Mean action value [M] under the epsilon-greedy policy of action values [M, A]."""
    return (1 - epsilon) * q.max(axis=1) + epsilon * q.mean(axis=1)


def arrays_of(agent: object) -> dict[str, Any]:
    """Every array that an agent holds, for a checkpoint."""
    return {name: value.copy() for name, value in vars(agent).items() if isinstance(value, np.ndarray)}


def restore_arrays(agent: object, state: dict[str, Any]) -> None:
    """Put back what :func:`arrays_of` took. Raises ValueError when the state is of another agent."""
    own = {name: value for name, value in vars(agent).items() if isinstance(value, np.ndarray)}
    if set(own) != set(state) or any(own[name].shape != np.shape(state[name]) for name in own):
        raise ValueError("this state belongs to an agent of another kind or size")
    for name, value in own.items():
        value[...] = state[name]
