import numpy as np
import pytest

from shoestring.rl.deep_q import Prioritised
from shoestring.rl.deep_q.prioritised import LEAST

RNG = np.random.default_rng(0)
WRONG = np.array([0.0, 1.0, 2.0, 4.0, 8.0])


def sampler(**settings):
    found = Prioritised(**settings).build(5)
    found.added(np.arange(5))
    found.learned(np.arange(5), WRONG)
    return found


def test_rows_are_drawn_with_the_probabilities_of_the_formula():
    p = (WRONG + LEAST) ** 0.5
    index, _ = sampler(alpha=0.5).draw(100_000, 5, RNG, 0.0)
    # One draw from each slice: the shares are exact to one slice at either border.
    assert np.bincount(index, minlength=5) / 100_000 == pytest.approx(p / p.sum(), abs=3e-5)


def test_weights_undo_the_preference_at_the_end_of_the_run():
    """With beta = 1, the weighted mean of anything is its mean over the memory."""
    index, weight = sampler(alpha=0.5, beta=0.4).draw(200_000, 5, RNG, 1.0)
    worth = np.array([3.0, -1.0, 2.0, 5.0, 7.0])
    seen = WRONG > 0
    drawn = seen[index]
    found = (weight * worth[index])[drawn].sum() / weight[drawn].sum()
    assert found == pytest.approx(worth[seen].mean(), rel=0.01)
    p = (WRONG + LEAST) ** 0.5
    index, weight = sampler(alpha=0.5, beta=0.4).draw(64, 5, RNG, 0.0)
    expected = (5 * p[index] / p.sum()) ** -0.4
    assert weight == pytest.approx(expected / expected.max(), rel=1e-5)


def test_a_new_row_has_the_largest_priority():
    found = sampler(alpha=1.0)
    found.added(np.array([0]))
    index, _ = found.draw(23_000, 5, RNG, 0.0)
    assert (index == 0).mean() == pytest.approx(8 / 23, abs=0.001)


def test_it_goes_on_from_its_state():
    first, second = sampler(), Prioritised().build(5)
    second.load_state_dict(first.state_dict())
    one, two = (each.draw(50, 5, np.random.default_rng(1), 0.5) for each in (first, second))
    assert all((a == b).all() for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("settings", [{"alpha": 2.0}, {"beta": -1.0}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Prioritised(**settings)
