import numpy as np
import pytest
import torch

from shoestring.core import checkpoint
from shoestring.core.errors import BadDataError, ConfigError
from shoestring.core.steps import Start, is_due


def test_a_start_goes_on_where_the_newest_checkpoint_was(tmp_path):
    first, model = Start(tmp_path, 3), torch.nn.Linear(2, 1)
    first.track(model=model)
    drawn = first.streams.numpy("order").random(4)
    ahead = first.streams.state_dict()
    checkpoint.save(tmp_path, 7, first.tracked, {"streams": ahead, "elapsed": 2.5})
    next_draw = first.streams.numpy("order").random(4)

    again, other = Start(tmp_path, 3), torch.nn.Linear(2, 1)
    assert (first.step, first.elapsed, again.step, again.elapsed) == (0, 0.0, 7, 2.5)
    again.track(model=other)
    assert torch.equal(other.weight, model.weight)
    # Set-up draws what it drew the first time; then the streams go on where they were, and only once.
    np.testing.assert_array_equal(again.streams.numpy("order").random(4), drawn)
    again.move_streams()
    np.testing.assert_array_equal(again.streams.numpy("order").random(4), next_draw)
    after = again.streams.numpy("order").random(4)
    again.move_streams()
    assert not np.array_equal(again.streams.numpy("order").random(4), next_draw) and not np.array_equal(after, drawn)


def test_a_damaged_checkpoint_is_told_and_the_one_before_taken(tmp_path):
    state = {"streams": Start(tmp_path, 0).streams.state_dict(), "elapsed": 0.0}
    for step in (1, 2):
        checkpoint.save(tmp_path, step, {}, state)
    (tmp_path / "step_000002" / "rng.json").write_text("{}")
    start = Start(tmp_path, 0)
    assert start.step == 1 and "step_000002" in start.warnings[0]
    (tmp_path / "step_000001" / "rng.json").write_text("{}")
    with pytest.raises(BadDataError, match="no intact checkpoint"):
        Start(tmp_path, 0)


def test_what_is_due_is_due_every_so_often_and_at_the_end():
    assert [step for step in range(1, 12) if is_due("eval", 4, step, last=step == 11)] == [4, 8, 11]
    with pytest.raises(ConfigError, match="eval_every=0"):
        is_due("eval", 0, 1, last=True)
