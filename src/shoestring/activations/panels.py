"""Panels of the activations that are no curves: a surface, matrices and the shape of a hierarchy."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from shoestring.activations.catalog import Entry
from shoestring.activations.vectors import vector_document

Colours = Mapping[str, str]


def draw_panel(axes: Any, entry: Entry, colours: Colours) -> None:
    """The numbers of ``vectors.vector_document`` on matplotlib axes. Raises BadDataError for a curve."""
    document = vector_document(entry)
    {"matrix": matrix, "surface": surface, "channels": channels, "sizes": sizes}[document["kind"]](
        axes, document, colours
    )
    axes.set_xlabel(document["label"].split(";")[0], fontsize=9.5, color=colours["muted"])


def matrix(axes: Any, document: Mapping[str, Any], colours: Colours) -> None:
    """A matrix with its numbers written into it, coloured from -1 to 1."""
    table = np.array(document["rows"])
    axes.imshow(table, cmap="PuOr_r", vmin=-1, vmax=1)
    for (i, j), value in np.ndenumerate(table):
        # On the pale middle of the map the ink is dark in either theme.
        axes.text(j, i, f"{value:.2f}".replace("-0.00", "0.00"), ha="center", va="center", fontsize=9,
                  color="#ffffff" if abs(value) > 0.6 else "#1d2126")  # fmt: skip
    axes.set_xticks(range(table.shape[1]))
    axes.set_yticks(range(table.shape[0]))


def surface(axes: Any, document: Mapping[str, Any], colours: Colours) -> None:
    """Level lines with their values."""
    a, b, value = (np.array(document[name]) for name in ("a", "b", "value"))
    axes.contourf(a, b, value, levels=np.linspace(-4, 4, 17), cmap="PuOr_r", alpha=0.85)
    lines = axes.contour(a, b, value, levels=[-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3], colors="#1d2126", linewidths=0.7)
    axes.clabel(lines, fontsize=8)


def channels(axes: Any, document: Mapping[str, Any], colours: Colours) -> None:
    """One line a channel, each with its name beside it."""
    places = ((2.2, 0.78), (-1.0, 0.42), (-3.8, 0.78))
    for row, (line, name, dash) in enumerate(
        zip(document["channels"], ("value", "slope", "curvature"), ("-", "--", ":"), strict=True)
    ):
        axes.plot(document["x"], line, dash, lw=2, color=colours[name])
        axes.text(*places[row], f"channel {row}", fontsize=9, color=colours["ink"])
    axes.set_ylim(0, 1.05)


def sizes(axes: Any, document: Mapping[str, Any], colours: Colours) -> None:
    """Millions of weights as bars."""
    weights = [part["weights"] / 1e6 for part in document["parts"]]
    names = [part["name"] for part in document["parts"]]
    axes.barh(names, weights, color=[colours["muted"], *[colours["value"]] * (len(names) - 1)])
    for row, value in enumerate(weights):
        inside = value > 0.5 * max(weights)
        axes.text(value / 2 if inside else value + 0.5, row, f"{names[row]}: {value:.1f} M", va="center", fontsize=9.5,
                  ha="center" if inside else "left", color=colours["paper" if inside else "ink"])  # fmt: skip
    axes.set_yticks([])
    axes.invert_yaxis()
