import json

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.rl.deep_q import C51, DuelingStreams, ExpectedValues, SingleStream
from shoestring.rl.q_network import QNetwork
from shoestring.rl.spaces import Box, Discrete
from shoestring.rl.value_files import TrainedValues, load

BOX = Box((-1.0, -np.inf), (1.0, np.inf))


PARTS = (DuelingStreams(), C51(atoms=5, low=-1.0, high=3.0))


def saved(folder, streams=PARTS[0], values=PARTS[1]):
    network = QNetwork(
        BOX, Discrete(3), torch.Generator().manual_seed(1), hidden=(6, 4), streams=streams, values=values
    )
    trained = TrainedValues(network, "cart-pole", BOX, Discrete(3), "a-run", {"kind": "cart-pole", "limit": 9}, 0.9)
    trained.save(folder)
    return trained


@pytest.mark.parametrize("parts", [PARTS, (SingleStream(), ExpectedValues())])
def test_what_is_read_acts_and_values_as_what_was_written(parts, tmp_path):
    trained, seen = saved(tmp_path, *parts), np.random.default_rng(0).standard_normal((9, 2))
    again = load(tmp_path)
    assert (again.act(seen) == trained.act(seen)).all() and (again.value(seen) == trained.value(seen)).all()
    assert again.settings == {"kind": "cart-pole", "limit": 9} and (again.title, again.discount) == ("a-run", 0.9)
    assert (again.distribution(seen).argmax(axis=1) == again.act(seen)).all() and again.observation_space == BOX


@pytest.mark.parametrize("seen", [np.zeros((1, 3)), np.zeros(2), np.array([[np.nan, 0.0]])])
def test_observations_that_do_not_fit_are_refused(seen, tmp_path):
    with pytest.raises(BadDataError, match=r"\[B, 2\]"):
        saved(tmp_path).act(seen)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "other"}, {"actions": 0}, {"hidden": [10**9]}, {"atoms": [10**9, 0, 1]}, {"discount": 7},
        {"hidden": [6]}, {"observation": {}}, {"settings": 3},
    ],
)  # fmt: skip
def test_a_folder_that_makes_no_sense_is_refused(change, tmp_path):
    saved(tmp_path)
    head = json.loads((tmp_path / "shoestring.json").read_text())
    (tmp_path / "shoestring.json").write_text(json.dumps(head | change))
    with pytest.raises(BadDataError, match="not action values"):
        load(tmp_path)
