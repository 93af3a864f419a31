import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.strokes import MAX_POINTS, Signature, SignatureSet, repair

N = 200


def path(n: int = N) -> dict[str, np.ndarray]:
    k = np.arange(n)
    return {
        "x": 10.0 * k,
        "y": np.sin(k / 5) * 100,
        "t": k / 100,
        "pen_down": np.ones(n),
        "pressure": 0.5 + 0.3 * np.sin(k),
    }


def spoil(name: str, place: int | slice, value: float) -> dict[str, np.ndarray]:
    columns = path()
    columns[name][place] = value
    return columns


def test_a_clean_path_passes_unchanged_and_starts_at_zero():
    columns = path()
    columns["t"] += 1_700_000_000.0
    signature, notes = repair(**columns)
    assert notes == []
    np.testing.assert_allclose(signature.t, np.arange(N) / 100, atol=1e-6)
    np.testing.assert_array_equal(signature.x, path()["x"].astype(np.float32))
    assert signature.pen_down.dtype == bool and signature.t.dtype == np.float32 and len(signature) == N


def test_a_clock_that_steps_back_is_shifted_by_the_usual_interval():
    # The case of SVC2004: ... 1762 1772 1762 1772 ...: 10 ms between points, the clock was set back once by 20 ms.
    t = np.array([0, 10, 20, 30, 40, 30, 40, 50, 60]) / 1000
    signature, notes = repair(np.arange(9), np.zeros(9), t, np.ones(9), where="U8S9")
    np.testing.assert_allclose(signature.t, np.arange(9) / 100, atol=1e-6)
    assert len(notes) == 1 and notes[0].startswith("U8S9: time ran backwards by 0.01 s at point 6")


def test_points_that_share_a_time_stamp_are_spread_over_the_interval_only():
    t = [0, 0.01, 0.02, 0.02, 0.03, 0.03, 5.0]
    signature, notes = repair(np.arange(7), np.zeros(7), t, np.ones(7))
    np.testing.assert_allclose(signature.t, [0, 0.01, 0.02, 0.025, 0.03, 0.035, 5.0], atol=1e-6)
    assert len(notes) == 1 and "2 points shared" in notes[0] and "point 4" in notes[0]


def test_exact_repeats_go_but_a_resting_pen_stays():
    x, y, t = [0, 1, 1, 1, 2], [0, 0, 0, 0, 0], [0, 0.01, 0.01, 0.02, 0.03]
    signature, notes = repair(x, y, t, np.ones(5))
    assert signature.x.tolist() == [0, 1, 1, 2] and len(notes) == 1 and "1 exact repeats" in notes[0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["x", "y", "t", "pressure"])
def test_a_few_non_finite_points_are_left_out_and_many_are_refused(name, bad):
    signature, notes = repair(**spoil(name, 7, bad))
    assert len(signature) == N - 1 and len(notes) == 1 and f"{name} of point 8" in notes[0]
    with pytest.raises(BadDataError, match=f"11 of 200 points are not finite .{name} of point 4"):
        repair(**spoil(name, slice(3, 14), bad))


def test_strokes_without_a_pen_up_path_are_told_apart_by_one_point_half_way():
    x, y, t = [0, 1, 5, 6], [0, 0, 2, 2], [0, 0.1, 0.3, 0.4]
    signature, notes = repair(x, y, t, np.ones(4), pressure=[0.2, 0.4, 0.6, 0.8], stroke=[0, 0, 1, 1])
    assert notes == []
    assert signature.pen_down.tolist() == [True, True, False, True, True]
    np.testing.assert_allclose([signature.x[2], signature.y[2], signature.t[2], signature.pressure[2]], [3, 1, 0.2, 0])
    # Where the source recorded the lifted pen, nothing is added.
    for number in (0, 1):
        recorded = repair([*x, 7], [*y, 2], [*t, 0.5], [1, 1, 0, 1, 1], stroke=[0, 0, number, 1, 1])[0]
        assert len(recorded) == 5


def test_a_pressure_that_never_varies_is_not_a_measurement():
    columns = path() | {"pressure": np.where(np.arange(N) == 5, 0.0, 0.5), "pen_down": np.arange(N) != 5}
    signature, notes = repair(**columns)
    assert signature.pressure is None and "pressure left out, it is 0.5" in notes[0]


def test_azimuth_is_wrapped_into_one_turn():
    signature, _ = repair(**path(), azimuth=np.full(N, -np.pi / 2), altitude=np.full(N, np.pi / 2))
    np.testing.assert_allclose(signature.azimuth, 1.5 * np.pi, rtol=1e-6)
    almost = repair(**path(), azimuth=np.full(N, -1e-12))[0].azimuth
    assert (almost >= 0).all() and (almost < np.float32(2 * np.pi)).all()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (path(0), "no two advancing"),
        (path(1), "no two advancing"),
        (path(MAX_POINTS + 1), f"{MAX_POINTS + 1} points, more than the limit"),
        (path() | {"y": np.zeros(3)}, "differ in length"),
        (path() | {name: np.ones((N, 2)) for name in path()}, "differ in length"),
        (path() | {"t": np.zeros(N)}, "no two advancing"),
        (path() | {"t": -np.arange(N)}, "no two advancing"),
        (path() | {"t": np.arange(N) % 10 / 100}, "runs backwards 19 times"),
        (path() | {"t": np.arange(N) * 10.0}, "lasts 1990 s"),
        (path() | {"pen_down": np.zeros(N)}, "no ink"),
        (path() | {"pen_down": np.arange(N) == 7}, "no ink"),
        (path() | {"x": np.zeros(N), "y": np.zeros(N)}, "no ink"),
        (path() | {"x": 1e9 + np.arange(N)}, "x of point 1 is 1e[+]09, outside"),
        (spoil("y", 3, 2e7), "y of point 4 is 2e[+]07, outside"),
        (spoil("pressure", 9, 1.5), "pressure of point 10 is 1.5"),
        (path() | {"altitude": np.full(N, 2.0)}, "altitude of point 1 is 2, outside"),
    ],
)
def test_what_is_not_a_signature_is_refused_with_its_place(columns, message):
    with pytest.raises(BadDataError, match=f"here: .*{message}"):
        repair(**columns, where="here")


def test_repairing_twice_changes_nothing():
    rng = np.random.default_rng(0)
    t = np.sort(rng.integers(0, 300, N)) / 100
    t[50:] -= 0.03
    columns = path() | {"t": t, "azimuth": rng.uniform(-9, 9, N), "altitude": np.full(N, np.pi / 2)}
    first, notes = repair(**columns, stroke=np.arange(N) // 40)
    names = ("x", "y", "t", "pen_down", "pressure", "azimuth", "altitude")
    assert notes and (np.diff(first.t) > 0).all()
    second, none = repair(**{name: getattr(first, name) for name in names})
    assert none == []
    for name in names:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


def test_a_signature_refuses_columns_that_do_not_fit_together():
    ok = np.arange(3, dtype=np.float32)
    with pytest.raises(BadDataError, match="equally long"):
        Signature(ok, ok, ok, np.ones(2, bool))
    with pytest.raises(BadDataError, match="never decrease"):
        Signature(ok, ok, ok[::-1], np.ones(3, bool))
    with pytest.raises(BadDataError, match="finite"):
        Signature(ok, ok * np.float32(np.nan), ok, np.ones(3, bool))


def test_a_subset_keeps_signatures_and_labels_together():
    signatures = tuple(repair(**path(n))[0] for n in (10, 11, 12))
    whole = SignatureSet(
        signatures, np.array(["a", "b", "a"]), np.array([True, False, True]), np.array([1, 2, 3]), "here"
    )
    for part in (whole.subset(np.array([2, 1])), whole.subset(np.array([False, True, True]))):
        assert len(part) == 2 and part.source == "here"
        assert {len(s): (str(w), int(k)) for s, w, k in zip(part, part.identity, part.sample, strict=True)} == {
            12: ("a", 3),
            11: ("b", 2),
        }
