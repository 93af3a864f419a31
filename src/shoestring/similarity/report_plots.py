"""The two pictures of a verification report, as inline SVG whose colours follow the page's light or dark theme."""

import io
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import ndtri

from shoestring.core.errors import MissingExtraError
from shoestring.similarity.evaluation import Protocol

# Colours that nothing else uses, put in place of the theme's after drawing.
_INK, _LINE = "#010203", "#040506"
_THEME = {_INK: "var(--ink)", _LINE: "var(--line)"}
COLOURS = {"genuine": "#009e73", "skilled": "#d55e00", "random": "#0072b2"}
"""Okabe and Ito's palette, distinct for colour-blind readers; the lines differ in their dashes too."""
_LOWEST = 1e-4
_TICKS = (1e-4, 1e-3, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9)


def det_plot(protocols: Sequence[Protocol]) -> str:
    """FNMR over FMR on normal-deviate axes, with 95 % bands over people; dashed for every protocol but the first."""
    figure, axes = _figure("det", 5.2, 5.0)
    for number, protocol in enumerate(protocols):
        for kind, curve in protocol.curves.items():
            place, height, low, high = (_probit(curve[name]) for name in ("fmr", "fnmr", "low", "high"))
            label = f"{kind}, {protocol.comparisons.references}-vs-1"
            axes.plot(
                place, height, color=COLOURS[kind], ls="--" if number else "-", lw=1.0 if number else 1.8, label=label
            )
            if not number and np.isfinite(low).all():
                axes.fill_between(place, low, high, color=COLOURS[kind], alpha=0.18, lw=0)
    corners = ndtri([_LOWEST, 0.9])
    axes.plot(corners, corners, color=_LINE, lw=0.8)
    ticks = ndtri(_TICKS)
    names = [f"{100 * tick:g}" for tick in _TICKS]
    axes.set(xlim=corners, ylim=corners, xlabel="false match rate (%)", ylabel="false non-match rate (%)")
    axes.set_xticks(ticks, names)
    axes.set_yticks(ticks, names)
    _legend(axes)
    return _svg(figure, "Detection error trade-off: false non-match rate over false match rate, on normal-deviate axes")


def score_plot(protocol: Protocol, thresholds: Sequence[tuple[str, float]] = ()) -> str:
    """Histograms of the scores of each kind, each with an area of one, and vertical lines at named thresholds."""
    figure, axes = _figure("scores", 7.2, 3.2)
    rows = protocol.comparisons
    # A few far outliers would squeeze everything else into two bars.
    low, high = np.quantile(rows.score, [0.001, 0.999])
    if high <= low:
        low, high = low - 1, high + 1
    edges = np.linspace(low, high, 61)
    for kind in ("random", "skilled", "genuine"):
        score = np.clip(rows.score[rows.kind == kind], low, high)
        if len(score):
            axes.hist(score, edges, density=True, histtype="stepfilled", alpha=0.25, color=COLOURS[kind])
            axes.hist(
                score, edges, density=True, histtype="step", color=COLOURS[kind], label=f"{kind} ({len(score):,})"
            )
    for name, value in thresholds:
        if low <= value <= high:
            axes.axvline(value, color=_INK, lw=1, ls=":")
            axes.text(value, axes.get_ylim()[1], f" {name}", rotation=90, va="top", ha="right", color=_INK, fontsize=8)
    axes.set(xlabel="score (higher = more alike)", ylabel="density", xlim=(low, high))
    axes.set_yticks([])
    _legend(axes)
    return _svg(figure, "Histograms of genuine and impostor scores")


def _probit(rates: Sequence[float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = np.array([np.nan if rate is None else rate for rate in rates])
    return np.asarray(ndtri(np.clip(values, _LOWEST / 2, 1 - _LOWEST / 2)))


def _figure(salt: str, width: float, height: float) -> tuple[Any, Any]:
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "sign") from error
    # The salt makes the ids in the picture repeatable, and different from those of the other picture on the page.
    with matplotlib.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
    figure.set_label(salt)
    figure.patch.set_alpha(0)
    axes.patch.set_alpha(0)
    axes.grid(visible=True, color=_LINE, lw=0.5)
    axes.tick_params(colors=_INK, labelsize=8)
    for part in (axes.xaxis.label, axes.yaxis.label):
        part.set_color(_INK)
    for spine in axes.spines.values():
        spine.set_color(_LINE)
    return figure, axes


def _legend(axes: Any) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, labelcolor=_INK)


def _svg(figure: Any, label: str) -> str:
    import matplotlib

    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": figure.get_label(), "svg.fonttype": "none", "path.simplify": False}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawing = text.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    for placeholder, variable in _THEME.items():
        drawing = drawing.replace(placeholder, variable)
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r'\sid="(?:figure|axes|patch|line2d|text|matplotlib|legend|xtick|ytick)[^"]*"', "", drawing)
    return drawing.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
