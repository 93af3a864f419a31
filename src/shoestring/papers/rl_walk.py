"""The walk of 19 states: how far ahead to look, and that traces are a way to do it."""

import numpy as np

from shoestring.papers.claims import Claim
from shoestring.papers.rl_claims import Statement, comparison, exact
from shoestring.rl.envs import RandomWalk
from shoestring.rl.prediction import Episodes, n_step_td, sample_episodes, td_lambda

COMMAND = "shoestring reproduce rl-tour"
LOOKAHEADS = (1, 2, 4, 8, 32, 128)
STEP_SIZES = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
EPISODES = 10


def walk(learners: int, *, quick: bool) -> list[Claim]:
    """The U-shape in n, with step sizes chosen by other walks than are reported; and the two forms of TD(lambda)."""
    runs = 10 * learners
    chosen = errors(runs, seed=1)
    shown = errors(runs, seed=0)
    best = {n: STEP_SIZES[int(chosen[n].mean(axis=1).argmin())] for n in LOOKAHEADS}
    own = {n: shown[n][STEP_SIZES.index(best[n])] for n in LOOKAHEADS}
    levels = ", ".join(f"n = {n}: {own[n].mean():.3f} at {best[n]:g}" for n in LOOKAHEADS)
    claims = []
    for other, text in ((1, "one step"), (LOOKAHEADS[-1], "nearly whole returns")):
        said = Statement(
            f"walk-{other}", f"On the walk of 19 states four steps ahead are better than {text}",
            "Sutton and Barto, figure 7.2", f"how much larger the error over {EPISODES} episodes is with n = {other}",
            COMMAND,
        )  # fmt: skip
        note = f"mean error and step size by lookahead: {levels}; step sizes chosen on other walks"
        claims.append(comparison(said, own[other], own[4], spent=0, note=note))
    said = Statement(
        "true-online", "True online TD(lambda) is the online lambda-return algorithm",
        "van Seijen et al. 2016, theorem 1", "largest difference of a value", COMMAND,
    )  # fmt: skip
    gap = max(online_gap(trace, seed) for seed in range(3 if quick else 10) for trace in (0.0, 0.5, 0.9, 1.0))
    claims.append(
        exact(said, gap, published=None, within=1e-12, note="lambda 0, .5, .9 and 1; step size .3, gamma .95")
    )
    return claims


def errors(runs: int, seed: int) -> dict[int, np.ndarray]:
    """Root mean square error over all states and ten episodes, for each n: [step sizes, runs]."""
    task = RandomWalk(length=19, left=-1.0)
    mdp, true, rng = task.to_mdp(), task.true_values(), np.random.default_rng(seed)
    seen = [sample_episodes(mdp, np.ones((19, 1)), runs, rng) for _ in range(EPISODES)]
    found = {}
    for n in LOOKAHEADS:
        rows = []
        for step_size in STEP_SIZES:
            value, squared = np.zeros((runs, 19)), np.zeros(runs)
            for episodes in seen:
                value = n_step_td(value, episodes, step_size=step_size, discount=1.0, n=n)
                squared += np.square(value - true).mean(axis=1) / EPISODES
            rows.append(np.sqrt(squared))
        found[n] = np.array(rows)
    return found


def online_gap(trace: float, seed: int, step_size: float = 0.3, discount: float = 0.95) -> float:
    """Largest difference between the two forms after one episode."""
    rng = np.random.default_rng(seed)
    mdp = RandomWalk(length=9, left=-1.0).to_mdp()
    seen, value = sample_episodes(mdp, np.ones((9, 1)), 1, rng), rng.normal(size=(1, 9))
    ours = td_lambda(value, seen, step_size=step_size, discount=discount, trace=trace, traces="dutch")
    other = online_lambda_return(value[0], seen, step_size=step_size, discount=discount, trace=trace)
    return float(np.abs(ours[0] - other).max())


def online_lambda_return(
    value: np.ndarray, seen: Episodes, *, step_size: float, discount: float, trace: float
) -> np.ndarray:
    """The forward view of one episode: after every step all its updates anew, with the returns known by then.

    An n-step value is of the weights of its own time. Source: Sutton and Barto, section 12.4.
    """
    length = int(seen.length[0])
    states, reward = seen.state[:length, 0], seen.reward[:length, 0]
    before: list[np.ndarray] = [value]
    for horizon in range(1, length + 1):
        weights = value.copy()
        for t in range(horizon):
            target, rewards = 0.0, 0.0
            for n in range(1, horizon - t + 1):
                rewards += discount ** (n - 1) * reward[t + n - 1]
                ahead = before[t + n - 1][states[t + n]] if t + n < length else 0.0
                share = 1.0 if n == horizon - t else 1 - trace
                target += share * trace ** (n - 1) * (rewards + discount**n * ahead)
            weights[states[t]] += step_size * (target - weights[states[t]])
        before.append(weights)
    return before[-1]
