from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from shoestring.data.synthetic_faces import synthetic_faces
from shoestring.papers.chopra2005 import STATEMENTS, CrossTest, cross_test, judged, measure, rejected_at
from shoestring.recipes.training import plan
from shoestring.similarity.metrics import rank
from shoestring.similarity.protocol import Comparisons


def table(gap, people=12, seed=0):
    """Everybody against everybody, genuine scores ``gap`` higher on average."""
    draw = np.random.default_rng(seed)
    names = [f"p{k}" for k in range(people)]
    rows = [(a, b) for a in names for b in names for _ in range(5)]
    subject, probe = (np.array(column) for column in zip(*rows, strict=True))
    genuine = subject == probe
    return Comparisons(
        score=draw.normal(size=len(rows)) + gap * genuine, genuine=genuine, subject=subject, probe=probe,
        kind=np.where(genuine, "genuine", "random"), references=5,
    )  # fmt: skip


def shifted(found, amount):
    """The same comparisons by a system whose genuine scores are higher."""
    return replace(found, score=found.score + amount * found.genuine)


@cache
def claims(*, published=3.0, network=3.5, changed=4.0, untrained=-4.0, own=-3.0, hinge=-3.0, cohort=3.0, patterns=5.0):
    base = table(changed)
    rules = {"own": own, "untrained": untrained, "cohort": cohort}
    tables = {"usual": base} | {name: shifted(base, amount) for name, amount in rules.items()}
    found = judged(
        CrossTest({"usual": table(published)}, {}, 10), CrossTest({"usual": table(network)}, {}, 10),
        CrossTest(tables, {"labels": 3}, 10),
        CrossTest({"usual": shifted(base, hinge)}, {}, 10), CrossTest({"usual": table(patterns)}, {}, 10),
    )  # fmt: skip
    return {claim.id: claim for claim in found}


def test_without_the_pictures_nothing_is_claimed(tmp_path):
    found = measure(quick=True, root=tmp_path, data=tmp_path / "nowhere")
    assert [claim.id for claim in found] == list(STATEMENTS)
    assert {claim.verdict for claim in found} == {"not testable here"} and not list(tmp_path.iterdir())


def test_every_statement_gets_a_claim_in_its_order():
    assert list(claims()) == list(STATEMENTS)


def test_rejections_are_read_at_the_share_of_impostors_that_is_accepted():
    score = np.array([*range(100), 94.5, 88.5, 99.5, 99.5])
    genuine = np.arange(104) >= 100
    assert rejected_at(5)(rank(score, genuine)) == 25.0 and rejected_at(12)(rank(score, genuine)) == 0.0


def test_perfect_scores_meet_the_article_and_random_ones_do_not():
    good, bad = claims(published=50.0), claims(published=0.0)
    for name in ("rejected-at-10", "rejected-at-7.5", "rejected-at-5"):
        assert good[name].ours == 0 and good[name].verdict == "met"
        assert bad[name].ours > 50 and bad[name].verdict == "not met"


def test_differences_are_judged_by_their_sign_and_interval():
    found = claims()
    assert found["trained"].verdict == "met" and found["trained"].high < 0
    assert found["exponential"].verdict == "met" and found["own-covariance"].verdict == "met"
    assert found["cohort"].ours < 0 and found["cohort"].verdict != "not met"
    worse = claims(hinge=1.0, untrained=1.0, own=1.0, cohort=-3.0)
    assert {worse[name].verdict for name in ("trained", "exponential", "own-covariance", "cohort")} == {"not met"}


def test_the_weights_are_counted():
    assert claims()["weights"].ours == 333_308 and claims()["weights"].verdict == "met"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    faces = synthetic_faces(10, 4, height=56, width=46)
    path = tmp_path_factory.mktemp("data") / "faces.npz"
    np.savez(path, images=np.stack([p.pixels for p in faces]), identity=faces.identity)
    return path


def test_a_seed_tests_people_whom_its_network_never_saw(drawn, tmp_path):
    settings = [
        f"data={drawn}", "steps=2", "eval_every=2", "batch_size=2", "references=2", "split.validation=3",
        "encoder.kind=inception-small", "encoder.channels=4", "encoder.width=6",
    ]  # fmt: skip
    rule = plan("face-contrastive").component.matcher
    found = cross_test("face-contrastive", settings, {"usual": rule}, range(4, 6), tmp_path, untrained=True)
    assert found.seeds == 2 and set(found.tables) == {"usual", "untrained"}
    assert found.spent["comparisons"] == 2 * 2 * 2
    # Seed 4 leaves out the last part of the first shuffle, seed 5 the first part of the second: two people each.
    assert len(found.tables["usual"].score) == 2 * 2 * (2 + 2)
    assert np.array_equal(found.tables["usual"].subject, found.tables["untrained"].subject)
    shuffles = [np.random.default_rng(s).permutation([f"p{k:03d}" for k in range(1, 11)]) for s in (0, 1)]
    assert set(found.tables["usual"].subject) == {*shuffles[0][8:], *shuffles[1][:2]}
