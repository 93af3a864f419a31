r"""The estimator laboratory: every way to estimate a policy gradient, beside the exact one of a finite MDP.

Each estimator gets the same number of environment steps and gives one gradient; repeated often, its squared bias and
its variance are a point on a plane. The formulas under test are those that the agents use. The objective is the
discounted return of a softmax policy over its logits, :math:`J = E \sum_t \gamma^t r_t`, so an unbiased estimate weighs
step t by :math:`\gamma^t`. Episodes must end by themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from shoestring.rl.mdp import FiniteMDP
from shoestring.rl.planning import evaluate, occupancy, policy_gradient, softmax
from shoestring.rl.prediction import Episodes, sample_episodes
from shoestring.rl.returns import gae, n_step_returns

LONGEST = 2**20
"""Steps after which no episode may still be going on."""


@dataclass(frozen=True)
class Bench:
    """What is estimated, and the critic that helps: everything about it is known exactly."""

    mdp: FiniteMDP
    logits: np.ndarray
    """[S, A]."""
    discount: float
    critic: np.ndarray
    """V [S] as the estimators have it, right or wrong."""

    @cached_property
    def policy(self) -> np.ndarray:
        """[S, A]."""
        return softmax(self.logits)

    @cached_property
    def gradient(self) -> np.ndarray:
        """The exact one [S, A]."""
        return policy_gradient(self.mdp, self.logits, self.discount)

    @cached_property
    def visits(self) -> np.ndarray:
        """Expected discounted visits [S]."""
        return occupancy(self.mdp, self.policy, self.discount)

    @cached_property
    def plain_visits(self) -> np.ndarray:
        """Expected visits [S], each counting 1; their sum is the expected length of an episode."""
        return occupancy(self.mdp, self.policy, 1.0)

    def expected_gradient(self, advantage: np.ndarray, visits: np.ndarray | None = None) -> np.ndarray:
        """What an estimator gives on average that uses ``advantage`` [S, A] in expectation: [S, A].

        What is the same for all actions of a state drops out.
        """
        weights = self.visits if visits is None else visits
        mean = (self.policy * advantage).sum(axis=1, keepdims=True)
        return weights[:, None] * self.policy * (advantage - mean)

    def n_step(self, n: int) -> np.ndarray:
        """Expected advantage [S, A] of n rewards and the critic after them."""
        value = self.critic
        for _ in range(n - 1):
            value = (self.policy * self.mdp.action_values(value, self.discount)).sum(axis=1)
        return self.mdp.action_values(value, self.discount) - self.critic[:, None]

    def traced(self, trace: float) -> np.ndarray:
        r"""Expected generalised advantage: :math:`\delta + \gamma\lambda P (I-\gamma\lambda P_\pi)^{-1}\delta_\pi`."""
        delta = self.mdp.action_values(self.critic, self.discount) - self.critic[:, None]
        matrix, _ = self.mdp.chain(self.policy)
        decay = self.discount * trace
        ahead = np.linalg.solve(np.eye(len(matrix)) - decay * matrix, (self.policy * delta).sum(axis=1))
        return delta + decay * (self.mdp.continuing * ahead[self.mdp.successor]).sum(axis=2)


def bench(mdp: FiniteMDP, logits: np.ndarray, discount: float, error: float, rng: np.random.Generator) -> Bench:
    """A bench whose critic is off by normal errors of ``error`` times the deviation of the exact advantages.

    Raises:
        ValueError: under this policy some episodes never end, or are very long.
    """
    policy = softmax(logits)
    exact = evaluate(mdp, policy, discount)
    # A singular matrix of visits may come out as a finite one by rounding; what is left after a million steps does not.
    matrix, _ = mdp.chain(policy)
    if float((mdp.start @ np.linalg.matrix_power(matrix, LONGEST)).sum()) > 1e-6:
        raise ValueError(f"episodes that never end, or are longer than {LONGEST:,} steps")
    spread = (mdp.action_values(exact, discount) - exact[:, None]).std()
    return Bench(mdp, logits, discount, exact + error * spread * rng.standard_normal(mdp.states))


@dataclass(frozen=True)
class Trial:
    """Episodes for R estimates at once, E of them for each, in the order of the estimates: arrays [T, R E]."""

    bench: Bench
    episodes: Episodes
    estimates: int

    @cached_property
    def inside(self) -> np.ndarray:
        """Whether a step belongs to its episode."""
        return np.arange(len(self.episodes.reward))[:, None] < self.episodes.length

    @cached_property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Terminated and truncated; nothing is truncated here."""
        terminated = np.arange(len(self.inside))[:, None] == self.episodes.length - 1
        return terminated, np.zeros_like(terminated)

    @cached_property
    def values(self) -> tuple[np.ndarray, np.ndarray]:
        """The critic's value of each state, and of the one after it."""
        own = self.bench.critic[self.episodes.state]
        return own, np.concatenate([own[1:], np.zeros_like(own[:1])])

    @cached_property
    def expected_backup(self) -> np.ndarray:
        """What the critic expects of the action that was taken, over all that can follow, less its value before."""
        found: np.ndarray = self.bench.n_step(1)[self.episodes.state, self.episodes.action]
        return found

    @cached_property
    def returns(self) -> np.ndarray:
        """Discounted return from every step."""
        return self.episodes.returns(self.bench.discount)

    @cached_property
    def weight(self) -> np.ndarray:
        r""":math:`\gamma^t` [T, 1]."""
        return self.bench.discount ** np.arange(len(self.inside))[:, None]

    def n_step(self, n: int) -> np.ndarray:
        """n rewards and the critic after them, less the critic."""
        found = n_step_returns(
            self.episodes.reward, *self.ends, self.values[1], discount=self.bench.discount, n=min(n, len(self.inside))
        )
        return found - self.values[0]

    def traced(self, trace: float) -> np.ndarray:
        """Generalised advantages."""
        return gae(self.episodes.reward, *self.ends, *self.values, discount=self.bench.discount, trace=trace)

    def gradient(self, coefficient: np.ndarray) -> np.ndarray:
        r"""Mean over the episodes of :math:`\sum_t c_t \nabla \log \pi(a_t | s_t)`: [R, S, A]."""
        states, actions = self.bench.logits.shape
        weight = np.where(self.inside, coefficient, 0.0)
        runs = weight.shape[1]
        group = np.arange(runs) // (runs // self.estimates)
        place = (group * states + self.episodes.state) * actions + self.episodes.action
        size = self.estimates * states * actions
        taken = np.bincount(place.reshape(-1), weight.reshape(-1), minlength=size)
        taken = taken.reshape(self.estimates, states, actions) / (runs // self.estimates)
        return taken - taken.sum(axis=2, keepdims=True) * self.bench.policy

    def visits(self) -> np.ndarray:
        """Mean discounted visits as they were seen: [R, S]."""
        states, runs = self.bench.mdp.states, self.inside.shape[1]
        group = np.arange(runs) // (runs // self.estimates)
        place = group * states + self.episodes.state
        weight = np.where(self.inside, self.weight, 0.0)
        found = np.bincount(place.reshape(-1), weight.reshape(-1), minlength=self.estimates * states)
        return found.reshape(self.estimates, states) / (runs // self.estimates)


def natural(policy: np.ndarray, gradient: np.ndarray, visits: np.ndarray, damping: float) -> np.ndarray:
    r"""The direction of TRPO: :math:`(F + \text{damping}\,I)^{-1} g` [..., S, A].

    F of a softmax policy consists of a block for each state, :math:`d(s)(\mathrm{diag}\,\pi - \pi\pi^T)`, with
    d [..., S] = ``visits``.
    """
    actions = policy.shape[1]
    blocks = policy[:, :, None] * (np.eye(actions) - policy[:, None, :])
    matrix = visits[..., None, None] * blocks + damping * np.eye(actions)
    return np.linalg.solve(matrix, gradient[..., None])[..., 0]


def evolution_gradient(
    bench: Bench, estimates: int, pairs: int, deviation: float, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    r"""Evolution strategies: :math:`\frac1m \sum_i \frac{F(\theta + \sigma\epsilon_i) - F(\theta - \sigma\epsilon_i)}
    {2\sigma} \epsilon_i`, F the discounted return of one episode. [R, S, A], and the steps that all of it took."""
    noise = rng.standard_normal((estimates * pairs, *bench.logits.shape))
    policy = softmax(bench.logits + deviation * np.concatenate([noise, -noise]))
    episodes = sample_episodes(bench.mdp, policy, len(policy), rng)
    better, worse = episodes.returns(bench.discount)[0].reshape(2, -1)
    found = ((better - worse) / (2 * deviation))[:, None, None] * noise
    return found.reshape(estimates, pairs, *bench.logits.shape).mean(axis=1), int(episodes.length.sum())


@dataclass(frozen=True)
class Estimator:
    """One way to weigh the score of each step, and what it gives on average."""

    name: str
    family: str
    coefficient: Callable[[Trial], np.ndarray]
    """[T, R E], with its power of the discount."""
    expected: Callable[[Bench], np.ndarray]
    """[S, A]."""


def estimators(traces: Sequence[float], steps: Sequence[int]) -> list[Estimator]:
    """Those that weigh scores: Monte Carlo, actor-critic, n-step for ``steps``, generalised for ``traces``."""
    found = [
        Estimator(
            "REINFORCE, whole return", "Monte Carlo", lambda t: np.broadcast_to(t.returns[0], t.inside.shape),
            lambda b: b.gradient,
        ),
        Estimator("REINFORCE, return to come", "Monte Carlo", lambda t: t.weight * t.returns, lambda b: b.gradient),
        Estimator(
            "REINFORCE, baseline", "Monte Carlo", lambda t: t.weight * (t.returns - t.values[0]), lambda b: b.gradient
        ),
        Estimator(
            "actor-critic, Q", "actor-critic", lambda t: t.weight * t.expected_backup,
            lambda b: b.expected_gradient(b.n_step(1)),
        ),
        Estimator(
            "actor-critic, TD error", "actor-critic", lambda t: t.weight * t.traced(0.0),
            lambda b: b.expected_gradient(b.traced(0.0)),
        ),
    ]  # fmt: skip
    for n in steps:
        found.append(Estimator(
            f"n = {n}", "n-step", lambda t, n=n: t.weight * t.n_step(n),
            lambda b, n=n: b.expected_gradient(b.n_step(n)),
        ))  # fmt: skip
    for trace in traces:
        found.append(Estimator(
            f"lambda = {trace:g}", "GAE", lambda t, trace=trace: t.weight * t.traced(trace),
            lambda b, trace=trace: b.expected_gradient(b.traced(trace)),
        ))  # fmt: skip
    found.append(Estimator(
        "lambda = 0.95 without gamma^t", "as usually coded", lambda t: t.traced(0.95),
        lambda b: b.expected_gradient(b.traced(0.95), b.plain_visits),
    ))  # fmt: skip
    return found
