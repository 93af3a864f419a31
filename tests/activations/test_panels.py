import pytest

from shoestring.activations.catalog import ENTRIES
from shoestring.activations.panels import draw_panel
from shoestring.activations.render import COLOURS


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.family != "elementwise"], ids=lambda entry: entry.name)
def test_each_panel_draws_something_and_says_what(entry):
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    draw_panel(axes, entry, COLOURS["light"])
    assert axes.get_xlabel() and (axes.images or axes.lines or axes.patches or axes.collections)
