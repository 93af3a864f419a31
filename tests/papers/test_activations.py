import dataclasses

import numpy as np
import pytest

from shoestring.activations.facts import facts
from shoestring.activations.specs import default, parse
from shoestring.papers import activations
from shoestring.papers.activations import Stacks, deep, formulas, random_slopes, stack, table

NAMES = ("relu", "tanh", "sigmoid", "gelu")


@pytest.fixture(scope="module")
def found():
    return {name: facts(parse(name).curve()) for name in NAMES}


def by_id(claims):
    return {claim.id: claim for claim in claims}


def test_formulas_hold_but_for_the_constant_of_torch():
    claims = by_id(formulas())
    assert {name: claim.ours for name, claim in claims.items()} == {
        "coverage": 0, "slopes": 1, "curvatures": 0, "differences": 0, "kinks": 0
    }  # fmt: skip
    assert claims["slopes"].verdict == "not met" and claims["slopes"].why.startswith("hardsigmoid by 5.0e-09")
    assert "no second derivative of hardsigmoid" in claims["curvatures"].why


def test_a_wrong_derivative_fails_its_claims(monkeypatch):
    def spoilt(entry):
        spec = default(entry)
        if entry.name != "tanh":
            return spec
        right = spec.curve()
        piece = dataclasses.replace(right.pieces[0], slope=lambda x: right.slope(x) + 1e-8)
        wrong = dataclasses.replace(right, pieces=(piece,))
        return type("Spec", (), {"entry": entry, "values": spec.values, "curve": lambda self: wrong})()

    monkeypatch.setattr(activations, "default", spoilt)
    claims = by_id(formulas())
    assert claims["slopes"].ours == 2 and "tanh" in claims["slopes"].why
    assert claims["differences"].verdict == "not met"


def test_random_slopes_have_the_expectation_of_evaluation():
    claims = by_id(random_slopes(3, 20_000))
    assert claims["rrelu-evaluation"].ours == pytest.approx(11 / 48, abs=1e-6)
    training = claims["rrelu-training"]
    assert training.verdict == "met" and training.low < training.ours < training.high and training.seeds == 3


def test_the_table_claim_counts_every_printed_number():
    from shoestring.activations.specs import ELEMENTWISE

    (claim,) = table({entry.name: facts(default(entry).curve()) for entry in ELEMENTWISE})
    assert claim.verdict == "met" and claim.ours == 0 and "103 numbers of 24 functions" in claim.why


def stacks(found, *, spread=0.1, seeds=4, right=True):
    """What probes would give that follow the predictions, with a known scatter between seeds."""
    noise = np.linspace(-spread, spread, seeds)
    made = {}
    for name, one in found.items():
        growth = 49 * np.log(one.chi) * (1 if right else -1)
        signal = noise if one.length_slope <= 1.0001 else noise + 5.0
        made[name] = Stacks(signal, growth * (1 + noise / 10))
    return made


def test_predictions_that_hold_are_met(found):
    claims = by_id(deep(found, stacks(found), 4))
    assert {claim.verdict for claim in claims.values()} == {"met"}
    assert claims["depth-keeps"].ours == pytest.approx(1.0) and claims["depth-keeps"].low == 1.0
    assert claims["depth-drifts"].ours == 1 and claims["gradient-vanishes"].ours == pytest.approx(1)
    assert "sigmoid" in claims["gradient-vanishes"].why and "tanh" in claims["gradient-explodes"].why


def test_predictions_that_fail_are_not_met(found):
    drifting = {name: Stacks(one.signal + 2, one.gradient) for name, one in stacks(found, right=False).items()}
    drifting["gelu"] = Stacks(np.zeros(4), drifting["gelu"].gradient)
    claims = by_id(deep(found, drifting, 4))
    assert {claim.verdict for claim in claims.values()} == {"not met"}


def test_a_signal_is_held_only_if_its_interval_is(found):
    assert [activations.held(*pair) for pair in ((1.5, 1.9), (1.5, 2.1), (2.1, 2.5))] == [
        "met", "met in direction", "not met"
    ]  # fmt: skip


def test_a_real_stack_follows_chi(found):
    probes = stack("sigmoid", found["sigmoid"].gain, range(2), 64)
    assert probes.gradient.mean() == pytest.approx(49 * np.log(found["sigmoid"].chi), rel=0.05)


@pytest.mark.slow
def test_the_quick_measurement_ends_with_a_claim_for_each_source(tmp_path):
    claims = activations.measure(quick=True, root=tmp_path)
    assert {claim.id for claim in claims} == set(activations.SOURCES)
    assert "slopes" in [claim.id for claim in claims if claim.verdict == "not met"]
