import json

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError
from shoestring.rl.board_net import BoardNet, TrainedBoards, load, planes_of, self_play_loss
from shoestring.rl.boards import Connect, TicTacToe
from shoestring.rl.exhaustive import empty


@pytest.fixture(params=[TicTacToe(), Connect()], ids=lambda rules: rules.kind)
def trained(request):
    network = BoardNet(request.param, (7,), torch.Generator().manual_seed(0))
    return TrainedBoards(network, request.param, simulations=5, exploration=1.5, title="a title")


def test_numpy_and_torch_agree_and_planes_keep_players_apart(trained):
    rng = np.random.default_rng(0)
    boards = rng.integers(-1, 2, size=(6, trained.rules.rows * trained.rules.columns)).astype(np.int8)
    chance, value = trained.network.evaluate(boards)
    logits, wanted = trained.network(torch.from_numpy(planes_of(boards)))
    assert chance == pytest.approx(logits.softmax(dim=1).detach().numpy(), abs=1e-6)
    assert value == pytest.approx(wanted.detach().numpy(), abs=1e-6) and np.abs(value).max() < 1
    assert (trained.network.evaluate(-boards)[0] != chance).any()


def test_the_loss_by_hand():
    logits, value = torch.zeros(2, 4), torch.tensor([0.5, -1.0])
    of_value, of_policy = self_play_loss(logits, value, torch.eye(4)[:2], torch.tensor([1.0, -1.0]))
    assert of_value.item() == pytest.approx(0.125) and of_policy.item() == pytest.approx(np.log(4))


def test_what_is_loaded_chooses_the_same(trained, tmp_path):
    trained.save(tmp_path)
    again = load(tmp_path)
    assert again.rules == trained.rules and again.fingerprint == trained.fingerprint and again.title == "a title"
    boards = empty(trained.rules, 2)
    assert (again.choose(boards) == trained.choose(boards)).all()


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "x"},
        {"board": {"kind": "go"}},
        {"hidden": [10**9]},
        {"hidden": [8]},
        {"simulations": 0},
        {"board": 3},
    ],
)
def test_damaged_folders_are_refused(trained, tmp_path, change):
    trained.save(tmp_path)
    head = json.loads((tmp_path / "shoestring.json").read_text())
    (tmp_path / "shoestring.json").write_text(json.dumps(head | change))
    with pytest.raises(BadDataError):
        load(tmp_path)
