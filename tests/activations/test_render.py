import re

import numpy as np
import pytest

from shoestring.activations.catalog import ENTRIES, find
from shoestring.activations.documents import curve_document
from shoestring.activations.render import COLOURS, LINES, curve_figure, entry_figure, poster, write
from shoestring.activations.specs import default, parse


def test_a_figure_shows_the_numbers_of_the_document():
    document = curve_document("hardshrink", parse("hardshrink").curve(), -2, 2, 41)
    axes = curve_figure(document).axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    for name, (label, _, _) in LINES.items():
        shown = np.array(lines[label].get_ydata(), dtype=float)
        wanted = np.array([np.nan if value is None else value for value in document[name]])
        assert np.array_equal(shown, wanted, equal_nan=True)
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert dots[0].get_xdata() == pytest.approx([-0.5, 0.5]) and dots[0].get_ydata() == pytest.approx([0, 0])
    assert "gain 1.016" in axes.get_xlabel() and "Lipschitz none" in axes.get_xlabel()


def test_a_poster_has_a_panel_for_each_entry_and_the_empty_ones_are_hidden():
    figure = poster([find(name) for name in ("gelu", "relu", "glu", "softmax", "rrelu", "tanh", "mish")])
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in shown] == [
        "GELU", "ReLU", "GLU", "Softmax", "RReLU", "Tanh", "Mish"
    ]  # fmt: skip


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_line_and_word_stands_out_from_the_paper(theme):
    paper = luminance(COLOURS[theme]["paper"])
    for name in ("value", "slope", "curvature", "ink", "muted"):
        a, b = sorted((luminance(COLOURS[theme][name]), paper))
        assert (b + 0.05) / (a + 0.05) > 4.5, (theme, name)
    assert len({dash for _, dash, _ in LINES.values()}) == 3


@pytest.mark.parametrize(("kind", "head"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pictures_are_of_their_kind_and_come_out_the_same_each_time(kind, head, tmp_path):
    files = []
    for number in range(2):
        write(entry_figure(default(find("glu")), theme="dark"), tmp_path / f"{number}.{kind}", kind)
        files.append((tmp_path / f"{number}.{kind}").read_bytes())
    assert files[0].startswith(head) and files[0] == files[1]


def test_pictures_hold_no_script_and_ask_nobody(tmp_path):
    write(entry_figure(parse("elu:alpha=0.5")), tmp_path / "a.svg", "svg")
    text = (tmp_path / "a.svg").read_text()
    assert "<script" not in text and not re.search(r'(href|src)="https?:', text)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_can_be_drawn(entry):
    assert entry_figure(default(entry)).axes[0].get_title(loc="left").startswith(entry.name)
