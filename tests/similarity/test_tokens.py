import numpy as np

from shoestring.similarity.tokens import Tokens

LISTS = [[5, 6], [], [7], [8, 9, 10]]


def lists(tokens):
    return [tokens.ids[a:b].tolist() for a, b in zip(tokens.starts, tokens.starts[1:], strict=False)]


def test_any_rows_in_any_order():
    tokens = Tokens.of(LISTS)
    assert lists(tokens) == LISTS and tokens.lengths.tolist() == [2, 0, 1, 3] and len(tokens) == 4
    assert lists(tokens.take(np.array([3, 1, 0, 3]))) == [LISTS[3], [], LISTS[0], LISTS[3]]
    assert lists(tokens[1:3]) == LISTS[1:3] and lists(tokens.take(np.array([], dtype=int))) == []
    assert lists(Tokens.joined([tokens, tokens[3:]])) == [*LISTS, LISTS[3]]


def test_padding_stands_behind_the_end():
    ids, inside = Tokens.of(LISTS).padded(4)
    assert ids.tolist() == [[5, 6, 4], [4, 4, 4], [7, 4, 4], [8, 9, 10]]
    assert inside.sum(dim=1).tolist() == [2, 0, 1, 3]
    assert Tokens.of([[]]).padded()[0].shape == (1, 1)
