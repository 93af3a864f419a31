import math
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoestring.core.errors import BadDataError
from shoestring.service.curves import Curves, FileCache, thin
from tests.service.runs import append, make_run

VALUES = st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=1, max_size=400)


@given(VALUES, st.integers(4, 50))
def test_thinning_keeps_ends_peaks_and_order(values, most):
    array = np.array(values)
    rows = thin(array, most)
    assert len(rows) <= max(most, 0) and rows[0] == 0 and rows[-1] == len(values) - 1
    assert (np.diff(rows) > 0).all()
    finite = array[~np.isnan(array)]
    if len(finite):
        kept = array[rows]
        assert np.nanmax(kept) == finite.max() and np.nanmin(kept) == finite.min()


def test_short_curves_are_not_thinned_at_all():
    assert thin(np.arange(10.0), 10).tolist() == list(range(10))


def test_a_peak_of_one_point_survives(tmp_path):
    run = make_run(tmp_path, "a", steps=10_000)
    curve = Curves().read(run, keys=["loss"], x="step", max_points=100)["loss"]
    assert len(curve["x"]) <= 100 and curve["points"] == 10_000
    assert max(curve["y"]) == 1000.0 and curve["x"][curve["y"].index(1000.0)] == 5000


def test_curves_equal_the_folder_when_nothing_is_thinned(tmp_path):
    run = make_run(tmp_path, "a", steps=300)
    curve = Curves().read(run, keys=None, x="step", max_points=1000)["loss"]
    assert list(zip(curve["x"], curve["y"], strict=True)) == run.metrics()["loss"]


def test_a_budget_as_axis_grows_evenly_between_what_was_written(tmp_path):
    run = make_run(tmp_path, "a", steps=40)
    curve = Curves().read(run, keys=["loss"], x="labels", max_points=1000)["loss"]
    # Ten labels every ten steps: one a step.
    assert curve["x"] == [float(step) for step in range(1, 41)]
    assert Curves().read(run, keys=["loss"], x="seconds", max_points=100)["loss"]["x"][9] == 1.0


def test_an_axis_that_was_never_recorded_is_refused(tmp_path):
    run = make_run(tmp_path, "a", steps=40)
    with pytest.raises(BadDataError, match="never recorded env_steps"):
        Curves().read(run, keys=None, x="env_steps", max_points=100)
    with pytest.raises(BadDataError, match="not an axis"):
        Curves().read(run, keys=None, x="../x", max_points=100)


def test_missing_values_are_null(tmp_path):
    run = make_run(tmp_path, "a", steps=3)
    append(run, attempt=1, step=4, t=0.4, k="loss", v=None)
    assert Curves().read(run, keys=None, x="step", max_points=100)["loss"]["y"][-1] is None


def test_new_points_are_seen_and_old_ones_are_not_read_again(tmp_path, monkeypatch):
    run = make_run(tmp_path, "a", steps=30)
    curves, reads = Curves(), []
    real = type(run).metrics
    monkeypatch.setattr(type(run), "metrics", lambda self, keys=None: reads.append(self.id) or real(self, keys))
    for _ in range(3):
        assert curves.read(run, keys=None, x="step", max_points=100)["loss"]["points"] == 30
    assert reads == ["a"]
    append(run, attempt=1, step=31, t=3.1, k="loss", v=0.5)
    assert curves.read(run, keys=None, x="step", max_points=100)["loss"]["y"][-1] == 0.5
    assert reads == ["a", "a"]


def test_the_cache_forgets_the_oldest_and_notices_every_change(tmp_path):
    cache, made = FileCache(2), []
    file = tmp_path / "f"

    def get(what):
        return cache.get(what, tmp_path, ["f"], lambda: made.append(what) or len(made))

    assert (get("a"), get("a"), get("b"), get("c"), get("a")) == (1, 1, 2, 3, 4)
    file.write_text("x")
    assert get("a") == 5
    os.utime(file, ns=(1, 1))
    assert get("a") == 6 and get("a") == 6
