import numpy as np

from shoestring.rl.boards import TicTacToe
from shoestring.rl.exhaustive import empty
from shoestring.rl.self_play import Memory, play_games, turned
from tests.rl.test_tree_search import even

RULES = TicTacToe()
SETTINGS = {"simulations": 8, "exploration": 1.5, "noise": 0.25, "concentration": 1.0, "drawn_moves": 3}


def test_results_are_those_of_the_players_to_move():
    board, policy, result = play_games(RULES, even, 20, np.random.default_rng(0), **SETTINGS)
    assert (policy[~RULES.legal(board)] == 0).all() and np.allclose(policy.sum(axis=1), 1)
    starts = np.flatnonzero((board == 0).all(axis=1))
    assert len(starts) == 20 and set(result.tolist()) <= {-1.0, 0.0, 1.0}
    # Boards of one move stand together, game by game: those of the second have the opposite result.
    second = np.flatnonzero((board != 0).sum(axis=1) == 1)
    assert (result[second] == -result[starts]).all() and (result != 0).any()
    # Whoever can win at once and did so has won.
    again = play_games(RULES, even, 20, np.random.default_rng(0), **SETTINGS)
    assert all((one == other).all() for one, other in zip(again, (board, policy, result), strict=True))


def test_the_memory_forgets_the_oldest_and_is_restored():
    memory = Memory(9, 9, 3)
    for number in range(5):
        memory.add(np.full((1, 9), number % 2, dtype=np.int8), np.eye(9)[:1], np.array([float(number)]))
    assert memory.result.tolist() == [2.0, 3.0, 4.0] and len(memory) == 3
    assert memory.added == 5
    other = Memory(9, 9, 3)
    other.load_state_dict(memory.state_dict())
    assert (other.board == memory.board).all() and other.result.tolist() == [2.0, 3.0, 4.0] and other.added == 5


def test_a_symmetry_turns_board_and_policy_together():
    rng = np.random.default_rng(0)
    board = RULES.place(empty(RULES, 200), rng.integers(9, size=200))
    stones = (board != 0).astype(float)
    seen, share = turned(RULES, board, stones, rng)
    assert ((seen != 0) == (share == 1)).all() and (seen != board).any()
