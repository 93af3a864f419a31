import json

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.rl.table_files import TrainedTable, load

Q = np.array([[1.0, 2.0, 0.0], [3.0, 3.0, 0.0]])


@pytest.fixture
def trained():
    return TrainedTable(Q, "toy", {"kind": "random-walk", "length": 3}, epsilon=0.3, discount=0.9, title="a title")


def test_it_acts_values_and_explores_as_it_says(trained):
    states = np.array([[0.0], [1.0]])
    assert trained.act(states).tolist() == [1, 0] and trained.value(states).tolist() == [2.0, 3.0]
    chance = trained.distribution(states)
    assert chance == pytest.approx(np.array([[0.1, 0.8, 0.1], [0.45, 0.45, 0.1]]))
    drawn = trained.act(np.repeat(states, 20_000, axis=0), np.random.default_rng(0)).reshape(2, -1)
    seen = np.stack([np.bincount(row, minlength=3) for row in drawn]) / 20_000
    assert seen == pytest.approx(chance, abs=0.015)


@pytest.mark.parametrize("wrong", [np.zeros(2), np.zeros((1, 2)), [[2.0]], [[0.5]], [[np.nan]], [[-1.0]]])
def test_states_that_are_none_are_refused(trained, wrong):
    with pytest.raises(BadDataError, match="states 0 to 1"):
        trained.act(wrong)


def test_what_is_loaded_is_the_same(trained, tmp_path):
    trained.save(tmp_path)
    again = load(tmp_path)
    assert (again.q == Q).all() and again.fingerprint == trained.fingerprint
    assert (again.environment, again.settings, again.epsilon) == ("toy", trained.settings, 0.3)
    assert (again.discount, again.trace, again.title) == (0.9, 1.0, "a title")
    assert TrainedTable(Q + 1, "toy", {}).fingerprint != trained.fingerprint


@pytest.mark.parametrize(
    "change", [{"schema": "x"}, {"epsilon": 2}, {"epsilon": "x"}, {"settings": 3}, {"title": None}]
)
def test_damaged_folders_are_refused(trained, tmp_path, change):
    trained.save(tmp_path)
    head = json.loads((tmp_path / "shoestring.json").read_text()) | change
    if change == {"title": None}:
        del head["title"]
    (tmp_path / "shoestring.json").write_text(json.dumps(head))
    with pytest.raises(BadDataError, match="not a policy"):
        load(tmp_path)


@pytest.mark.parametrize("q", [np.zeros(3), np.zeros((2, 2), dtype=np.float32), np.full((1, 1), np.inf)])
def test_tables_that_are_none_are_refused(trained, tmp_path, q):
    from safetensors.numpy import save_file

    trained.save(tmp_path)
    save_file({"q": q}, tmp_path / "table.safetensors")
    with pytest.raises(BadDataError, match="not a policy"):
        load(tmp_path)
