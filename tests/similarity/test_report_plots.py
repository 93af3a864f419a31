import re
import sys

import numpy as np
import pytest
from scipy.special import ndtri

from shoestring.core.errors import MissingExtraError
from shoestring.similarity.evaluation import evaluate
from shoestring.similarity.report_plots import COLOURS, det_plot, score_plot

from .toys import ToyMatcher, toy_people


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(ToyMatcher(), toy_people(8, seed=2), resamples=20)


def lines_of(svg, colour):
    """Every line of a colour, as points in picture units."""
    paths = re.findall(rf'<path d="([^"]+)"[^>]*style="fill: none; stroke: {re.escape(colour)}', svg)
    return [np.array(re.findall(r"[ML] (-?[\d.]+) (-?[\d.]+)", path), dtype=float) for path in paths]


def test_det_axes_are_normal_deviates(evaluation):
    protocol = evaluation.protocols[0]
    svg = det_plot([protocol])
    drawn = max(lines_of(svg, COLOURS["skilled"]), key=len)
    curve = protocol.curves["skilled"]
    fmr, fnmr = (np.array(curve[name]) for name in ("fmr", "fnmr"))
    inside = (fnmr > 1e-3) & (fnmr < 0.9)
    assert inside.sum() > 10
    # The diagonal from corner to corner gives the scale: both axes from 0.01 % to 90 %.
    corners = next(line for line in lines_of(svg, "var(--line)") if len(line) == 2 and (line[0] != line[1]).all())
    low, high = ndtri([1e-4, 0.9])
    for point in zip(fmr[inside], fnmr[inside], strict=True):
        share = (ndtri(point) - low) / (high - low)
        expected = corners[0] + share * (corners[1] - corners[0])
        assert np.abs(drawn - expected).sum(axis=1).min() < 0.01


def test_both_protocols_and_kinds_are_named(evaluation):
    svg = det_plot(evaluation.protocols)
    for name in ("skilled, 5-vs-1", "random, 5-vs-1", "skilled, 1-vs-1", "random, 1-vs-1"):
        assert name in svg
    assert 'role="img"' in svg and "aria-label" in svg


def test_scores_show_each_kind_with_its_count_and_the_thresholds(evaluation):
    rows = evaluation.protocols[0].comparisons
    svg = score_plot(evaluation.protocols[0], [("accept", float(np.median(rows.score))), ("far", 1e9)])
    for kind in ("genuine", "skilled", "random"):
        assert f"{kind} ({rows.count(kind):,})" in svg
    assert " accept" in svg and " far" not in svg


def test_the_same_data_draw_the_same_picture(evaluation):
    assert det_plot(evaluation.protocols) == det_plot(evaluation.protocols)


def test_without_matplotlib_the_install_line_is_printed(evaluation, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"shoestring\[sign\]"):
        det_plot(evaluation.protocols)
