"""Train a policy by an evolution strategy: whole episodes of a population, no gradient through anything."""

import hashlib

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.run import Run
from shoestring.recipes.rl_rollout import Recent, mean_interval
from shoestring.rl.envs import BatchedEnvironment, CartPole
from shoestring.rl.evolution import Evolution, compete
from shoestring.rl.policy_files import TrainedPolicy
from shoestring.rl.rollout import evaluate


@component
class RlEvolution:
    """Every step is one generation, in new environments. What a member does after its first episode is not counted."""

    environment: BatchedEnvironment = CartPole()
    agent: Evolution = Evolution()
    generations: int = 60
    target: float | None = None
    """A mean return of all members of a generation that counts as solved; where it is reached is in the summary."""
    stop_at_target: bool = False
    evaluation_episodes: int = 100

    def __post_init__(self) -> None:
        if min(self.generations, self.evaluation_episodes) < 1:
            raise ValueError("generations and evaluation_episodes must be at least 1")
        if self.stop_at_target and self.target is None:
            raise ValueError("stop_at_target needs a target")


def main(recipe: RlEvolution, run: Run) -> None:
    first = recipe.environment.build(1, run.rng("spaces"))
    name = vars(recipe.environment).get("id", recipe.environment.kind)
    digest = hashlib.sha256(config.dump(recipe.environment).encode()).hexdigest()
    run.data("environment", path=name, rows=0, sha256=digest, licence="generated while training")
    agent = recipe.agent.build(first.observation_space, first.action_space, run.torch_rng("weights"))
    recent = Recent()
    run.track(agent=agent, recent=recent)

    for step in run.steps(recipe.generations):
        offset = agent.ask(run.rng("directions"))
        environment = recipe.environment.build(2 * recipe.agent.pairs, run.rng("environment"))
        fitness, length = compete(environment, agent.members(offset), agent.layers)
        run.spend("env_steps", int(length.sum()))
        recent.steps += int(length.sum())
        recent.returns.extend(fitness.tolist())
        figures = agent.tell(offset, fitness)
        run.log(step, env_steps=recent.steps, episode_length=float(length.mean()), **figures)
        if recipe.target is not None and figures["fitness"] >= recipe.target:
            if recent.solved_at < 0:
                recent.solved_at, recent.seconds = recent.steps, run.elapsed
            if recipe.stop_at_target:
                run.save()
                break

    trained = TrainedPolicy(
        agent.networks, None, name, first.observation_space, first.action_space,
        agent.networks.hidden, agent.networks.critic_hidden, run.folder.id,
    )  # fmt: skip
    run.save_model(trained.save)
    copies = min(recipe.evaluation_episodes, 20)
    test = recipe.environment.build(copies, run.rng("evaluation best"))
    returns = evaluate(test, trained.act, -(-recipe.evaluation_episodes // copies))
    solved = {"solved_at_env_steps": recent.solved_at, "solved_seconds": recent.seconds}
    run.summarise(return_best=mean_interval(returns), **(solved if recent.solved_at >= 0 else {}))
