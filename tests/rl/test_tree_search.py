import numpy as np
import pytest

from shoestring.rl.boards import TicTacToe
from shoestring.rl.exhaustive import empty, minimax
from shoestring.rl.tree_search import masked, puct, search

RULES = TicTacToe()


def even(boards):
    """A network that knows nothing."""
    return np.full((len(boards), 9), 1 / 9), np.zeros(len(boards))


def after(*actions):
    board = empty(RULES)
    for action in actions:
        board = RULES.place(board, np.array([action]))
    return board


def plain_search(board, simulations, exploration, prior_of):
    """The slow obvious loop: one game, one dictionary of nodes, recursion."""
    nodes = {}

    def key(b):
        return tuple(b[0].tolist())

    def visit(b):
        if RULES.lost(b)[0]:
            return -1.0
        legal = RULES.legal(b)[0]
        if not legal.any():
            return 0.0
        if key(b) not in nodes:
            prior, value = prior_of(b)
            kept = prior[0] * legal
            nodes[key(b)] = [np.zeros(9), np.zeros(9), kept / kept.sum()]
            return value[0]
        n, w, p = nodes[key(b)]
        score = [w[a] / n[a] if n[a] else 0.0 for a in range(9)]
        score = [score[a] + exploration * p[a] * max(n.sum(), 1) ** 0.5 / (1 + n[a]) for a in range(9)]
        action = max((a for a in range(9) if legal[a]), key=lambda a: (score[a], -a))
        value = -visit(RULES.place(b, np.array([action])))
        n[action] += 1
        w[action] += value
        return value

    visit(board)
    for _ in range(simulations):
        visit(board)
    return nodes[key(board)][0]


def known(boards):
    """Some network: priors and values that differ from board to board."""
    weights = np.random.default_rng(0).normal(size=(9, 10))
    out = boards @ weights
    chance = np.exp(out[:, :9])
    return chance / chance.sum(axis=1, keepdims=True), np.tanh(out[:, 9])


def test_many_games_at_once_are_searched_as_one_by_one():
    """From five stones on no position is reached in two ways within so few simulations, so trees equal graphs."""
    boards = np.concatenate([after(0, 4, 8, 1, 7), after(2, 4, 6, 5, 3), after(4, 0, 2, 6, 3), after(1, 0, 3, 4)])
    found = search(RULES, boards, known, simulations=12, exploration=1.3)
    alone = [search(RULES, row[None], known, simulations=12, exploration=1.3).visits[0] for row in boards]
    assert (found.visits == np.array(alone)).all() and (found.visits.sum(axis=1) == 12).all()
    for row, visits in zip(boards, found.visits, strict=True):
        assert visits.tolist() == plain_search(row[None], 12, 1.3, known).tolist()


@pytest.mark.parametrize(
    ("actions", "best"),
    [((0, 3, 1, 4), 2), ((0, 4, 8, 3, 1), 5), ((4, 0, 2, 8), 6)],
    ids=["win", "win-too", "block-and-win"],
)
def test_it_finds_what_decides_without_any_knowledge(actions, best):
    found = search(RULES, after(*actions), even, simulations=200)
    assert found.visits[0].argmax() == best
    assert found.value[0] > 0


def test_values_are_for_the_player_to_move_and_tend_to_the_exact_ones():
    lost = after(0, 1, 4, 2)
    assert minimax(RULES, lost[0]) == 1 and search(RULES, lost, even, simulations=400).value[0] > 0.8
    forked = after(0, 1, 4, 2, 3)
    assert minimax(RULES, forked[0]) == -1 and search(RULES, forked, even, simulations=400).value[0] < -0.8


def test_with_few_cells_left_it_plays_exactly_without_a_network():
    rng, boards = np.random.default_rng(0), empty(RULES, 400)
    for _ in range(5):
        boards = RULES.place(boards, (RULES.legal(boards) * rng.random((len(boards), 9))).argmax(axis=1))
        boards = boards[~RULES.lost(boards)]
    boards = np.unique(boards, axis=0)[:60]
    chosen = search(RULES, boards, even, simulations=300).visits.argmax(axis=1)
    reached = RULES.place(boards, chosen)
    exact = [minimax(RULES, board) for board in boards]
    assert [-minimax(RULES, board) for board in reached] == exact and len(set(exact)) == 3


def test_noise_changes_the_roots_alone_and_comes_from_its_stream():
    boards = after(0)
    plain = search(RULES, boards, known, simulations=30).visits
    noisy = [
        search(RULES, boards, known, simulations=30, noise=0.5, rng=np.random.default_rng(seed)).visits
        for seed in (1, 1, 2)
    ]
    assert (noisy[0] == noisy[1]).all() and (noisy[0] != noisy[2]).any() and (noisy[0] != plain).any()
    assert noisy[0][0, 0] == 0, "an action that is not legal stays so"
    with pytest.raises(ValueError, match="random stream"):
        search(RULES, boards, known, simulations=3, noise=0.5)


def test_the_formula_by_hand_and_masks():
    score = puct(np.array([2.0, 0.0]), np.array([4, 0]), np.array([0.25, 0.75]), 2.0)
    assert score == pytest.approx([0.5 + 2 * 0.25 * 2 / 5, 2 * 0.75 * 2 / 1])
    legal = np.array([[True, False, True], [True, False, False]])
    assert masked(np.array([[0.2, 0.6, 0.2], [0.0, 1.0, 0.0]]), legal).tolist() == [[0.5, 0, 0.5], [1, 0, 0]]
