import numpy as np
import pytest

from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.similarity import deviations as dev
from shoestring.similarity import fusion_data


@pytest.fixture(scope="module")
def samples():
    return synthetic_set(3, genuine=11, forgeries=2, seed=1)


def test_consecutive_groups_enrol_and_everything_else_is_compared(samples):
    draws = list(fusion_data.draws(samples))
    assert len(draws) == 3 * 2
    first = draws[0]
    assert samples.sample[first.references].tolist() == [1, 2, 3, 4, 5]
    assert np.unique(samples.identity[first.references]).size == 1
    assert {k: int((first.kind == k).sum()) for k in ("genuine", "skilled", "random")} == {
        "genuine": 6, "skilled": 2, "random": 2,
    }  # fmt: skip
    for draw in draws:
        owner = samples.identity[draw.references[0]]
        assert not set(draw.references) & set(draw.probes)
        assert ((samples.identity[draw.probes] == owner) == (draw.kind != "random")).all()
        assert (samples.genuine[draw.probes] == (draw.kind != "skilled")).all()


def test_few_items_enrol_with_all_but_one_and_single_ones_not_at_all():
    small = synthetic_set(3, genuine=3, forgeries=0, seed=2)
    rows = np.flatnonzero((small.identity != small.identity[-1]) | (small.sample == 1))
    draws = list(fusion_data.draws(small.subset(rows)))
    assert len(draws) == 2 and all(len(draw.references) == 2 for draw in draws)


def test_distances_are_those_of_the_pairs(samples):
    series = fusion_data.series_of(samples, 20.0, 2)
    align, compare = ("vx", "vy"), ("x", "y")
    pairs = fusion_data.PairSums(series, ("y", "pressure", "x"))
    found = fusion_data.distances(pairs, samples, align, compare, "ink")
    draw = next(iter(fusion_data.draws(samples)))
    enrolled = [series[int(r)] for r in draw.references]
    probe = series[int(draw.probes[3])]
    every = [dev.sums(*sorted([e, probe], key=series.index), align, compare) for e in enrolled]
    assert found.distance[0][3] == pytest.approx(dev.log_mean(every, dev.median_length(enrolled)))
    assert found.own[0] == pytest.approx(dev.own_spread(enrolled, align, compare), rel=0.05)
    assert found.references == 5 and len(found.kind) == 6


def test_nothing_is_learned_for_equipment_that_nobody_has(samples):
    series = fusion_data.series_of(samples, 20.0, 2)
    pairs = fusion_data.PairSums(series, ("x",))
    assert fusion_data.distances(pairs, samples, ("vx",), ("x",), "ink+tilt") is None
