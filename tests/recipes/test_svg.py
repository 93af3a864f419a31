import math
import re
from xml.etree import ElementTree

import pytest

from shoestring.recipes.svg import HEIGHT, LEFT, MAX_POINTS, Line, line_chart, pieces, thin, tick_text, ticks

NAN = math.nan


def points(svg):
    return [
        [tuple(map(float, pair.split(","))) for pair in found.split()] for found in re.findall(r'points="([^"]+)"', svg)
    ]


def test_a_chart_is_well_formed_and_true_to_scale():
    svg = line_chart([Line("a", [(0, 0.0), (5, 1.0), (10, 0.5)])], x_label="step", y_label="loss")
    ElementTree.fromstring(svg)
    (x0, y0), (x1, y1), (x2, y2) = points(svg)[0]
    assert x0 == LEFT and x1 - x0 == pytest.approx(x2 - x1, abs=0.11)
    assert y0 > y2 > y1 and (y0 - y2) == pytest.approx((y0 - y1) / 2, abs=0.11) and y0 <= HEIGHT


def test_text_is_escaped():
    svg = line_chart([Line("<b>", [(0, 1), (1, 2)]), Line('"&', [(0, 1)])], x_label="<i>", y_label="</svg>")
    assert "<b>" not in svg and "<i>" not in svg and svg.count("</svg>") == 1
    ElementTree.fromstring(svg)


@pytest.mark.parametrize(
    "data",
    [[], [(0, NAN)], [(1, 5.0)], [(1, 5.0), (1, 5.0)], [(0, 0.0), (1, 0.0)], [(0, 1e-300), (1, 1e300)], [(3, -4.0)]],
)
def test_odd_data_is_drawn_or_said_to_be_absent(data):
    svg = line_chart([Line("a", data)], x_label="x", y_label="y")
    assert ("nothing was logged" in svg) == (not data or math.isnan(data[0][1]))
    assert "nan" not in svg and "inf" not in svg
    ElementTree.fromstring(svg)


def test_gaps_stay_gaps_and_single_points_are_seen():
    assert pieces([(0, 1), (1, NAN), (2, 3), (3, 4), (4, math.inf)]) == [[(0, 1)], [(2, 3), (3, 4)]]
    svg = line_chart([Line("a", [(0, 1), (1, NAN), (2, 3), (3, 4)])], x_label="x", y_label="y")
    assert svg.count("<circle") == 1 and svg.count("<polyline") == 1


def test_thinning_keeps_the_ends_and_every_spike():
    long = [(step, 0.0) for step in range(10_000)]
    long[4333] = (4333, 9.0)
    long[77] = (77, -3.0)
    found = thin(long)
    assert len(found) <= MAX_POINTS and found == sorted(found)
    assert {(0, 0.0), (9999, 0.0), (4333, 9.0), (77, -3.0)} <= set(found)
    assert thin(long[:5]) == long[:5]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (0.13, 0.52, [0.2, 0.3, 0.4, 0.5]), (-1, 1, [-1, -0.5, 0, 0.5, 1])],
)
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


@pytest.mark.parametrize(("low", "high"), [(5, 5), (0, 0), (-3, -3), (1, 1 + 1e-9), (1e-20, 2e-20), (-1e9, 1e9)])
def test_there_are_always_at_least_two_ticks_in_rising_order(low, high):
    found = ticks(low, high)
    assert 2 <= len(found) <= 12 and found == sorted(found)


def test_tick_names():
    values = [0, 1e-15, 0.25, 1500, 20_000, 1_500_000, -3e9]
    assert [tick_text(value) for value in values] == ["0", "0", "0.25", "1500", "20k", "1.5M", "-3G"]
