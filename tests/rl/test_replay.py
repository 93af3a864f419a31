import numpy as np
import pytest

from shoestring.core import checkpoint
from shoestring.rl.batch import Step
from shoestring.rl.replay import Replay, Transitions, Window

GAMMA = 0.9


def stream(steps=40, size=3, seed=0):
    """Random steps: observations are numbered, so that every row says where it is from."""
    rng = np.random.default_rng(seed)
    found, length = [], np.zeros(size, dtype=int)
    for t in range(steps):
        seen = (100.0 * np.arange(size) + t).astype(np.float32)[:, None]
        terminated = rng.random(size) < 0.15
        truncated = (rng.random(size) < 0.15) & ~terminated
        length = length + 1
        step = Step(seen + 0.5, rng.integers(1, 9, size).astype(float), terminated, truncated, length * 1.0, length)
        length = np.where(step.ended, 0, length)
        found.append((seen, rng.integers(2, size=size), step))
    return found


def by_loop(found, n):
    """Every start of every episode, looked ahead from one step after another."""
    rows = {}
    for start, (seen, action, _) in enumerate(found):
        for b in range(len(action)):
            total, left = 0.0, 1.0
            for later in range(start, min(start + n, len(found))):
                step = found[later][2]
                total += left * step.reward[b]
                left *= GAMMA
                if step.terminated[b]:
                    left = 0.0
                if step.ended[b] or later == start + n - 1:
                    rows[float(seen[b, 0])] = (int(action[b]), total, left, float(step.reached[b, 0]))
                    break
    return rows


def by_window(found, n):
    window, rows = Window(n, GAMMA), {}
    for step in found:
        for row in zip(*vars(window.push(*step)).values(), strict=True):
            assert float(row[0][0]) not in rows, "handed over twice"
            rows[float(row[0][0])] = (int(row[1]), float(row[2]), float(row[3]), float(row[4][0]))
    return rows


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_windows_are_those_of_the_loop(n):
    found = stream()
    expected, rows = by_loop(found, n), by_window(found, n)
    assert rows.keys() == expected.keys() and len(rows) > 80
    for start, row in rows.items():
        assert row == pytest.approx(expected[start], rel=1e-6)


def test_a_truncated_episode_goes_on_for_the_target_and_a_terminated_one_does_not():
    one, no = np.ones(1), np.zeros(1, dtype=bool)
    for terminated, expected in ((False, GAMMA**2), (True, 0.0)):
        window = Window(3, GAMMA)
        seen, action = np.zeros((1, 1), np.float32), np.zeros(1, int)
        window.push(seen, action, Step(seen, one, no, no, one, one))
        end = Step(seen + 7, one, no | terminated, no | (not terminated), one, one)
        rows = window.push(seen + 1, action, end)
        assert rows.discount.tolist() == pytest.approx([expected, expected / GAMMA])
        assert rows.reward.tolist() == pytest.approx([1 + GAMMA, 1.0]) and rows.reached.tolist() == [[7.0], [7.0]]


def test_a_window_goes_on_from_its_state():
    found, n = stream(), 3
    whole, first, second = Window(n, GAMMA), Window(n, GAMMA), Window(n, GAMMA)
    for step in found[:11]:
        whole.push(*step), first.push(*step)
    second.load_state_dict(checkpoint.unflatten(*checkpoint.flatten(first.state_dict())))
    for step in found[11:]:
        one, two = whole.push(*step), second.push(*step)
        assert all((vars(one)[name] == vars(two)[name]).all() for name in vars(one))


def rows(*numbers):
    x = np.array(numbers, dtype=np.float32)
    return Transitions(x[:, None], x.astype(np.int64), x, x, x[:, None])


def test_the_oldest_rows_are_overwritten():
    replay = Replay(4, 1)
    assert replay.add(rows(1, 2, 3)).tolist() == [0, 1, 2] and replay.filled == 3
    assert replay.add(rows(4, 5)).tolist() == [3, 0] and replay.filled == 4
    assert replay[np.arange(4)].reward.tolist() == [5, 2, 3, 4]
    again = Replay(4, 1)
    again.load_state_dict(replay.state_dict())
    assert again.add(rows(6)).tolist() == [1] and again[np.arange(4)].action.tolist() == [5, 6, 3, 4]
    with pytest.raises(ValueError, match="5 transitions"):
        replay.add(rows(1, 2, 3, 4, 5))


def test_no_steps_ahead_are_refused():
    with pytest.raises(ValueError, match="n=0"):
        Window(0, 0.9)
