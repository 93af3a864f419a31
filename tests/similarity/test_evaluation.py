import json
from dataclasses import replace

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.calibration import Targets
from shoestring.similarity.evaluation import DET_GRID, FMR_TARGETS, evaluate
from shoestring.similarity.metrics import cllr, eer, fnmr_at_fmr, min_cllr, rank
from shoestring.similarity.protocol import compare
from shoestring.similarity.verifier import Verifier

from .toys import ToyMatcher, toy_people


@pytest.fixture(scope="module")
def verifier():
    people = toy_people(70, uneven=0.4, distance=6.0, seed=1)
    return Verifier.calibrate(ToyMatcher(), people, references=4, random_per_subject=20, targets=Targets(0.1, 0.1))


@pytest.fixture(scope="module")
def people():
    return toy_people(12, genuine=12, uneven=0.4, distance=6.0, seed=5)


@pytest.fixture(scope="module")
def evaluation(verifier, people):
    return evaluate(verifier, people, resamples=60, seed=3)


def test_the_document_has_the_published_shape(evaluation):
    document = json.loads(json.dumps(evaluation.as_dict(), allow_nan=False))
    assert document["schema"] == "shoestring.evaluation/1"
    for name in ("eer_skilled", "eer_random", "fnmr_at_fmr_0.01_skilled", "fnmr_at_fmr_0.0001_random", "cllr",
                 "min_cllr", "d_prime_skilled", "auc_random", "eer_skilled_1vs1", "genuine_accepted_at_0.8_skilled",
                 "zero_fmr_fnmr_random"):  # fmt: skip
        entry = document["metrics"][name]
        assert entry["low"] <= entry["value"] <= entry["high"], name
    assert [protocol["references"] for protocol in document["protocols"]] == [4, 1]
    assert document["protocols"][0]["pairs"] == {"genuine": 12 * 8, "random": 12 * 11 * 8, "skilled": 120}
    assert document["certificate"]["people"] == 70 and document["data"] == "toy people"


def shifted(verifier, people):
    rows = compare(ToyMatcher(), people, references=4, levels=True)
    return replace(rows, score=rows.score - verifier.calibration.per_user.shift(rows.level))


def test_values_are_those_of_the_metrics_on_the_verifiers_scores(verifier, people, evaluation):
    assert verifier.calibration.per_user.weight > 0
    rows = shifted(verifier, people)
    for kind in ("skilled", "random"):
        chosen = rows.against(kind)
        ranking = rank(chosen.score, chosen.genuine)
        entry = evaluation.metrics[f"eer_{kind}"]
        assert (entry["value"], entry["threshold"]) == pytest.approx((eer(ranking).value, eer(ranking).threshold))
        for target in FMR_TARGETS:
            assert evaluation.metrics[f"fnmr_at_fmr_{target:g}_{kind}"]["value"] == fnmr_at_fmr(ranking, target).value
        ratios = rank(verifier.calibration.llr(chosen.score), chosen.genuine)
        assert evaluation.metrics[f"cllr_{kind}"]["value"] == pytest.approx(cllr(ratios))
        assert evaluation.metrics[f"min_cllr_{kind}"]["value"] == pytest.approx(min_cllr(ranking))
        curve = evaluation.protocols[0].curves[kind]
        assert curve["fnmr"] == pytest.approx([fnmr_at_fmr(ranking, fmr).value for fmr in DET_GRID])
        assert all(low <= high for low, high in zip(curve["low"], curve["high"], strict=True))


def test_decisions_are_those_that_verify_gives(verifier, people, evaluation):
    counted = {kind: {"accept": 0, "undecided": 0, "reject": 0} for kind in ("genuine", "skilled")}
    for name in np.unique(people.identity):
        mine = np.flatnonzero(people.identity == name)
        genuine = mine[people.genuine[mine]]
        template = verifier.enrol([people[i] for i in genuine[:4]])
        for kind, rows in (("genuine", genuine[4:]), ("skilled", mine[~people.genuine[mine]])):
            for row in rows:
                counted[kind][verifier.verify(template, people[row]).decision] += 1
    for kind, answers in counted.items():
        total = sum(answers.values())
        row = evaluation.decisions[kind]
        shares = {name: row[key] for name, key in zip(answers, ("accepted", "undecided", "rejected"), strict=True)}
        assert shares == pytest.approx({name: count / total for name, count in answers.items()})
        assert row["pairs"] == total
    assert len({answer for answers in counted.values() for answer, count in answers.items() if count}) == 3


def test_people_rows_add_up(evaluation):
    table = evaluation.protocols[0].people
    assert [row["person"] for row in table] == [f"p{i:03d}" for i in range(12)]
    entry = evaluation.metrics["eer_skilled"]["value"]
    rates = [np.mean([row[f"{side}_at_eer_skilled"] for row in table]) for side in ("rejected", "accepted")]
    # At the interpolated threshold the two rates lie on both sides of the EER, or meet in it.
    assert min(rates) - 0.02 <= entry <= max(rates) + 0.02


def test_small_rates_say_what_they_cannot_show(evaluation):
    entry = evaluation.metrics["fnmr_at_fmr_0.001_skilled"]
    assert entry["supported"] is False and "120 impostor comparisons" in entry["note"] and "3000" in entry["note"]
    assert evaluation.metrics["fnmr_at_fmr_0.1_skilled"]["supported"] is True
    assert "22.09%" in evaluation.metrics["fnmr_at_fmr_0.1_skilled"]["note"]


def values(evaluation, name):
    return tuple(evaluation.metrics[name][key] for key in ("value", "low", "high"))


def test_one_person_two_people_no_forgeries():
    alone = evaluate(ToyMatcher(), toy_people(1), resamples=20)
    assert values(alone, "eer_skilled")[0] is not None and values(alone, "eer_skilled")[1:] == (None, None)
    assert values(alone, "eer_random") == (None, None, None)
    assert "one person" in alone.metrics["eer_random"]["note"]
    two = evaluate(ToyMatcher(), toy_people(2), resamples=20)
    assert values(two, "eer_random")[1:] == (None, None) and "fewer than 3" in two.metrics["eer_random"]["note"]
    few = evaluate(ToyMatcher(), toy_people(4, forgeries=0), resamples=20)
    assert values(few, "eer_skilled") == (None, None, None) and "no skilled" in few.metrics["eer_skilled"]["note"]
    assert few.metrics["min_cllr"] == few.metrics["min_cllr_random"]
    nothing = evaluate(ToyMatcher(), toy_people(1, forgeries=0), resamples=20)
    assert values(nothing, "min_cllr") == (None, None, None)
    for small in (alone, two, few, nothing):
        json.dumps(small.as_dict(), allow_nan=False)


def test_errors_never_seen_have_the_upper_end_that_the_people_support():
    apart = evaluate(ToyMatcher(), toy_people(20, spread=0.01, forgeries=0), resamples=20)
    value, low, high = values(apart, "eer_random")
    assert (value, low) == (0, 0) and high == pytest.approx(1 - 0.025 ** (1 / 20))
    assert "no error seen" in apart.metrics["eer_random"]["note"]


def test_a_bare_matcher_promises_nothing():
    bare = evaluate(ToyMatcher(), toy_people(4), resamples=10)
    assert bare.decisions is None and bare.certificate is None
    assert values(bare, "cllr") == (None, None, None) and "calibrated" in bare.metrics["cllr"]["note"]
    assert bare.about["references"] == 5


def test_people_with_too_few_items_are_named_and_nobody_left_is_an_error():
    people = toy_people(3, genuine=8)
    poor = people.identity == "p001"
    keep = ~(poor & people.genuine & (people.sample > 4))
    some = replace(people, **{name: getattr(people, name)[keep] for name in ("items", "identity", "genuine", "sample")})
    evaluation = evaluate(ToyMatcher(), some, resamples=10)
    assert evaluation.protocols[0].comparisons.subjects == 2
    assert len(evaluation.about["notes"]) == 1 and evaluation.about["notes"][0].startswith("p001: left out")
    assert evaluation.protocols[1].comparisons.subjects == 3
    with pytest.raises(BadDataError, match="collect more"):
        evaluate(ToyMatcher(), toy_people(3, genuine=5))


def test_fewer_references_than_calibrated_decide_nothing(verifier, people):
    single = evaluate(verifier, people, references=1, resamples=10)
    assert len(single.protocols) == 1
    assert all(row["undecided"] == 1 for row in single.decisions.values())
    assert values(single, "cllr") == (None, None, None)


def test_many_strangers_are_limited(people):
    limited = evaluate(ToyMatcher(), people, resamples=5, random_per_subject=3)
    assert limited.protocols[0].comparisons.count("random") == 36


def test_without_resamples_there_are_values_and_no_intervals():
    bare = evaluate(ToyMatcher(), toy_people(4), resamples=0)
    assert values(bare, "eer_skilled")[0] is not None and values(bare, "eer_skilled")[1:] == (None, None)
    json.dumps(bare.as_dict(), allow_nan=False)
