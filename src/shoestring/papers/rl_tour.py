"""A newcomer's tour of reinforcement learning: classic methods beside the exact answer, or their task's threshold.

The article explains and measures nothing. Here small environments are solved exactly, and what is learned from samples
is judged by the exact model: the figure is the true return of the learned policy, not an average of a few episodes.
Learners are the seeds, ten of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shoestring.papers.claims import Claim
from shoestring.papers.rl_cards import cards
from shoestring.papers.rl_claims import Statement, comparison, exact, near
from shoestring.papers.rl_deep import deep, tic_tac_toe
from shoestring.papers.rl_walk import walk
from shoestring.rl.envs import CliffWalking, FrozenLake, RandomWalk, Taxi
from shoestring.rl.mdp import FiniteMDP, soft
from shoestring.rl.planning import (
    evaluate,
    evaluate_by_sweeps,
    finite_horizon,
    horizon_value,
    policy_iteration,
    value_iteration,
)
from shoestring.rl.prediction import monte_carlo, n_step_td, sample_episodes
from shoestring.rl.tables import play
from shoestring.rl.tabular import (
    DoubleQ,
    DynaQ,
    ExpectedSarsa,
    QLearning,
    Sarsa,
    SarsaLambda,
    TabularMethod,
    WatkinsQ,
)
from shoestring.rl.triad import Learners, Legs, drift, growth, value_error

COMMAND = "shoestring reproduce rl-tour"
EPSILON = 0.1
SAFE, EDGE = -20.7, -50.8
"""Exact returns with epsilon .1 of the best epsilon-soft policy of the cliff, and of the way along its edge."""
HORIZON = 1_000
TIE = 0.01
"""Rewards of the cliff are whole numbers: actions whose values differ by less are equally good there."""
EXACT = "exact solution"


@dataclass(frozen=True)
class Learned:
    """Tables after training."""

    q: np.ndarray
    """[learners, S, A], means over the second half of the episodes: a constant step size never comes to rest."""
    steps: int


def measure(*, quick: bool, root: Path) -> list[Claim]:
    """All claims. Full: ten seeds; ``quick``: three, and a fifth of the episodes. Deep runs are made under ``root``.

    Those that an earlier, broken-off measurement under ``root`` finished are not made again.
    """
    learners = 3 if quick else 10
    scale = 0.2 if quick else 1.0
    return [
        *planning(), *cliff(learners, scale), *others(learners, scale), *cards(learners, scale),
        *walk(learners, quick=quick), *triad(learners), *deep(learners, quick=quick, root=root),
        tic_tac_toe(learners // 2, quick=quick, root=root),
    ]  # fmt: skip


def planning() -> list[Claim]:
    """Exact solutions beside one another and beside published figures."""
    claims = []
    mdps = {
        "FrozenLake": FrozenLake().to_mdp(),
        "FrozenLake 8x8": FrozenLake(map="8x8").to_mdp(),
        "Taxi": Taxi().to_mdp(),
    }
    gaps = []
    for mdp in mdps.values():
        best = policy_iteration(mdp, 0.99)
        policy = np.eye(mdp.actions)[best.action]
        found = [
            value_iteration(mdp, 0.99, order=order).value for order in ("synchronous", "gauss-seidel", "prioritised")
        ]
        found += [evaluate(mdp, policy, 0.99), evaluate_by_sweeps(mdp, policy, 0.99)[0]]
        gaps.append(max(np.abs(one - best.value).max() for one in found))
    said = Statement(
        "planning", "Policy iteration, value iteration in three orders, sweeps and the linear solve agree", EXACT,
        "largest difference of a value", COMMAND,
    )  # fmt: skip
    claims.append(exact(said, float(max(gaps)), published=None, within=1e-8, note=f"gamma .99, {', '.join(mdps)}"))
    for key, name, published in (
        ("lake", "FrozenLake", 0.74), ("lake-8x8", "FrozenLake 8x8", 0.91), ("taxi-optimum", "Taxi", 8.46),
    ):  # fmt: skip
        mdp = mdps[name]
        said = Statement(
            key, f"The best return of {name} within its limit of steps", "comments in Gymnasium", "return", COMMAND
        )
        ours = finite_horizon(mdp, mdp.limit or HORIZON)
        note = "no policy can reach Gymnasium's threshold of 8 on average" if name == "Taxi" else "slippery"
        claims.append(exact(said, round(ours, 4), published=published, within=0.0101, note=note))
    return claims


def cliff(learners: int, scale: float) -> list[Claim]:
    """Where on-policy and off-policy methods end up beside the cliff, by the exact return of what they then do."""
    mdp = CliffWalking().to_mdp()
    best = float(mdp.start @ value_iteration(soft(mdp, EPSILON), 1.0).value)
    said = Statement("cliff-safe", "The best return with epsilon .1 beside the cliff", EXACT, "return", COMMAND)
    claims = [exact(said, round(best, 3), published=SAFE, within=0.01, note="planning in the softened model")]
    methods: Sequence[tuple[str, str, TabularMethod, float, int]] = (
        ("sarsa", "SARSA", Sarsa(step_size=0.05), SAFE, 3_000),
        ("sarsa-n", "SARSA with n = 3", Sarsa(step_size=0.02, n=3), SAFE, 3_000),
        ("sarsa-lambda", "SARSA(lambda .5)", SarsaLambda(step_size=0.02, trace=0.5), SAFE, 5_000),
        ("expected-sarsa", "Expected SARSA", ExpectedSarsa(step_size=0.1), SAFE, 2_000),
        ("q-learning", "Q-learning", QLearning(step_size=1.0), EDGE, 2_000),
        ("double-q", "Double Q-learning", DoubleQ(step_size=1.0), EDGE, 8_000),
        ("watkins-q", "Watkins's Q(lambda)", WatkinsQ(step_size=1.0, trace=0.2), EDGE, 4_000),
        ("dyna-q", "Dyna-Q", DynaQ(discount=1.0, step_size=1.0), EDGE, 200),
    )
    for key, name, method, limit, episodes in methods:
        found = learn(mdp, method, learners, max(10, round(episodes * scale)))
        returns = [greedy_value(mdp, q, HORIZON, EPSILON, TIE) for q in found.q]
        said = Statement(
            f"cliff-{key}", f"{name} ends with the {'safe' if limit == SAFE else 'shortest'} way beside the cliff",
            EXACT, "exact return with epsilon .1", COMMAND,
        )  # fmt: skip
        claims.append(
            near(said, returns, published=limit, within=0.02 * abs(limit), spent=found.steps, note="within 2 %")
        )
    return claims


def others(learners: int, scale: float) -> list[Claim]:
    """Q-learning on the lake and in the taxi; Monte Carlo and TD(0) on the walk of five states."""
    lake, taxi, claims = FrozenLake().to_mdp(), Taxi().to_mdp(), []
    method = QLearning(step_size=1.0, decay=0.6, epsilon=0.3, discount=0.999)
    found = learn(lake, method, learners, round(6_000 * scale))
    said = Statement(
        "frozen-lake",
        "Q-learning solves FrozenLake",
        "comment in Gymnasium",
        "exact return of the greedy policy",
        COMMAND,
    )
    returns = [greedy_value(lake, q, 100, 0.0) for q in found.q]
    claims.append(near(said, returns, published=0.74, within=0.01, spent=found.steps, note="limit of 100 steps"))
    found = learn(taxi, QLearning(step_size=0.5, epsilon=0.1, discount=0.99), learners, round(3_000 * scale))
    best = finite_horizon(taxi, 200)
    said = Statement("taxi", "Q-learning solves Taxi", EXACT, "exact return of the greedy policy", COMMAND)
    returns = [greedy_value(taxi, q, 200, 0.0) for q in found.q]
    claims.append(
        near(said, returns, published=round(best, 3), within=0.1, spent=found.steps, note="limit of 200 steps")
    )
    return claims + five_states(learners, round(2_000 * scale))


def five_states(learners: int, episodes: int) -> list[Claim]:
    """The values 1/6 .. 5/6 from episodes."""
    task = RandomWalk()
    mdp, rng = task.to_mdp(), np.random.default_rng(0)
    value, count = np.zeros((learners, 5)), np.zeros((learners, 5))
    ahead, spent = np.full((learners, 5), 0.5), 0
    for number in range(1, episodes + 1):
        seen = sample_episodes(mdp, np.ones((5, 1)), learners, rng)
        spent += int(seen.length.sum())
        value, count = monte_carlo(value, count, seen, 1.0, "first")
        ahead = n_step_td(ahead, seen, step_size=0.5 / number**0.5, discount=1.0, n=1)
    claims = []
    for key, name, values in (("monte-carlo", "First-visit Monte Carlo", value), ("td-zero", "TD(0)", ahead)):
        error = np.sqrt(np.square(values - task.true_values()).mean(axis=1))
        said = Statement(
            key, f"{name} finds the values 1/6 to 5/6 of the walk of five states", "Sutton and Barto, example 6.2",
            "root mean square error", COMMAND,
        )  # fmt: skip
        note = f"{episodes:,} episodes; without any the error of 1/2 everywhere is .24"
        claims.append(near(said, error, published=0.0, within=0.03, spent=spent, note=note))
    return claims


def triad(learners: int, steps: int = 5_000) -> list[Claim]:
    """Baird's star with all three legs and with each removed, by eigenvalues and by samples."""
    claims = []
    for key, text, legs in (
        ("all", "Bootstrapping, off-policy learning and approximation together diverge", Legs()),
        ("bootstraps", "Without bootstrapping it converges", Legs(bootstraps=False)),
        ("off-policy", "Without off-policy learning it converges", Legs(off_policy=False)),
        ("approximates", "Without function approximation it converges", Legs(approximates=False)),
    ):
        agent, rng = Learners(legs, learners, 0.05, 0.9), np.random.default_rng(0)
        for _ in range(steps):
            agent.step(rng)
        grown = np.log(np.maximum(agent.error(), 1e-12) / value_error(legs, legs.first))
        factor = growth(drift(legs, 0.9), 0.05)
        ours, theirs = (grown, 0 * grown) if key == "all" else (0 * grown, grown)
        said = Statement(
            f"triad-{key}", text, "Sutton and Barto, section 11.3",
            "ln of the growth of the value error" if key == "all" else "ln of the fall of the value error", COMMAND,
        )  # fmt: skip
        note = f"Baird's star, gamma .9, {steps:,} sampled steps; in expectation each multiplies by {factor:.5f}"
        claims.append(comparison(said, ours, theirs, spent=learners * steps, note=note))
    return claims


def learn(mdp: FiniteMDP, method: TabularMethod, learners: int, episodes: int) -> Learned:
    """Train ``learners`` of one method side by side."""
    agent = method.build(learners, mdp.states, mdp.actions)
    rng, total, steps = np.random.default_rng(0), np.zeros_like(agent.q), 0
    half = episodes // 2
    for episode in range(episodes):
        steps += int(play(mdp, agent, rng).length.sum())
        if episode >= half:
            total += agent.q
    return Learned(total / (episodes - half), steps)


def greedy_value(mdp: FiniteMDP, q: np.ndarray, steps: int, epsilon: float, tie: float = 0.0) -> float:
    """The exact return within ``steps`` of the epsilon-greedy policy of a table [S, A].

    Actions no more than ``tie`` below the best are equally likely, as equally good ones are for the learner.
    """
    best = q >= q.max(axis=1, keepdims=True) - tie
    policy = (1 - epsilon) * best / best.sum(axis=1, keepdims=True) + epsilon / mdp.actions
    return horizon_value(mdp, policy, steps)
