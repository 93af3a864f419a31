import numpy as np
import pytest

import shoestring
from shoestring.data.paraphrases import scored_paraphrases
from shoestring.papers import sbert
from shoestring.papers.sbert import PROGRAM, STATEMENTS, Measured, judged, measure
from shoestring.similarity.rank_correlation import spearman


def test_without_the_data_nothing_is_claimed(tmp_path):
    claims = measure(quick=True, root=tmp_path, data=tmp_path / "nowhere")
    assert [claim.id for claim in claims] == list(STATEMENTS)
    assert {claim.verdict for claim in claims} == {"not testable here"} and not list(tmp_path.iterdir())


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(sbert, "RESAMPLES", 20)


def measured():
    pairs = scored_paraphrases(60)
    found = Measured({"dev": pairs, "2012": pairs.rows(np.arange(30)), "2013": pairs.rows(np.arange(30, 60))})
    found.add("static", shoestring.load("text"), tuple(found.tests))
    return found


def test_correlations_and_differences_are_those_of_the_pairs():
    found = measured()
    found.scores["worse", "dev"] = -found.scores["static", "dev"]
    value = 100 * spearman(found.scores["static", "dev"], found.tests["dev"].target)
    level, difference = found.rho("static"), found.rho("static", "worse")
    assert level[0] == pytest.approx(value) and level[1] < level[0] < level[2]
    assert difference[0] == pytest.approx(2 * value)
    assert found.rho("nobody") is None and found.rho("worse", years=True) is None
    halves = [100 * spearman(found.scores["static", y], found.tests[y].target) for y in ("2012", "2013")]
    assert found.rho("static", years=True)[0] == pytest.approx(np.mean(halves))


def test_verdicts_follow_from_the_numbers():
    found = measured()
    found.rates = {"closest-pair": (4.0, 3.5, 4.9), "ratio-static": (9e4, 8e4, 1e5), "ratio-bert": (5e3, 4e3, 6e3),
                   "smart-batching": (-3.0, -5.0, 1.0)}  # fmt: skip
    claims = {claim.id: claim for claim in judged(found, quick=True)}
    assert list(claims) == list(STATEMENTS)
    assert claims["closest-pair"].verdict == "met" and claims["ratio-static"].verdict == "met"
    assert claims["ratio-bert"].verdict == "met in direction" and claims["smart-batching"].verdict == "not met"
    assert claims["nli"].verdict == "not testable here" and claims["nli"].ours is None
    found.rates["closest-pair"] = (5.5, 4.0, 6.0)
    assert judged(found)[0].verdict == "met in direction"


def test_the_timed_program_finds_the_closest_pair(tmp_path):
    import subprocess
    import sys

    path = tmp_path / "t.txt"
    path.write_text("the stock market fell\na man plays the guitar\nbread and butter\na man plays a guitar")
    done = subprocess.run([sys.executable, "-c", PROGRAM, str(path)], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[:2] == ["a man plays the guitar", "a man plays a guitar"]


@pytest.mark.slow
def test_the_quick_measurement_runs_whole(shared_data, tmp_path):
    claims = measure(quick=True, root=tmp_path, data=shared_data)
    assert {claim.id for claim in claims if claim.ours is not None} >= {"closest-pair", "nli", "static", "years-static"}
