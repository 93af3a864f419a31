"""Train an actor-critic by asynchronous processes (A3C); with one worker it is A2C bit for bit."""

import hashlib

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.core.run import Run
from shoestring.recipes.rl_rollout import RECENT, Recent, mean_interval
from shoestring.rl.agents import A2C
from shoestring.rl.asynchronous import Crew, Task
from shoestring.rl.envs import BatchedEnvironment, CartPole
from shoestring.rl.policy_files import TrainedPolicy
from shoestring.rl.rollout import evaluate


@component
class RlAsynchronous:
    """Workers learn on shared weights. Only at the end of a step, and there only to be counted, do they wait.

    With several workers, two runs of one seed differ: who comes first is chance. Resumed, all go on where they were.
    """

    environment: BatchedEnvironment = CartPole()
    agent: A2C = A2C()
    workers: int = 2
    """Processes."""
    env_steps: int = 500_000
    """Of all workers together."""
    environments: int = 8
    """Copies in each worker."""
    horizon: int = 5
    """Steps of each copy before a gradient."""
    updates: int = 50
    """Gradients of each worker in a step of this run."""
    target: float | None = None
    """A mean return of the last 100 episodes that counts as solved; where it is reached is in the summary."""
    stop_at_target: bool = False
    evaluation_episodes: int = 100

    def __post_init__(self) -> None:
        sizes = (self.env_steps, self.environments, self.horizon, self.updates, self.evaluation_episodes)
        if min(sizes) < 1 or not 1 <= self.workers <= 64:
            raise ValueError(
                "workers must be 1 to 64; env_steps, environments, horizon, updates, evaluation_episodes at least 1"
            )
        if self.stop_at_target and self.target is None:
            raise ValueError("stop_at_target needs a target")


def main(recipe: RlAsynchronous, run: Run) -> None:
    first = recipe.environment.build(1, run.rng("spaces"))
    name = vars(recipe.environment).get("id", recipe.environment.kind)
    digest = hashlib.sha256(config.dump(recipe.environment).encode()).hexdigest()
    run.data("environment", path=name, rows=0, sha256=digest, licence="generated while training")
    agent = recipe.agent.build(first.observation_space, first.action_space, run.torch_rng("weights"))
    tasks = [
        Task(recipe.agent, recipe.environment, recipe.environments, recipe.env_steps, run.seed, index)
        for index in range(recipe.workers)
    ]
    each = recipe.workers * recipe.environments
    recent = Recent()
    with Crew(tasks, agent.flat) as crew:
        run.track(crew=crew, recent=recent)
        for step in run.steps(-(-recipe.env_steps // (each * recipe.horizon * recipe.updates))):
            rollouts, steps = divmod(
                run.afford("env_steps", each * recipe.horizon * recipe.updates) // each, recipe.horizon
            )
            # What is left of a budget may be less than one rollout of the full length.
            updates, horizon = (rollouts, recipe.horizon) if rollouts else (1, max(1, steps))
            try:
                returns, figures = crew.update(updates, horizon)
            except BadDataError:
                # All workers are between two steps of their environments, so what is saved is whole.
                run.spend("env_steps", each * updates * horizon)
                run.save()
                raise
            run.spend("env_steps", each * updates * horizon)
            recent.steps += each * updates * horizon
            recent.returns.extend(returns)
            run.log(step, episode_return=recent.mean, env_steps=recent.steps, **figures)
            solved = recipe.target is not None and len(recent.returns) == RECENT and recent.mean >= recipe.target
            if solved and recent.solved_at < 0:
                recent.solved_at, recent.seconds = recent.steps, run.elapsed
            if solved and recipe.stop_at_target:
                run.save()
                break
        agent.flat[:] = crew.board.weights

    trained = TrainedPolicy(
        agent.networks, None, name, first.observation_space, first.action_space,
        agent.networks.hidden, agent.networks.critic_hidden, run.folder.id,
    )  # fmt: skip
    run.save_model(trained.save)
    copies = min(recipe.evaluation_episodes, 20)
    test = recipe.environment.build(copies, run.rng("evaluation best"))
    judged = {"return_best": mean_interval(evaluate(test, trained.act, -(-recipe.evaluation_episodes // copies)))}
    reached = {"solved_at_env_steps": recent.solved_at, "solved_seconds": recent.seconds}
    run.summarise(episode_return=recent.mean, **judged, **(reached if recent.solved_at >= 0 else {}))
