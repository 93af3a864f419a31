from types import SimpleNamespace

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.sampling import PairMix, PairSampler, split_identities


def people(counts):
    """(genuine, forged) items for each of the writers a, b, c, ..."""
    writer = [chr(97 + w) for w, (g, f) in enumerate(counts) for _ in range(g + f)]
    genuine = [i < g for g, f in counts for i in range(g + f)]
    sample = np.arange(len(writer))
    return SimpleNamespace(identity=np.array(writer), genuine=np.array(genuine, dtype=bool), sample=sample)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_the_mix_is_that_of_the_paper_and_every_pair_is_what_it_says():
    samples = people([(4, 3), (2, 5), (6, 1)])
    pairs = PairMix().sampler(samples, rng()).draw(20_000)
    left, right = pairs.left, pairs.right
    same_writer = samples.identity[left] == samples.identity[right]
    assert samples.genuine[left].all() and (left != right).all()
    assert np.array_equal(pairs.same, same_writer & samples.genuine[right])
    skilled = ~samples.genuine[right]
    assert same_writer[skilled].all()
    shares = [pairs.same.mean(), skilled.mean(), (~same_writer).mean()]
    assert shares == pytest.approx([0.5, 0.4, 0.1], abs=0.01) and sum(shares) == pytest.approx(1)


def test_writers_and_items_within_them_are_equally_likely():
    samples = people([(2, 0), (20, 0), (5, 0)])
    pairs = PairMix(genuine=1, skilled=0, zero_effort=0).sampler(samples, rng()).draw(30_000)
    counts = np.bincount(np.concatenate([pairs.left, pairs.right]), minlength=27) / 60_000
    for rows, size in (((0, 2), 2), ((2, 22), 20), ((22, 27), 5)):
        assert counts[slice(*rows)] == pytest.approx(1 / 3 / size, rel=0.15)


def test_without_forgeries_their_share_goes_to_zero_effort():
    pairs = PairMix().sampler(people([(3, 0), (3, 0)]), rng()).draw(4_000)
    assert pairs.same.mean() == pytest.approx(0.5, abs=0.03)


def test_a_resumed_sampler_goes_on_with_the_pairs_that_would_have_come():
    samples = people([(4, 3), (2, 5), (6, 1)])
    whole = PairMix().sampler(samples, rng())
    whole.draw(7)
    state = whole.state_dict()
    other = PairMix().sampler(samples, rng(5))
    other.load_state_dict(state)
    a, b = whole.draw(50), other.draw(50)
    assert np.array_equal(a.left, b.left) and np.array_equal(a.right, b.right)


@pytest.mark.parametrize(
    ("counts", "message"), [([(1, 2), (1, 0)], "two genuine items"), ([(4, 3)], "at least two people")]
)
def test_kinds_that_cannot_be_drawn_are_refused(counts, message):
    with pytest.raises(BadDataError, match=message):
        PairSampler(PairMix(), people(counts), rng())


@pytest.mark.parametrize("shares", [(0.5, 0.4, 0.2), (1.2, -0.1, -0.1)])
def test_shares_add_up_to_one(shares):
    genuine, skilled, zero_effort = shares
    with pytest.raises(ValueError, match="add up to 1"):
        PairMix(genuine=genuine, skilled=skilled, zero_effort=zero_effort)


def test_no_writer_is_in_two_parts_and_the_folds_test_everybody_once():
    samples = people([(2, 1)] * 13)
    tested = []
    for fold in range(4):
        parts = [set(samples.identity[rows]) for rows in split_identities(samples, 4, fold, 3, rng(2))]
        assert [len(part) for part in parts[1:]] == [3, 4 if fold == 0 else 3]
        assert len(set.union(*parts)) == sum(map(len, parts)) == 13
        tested += parts[2]
    assert sorted(tested) == sorted(set(samples.identity))


def test_one_fold_keeps_nobody_for_the_test():
    train, validate, test = split_identities(people([(2, 1)] * 6), 1, 0, 2, rng())
    assert (len(train), len(validate), len(test)) == (12, 6, 0)


@pytest.mark.parametrize(("folds", "fold", "message"), [(2, 0, "to train"), (3, 3, "fold 3")])
def test_too_few_writers_and_folds_that_are_not_there_are_refused(folds, fold, message):
    with pytest.raises(BadDataError, match=message):
        split_identities(people([(2, 1)] * 4), folds, fold, 1, rng())
