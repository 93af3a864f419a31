import numpy as np
import pytest

from shoestring.core import checkpoint
from shoestring.core.errors import BadDataError, ConfigError, MissingExtraError, NotFoundError
from shoestring.rl.envs.gymnasium_id import Gymnasium
from shoestring.rl.spaces import Box, Discrete

gymnasium = pytest.importorskip("gymnasium")


class Broken(gymnasium.Env):
    """Does one thing wrong at its third step."""

    observation_space = gymnasium.spaces.Box(-1, 1, (2,))
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, fault="none"):
        self.fault, self.steps = fault, 0

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(2, np.float32), {}

    def step(self, action):
        self.steps += 1
        seen, reward = np.zeros(2, np.float32), 1.0
        if self.steps == 3:
            match self.fault:
                case "raises":
                    raise RuntimeError("the motor is hot")
                case "nan":
                    seen[1] = np.nan
                case "reward":
                    reward = float("inf")
                case "shape":
                    seen = np.zeros(3, np.float32)
                case "text":
                    seen = "here"
        return seen, reward, False, False, {}


@pytest.fixture(scope="module", autouse=True)
def registered():
    gymnasium.register("Broken-v0", Broken, disable_env_checker=True)
    gymnasium.register("Odd-v0", Odd, disable_env_checker=True)
    yield
    for name in ("Broken-v0", "Odd-v0"):
        del gymnasium.registry[name]


class Odd(Broken):
    """Text as observations."""

    observation_space = gymnasium.spaces.Text(4)


@pytest.mark.parametrize("name", ["CartPole-v1", "Pendulum-v1"])
def test_batches_equal_single_environments(name):
    rng = np.random.default_rng(0)
    batch = Gymnasium(id=name).build(3, rng)
    singles = [gymnasium.make(name) for _ in range(3)]
    for index, env in enumerate(singles):
        assert (env.reset(seed=int(batch._seeds[index]))[0] == batch.observation[index]).all()
    for _ in range(250):
        action = rng.integers(2, size=3) if name == "CartPole-v1" else rng.uniform(-2, 2, (3, 1)).astype(np.float32)
        step = batch.step(action)
        for index, env in enumerate(singles):
            seen, reward, terminated, truncated, _ = env.step(action[index])
            assert (seen == step.reached[index]).all() and float(reward) == step.reward[index]
            assert terminated == step.terminated[index] and truncated == step.truncated[index]
            if terminated or truncated:
                seen, _ = env.reset(seed=int(batch._seeds[index]))
            assert (seen == batch.observation[index]).all()


@pytest.mark.parametrize("name", ["CartPole-v1", "Pendulum-v1", "InvertedPendulum-v5"])
def test_it_goes_on_from_its_state_bit_for_bit(name):
    if name == "InvertedPendulum-v5":
        pytest.importorskip("mujoco")
    rng, acts = np.random.default_rng(0), np.random.default_rng(1)
    batch = Gymnasium(id=name).build(2, rng)

    def steps(env, count):
        found = []
        for _ in range(count):
            if isinstance(env.action_space, Discrete):
                action = acts.integers(2, size=2)
            else:
                action = acts.uniform(-1, 1, (2, 1)).astype(np.float32)
            step = env.step(action)
            found.append((step.reached.tolist(), step.total.tolist(), step.length.tolist(), env.observation.tolist()))
        return found

    steps(batch, 33)
    state = checkpoint.unflatten(*checkpoint.flatten(batch.state_dict()))
    positions = rng.bit_generator.state, acts.bit_generator.state
    expected = steps(batch, 60)
    again = Gymnasium(id=name).build(2, rng)
    rng.bit_generator.state, acts.bit_generator.state = positions
    again.load_state_dict(state)
    assert steps(again, 60) == expected


def test_spaces_are_translated():
    batch = Gymnasium(id="Pendulum-v1").build(1, np.random.default_rng(0))
    assert batch.action_space == Box((-2.0,), (2.0,)) and batch.observation_space.size == 3
    assert Gymnasium(id="Acrobot-v1").build(1, np.random.default_rng(0)).action_space == Discrete(3)


@pytest.mark.parametrize(
    ("fault", "message"),
    [("raises", "RuntimeError: the motor is hot"), ("nan", "NaN or infinity at .1."), ("reward", "reward is inf"),
     ("shape", "3 numbers observed, its space has 2"), ("text", "no array of numbers")],
)  # fmt: skip
def test_a_failing_environment_is_named_with_the_step(fault, message, monkeypatch):
    monkeypatch.setattr(Broken, "__init__", lambda self: self.__dict__.update(fault=fault, steps=0))
    batch = Gymnasium(id="Broken-v0").build(2, np.random.default_rng(0))
    batch.step(np.zeros(2, int))
    batch.step(np.zeros(2, int))
    with pytest.raises(BadDataError, match=f"Broken-v0: environment 0, step 3 of its episode: .*{message}"):
        batch.step(np.zeros(2, int))


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("CartPole-v9", NotFoundError, "CartPole-v9"),
        ("NoSuchThing-v0", NotFoundError, "NoSuchThing"),
        ("nopackage:Thing-v0", NotFoundError, "no package 'nopackage'"),
        ("Odd-v0", ConfigError, "one array of numbers"),
        ("Blackjack-v1", ConfigError, "one array of numbers"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(name, error, message):
    with pytest.raises(error, match=message):
        Gymnasium(id=name).build(1, np.random.default_rng(0))


def test_a_missing_package_names_the_extra(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(MissingExtraError, match=r"shoestring\[rl\]"):
        Gymnasium().build(1, np.random.default_rng(0))


def test_a_state_of_another_size_is_refused():
    batch = Gymnasium().build(2, np.random.default_rng(0))
    with pytest.raises(ValueError, match="does not fit 3"):
        Gymnasium().build(3, np.random.default_rng(0)).load_state_dict(batch.state_dict())
