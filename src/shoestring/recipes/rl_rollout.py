"""Train an agent from rollouts in a batch of environments: PPO, TRPO, A2C, REINFORCE."""

import hashlib
from collections import deque
from typing import Any

import numpy as np

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.core.run import Run
from shoestring.rl.agents import PPO, RolloutMethod
from shoestring.rl.envs import BatchedEnvironment, CartPole
from shoestring.rl.episodes import FOLDER, Judge, record, write
from shoestring.rl.policies import Normaliser
from shoestring.rl.policy_files import TrainedPolicy
from shoestring.rl.rollout import collect, evaluate

RECENT = 100
"""Episodes whose mean return decides whether a task counts as solved."""


@component
class RlRollout:
    """Roll out, learn, repeat. Steps are always steps of the environment."""

    environment: BatchedEnvironment = CartPole()
    agent: RolloutMethod = PPO()
    env_steps: int = 100_000
    """In all environments together."""
    environments: int = 16
    """Copies that are stepped together."""
    horizon: int = 64
    """Steps of each environment in a rollout."""
    normalise: bool = False
    """Whether observations are standardised by their running mean and deviation, clipped at 5."""
    target: float | None = None
    """A mean return of the last 100 episodes that counts as solved; where it is reached is in the summary."""
    stop_at_target: bool = False
    evaluation_episodes: int = 100
    """At the end, in environments of their own; with the most likely actions, and with drawn ones."""
    recordings: int = 6
    """Episodes kept as data while training, at equal distances and one before it; 0 for none. Not charged."""

    def __post_init__(self) -> None:
        if min(self.env_steps, self.environments, self.horizon, self.evaluation_episodes) < 1:
            raise ValueError("env_steps, environments, horizon and evaluation_episodes must be at least 1")
        if not 0 <= self.recordings <= 50:
            raise ValueError(f"recordings={self.recordings}: between 0 and 50 episodes are kept")
        if self.stop_at_target and self.target is None:
            raise ValueError("stop_at_target needs a target")


class Recent:
    """Returns of the last episodes, and when their mean reached the target; part of a checkpoint."""

    def __init__(self) -> None:
        self.returns: deque[float] = deque(maxlen=RECENT)
        self.steps, self.solved_at, self.seconds = 0, -1, -1.0

    @property
    def mean(self) -> float:
        """NaN before the first episode ended."""
        return float(np.mean(self.returns)) if self.returns else float("nan")

    def state_dict(self) -> dict[str, Any]:
        return {"returns": list(self.returns), "counts": [self.steps, self.solved_at], "seconds": self.seconds}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.returns = deque(state["returns"], maxlen=RECENT)
        self.steps, self.solved_at = state["counts"]
        self.seconds = state["seconds"]


def mean_interval(returns: np.ndarray) -> dict[str, float]:
    """The mean of independent episodes of *one* trained agent with its 95 % interval; of seeds it says nothing."""
    mean, error = float(returns.mean()), 1.96 * float(returns.std()) / len(returns) ** 0.5
    return {"value": mean, "low": mean - error, "high": mean + error}


def main(recipe: RlRollout, run: Run) -> None:
    environment = recipe.environment.build(recipe.environments, run.rng("environment"))
    name = vars(recipe.environment).get("id", recipe.environment.kind)
    text = config.dump(recipe.environment)
    digest = hashlib.sha256(text.encode()).hexdigest()
    run.data("environment", path=name, rows=0, sha256=digest, licence="generated while training")
    agent = recipe.agent.build(environment.observation_space, environment.action_space, run.torch_rng("weights"))
    normaliser = Normaliser(environment.observation_space.size) if recipe.normalise else None
    recent = Recent()
    run.track(agent=agent, environment=environment, recent=recent)
    if normaliser:
        run.track(normaliser=normaliser)

    agent_settings = vars(recipe.agent)
    trained = TrainedPolicy(
        agent.networks, normaliser, name, environment.observation_space, environment.action_space,
        agent.networks.hidden, agent.networks.critic_hidden, run.folder.id, config.as_table(recipe.environment),
        float(agent_settings.get("discount", 1.0)), float(agent_settings.get("trace", 1.0)),
    )  # fmt: skip

    batch = recipe.environments * recipe.horizon
    updates = -(-recipe.env_steps // batch)
    for step in run.steps(updates):
        if recipe.recordings and step == 1:
            keep_episode(recipe.environment, run, trained, 0)
        horizon = max(1, run.afford("env_steps", batch) // recipe.environments)
        try:
            rollout = collect(environment, agent.policy, horizon, run.rng("actions"), normaliser)
        except BadDataError:
            # The agent is whole; what the environments did since its last update is given up, and charged.
            run.spend("env_steps", horizon * recipe.environments)
            run.save()
            raise
        run.spend("env_steps", rollout.steps)
        figures = agent.learn(rollout, run.rng("minibatches"), min(1.0, recent.steps / recipe.env_steps))
        recent.steps += rollout.steps
        recent.returns.extend(rollout.returns.tolist())
        run.log(step, episode_return=recent.mean, env_steps=recent.steps, **figures)
        solved = recipe.target is not None and len(recent.returns) == RECENT and recent.mean >= recipe.target
        if solved and recent.solved_at < 0:
            recent.solved_at, recent.seconds = recent.steps, run.elapsed
        if recipe.recordings and run.due("recording", -(-updates // recipe.recordings)):
            keep_episode(recipe.environment, run, trained, recent.steps)
        if solved and recipe.stop_at_target:
            run.save()
            break

    run.save_model(trained.save)
    copies = min(recipe.evaluation_episodes, 20)
    judged = {}
    for how, rng in (("best", None), ("drawn", run.rng("evaluation actions"))):
        test = recipe.environment.build(copies, run.rng(f"evaluation {how}"))
        returns = evaluate(test, lambda seen, rng=rng: trained.act(seen, rng), -(-recipe.evaluation_episodes // copies))
        judged[f"return_{how}"] = mean_interval(returns)
        if recipe.recordings:
            one = recipe.environment.build(1, run.rng("recorded"))
            episode = record(one, trained, rng, env_steps=recent.steps)
            write(run.folder.path / FOLDER / f"evaluation-{how}.npz", episode)
    if recent.solved_at >= 0:
        judged["solved_at_env_steps"], judged["solved_seconds"] = recent.solved_at, recent.seconds
    run.summarise(episode_return=recent.mean, **judged)


def keep_episode(environment: BatchedEnvironment, run: Run, trained: Judge, env_steps: int) -> None:
    """Play one episode with drawn actions in an environment of its own, and keep it as data of this age."""
    try:
        one = environment.build(1, run.rng("recorded"))
        episode = record(one, trained, run.rng("recorded actions"), phase="training", env_steps=env_steps)
    except BadDataError:
        run.save()
        raise
    write(run.folder.path / FOLDER / f"training-{env_steps:012d}.npz", episode)
