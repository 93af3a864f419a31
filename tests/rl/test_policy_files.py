import json

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.policies import Normaliser
from shoestring.rl.policy_files import TrainedPolicy, load
from shoestring.rl.spaces import Box, Discrete

SEEN = np.random.default_rng(0).normal(size=(9, 2))


@pytest.fixture(params=[Discrete(3), Box((-0.1,), (0.2,))], ids=["discrete", "box"])
def trained(request):
    box = Box((-1.0, -np.inf), (1.0, np.inf))
    networks = ActorCritic(box, request.param, torch.Generator().manual_seed(0), hidden=(5,), critic_hidden=(4,))
    normaliser = Normaliser(2)
    normaliser.update(SEEN * 3 + 1)
    settings = {"kind": "cart-pole", "limit": 9}
    return TrainedPolicy(networks, normaliser, "toy", box, request.param, (5,), (4,), "a title", settings, 0.9, 0.8)


def test_what_is_loaded_acts_and_values_the_same(trained, tmp_path):
    trained.save(tmp_path)
    again = load(tmp_path)
    assert (again.act(SEEN) == trained.act(SEEN)).all() and (again.value(SEEN) == trained.value(SEEN)).all()
    drawn = [policy.act(SEEN, np.random.default_rng(1)) for policy in (trained, again)]
    assert (drawn[0] == drawn[1]).all()
    assert (again.observation_space, again.action_space) == (trained.observation_space, trained.action_space)
    assert (again.environment, again.title) == ("toy", "a title")
    assert (again.settings, again.discount, again.trace) == (trained.settings, 0.9, 0.8)
    assert again.fingerprint == trained.fingerprint
    assert json.loads((tmp_path / "shoestring.json").read_text())["fingerprint"] == trained.fingerprint
    assert (again.distribution(SEEN) == trained.distribution(SEEN)).all()


def test_a_folder_of_an_earlier_version_is_read(trained, tmp_path):
    trained.save(tmp_path)
    head = json.loads((tmp_path / "shoestring.json").read_text())
    for name in ("settings", "discount", "trace", "fingerprint"):
        del head[name]
    (tmp_path / "shoestring.json").write_text(json.dumps(head))
    again = load(tmp_path)
    assert (again.settings, again.discount) == ({}, 1.0) and (again.act(SEEN) == trained.act(SEEN)).all()


def test_the_distribution_is_what_actions_are_drawn_from(trained):
    chance = trained.distribution(SEEN[:2])
    seen = np.repeat(SEEN[:2], 20_000, axis=0)
    if isinstance(trained.action_space, Discrete):
        drawn = trained.act(seen, np.random.default_rng(0)).reshape(2, -1)
        assert np.stack([np.bincount(row, minlength=3) for row in drawn]) / 20_000 == pytest.approx(chance, abs=0.015)
    else:
        drawn, _ = trained.networks.policy.act(trained.normaliser(seen), np.random.default_rng(0))
        drawn = drawn.reshape(2, -1)
        assert chance[:, 0] == pytest.approx(drawn.mean(axis=1), abs=0.03)
        assert chance[:, 1] == pytest.approx(drawn.std(axis=1), abs=0.03)


def test_actions_stay_in_the_box_and_observations_go_through_the_normaliser(trained):
    if isinstance(trained.action_space, Box):
        drawn = trained.act(np.tile(SEEN, (50, 1)), np.random.default_rng(0))
        assert drawn.min() == pytest.approx(-0.1) and drawn.max() == pytest.approx(0.2)
    expected = trained.networks.value(trained.normaliser(SEEN.astype(np.float32)))
    assert (trained.value(SEEN) == expected).all()


@pytest.mark.parametrize("wrong", [np.zeros(2), np.zeros((1, 3)), np.full((1, 2), np.nan)])
def test_observations_that_do_not_fit_are_refused(trained, wrong):
    with pytest.raises(BadDataError, match=r"takes finite numbers \[B, 2\]"):
        trained.act(wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "other"}, {"hidden": [6]}, {"hidden": [10**9]}, {"hidden": "x"}, {"action": {"n": -1}},
        {"observation": {"n": 3}}, {"normalised": False}, {"action": {}}, {"discount": 1.5}, {"settings": 5},
    ],
)  # fmt: skip
def test_damaged_folders_are_refused(trained, tmp_path, change):
    trained.save(tmp_path)
    head = json.loads((tmp_path / "shoestring.json").read_text())
    (tmp_path / "shoestring.json").write_text(json.dumps(head | change))
    with pytest.raises(BadDataError, match="not a policy"):
        load(tmp_path)


def test_damaged_weights_are_refused(trained, tmp_path):
    trained.save(tmp_path)
    (tmp_path / "policy.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0garbage!")
    with pytest.raises(BadDataError, match="not a policy"):
        load(tmp_path)
