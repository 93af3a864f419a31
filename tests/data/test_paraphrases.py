import numpy as np

from shoestring.data.paraphrases import PARTS, inferred_paraphrases, scored_paraphrases

MEANING = {word: (place, number) for place, part in enumerate(PARTS)
           for number, words in enumerate(part) for word in words}  # fmt: skip


def meanings(text):
    return dict(MEANING[word] for word in text.rstrip(".").split() if word in MEANING)


def test_no_word_means_two_things():
    assert len(MEANING) == sum(len(words) for part in PARTS for words in part)


def test_the_score_is_the_share_of_parts_that_mean_the_same():
    pairs = scored_paraphrases(200, seed=1)
    for left, right, score in zip(pairs.left, pairs.right, pairs.target, strict=True):
        a, b = meanings(left), meanings(right)
        assert len(a) == len(b) == 4 and score == 5 * sum(a[part] == b[part] for part in a) / 4
    assert 0 <= pairs.target.min() < pairs.target.max() <= 5
    assert scored_paraphrases(200, seed=1).left == pairs.left != scored_paraphrases(200, seed=2).left


def test_entailment_says_the_same_and_contradiction_another_deed():
    pairs = inferred_paraphrases(150)
    changed = {0: set(), 1: {3}, 2: {1}}
    for left, right, label in zip(pairs.left, pairs.right, pairs.target, strict=True):
        a, b = meanings(left), meanings(right)
        assert {part for part in a if a[part] != b[part]} == changed[int(label)]
    assert set(np.unique(pairs.target)) == {0, 1, 2}
