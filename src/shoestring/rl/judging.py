"""How well a policy does in fresh episodes: the interquartile mean of its returns with an interval over episodes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from shoestring.core.errors import BadDataError
from shoestring.rl.batch import Environment
from shoestring.rl.episodes import Judge
from shoestring.rl.policy_files import TrainedPolicy
from shoestring.rl.rollout import evaluate
from shoestring.rl.statistics import bootstrap, mean
from shoestring.rl.table_files import TrainedTable
from shoestring.rl.value_files import TrainedValues

Trained = TrainedPolicy | TrainedTable | TrainedValues
"""Whatever acts once it is trained, as files hold it."""

COPIES = 20
"""Environments that are played side by side."""


def check_fit(judge: Judge, environment: Environment) -> None:
    """Raises BadDataError unless the policy takes what the environment shows and gives what it takes."""
    theirs = (environment.observation_space.size, environment.action_space)
    ours = (judge.observation_space.size, judge.action_space)
    if theirs != ours:
        raise BadDataError(
            f"this policy takes {ours[0]} numbers and acts in {ours[1]}; the environment shows {theirs[0]} numbers and "
            f"takes {theirs[1]}; choose another environment"
        )


def judge_policy(
    judge: Judge, build: Callable[[int, np.random.Generator], Environment], *, episodes: int, seed: int, resamples: int
) -> dict[str, Any]:
    """Returns of ``episodes`` episodes, at least, with the best and with drawn actions: a document with intervals.

    ``build(size, rng)`` makes the environments. Intervals are over episodes of this one agent; what other seeds would
    have learned they do not say. Raises BadDataError when policy and environment do not fit, or the latter fails.
    """
    copies = min(episodes, COPIES)
    metrics, played = {}, -(-episodes // copies)
    for number, how in enumerate(("best", "drawn")):
        streams = [np.random.default_rng([seed, number, part]) for part in range(3)]
        environment = build(copies, streams[0])
        check_fit(judge, environment)
        rng = streams[1] if how == "drawn" else None
        returns = evaluate(environment, lambda seen, rng=rng: judge.act(seen, rng), played)[:, None]
        middle = bootstrap(returns, streams[2], resamples=resamples)
        whole = bootstrap(returns, streams[2], mean, resamples)
        for name, found in (("iqm", middle), ("mean", whole)):
            metrics[f"return_{how}_{name}"] = {"value": found.value, "low": found.low, "high": found.high}
        metrics[f"return_{how}_lowest"] = {"value": float(returns.min())}
        metrics[f"return_{how}_highest"] = {"value": float(returns.max())}
    return {
        "schema": "shoestring.policy-evaluation/1", "environment": judge.environment, "episodes": copies * played,
        "seed": seed, "resamples": resamples, "metrics": metrics,
        "note": "one trained agent: intervals are over its episodes and say nothing about other seeds",
    }  # fmt: skip
