import copy
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shoestring.core.errors import BadDataError
from shoestring.data.stroke_page import from_page_json, page_capture, page_captures, to_page_json
from shoestring.data.strokes import MAX_POINTS, Signature, repair

CAPTURE = {
    "v": 1,
    "pointer": "pen",
    "pressure_valid": True,
    "dpr": 2,
    "columns": ["x", "y", "t", "p", "tx", "ty", "stroke", "down"],
    "rows": [
        [10, 20, 1000.5, 0.25, 0, 45, 0, 1],
        [12, 18, 1010.5, 0.5, 0, 45, 0, 1],
        [30, 10, 1100.5, 0, 45, 0, 0, 0],
        [31, 11, 1110.5, 0.75, 45, 0, 1, 1],
    ],
}


def changed(**keys):
    return copy.deepcopy(CAPTURE) | keys


def with_value(row, column, value):
    capture = copy.deepcopy(CAPTURE)
    capture["rows"][row][CAPTURE["columns"].index(column)] = value
    return capture


def test_a_capture_in_literal_numbers():
    signature, notes = page_capture(CAPTURE).signature()
    assert notes == []
    np.testing.assert_array_equal(signature.x, [10, 12, 30, 31])
    np.testing.assert_array_equal(signature.y, [-20, -18, -10, -11])
    np.testing.assert_allclose(signature.t, [0, 0.01, 0.1, 0.11], rtol=1e-6)
    np.testing.assert_array_equal(signature.pen_down, [True, True, False, True])
    np.testing.assert_array_equal(signature.pressure, [0.25, 0.5, 0, 0.75])
    # tiltY 45 leans towards the user, which is down the page: three quarters of a turn anticlockwise from +x.
    np.testing.assert_allclose(signature.azimuth, [1.5 * math.pi, 1.5 * math.pi, 0, 0], atol=1e-6)
    np.testing.assert_allclose(signature.altitude, math.pi / 4, rtol=1e-6)


def test_pressure_of_a_mouse_and_tilt_of_a_device_without_tilt_are_not_measurements():
    rows = [[*row[:4], 0, 0, *row[6:]] for row in CAPTURE["rows"]]
    mouse = from_page_json(changed(pointer="mouse", pressure_valid=False, rows=rows))
    assert mouse.pressure is None and mouse.azimuth is None and mouse.altitude is None
    unsaid = {key: value for key, value in CAPTURE.items() if key != "pressure_valid"}
    assert from_page_json(unsaid).pressure is None


def test_strokes_are_told_apart_without_a_pen_up_path():
    columns = ["x", "y", "t", "stroke"]
    rows = [[0, 0, 0, 3], [1, 1, 10, 3], [5, 1, 60, 4], [6, 2, 70, 4]]
    signature = from_page_json({"v": 1, "pointer": "touch", "columns": columns, "rows": rows})
    assert signature.pen_down.tolist() == [True, True, False, True, True]
    assert [row[-2:] for row in to_page_json(signature)["rows"]] == [[0, 1], [0, 1], [0, 0], [1, 1], [1, 1]]


@st.composite
def signatures(draw):
    n = draw(st.integers(2, 40))
    numbers = st.floats(-1e5, 1e5, width=32)

    def column(values):
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    x, y = column(numbers), column(numbers)
    x[0] = x[-1] + 1 if x[-1] < 0 else x[-1] - 1
    down = column(st.booleans())
    down[[0, -1]] = True
    t = np.cumsum(column(st.floats(2**-10, 10, width=32)))
    pressure = column(st.floats(0, 1, width=32)) if draw(st.booleans()) else None
    return repair(x, y, t, down, pressure=pressure)[0]


@given(signatures())
@settings(max_examples=60)
def test_a_round_trip_through_json_text_gives_the_same_bits(signature: Signature):
    back = from_page_json(json.loads(json.dumps(to_page_json(signature))))
    for name in ("x", "y", "t", "pen_down", "pressure"):
        np.testing.assert_array_equal(getattr(back, name), getattr(signature, name))


@given(st.floats(0, 6.28), st.floats(0.05, 1.5))
@settings(max_examples=40)
def test_pen_angles_survive_as_tilt(azimuth, altitude):
    k = np.arange(4)
    signature = repair(k, k, k / 100, np.ones(4), azimuth=np.full(4, azimuth), altitude=np.full(4, altitude))[0]
    back = from_page_json(to_page_json(signature))
    turn = np.mod(back.azimuth - signature.azimuth + math.pi, 2 * math.pi) - math.pi
    np.testing.assert_allclose(turn, 0, atol=1e-4)
    np.testing.assert_allclose(back.altitude, signature.altitude, atol=1e-5)


HOSTILE = [
    (None, "expected a JSON object"),
    ([], "expected a JSON object"),
    ("x" * 100, "expected a JSON object"),
    ({}, "v is None"),
    (changed(v=2), "version 1"),
    (changed(v=True), "version 1"),
    (changed(v="1"), "version 1"),
    (changed(extra=1), "unknown key 'extra'"),
    (changed(pointer="eye"), "pointer is 'eye'"),
    (changed(pointer=["pen"]), "pointer is"),
    (changed(pressure_valid=1), "pressure_valid is 1"),
    (changed(dpr=0), "dpr is 0"),
    (changed(dpr="2"), "dpr is 2"),
    (changed(dpr=math.nan), "dpr is nan"),
    (changed(columns="xyts"), "must be lists"),
    (changed(rows={"0": []}), "must be lists"),
    (changed(rows=[[0] * 8] * (MAX_POINTS + 1)), f"at most {MAX_POINTS} rows"),
    (changed(columns=[*CAPTURE["columns"][:-1], "z"]), "columns hold 'z'"),
    (changed(columns=[*CAPTURE["columns"][:-1], "x"]), "columns hold 'x'"),
    (changed(columns=[*CAPTURE["columns"][:-1], ["x"]]), "columns hold"),
    (changed(columns=["x", "y", "t"], rows=[]), "'no stroke'"),
    (changed(rows=[]), "no two advancing"),
    (changed(rows=CAPTURE["rows"][:1]), "no two advancing"),
    (changed(rows=[[1, 2, 3]]), r"rows\[0\] must be a list of 8"),
    (changed(rows=["12345678"]), r"rows\[0\] must be a list of 8"),
    (with_value(1, "x", True), r"x in rows\[1\] is True"),
    (with_value(1, "x", "5"), r"x in rows\[1\] is 5"),
    (with_value(1, "y", None), r"y in rows\[1\] is None"),
    (with_value(2, "x", math.nan), r"x in rows\[2\] is nan"),
    (with_value(2, "t", math.inf), r"t in rows\[2\] is inf"),
    (with_value(2, "x", 10**400), r"x in rows\[2\] is 1000"),
    (with_value(2, "x", 1e7), r"x in rows\[2\] is 10000000"),
    (with_value(0, "p", 1.01), r"p in rows\[0\] is 1.01"),
    (with_value(0, "p", -0.1), r"p in rows\[0\] is -0.1"),
    (with_value(0, "tx", 91), r"tx in rows\[0\] is 91"),
    (with_value(3, "stroke", 0.5), r"stroke in rows\[3\] is 0.5"),
    (with_value(0, "stroke", 1), r"stroke falls at rows\[1\]"),
    (with_value(3, "down", 0.5), r"down in rows\[3\] is 0.5"),
    (with_value(3, "down", False), r"down in rows\[3\] is False"),
    (with_value(3, "t", 1e12), "lasts"),
]


@pytest.mark.parametrize(("capture", "message"), HOSTILE)
def test_a_hostile_body_gets_a_clear_answer(capture, message):
    with pytest.raises(BadDataError, match=f"^strokes: .*{message}") as error:
        from_page_json(capture)
    assert len(str(error.value)) < 400


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["v", "columns", "rows", "pointer", "x"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
@settings(max_examples=60)
def test_any_json_is_refused_as_bad_data(value):
    with pytest.raises(BadDataError):
        from_page_json(value)


def test_records_of_a_file(tmp_path):
    lines = [{"writer": "ana", "genuine": False, "sample": 7, "strokes": CAPTURE}, CAPTURE]
    path = tmp_path / "pilot.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    first, second = page_captures(path)
    assert (first.writer, first.genuine, first.sample) == ("ana", False, 7) and first.where == f"{path}: line 1"
    assert (second.writer, second.genuine, second.sample) == ("pilot", True, 2)
    path = tmp_path / "one.json"
    path.write_text(json.dumps(CAPTURE))
    assert [(c.writer, c.sample) for c in page_captures(path)] == [("one", 1)]
    path.write_text(json.dumps(lines))
    assert [(c.writer, c.sample) for c in page_captures(path)] == [("ana", 7), ("one", 2)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ('{"v": NaN}', "NaN is not JSON"),
        ('{"v": 1' + "0" * 5000 + "}", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"strokes": {}, "name": "x"}', "unknown key 'name'"),
        ('{"strokes": {}, "writer": 7}', "writer must be a text"),
        ('{"strokes": {}, "genuine": 1}', "genuine true or false"),
        ('{"strokes": {}, "sample": 1.5}', "sample a whole number"),
        ('{"strokes": {}, "sample": 99999999999999999999}', "sample a whole number"),
    ],
)
def test_a_hostile_file_gets_a_clear_answer(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(BadDataError, match=message) as error:
        list(page_captures(path))
    assert str(path) in str(error.value)
