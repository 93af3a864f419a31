import numpy as np
import pytest

from shoestring.papers.facenet import STATEMENTS, Fold, Outcome, levels, measure, mining, ten_folds
from shoestring.similarity.protocol import Comparisons

PER_PART = 6


def outcome(gap, spread=0.5, parts=5, seed=0):
    """Pairs of pictures in each part: scores of genuine pairs are ``gap`` higher on average."""
    draw = np.random.default_rng(seed)
    first, second, part = [], [], []
    for number in range(parts):
        people = np.repeat([f"p{PER_PART * number + k:02d}" for k in range(PER_PART)], 6)
        left, right = np.triu_indices(len(people), k=1)
        first, second = [*first, *people[left]], [*second, *people[right]]
        part += [number] * len(left)
    subject, probe = np.array(first), np.array(second)
    genuine = subject == probe
    table = Comparisons(
        score=draw.normal(size=len(subject)) + gap * genuine, genuine=genuine, subject=subject, probe=probe,
        kind=np.where(genuine, "genuine", "random"),
    )  # fmt: skip
    return Outcome(tuple(Fold("", None, spread) for _ in range(parts)), table, np.array(part), {})


def test_without_the_pictures_nothing_is_claimed(tmp_path):
    found = measure(quick=True, root=tmp_path, data=tmp_path / "nowhere")
    assert [claim.id for claim in found] == list(STATEMENTS)
    assert {claim.verdict for claim in found} == {"not testable here"} and not list(tmp_path.iterdir())


def test_ten_folds_share_nobody_and_hold_as_many_pairs_of_each_kind():
    one = outcome(1.0)
    rows, fold = ten_folds(one.pairs, one.part)
    owners = [set(one.pairs.subject[rows[fold == k]]) | set(one.pairs.probe[rows[fold == k]]) for k in range(10)]
    assert [len(people) for people in owners] == [3] * 10 and len(set.union(*owners)) == 30
    for k in range(10):
        genuine = one.pairs.genuine[rows[fold == k]]
        assert genuine.sum() == 3 * 15 and (~genuine).sum() == 45
    assert len(set(rows.tolist())) == len(rows)


def test_levels_of_scores_that_tell_and_that_say_nothing():
    good, bad = ({claim.id: claim for claim in levels(outcome(gap))} for gap in (8.0, 0.0))
    assert good["val-0.001"].verdict == "met" and good["val-0.001"].ours > 99 and good["ten-fold"].ours > 99
    # 5 x 15 pairs of people x 36 pairs of pictures.
    assert "2,700 impostor pairs cannot show it" in good["val-0.001"].why and "support" in good["val-0.01"].why
    assert bad["val-0.001"].ours < 2 and bad["ten-fold"].verdict == "not met"


def test_mining_is_judged_by_errors_and_by_what_is_left_of_the_spread():
    found = {c.id: c for c in mining(outcome(3.0), outcome(2.0), outcome(0.0, spread=0.001))}
    assert found["random"].verdict == "met" and found["random"].ours < 0
    assert found["hardest"].verdict == "met" and found["collapse"].verdict == "met"
    assert "5 of 5 networks" in found["collapse"].why
    other = {c.id: c for c in mining(outcome(2.0), outcome(3.0), outcome(3.0))}
    assert {other[name].verdict for name in ("random", "hardest", "collapse")} == {"not met"}


@pytest.mark.slow
def test_a_quick_measurement_has_a_claim_for_every_statement(shared_data, tmp_path):
    found = measure(quick=True, root=tmp_path, data=shared_data / "orl_faces" / "faces.npz")
    assert [claim.id for claim in found] == list(STATEMENTS)
    assert all(claim.ours is not None for claim in found)
