import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.pen_features_modern import InkPath
from shoestring.similarity.ink_store import pack, unpack


def path(n=150, pressure=False, tilt=False, seed=0):
    draw = np.random.default_rng(seed)
    x, y = draw.normal(size=(2, n)).cumsum(axis=1) * 100 + 4000
    tilted = (draw.uniform(-0.5, 0.5, n), draw.uniform(-0.5, 0.5, n)) if tilt else (None, None)
    return InkPath(x, y, np.sort(draw.uniform(0, 9, n)), draw.uniform(size=n) if pressure else None, *tilted)


@pytest.mark.parametrize("pressure", [False, True])
@pytest.mark.parametrize("tilt", [False, True])
def test_what_is_read_is_what_was_stored_to_sixteen_bits(pressure, tilt):
    stored = [path(150, pressure, tilt, seed=1), path(9, pressure, tilt, seed=2)]
    data = pack(stored)
    assert len(data) == 2 * 23 + (150 + 9) * 2 * (3 + pressure + 2 * tilt)
    for before, after in zip(stored, unpack(data), strict=True):
        extent = max(np.ptp(before.x), np.ptp(before.y))
        assert after.x == pytest.approx(before.x, abs=extent / 60_000)
        assert after.y == pytest.approx(before.y, abs=extent / 60_000)
        assert after.seconds == pytest.approx(before.seconds, abs=2e-4)
        for name in ("pressure", "tilt_x", "tilt_y"):
            one, two = vars(before)[name], vars(after)[name]
            assert (one is None and two is None) or two == pytest.approx(one, abs=5e-5), name


def test_mixed_equipment_keeps_its_order():
    first, second = unpack(pack([path(20, tilt=True), path(30, pressure=True)]))
    assert first.tilt_y is not None and first.pressure is None
    assert second.tilt_y is None and second.pressure is not None and len(second) == 30


@pytest.mark.parametrize("spoil", [lambda d: d[:-1], lambda d: d[:10], lambda d: b"\xff" * 40, lambda d: d + b"\0"])
def test_damage_is_refused(spoil):
    with pytest.raises(BadDataError, match="enrol"):
        unpack(spoil(pack([path(20)])))
