"""Learn action values by replay: DQN with the parts that its agent names."""

import hashlib
from typing import Any

import numpy as np

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.core.run import Run
from shoestring.recipes.rl_rollout import RECENT, Recent, keep_episode, mean_interval
from shoestring.rl.batch import Environment
from shoestring.rl.dqn import DQN, DQNAgent
from shoestring.rl.envs import BatchedEnvironment, CartPole
from shoestring.rl.episodes import FOLDER, record, write
from shoestring.rl.rollout import evaluate
from shoestring.rl.value_files import TrainedValues


@component
class RlReplay:
    """Act for a while, then learn for a while, repeat. Steps are always steps of the environment."""

    environment: BatchedEnvironment = CartPole()
    agent: DQN = DQN()
    env_steps: int = 50_000
    """In all environments together."""
    environments: int = 8
    """Copies that are stepped together."""
    interval: int = 8
    """Steps of each environment before gradients follow."""
    gradients: int = 32
    """Gradient steps that follow them."""
    learning_starts: int = 1_000
    """Steps before the first gradient."""
    target: float | None = None
    """A mean return of the last 100 episodes that counts as solved; where it is reached is in the summary."""
    stop_at_target: bool = False
    evaluation_episodes: int = 100
    """At the end, in environments of their own, with the best actions."""
    recordings: int = 6
    """Episodes kept as data while training, at equal distances and one before it; 0 for none. Not charged."""

    def __post_init__(self) -> None:
        if min(self.env_steps, self.environments, self.interval, self.gradients, self.evaluation_episodes) < 1:
            raise ValueError("env_steps, environments, interval, gradients, evaluation_episodes must be at least 1")
        if self.learning_starts < self.agent.steps * self.environments:
            raise ValueError(f"learning_starts={self.learning_starts}: nothing would be in the memory by then")
        if not 0 <= self.recordings <= 50:
            raise ValueError(f"recordings={self.recordings}: between 0 and 50 episodes are kept")
        if self.stop_at_target and self.target is None:
            raise ValueError("stop_at_target needs a target")


def main(recipe: RlReplay, run: Run) -> None:
    environment = recipe.environment.build(recipe.environments, run.rng("environment"))
    name = vars(recipe.environment).get("id", recipe.environment.kind)
    digest = hashlib.sha256(config.dump(recipe.environment).encode()).hexdigest()
    run.data("environment", path=name, rows=0, sha256=digest, licence="generated while training")
    agent = recipe.agent.build(environment.observation_space, environment.action_space, run.torch_rng("weights"))
    recent = Recent()
    run.track(agent=agent, environment=environment, recent=recent)

    trained = TrainedValues(
        agent.network, name, environment.observation_space, agent.actions, run.folder.id,
        config.as_table(recipe.environment), recipe.agent.discount,
    )  # fmt: skip

    batch = recipe.environments * recipe.interval
    updates = -(-recipe.env_steps // batch)
    for step in run.steps(updates):
        if recipe.recordings and step == 1:
            keep_episode(recipe.environment, run, trained, 0)
        interval = max(1, run.afford("env_steps", batch) // recipe.environments)
        progress = min(1.0, recent.steps / recipe.env_steps)
        try:
            recent.returns.extend(acted(environment, agent, interval, progress, run.rng("actions")))
        except BadDataError:
            # The agent is whole, and what its environments did is remembered; the failed step is given up.
            run.spend("env_steps", interval * recipe.environments)
            run.save()
            raise
        run.spend("env_steps", interval * recipe.environments)
        recent.steps += interval * recipe.environments
        figures: dict[str, float] = {}
        if recent.steps >= recipe.learning_starts:
            for _ in range(recipe.gradients):
                figures = agent.learn(run.rng("minibatches"), progress)
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
    test = recipe.environment.build(copies, run.rng("evaluation best"))
    judged: dict[str, Any] = {
        "return_best": mean_interval(evaluate(test, trained.act, -(-recipe.evaluation_episodes // copies)))
    }
    if recipe.recordings:
        one = recipe.environment.build(1, run.rng("recorded"))
        write(run.folder.path / FOLDER / "evaluation-best.npz", record(one, trained, env_steps=recent.steps))
    if recent.solved_at >= 0:
        judged["solved_at_env_steps"], judged["solved_seconds"] = recent.solved_at, recent.seconds
    run.summarise(episode_return=recent.mean, **judged)


def acted(
    environment: Environment, agent: DQNAgent, steps: int, progress: float, rng: np.random.Generator
) -> list[float]:
    """Take and remember ``steps`` steps in every environment; the returns of the episodes that ended."""
    ended: list[float] = []
    for _ in range(steps):
        seen = environment.observation
        action = agent.act(seen, rng, progress)
        step = environment.step(action)
        agent.observe(seen, action, step)
        ended.extend(step.total[step.ended].tolist())
    return ended
