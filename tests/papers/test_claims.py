import dataclasses
import json

import pytest

from shoestring.core.errors import BadDataError
from shoestring.papers.claims import Claim, document, judge, read

KEYS = {
    "id", "statement", "source", "metric", "published", "ours", "low", "high", "seeds", "values", "budget", "verdict",
    "why", "command",
}  # fmt: skip


def claim(**changes):
    values = {
        "id": "accepted", "statement": "Genuine signatures are accepted.", "source": "section 5", "metric": "share",
        "published": 0.955, "ours": 0.9, "low": 0.85, "high": 0.96, "seeds": 3, "budget": {"labels": 1200},
        "verdict": "met", "why": "the interval holds the figure", "command": "shoestring reproduce bromley1993",
    }  # fmt: skip
    return Claim(**values | changes)


def test_the_document_has_the_keys_of_the_schema_and_comes_back():
    claims = [claim(), claim(id="web", ours=None, low=None, high=None, verdict="not testable here")]
    made = json.loads(json.dumps(document("bromley1993", claims, quick=True)))
    assert made["schema"] == "shoestring.claims/1" and made["paper"] == "bromley1993" and made["quick"] is True
    assert set(made["claims"][0]) == KEYS and read(made) == claims


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"verdict": "proven"}, "not one of"),
        ({"ours": None}, "needs a measurement"),
        ({"verdict": "not testable here"}, "has none"),
        ({"ours": float("nan")}, "finite"),
        ({"low": 0.99}, "above high"),
        ({"values": (0.9, 0.9)}, "2 values of 3 seeds"),
    ],
)
def test_claims_that_contradict_themselves_cannot_be_made(changes, message):
    with pytest.raises(ValueError, match=message):
        claim(**changes)


@pytest.mark.parametrize(
    "damage", [{"schema": "other"}, {"claims": 3}, {"claims": [{"id": "x"}]}, {"claims": [{"surprise": 1}]}]
)
def test_damaged_documents_are_refused(damage):
    with pytest.raises(BadDataError, match="claims"):
        read(document("x", [claim()], quick=False) | damage)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.90, 0.97, "met"),
        (0.96, 0.99, "met"),
        (0.70, 0.90, "met in direction"),
        (0.40, 0.97, "not met"),
        (0.30, 0.45, "not met"),
        (0.50, 0.97, "not met"),
    ],
)
def test_verdicts_when_higher_is_better(low, high, verdict):
    assert judge(low, high, published=0.95, chance=0.5) == verdict
    # The same seen from the other side: an error rate of 5 % where chance has 50 %.
    assert judge(1 - high, 1 - low, published=0.05, chance=0.5) == verdict


def test_a_claim_is_a_value():
    with pytest.raises(dataclasses.FrozenInstanceError):
        claim().ours = 1.0
