import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity import hard_negatives as module
from shoestring.similarity.hard_negatives import hard_negatives
from shoestring.similarity.search import unit


def cloud(rows=400, width=12, seed=0):
    return unit(np.random.default_rng(seed).normal(size=(rows, width)))


def slowly(anchors, positives, corpus, known, count):
    """Every candidate of every anchor, looked at one by one."""
    found = []
    for anchor, positive, mine in zip(anchors, positives, known, strict=True):
        most = 0.95 * float(anchor.astype(float) @ positive.astype(float))
        allowed = []
        for row, text in enumerate(corpus):
            cosine = float(anchor.astype(float) @ text.astype(float))
            if row not in mine and cosine <= most:
                allowed.append((-cosine, row))
        rows = [row for _, row in sorted(allowed)[:count]]
        found.append(rows + [-1] * (count - len(rows)))
    return np.array(found)


def test_they_are_those_of_a_look_at_every_candidate(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 7)
    corpus = cloud()
    # The positive is near its anchor, and so are a few that nobody marked.
    at = np.arange(30)
    positives = unit(corpus[at] + 0.4 * cloud(30, seed=1))
    known = [[row, row + 100] for row in range(30)]
    found = hard_negatives(corpus[at], positives, corpus, known, count=3, deep=400)
    assert found.tolist() == slowly(corpus[at], positives, corpus, known, 3).tolist()
    assert (found >= 0).all()


def test_known_positives_and_what_looks_like_one_are_passed_over():
    corpus = unit(np.array([[1, 0], [0.99, 0.14], [0.95, 0.31], [0.6, 0.8], [0, 1.0]]))
    anchor, positive = corpus[:1], corpus[2:3]
    # 1 is nearer than the positive, 2 is the positive; 3 is hard, and 4 is easy.
    assert hard_negatives(anchor, positive, corpus, [[0, 2]]).tolist() == [[3]]
    assert hard_negatives(anchor, positive, corpus, [[0, 2]], ceiling=1.1).tolist() == [[1]]
    assert hard_negatives(anchor, positive, corpus, [[0, 2, 3]], count=3).tolist() == [[4, -1, -1]]


def test_where_all_that_is_near_is_passed_over_there_is_none():
    corpus = np.ones((50, 1), dtype=np.float32)
    assert hard_negatives(corpus[:2], corpus[:2], corpus, [[0], [1]], deep=5).tolist() == [[-1], [-1]]


@pytest.mark.parametrize("wrong", [{"count": 0}, {"deep": 0}, {"ceiling": 0.0}, {"known": [[0]]}])
def test_what_does_not_fit_is_refused(wrong):
    corpus = cloud(5)
    settings = {"known": [[0], [1]]} | wrong
    with pytest.raises(BadDataError, match="do not fit"):
        hard_negatives(corpus[:2], corpus[:2], corpus, settings.pop("known"), **settings)
