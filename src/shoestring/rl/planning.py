"""Exact solutions of a finite MDP: the answers that everything learned from samples is held against.

Source: Sutton and Barto, Reinforcement Learning, second edition, chapter 4 and section 8.4.
"""

import heapq
from dataclasses import dataclass
from typing import Literal

import numpy as np

from shoestring.rl.mdp import FiniteMDP

Order = Literal["synchronous", "gauss-seidel", "prioritised"]
MAX_SWEEPS = 1_000_000


@dataclass(frozen=True)
class Solution:
    """Values with the policy that has them."""

    value: np.ndarray
    """float64 [S]."""
    action: np.ndarray
    """int64 [S], greedy with respect to ``value``."""
    sweeps: int
    """Improvements of policy iteration; sweeps over all states of value iteration, or as many single backups / S."""
    history: tuple[np.ndarray, ...] = ()
    """Values after each improvement of policy iteration."""


def evaluate(mdp: FiniteMDP, policy: np.ndarray, discount: float) -> np.ndarray:
    r"""V [S] of ``policy`` [S, A] by solving :math:`(I - \gamma P_\pi) V = R_\pi`.

    Raises:
        ValueError: without discount, some state never reaches an end under this policy, so it has no value.
    """
    matrix, reward = mdp.chain(policy)
    try:
        value = np.linalg.solve(np.eye(mdp.states) - discount * matrix, reward)
    except np.linalg.LinAlgError as error:
        raise ValueError("this policy never ends from some state, and without discount has no value there") from error
    # A singular matrix can slip through elimination by rounding; its solution does not solve the equation.
    if not np.allclose(value, reward + discount * matrix @ value, rtol=1e-6, atol=1e-6):
        raise ValueError("this policy never ends from some state, and without discount has no value there")
    return value


def evaluate_by_sweeps(
    mdp: FiniteMDP, policy: np.ndarray, discount: float, *, tolerance: float = 1e-12, in_place: bool = False
) -> tuple[np.ndarray, int]:
    """V [S] by repeated expected backups until none changes by ``tolerance``, and the number of sweeps.

    ``in_place`` uses the values that the same sweep has already renewed.
    """
    matrix, reward = mdp.chain(policy)
    value = np.zeros(mdp.states)
    for sweep in range(1, MAX_SWEEPS + 1):
        if in_place:
            change = 0.0
            for s in range(mdp.states):
                new = reward[s] + discount * matrix[s] @ value
                change, value[s] = max(change, abs(new - value[s])), new
        else:
            new = reward + discount * matrix @ value
            change, value = float(np.abs(new - value).max()), new
        if change < tolerance:
            return value, sweep
    raise ValueError(f"no convergence within {MAX_SWEEPS:,} sweeps: the values of this policy are not finite")


def policy_iteration(mdp: FiniteMDP, discount: float, first: np.ndarray | None = None) -> Solution:
    """Evaluate exactly, improve greedily, until nothing changes; ``first`` [S] are the actions to begin with.

    An action is only given up for one that is better by more than rounding: with ties broken anew each time, equally
    good policies could follow one another for ever.
    """
    action = np.zeros(mdp.states, dtype=np.int64) if first is None else first.copy()
    history = []
    for improvement in range(1, MAX_SWEEPS + 1):
        value = evaluate(mdp, np.eye(mdp.actions)[action], discount)
        history.append(value)
        q = mdp.action_values(value, discount)
        better = q.max(axis=1) > q[np.arange(mdp.states), action] + 1e-10
        if not better.any():
            return Solution(value, action, improvement, tuple(history))
        action = np.where(better, q.argmax(axis=1), action)
    raise ValueError("policy iteration did not end")


def value_iteration(
    mdp: FiniteMDP, discount: float, *, tolerance: float = 1e-12, order: Order = "synchronous"
) -> Solution:
    """Repeat V <- max_a Q(V) until no value changes by ``tolerance``.

    ``gauss-seidel`` renews the states one after the other; ``prioritised`` always renews the state whose value would
    change most, and tells its predecessors.
    """
    if order == "prioritised":
        return _prioritised(mdp, discount, tolerance)
    value = np.zeros(mdp.states)
    for sweep in range(1, MAX_SWEEPS + 1):
        before = value.copy()
        if order == "synchronous":
            value = mdp.action_values(value, discount).max(axis=1)
        else:
            for s in range(mdp.states):
                value[s] = _best(mdp, value, s, discount)
        if np.abs(value - before).max() < tolerance:
            return Solution(value, mdp.action_values(value, discount).argmax(axis=1), sweep)
    raise ValueError(f"no convergence within {MAX_SWEEPS:,} sweeps: without discount the optimal values are not finite")


def _best(mdp: FiniteMDP, value: np.ndarray, s: int, discount: float) -> float:
    following = (mdp.continuing[s] * value[mdp.successor[s]]).sum(axis=1)
    return float((mdp.expected_reward[s] + discount * following).max())


def _prioritised(mdp: FiniteMDP, discount: float, tolerance: float) -> Solution:
    predecessors: list[set[int]] = [set() for _ in range(mdp.states)]
    for s, a, k in np.argwhere(mdp.continuing > 0):
        predecessors[mdp.successor[s, a, k]].add(int(s))
    value = np.zeros(mdp.states)
    errors = np.abs(mdp.action_values(value, discount).max(axis=1) - value)
    queue = [(-float(error), s) for s, error in enumerate(errors) if error >= tolerance]
    heapq.heapify(queue)
    backups = 0
    while queue:
        priority, s = heapq.heappop(queue)
        if -priority != errors[s]:
            continue  # An older entry of a state whose priority has changed since.
        value[s] = _best(mdp, value, s, discount)
        errors[s] = 0.0
        backups += 1
        if backups > MAX_SWEEPS * mdp.states:
            raise ValueError("no convergence: without discount the optimal values are not finite")
        for p in predecessors[s]:
            error = abs(_best(mdp, value, p, discount) - value[p])
            if error != errors[p]:
                errors[p] = error
                if error >= tolerance:
                    heapq.heappush(queue, (-error, p))
    return Solution(value, mdp.action_values(value, discount).argmax(axis=1), -(-backups // mdp.states))


def finite_horizon(mdp: FiniteMDP, steps: int) -> float:
    """The best expected undiscounted return within ``steps``, by policies that know the time that is left."""
    value = np.zeros(mdp.states)
    for _ in range(steps):
        value = mdp.action_values(value, 1.0).max(axis=1)
    return float(mdp.start @ value)


def horizon_value(mdp: FiniteMDP, policy: np.ndarray, steps: int) -> float:
    """The expected undiscounted return of ``policy`` [S, A] within ``steps``, from the start distribution."""
    matrix, reward = mdp.chain(policy)
    value = np.zeros(mdp.states)
    for _ in range(steps):
        value = reward + matrix @ value
    return float(mdp.start @ value)


def occupancy(mdp: FiniteMDP, policy: np.ndarray, discount: float) -> np.ndarray:
    r"""Expected discounted visits [S], :math:`d(s) = \sum_t \gamma^t \Pr(s_t = s)`, from the start distribution."""
    matrix, _ = mdp.chain(policy)
    return np.linalg.solve(np.eye(mdp.states) - discount * matrix.T, mdp.start)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Policy [S, A] of logits [S, A]."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def policy_gradient(mdp: FiniteMDP, logits: np.ndarray, discount: float) -> np.ndarray:
    r"""The exact gradient [S, A] of the expected discounted return of a softmax policy with respect to its logits.

    :math:`\partial J / \partial \theta_{sa} = d(s)\,\pi(a|s)\,A(s, a)` (the policy gradient theorem).
    """
    policy = softmax(logits)
    value = evaluate(mdp, policy, discount)
    advantage = mdp.action_values(value, discount) - value[:, None]
    return occupancy(mdp, policy, discount)[:, None] * policy * advantage
