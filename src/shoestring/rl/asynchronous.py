"""Asynchronous advantage actor-critic: processes that learn on one shared vector of weights, none waiting for another.

Source: Mnih et al. 2016, algorithm S3 and section 4 (RMSProp with shared statistics, no locks).
"""

import multiprocessing
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Self

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from shoestring.core.errors import BadDataError
from shoestring.core.seeding import stream_seed
from shoestring.rl.agents import A2C
from shoestring.rl.agents.a2c import A2CAgent
from shoestring.rl.batch import Environment
from shoestring.rl.envs import BatchedEnvironment
from shoestring.rl.rms_prop import rms_step
from shoestring.rl.rollout import collect

PATIENCE = 10.0
"""Seconds that a worker is given to end before it is ended."""


class Board:
    """What all workers see: weights, mean squares of gradients, and the steps that were taken."""

    def __init__(self, size: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._weights, self._squares = context.RawArray("f", size), context.RawArray("f", size)
        self._steps = context.Value("q", 0)

    @property
    def weights(self) -> np.ndarray:
        """float32 [P], shared."""
        return np.frombuffer(self._weights, dtype=np.float32)

    @property
    def squares(self) -> np.ndarray:
        """float32 [P], shared."""
        return np.frombuffer(self._squares, dtype=np.float32)

    @property
    def steps(self) -> int:
        """Steps of environments whose gradients were applied."""
        return int(self._steps.value)

    @steps.setter
    def steps(self, value: int) -> None:
        self._steps.value = value

    def count(self, steps: int) -> None:
        """Add to the steps, without losing those of another worker."""
        with self._steps.get_lock():
            self._steps.value += steps


@dataclass(frozen=True)
class Task:
    """What a worker is started with."""

    method: A2C
    environment: BatchedEnvironment
    environments: int
    total: int
    """Steps of the whole run, for the schedule of the learning rate."""
    seed: int
    index: int

    def stream(self, name: str) -> np.random.Generator:
        """A random stream of this worker; those of the first one have the names of a run without workers."""
        name = f"{name} {self.index}" if self.index else name
        return np.random.Generator(np.random.PCG64(stream_seed(self.seed, name)))


class Worker:
    """Acts with a copy of the weights, and moves the shared ones by the gradient at that copy."""

    def __init__(self, task: Task, board: Board) -> None:
        self._task, self._board = task, board
        self._rng = {name: task.stream(name) for name in ("environment", "actions")}
        self.environment: Environment = task.environment.build(task.environments, self._rng["environment"])
        spaces = self.environment.observation_space, self.environment.action_space
        self._agent: A2CAgent = task.method.build(*spaces, torch.Generator())

    def update(self, horizon: int) -> tuple[list[float], dict[str, float]]:
        """One rollout and one gradient; returns of the episodes that ended, and figures."""
        agent, board = self._agent, self._board
        progress = min(1.0, board.steps / self._task.total)
        agent.flat[:] = board.weights
        rollout = collect(self.environment, agent.policy, horizon, self._rng["actions"])
        figures = agent.fill_gradient(rollout)
        rms_step(board.weights, board.squares, agent.gradient, agent.rate(progress))
        board.count(rollout.steps)
        return rollout.returns.tolist(), figures

    def state_dict(self) -> dict[str, Any]:
        """Environment and random streams; the weights are on the board."""
        streams = {name: rng.bit_generator.state for name, rng in self._rng.items()}
        return {"environment": self.environment.state_dict(), "streams": streams}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.environment.load_state_dict(state["environment"])
        for name, rng in self._rng.items():
            rng.bit_generator.state = state["streams"][name]


def serve(pipe: Connection, task: Task, board: Board) -> None:
    """The life of a worker process: it answers until the pipe closes, so that it ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    worker: Worker | None = None
    with threadpool_limits(1):
        while True:
            try:
                order, content = pipe.recv()
            except EOFError:
                return
            try:
                worker = worker or Worker(task, board)
                pipe.send(("done", obey(worker, order, content)))
            except Exception as error:
                # It goes on: the state that its owner will want to save is whole.
                pipe.send(("failed", f"worker {task.index}: {type(error).__name__}: {error}"))


def obey(worker: Worker, order: str, content: Any) -> Any:
    """The answer to one order: ``update`` with (updates, horizon), ``state``, or ``load`` with a state."""
    if order == "update":
        updates, horizon = content
        return [worker.update(horizon) for _ in range(updates)]
    return worker.state_dict() if order == "state" else worker.load_state_dict(content)


class Crew:
    """The workers of a run, seen from the process that owns it. Use as a context manager, so that they end."""

    def __init__(self, tasks: Sequence[Task], weights: np.ndarray) -> None:
        context = multiprocessing.get_context("spawn")
        self.board = Board(len(weights))
        self.board.weights[:] = weights
        self._pipes, self._processes = [], []
        for task in tasks:
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, task, self.board), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()

    def update(self, updates: int, horizon: int) -> tuple[list[float], dict[str, float]]:
        """Let every worker make ``updates`` without waiting for the others; all returns, and the last figures.

        Raises:
            BadDataError: a worker failed, or died.
        """
        answers = self._ask([("update", (updates, horizon))] * len(self._pipes))
        returns = [value for answer in answers for ended, _ in answer for value in ended]
        return returns, answers[0][-1][1]

    def state_dict(self) -> dict[str, Any]:
        """The board and the state of every worker, which do nothing meanwhile."""
        workers = self._ask([("state", None)] * len(self._pipes))
        shared = {"weights": self.board.weights.copy(), "squares": self.board.squares.copy()}
        return {**shared, "steps": self.board.steps, "workers": workers}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if len(state["workers"]) != len(self._pipes):
            raise BadDataError(f"a checkpoint of {len(state['workers'])} workers does not fit {len(self._pipes)}")
        self.board.weights[:], self.board.squares[:] = state["weights"], state["squares"]
        self.board.steps = int(state["steps"])
        self._ask([("load", worker) for worker in state["workers"]])

    def _ask(self, orders: Sequence[tuple[str, Any]]) -> list[Any]:
        answers: list[tuple[str, Any]] = []
        index = 0
        try:
            for index, order in enumerate(orders):
                self._pipes[index].send(order)
            for index in range(len(self._pipes)):
                answers.append(self._pipes[index].recv())
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise BadDataError(f"worker {index} died; its last message, if any, is above") from error
        for kind, content in answers:
            if kind == "failed":
                raise BadDataError(content)
        return [content for _, content in answers]
