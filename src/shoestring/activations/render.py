"""Pictures of the catalogue with matplotlib: one a function, and a poster of all that torch exports."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from shoestring.activations.catalog import Entry
from shoestring.activations.documents import curve_document
from shoestring.activations.facts import JUMP
from shoestring.activations.panels import draw_panel
from shoestring.activations.piecewise import rrelu_in_training
from shoestring.activations.specs import Spec, default
from shoestring.core.errors import MissingExtraError
from shoestring.core.files import atomic_write

Theme = Literal["light", "dark"]
Format = Literal["svg", "png", "pdf"]
LINES = {
    "value": ("f", "-", 2.0), "slope": ("f'", "--", 1.5), "curvature": ("f''", ":", 1.3),
}  # fmt: skip
"""Legend, dash and width: the three differ without any colour."""
COLOURS: Mapping[Theme, Mapping[str, str]] = {
    "light": {"value": "#0072b2", "slope": "#c04a00", "curvature": "#00694c",
              "paper": "#ffffff", "ink": "#1d2126", "line": "#c9c4b8", "muted": "#595f68"},
    "dark": {"value": "#56b4e9", "slope": "#ff9d66", "curvature": "#55c79c",
             "paper": "#14171b", "ink": "#e9e6df", "line": "#3c444f", "muted": "#a4acb7"},
}  # fmt: skip
"""Okabe and Ito's blue, vermilion and green, moved to keep their contrast with the paper."""


def curve_figure(document: Mapping[str, Any], caption: str = "", theme: Theme = "light") -> Any:
    """A matplotlib figure of the samples of ``documents.curve_document`` with its slopes at breaks and its facts."""
    colours = COLOURS[theme]
    figure = _figure(6.4, 4.6, theme)
    axes = figure.add_subplot()
    draw_curve(axes, document, theme)
    facts = document["facts"]
    axes.set_title(f"{document['name']}   {caption}", loc="left", fontsize=11, color=colours["ink"])
    words = [f"{name} {_figure_of(facts[key])}" for name, key in (
        ("gain", "gain"), ("chi", "chi"), ("dead", "dead"), ("saturated", "saturated"), ("Lipschitz", "lipschitz"),
    )]  # fmt: skip
    axes.set_xlabel("   ".join(words), fontsize=9, color=colours["muted"])
    axes.legend(loc="upper left", fontsize=9, frameon=False, labelcolor=colours["ink"])
    return figure


def entry_figure(spec: Spec, low: float = -4.0, high: float = 4.0, theme: Theme = "light") -> Any:
    """The figure of any entry: curves of an elementwise one, a map or a matrix of the others."""
    if spec.entry.family == "elementwise":
        document = curve_document(spec.text, spec.curve(), low, high, 401)
        return curve_figure(document, _plain(spec.entry.formula), theme)
    figure = _figure(6.4, 4.6, theme)
    axes = figure.add_subplot()
    draw_panel(axes, spec.entry, COLOURS[theme])
    _frame(axes, theme)
    title = f"{spec.entry.name}   {_plain(spec.entry.formula)}"
    axes.set_title(title, loc="left", fontsize=9, color=COLOURS[theme]["ink"])
    return figure


def poster(entries: Sequence[Entry], theme: Theme = "light", title: str = "") -> Any:
    """One panel an entry, six in a row, on one range of x and y for all curves, so that they can be compared."""
    colours = COLOURS[theme]
    rows = -(-len(entries) // 6)
    figure = _figure(19.0, 2.9 * rows + 1.4, theme)
    grid = figure.subplots(rows, 6, squeeze=False).ravel()
    for axes, entry in zip(grid, entries, strict=False):
        if entry.family == "elementwise":
            spec = default(entry)
            document = curve_document(entry.name, spec.curve(), -4.0, 4.0, 321)
            draw_curve(axes, document, theme)
            axes.set(xlim=(-4, 4), ylim=(-1.75, 3.2))
            if entry.name == "rrelu":
                x, y = rrelu_in_training(**spec.values, low=-4.0, high=0.0, count=150, seed=0)
                axes.plot(x, y, ".", ms=2.5, color=colours["value"], alpha=0.5)
            facts = document["facts"]
            line = f"gain {_figure_of(facts['gain'])}   chi {_figure_of(facts['chi'])}"
            line += f"   dead {_figure_of(facts['dead'])}" if facts["dead"] else ""
            axes.set_xlabel(line, fontsize=9.5, color=colours["muted"])
        else:
            draw_panel(axes, entry, colours)
            _frame(axes, theme)
        name = entry.module + (" (tanh)" if entry.name == "gelu_tanh" else "")
        axes.set_title(name, loc="left", fontsize=13 if len(name) < 20 else 11, color=colours["ink"], fontweight="bold")
    for axes in grid[len(entries) :]:
        axes.set_visible(False)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper right", ncols=3, fontsize=13, frameon=False, labelcolor=colours["ink"])
    figure.suptitle(title, x=0.008, ha="left", fontsize=17, color=colours["ink"])
    return figure


def draw_curve(axes: Any, document: Mapping[str, Any], theme: Theme) -> None:
    """f, f' and f'' of one document, parted where they jump, with the slope that autograd returns at each break."""
    nan = float("nan")
    x = document["x"]
    for name, (label, dash, width) in LINES.items():
        y = [nan if value is None else value for value in document[name]]
        axes.plot(x, y, dash, lw=width, color=COLOURS[theme][name], label=label)
    inside = [one for one in document["facts"]["breaks"] if x[0] < one["x"] < x[-1]]
    kinks = [one for one in inside if abs(one["right"] - one["left"]) > JUMP]
    if kinks:
        axes.plot([one["x"] for one in kinks], [one["autograd"] for one in kinks], "o", ms=5,
                  color=COLOURS[theme]["slope"])  # fmt: skip
    _frame(axes, theme)
    axes.grid(True, color=COLOURS[theme]["line"], lw=0.6, alpha=0.7)
    axes.axhline(0, color=COLOURS[theme]["muted"], lw=0.8)
    axes.axvline(0, color=COLOURS[theme]["muted"], lw=0.8)


def write(figure: Any, path: Path, kind: Format) -> None:
    """Write ``figure`` atomically; the same figure gives the same bytes."""
    import matplotlib

    buffer = io.BytesIO()
    metadata: dict[str, Any] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[kind]
    with matplotlib.rc_context({"svg.hashsalt": "shoestring", "svg.fonttype": "none"}):
        figure.savefig(buffer, format=kind, metadata=metadata, facecolor=figure.get_facecolor())
    atomic_write(path, buffer.getvalue())


def _figure(width: float, height: float, theme: Theme) -> Any:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise MissingExtraError("matplotlib", "plots") from error
    return Figure(figsize=(width, height), dpi=90, layout="constrained", facecolor=COLOURS[theme]["paper"])


def _frame(axes: Any, theme: Theme) -> None:
    axes.set_facecolor(COLOURS[theme]["paper"])
    axes.tick_params(colors=COLOURS[theme]["muted"], labelsize=9)
    for spine in axes.spines.values():
        spine.set_color(COLOURS[theme]["line"])


def _figure_of(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _plain(formula: str) -> str:
    return formula if len(formula) <= 70 else ""
