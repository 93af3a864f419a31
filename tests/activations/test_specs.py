import pytest

from shoestring.activations.catalog import find
from shoestring.activations.specs import BUILDERS, ELEMENTWISE, default, parse, sweep
from shoestring.core.errors import BadDataError, ConfigError, NotFoundError


def test_every_elementwise_entry_has_a_closed_form_that_takes_its_parameters():
    assert {entry.name for entry in ELEMENTWISE} == set(BUILDERS)
    for entry in ELEMENTWISE:
        assert default(entry).curve().value([0.5, -0.5]).shape == (2,)


def test_a_text_is_read_and_written_back_in_its_shortest_form():
    spec = parse("ELU:alpha=0.50")
    assert spec.text == "elu:alpha=0.5" and parse(spec.text) == spec
    assert parse("elu:alpha=1").text == "elu"
    assert parse("softplus:threshold=5:beta=2").values == {"beta": 2.0, "threshold": 5.0}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("nosuch", NotFoundError, "no activation 'nosuch'"),
        ("elu:alfa=1", ConfigError, "did you mean 'alpha'"),
        ("relu:alpha=1", ConfigError, "it takes none"),
        ("elu:alpha", ConfigError, "no parameter|alpha"),
        ("elu:alpha=x", ConfigError, "not a number"),
        ("elu:alpha=nan", ConfigError, "not between"),
        ("elu:alpha=5", ConfigError, "not between 0 and 4"),
        ("celu:alpha=0", ConfigError, "not between 0.05"),
    ],
)
def test_what_is_wrong_is_named(text, error, message):
    with pytest.raises(error, match=message):
        parse(text)


def test_contradictions_and_vectors_have_no_curve():
    with pytest.raises(BadDataError, match="lower 0.9 is above upper 0.1"):
        parse("rrelu:lower=0.9:upper=0.1").curve()
    with pytest.raises(BadDataError, match="softmax is not a function of one number"):
        parse("softmax").curve()


def test_a_sweep_changes_one_parameter_and_keeps_the_others():
    specs = sweep(parse("softplus:beta=2"), "threshold", (1.0, 3.5))
    assert [dict(spec.values) for spec in specs] == [
        {"beta": 2.0, "threshold": 1.0}, {"beta": 2.0, "threshold": 3.5}
    ]  # fmt: skip
    with pytest.raises(ConfigError):
        sweep(default(find("elu")), "beta", (1.0,))
