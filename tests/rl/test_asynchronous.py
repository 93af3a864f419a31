import multiprocessing
import threading

import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.rl.agents import A2C
from shoestring.rl.asynchronous import Board, Crew, Task, Worker, serve
from shoestring.rl.batch import Simulation
from shoestring.rl.envs import CartPole, Gymnasium
from shoestring.rl.rollout import collect

METHOD = A2C(hidden=(8,))


def first():
    return METHOD.build(CartPole.observation_space, CartPole.action_space, torch.Generator().manual_seed(0))


CART = CartPole(limit=30)


def task(index=0, environment=CART):
    return Task(METHOD, environment, 4, 2_000, 5, index)


def test_a_worker_alone_takes_the_steps_of_a2c_bit_for_bit():
    agent = first()
    board = Board(len(agent.flat))
    board.weights[:] = agent.flat
    worker, streams = Worker(task(), board), task()
    env, draws = CartPole(limit=30).build(4, streams.stream("environment")), streams.stream("actions")
    for update in range(30):
        ended, figures = worker.update(5)
        rollout = collect(env, agent.policy, 5, draws)
        assert figures == agent.learn(rollout, draws, update * 20 / 2_000) and ended == rollout.returns.tolist()
        assert (board.weights == agent.flat).all()
    assert board.steps == 600


def test_a_gradient_is_that_of_the_weights_the_worker_copied(monkeypatch):
    """While one acts another may move the weights: its own gradient is applied to the moved ones, not to its copy."""
    agent = first()
    board = Board(len(agent.flat))
    board.weights[:] = agent.flat
    worker = Worker(task(), board)

    def meanwhile(*given):
        rollout = collect(*given)
        board.weights[:] += 1.0
        return rollout

    monkeypatch.setattr("shoestring.rl.asynchronous.collect", meanwhile)
    worker.update(5)
    assert (worker._agent.flat == agent.flat).all()
    env, draws = CartPole(limit=30).build(4, task().stream("environment")), task().stream("actions")
    agent.learn(collect(env, agent.policy, 5, draws), draws, 0.0)
    assert board.weights == pytest.approx(agent.flat + 1.0, abs=1e-6)


def test_processes_learn_on_one_vector_and_tell_of_failures():
    agent = first()
    with Crew([task(0), task(1)], agent.flat) as crew:
        assert (crew.board.weights == agent.flat).all()
        crew.update(20, 5)
        assert crew.board.steps == 2 * 20 * 20 and (crew.board.weights != agent.flat).any()
        state = crew.state_dict()
        assert [len(worker["environment"]["length"]) for worker in state["workers"]] == [4, 4]
        crew.update(1, 5)
        crew.load_state_dict(state)
        again = crew.state_dict()
        assert (again["weights"] == state["weights"]).all() and again["steps"] == 800
        assert repr(again["workers"]) == repr(state["workers"])
        state["workers"].pop()
        with pytest.raises(BadDataError, match="1 workers does not fit 2"):
            crew.load_state_dict(state)
        crew._processes[1].kill()
        with pytest.raises(BadDataError, match="worker 1 died"):
            crew.update(500, 5)


def test_workers_have_streams_of_their_own():
    draws = [task(index).stream("actions").random() for index in range(3)]
    assert len(set(draws)) == 3 and draws[0] == task().stream("actions").random()


def test_what_fails_in_a_worker_is_told_by_name_and_its_state_can_still_be_had(monkeypatch):
    """In a thread of this process, as a worker would do it."""
    monkeypatch.setattr("signal.signal", lambda *_: None)
    steps, plain = [0], Simulation.step

    def fails(self, action):
        steps[0] += 1
        if steps[0] == 8:
            raise BadDataError("the wheel is off")
        return plain(self, action)

    monkeypatch.setattr(Simulation, "step", fails)
    ours, theirs = multiprocessing.Pipe()
    board = Board(len(first().flat))
    thread = threading.Thread(target=serve, args=(theirs, task(3), board))
    thread.start()
    ours.send(("update", (4, 5)))
    assert ours.recv() == ("failed", "worker 3: BadDataError: the wheel is off") and board.steps == 20
    ours.send(("state", None))
    what, state = ours.recv()
    assert what == "done" and len(state["environment"]["length"]) == 4
    ours.close()
    thread.join(10)
    assert not thread.is_alive()


def test_an_environment_that_is_missing_is_told_by_name(monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *_: None)
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=serve, args=(theirs, task(3, Gymnasium(id="NoSuchWorld-v0")), Board(10)))
    thread.start()
    ours.send(("state", None))
    what, text = ours.recv()
    assert what == "failed" and text.startswith("worker 3: NotFoundError: environment 'NoSuchWorld-v0'")
    ours.close()
    thread.join(10)
