from dataclasses import replace

import numpy as np
import pytest

from shoestring.data.strokes import SignatureSet
from shoestring.papers import bromley1993
from shoestring.papers.bromley1993 import (
    STATEMENTS,
    CrossTest,
    accepted,
    joined,
    judged,
    last_enrol,
    measure,
    without_first_two,
)
from shoestring.similarity.metrics import rank
from shoestring.similarity.protocol import Comparisons
from tests.similarity.toys import ToyMatcher

GENUINE, FORGED = 8, 4


def people(n=5, gap=1.0, seed=0):
    """A test set whose items are numbers: genuine ones drift away from the last, forgeries are ``gap`` further."""
    draw = np.random.default_rng(seed)
    each = GENUINE + FORGED
    values = np.concatenate([np.append(np.linspace(3, 0, GENUINE), 3.5 + gap + draw.random(FORGED)) for _ in range(n)])
    return SignatureSet(
        tuple(np.array([value]) for value in values),
        np.repeat([f"p{w}" for w in range(n)], each),
        np.tile(np.arange(each) < GENUINE, n),
        np.tile(np.arange(1, each + 1), n),
    )


def shifted(table, amount):
    """The same comparisons by a system whose genuine scores are higher."""
    return replace(table, score=table.score + amount * table.genuine)


def test_without_the_data_nothing_is_claimed(tmp_path):
    claims = measure(quick=True, root=tmp_path, data=tmp_path / "nowhere")
    assert [claim.id for claim in claims] == list(STATEMENTS)
    assert {claim.verdict for claim in claims} == {"not testable here"}
    assert not list(tmp_path.iterdir())


def test_the_last_signatures_make_the_model_and_the_first_are_tested_last():
    table, size = last_enrol(ToyMatcher(), people(2), references=3)
    assert size == 4 and set(table.kind) == {"genuine", "skilled"}
    assert (table.kind == "genuine").tolist() == ([True] * 5 + [False] * 4) * 2
    # The model is the mean of the last three; the further back a signature, the less alike.
    model = np.linspace(3, 0, GENUINE)[-3:].mean()
    assert table.score[:5] == pytest.approx([-abs(v - model) for v in np.linspace(3, 0, GENUINE)[4::-1]], rel=1e-6)


def test_the_first_two_signatures_of_each_writer_do_not_count():
    table, _ = last_enrol(ToyMatcher(), people(3), references=3)
    both = joined([table, table])
    genuine = np.flatnonzero(both.kind == "genuine").reshape(-1, 5)
    # Only the first two signatures of everybody score below the forgeries.
    score = np.where(both.genuine, 1.0, 0.0)
    score[genuine[:, -2:]] = -1.0
    ranking = rank(score, both.genuine)
    assert accepted(ranking) == pytest.approx(60.0)
    assert without_first_two(both)(ranking) == pytest.approx(100.0)


def test_acceptance_is_read_where_four_of_five_forgeries_are_detected():
    forgeries, genuine = np.arange(10.0), np.array([6.5, 7.5, 8.5, 9.5])
    scores = np.concatenate([forgeries, genuine])
    assert accepted(rank(scores, np.arange(14) >= 10)) == 75.0


@pytest.fixture
def tested():
    table, _ = last_enrol(ToyMatcher(), people(6, gap=-2.0), references=3)
    wide = CrossTest({"prior": table, "own": table, "untrained": shifted(table, -2.0)}, {}, {"labels": 5})
    compact = CrossTest({"card": table, "38": table, "76": table}, {"card": 80}, {"labels": 7})
    return wide, CrossTest({"prior": table}, {}, {}), compact


def test_equal_systems_lose_nothing_and_a_trained_one_gains(tested):
    claims = {claim.id: claim for claim in judged(*tested, seeds=2)}
    assert sorted(claims) == sorted(STATEMENTS)
    for name in ("half-redundant", "one-byte", "pen-up"):
        assert (claims[name].verdict, claims[name].ours) == ("met", 0.0)
    assert claims["trained"].verdict == "met" and claims["trained"].ours > 0
    assert claims["template-bytes"].verdict == "met" and claims["template-bytes"].low is None
    assert claims["accepted"].seeds == 2 and claims["accepted"].budget == {"labels": 5}


def test_what_loses_is_not_met_and_so_is_a_gain_by_dropping(tested):
    wide, dropped, compact = tested
    better = shifted(wide.tables["prior"], 2.0)
    compact = CrossTest({**compact.tables, "76": better}, {"card": 81}, {})
    claims = {c.id: c for c in judged(wide, CrossTest({"prior": better}, {}, {}), compact, seeds=1)}
    verdicts = {name: claims[name].verdict for name in ("half-redundant", "pen-up", "template-bytes")}
    assert verdicts == dict.fromkeys(verdicts, "not met")
    worse = {**wide.tables, "untrained": better}
    trained = {c.id: c for c in judged(replace(wide, tables=worse), dropped, compact, seeds=1)}["trained"]
    assert trained.verdict == "not met"


def test_the_published_figures_are_those_of_the_paper():
    assert STATEMENTS["accepted"].figure == 95.5 and STATEMENTS["accepted-without-first-two"].figure == 97.0
    assert STATEMENTS["template-bytes"].figure == 80


def test_joining_keeps_every_column():
    table, _ = last_enrol(ToyMatcher(), people(2), references=3)
    both = joined([table, table])
    assert isinstance(both, Comparisons) and len(both) == 2 * len(table)
    assert np.array_equal(both.subject[: len(table)], both.subject[len(table) :])


@pytest.mark.slow
def test_every_claim_is_measured_on_the_real_signatures(shared_data, tmp_path, monkeypatch):
    monkeypatch.setattr(bromley1993, "FOLDS", 3)
    claims = measure(quick=True, root=tmp_path, data=shared_data / "svc2004_task2")
    figures = {claim.id: claim.ours for claim in claims}
    assert figures["template-bytes"] == 80 and 40 < figures["accepted"] < 100
    assert len(list(tmp_path.iterdir())) == 9
