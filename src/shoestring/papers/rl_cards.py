"""Blackjack: what Monte Carlo methods learn of it, beside its exact solution."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shoestring.papers.claims import Claim
from shoestring.papers.rl_claims import Statement, comparison, near
from shoestring.rl.envs import Blackjack
from shoestring.rl.envs.blackjack import SHOWN, state
from shoestring.rl.mdp import FiniteMDP
from shoestring.rl.planning import evaluate, value_iteration
from shoestring.rl.prediction import (
    importance_ratios,
    ordinary_importance_sampling,
    sample_episodes,
    weighted_importance_sampling,
)
from shoestring.rl.tables import play
from shoestring.rl.tabular import MonteCarlo, QLearning, TabularMethod

COMMAND = "shoestring reproduce rl-tour"
HAND = state(13, 2, True)
"""Sutton and Barto, example 5.4: thirteen with an ace that counts eleven, against a two."""
PUBLISHED = -0.27726
MEANS = QLearning(step_size=1.0, decay=1.0, epsilon=0.0, discount=1.0)
FEW = 100
"""Episodes after which the two estimates are compared."""


def cards(learners: int, scale: float) -> list[Claim]:
    """Control by exploring starts; two estimates of one hand from another behaviour's episodes."""
    return [*exploring_starts(learners, scale), *off_policy(learners, round(50_000 * scale))]


def exploring_starts(learners: int, scale: float) -> list[Claim]:
    """The exact return of the greedy policies that Monte Carlo and Q-learning end with."""
    mdp = Blackjack().to_mdp()
    best = float(mdp.start @ value_iteration(mdp, 1.0).value)
    methods: Sequence[tuple[str, str, TabularMethod, int]] = (
        ("blackjack", "Monte Carlo with exploring starts", MonteCarlo(epsilon=0.0), 200_000),
        ("blackjack-q", "Q-learning with exploring starts and steps of 1 / n", MEANS, 100_000),
    )
    claims = []
    for key, name, method, episodes in methods:
        agent, rng = method.build(learners, mdp.states, mdp.actions), np.random.default_rng(0)
        count = round(episodes * scale)
        steps = sum(int(play(mdp, agent, rng, exploring_starts=True).length.sum()) for _ in range(count))
        returns = [mdp.start @ evaluate(mdp, np.eye(mdp.actions)[q.argmax(axis=1)], 1.0) for q in agent.q]
        said = Statement(
            key, f"{name} learns to play blackjack", "exact solution", "exact return of the greedy policy", COMMAND
        )
        note = f"{count:,} episodes of each learner"
        claims.append(near(said, returns, published=round(best, 5), within=0.005, spent=steps, note=note))
    return claims


def off_policy(learners: int, episodes: int) -> list[Claim]:
    """Ordinary and weighted importance sampling of a hand played at random, for who would stick on 20 and 21."""
    mdp = Blackjack().to_mdp()
    target = stick_on_twenty(mdp)
    exact = float(evaluate(mdp, target, 1.0)[HAND])
    returns, ratio, steps = hands(mdp, target, learners * episodes)
    own = [part.reshape(learners, episodes) for part in (returns, ratio)]
    claims, error = [], {}
    for name, estimate in (("ordinary", ordinary_importance_sampling), ("weighted", weighted_importance_sampling)):
        found = [estimate(*rows) for rows in zip(*own, strict=True)]
        said = Statement(
            f"importance-{name}", f"{name.capitalize()} importance sampling values a hand that another policy played",
            "Sutton and Barto, example 5.4", "value of the hand", COMMAND,
        )  # fmt: skip
        note = f"{episodes:,} random episodes of each learner; the exact value is {exact:.5f}"
        claims.append(near(said, found, published=PUBLISHED, within=0.02, spent=steps, note=note))
        parts = [part[:, : episodes // FEW * FEW].reshape(learners, -1, FEW) for part in own]
        error[name] = [
            np.mean([(estimate(*rows) - exact) ** 2 for rows in zip(*both, strict=True)])
            for both in zip(*parts, strict=True)
        ]
    said = Statement(
        "importance-variance", f"With {FEW} episodes the weighted estimate errs less", "Sutton and Barto, figure 5.3",
        "how much larger the mean square error of the ordinary one is", COMMAND,
    )  # fmt: skip
    note = "each learner's episodes in parts"
    return [*claims, comparison(said, error["ordinary"], error["weighted"], spent=steps, note=note)]


def stick_on_twenty(mdp: FiniteMDP) -> np.ndarray:
    """The policy [S, A] that hits below a sum of 20."""
    total = np.arange(mdp.states) // (2 * SHOWN)
    return np.eye(mdp.actions)[(total < 20).astype(int)]


def hands(mdp: FiniteMDP, target: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Returns and ratios [count] of the hand played at random, and the steps."""
    behaviour = np.full((mdp.states, mdp.actions), 1 / mdp.actions)
    forced = replace(mdp, start=np.eye(mdp.states)[HAND])
    seen = sample_episodes(forced, behaviour, count, np.random.default_rng(0))
    return seen.returns(1.0)[0], importance_ratios(seen, target, behaviour), int(seen.length.sum())
