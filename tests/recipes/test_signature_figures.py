import numpy as np
import pytest

from shoestring.data.sigma_lognormal import synthetic_set
from shoestring.recipes.signature_figures import error_figures
from shoestring.similarity.matchers import DtwReferences
from shoestring.similarity.metrics import eer, rank
from shoestring.similarity.protocol import compare


@pytest.fixture(scope="module")
def samples():
    return synthetic_set(4, genuine=6, forgeries=3, seed=8)


def test_figures_are_those_of_the_comparisons_with_intervals_around_them(samples):
    matcher = DtwReferences().fit(None, samples)
    found = error_figures(matcher, samples, 3)
    scores = compare(matcher, samples, references=3)
    for kind in ("skilled", "random"):
        against = scores.against(kind)
        figure = found[f"eer_{kind}"]
        assert figure["value"] == pytest.approx(eer(rank(against.score, against.genuine)).value)
        assert figure["low"] <= figure["value"] <= figure["high"]
    assert set(error_figures(matcher, samples.subset(samples.genuine), 3)) == {"eer_random"}
    assert error_figures(matcher, samples.subset(np.empty(0, np.int64)), 3) == {}
