import numpy as np
import pytest

from shoestring.core import config
from shoestring.core.errors import ConfigError
from shoestring.rl.drawings import drawing_of
from shoestring.rl.envs import BatchedEnvironment, FiniteEnvironment, FrozenLake, Gymnasium
from shoestring.rl.finite import FiniteBatch
from shoestring.rl.worlds import environment_of, open_world
from tests.contracts.members import members

EVERY = [member() for member in (*members(FiniteEnvironment), *members(BatchedEnvironment))]


@pytest.mark.parametrize("environment", EVERY, ids=lambda environment: environment.kind)
def test_every_environment_comes_back_from_its_settings_and_can_be_drawn(environment):
    if environment.kind == "gymnasium":
        pytest.importorskip("gymnasium")
    settings = config.as_table(environment)
    assert environment_of(settings) == environment
    world = open_world(settings, 2, np.random.default_rng(0))
    name = getattr(environment, "id", environment.kind)
    drawing = drawing_of(name, settings, world.observation)
    own = world.action_space.n if hasattr(world.action_space, "n") else None
    assert len(drawing.actions) in (0, own), "a name for each action, or none"
    action = np.zeros(2, dtype=int) if own else np.zeros((2, world.action_space.size))
    for shape in (*drawing.backdrop, *drawing.frame(world.observation[0], action[0])):
        assert np.isfinite(shape.plain()[3]).all()
    if isinstance(world, FiniteBatch):
        assert not drawing.tiles or len(drawing.cell) == environment.to_mdp().states


def test_settings_from_anywhere_are_checked():
    with pytest.raises(ConfigError, match="does not say"):
        environment_of({}, "a model")
    with pytest.raises(ConfigError, match="unknown kind 'nothing'"):
        environment_of({"kind": "nothing"})
    with pytest.raises(ConfigError, match="unknown key 'maps'"):
        environment_of({"kind": "frozen-lake", "maps": "4x4"})
    for wrong in ({"kind": "random-walk", "length": 10**9 + 1}, {"kind": "deep-sea", "size": 501}):
        with pytest.raises(ConfigError, match="too large to be tabulated"):
            environment_of(wrong)
    assert environment_of({"kind": "frozen-lake", "slippery": False}) == FrozenLake(slippery=False)


def test_a_stored_model_decides_on_no_import():
    table = config.as_table(Gymnasium(id="antigravity:Thing-v0"))
    with pytest.raises(ConfigError, match="names a module to import"):
        open_world(table, 1, np.random.default_rng(0))


def test_what_fits_no_drawing_is_drawn_as_numbers():
    seen = np.ones((3, 7))
    for name, settings in (("cart-pole", {}), ("frozen-lake", {"kind": "frozen-lake"}), ("Ant-v5", {})):
        assert (
            not drawing_of(name, settings, seen).tiles and len(drawing_of(name, settings, seen).frame(seen[0], 0)) == 7
        )
    assert len(drawing_of("frozen-lake", {"kind": 3}, seen[:, :1]).frame(seen[0], 0)) == 1
