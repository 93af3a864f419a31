import numpy as np
import pytest

from shoestring.rl.board_games import record_game
from shoestring.rl.boards import Connect, TicTacToe
from shoestring.rl.episodes import read, write
from shoestring.rl.exhaustive import empty
from tests.rl.test_matches import untrained


@pytest.mark.parametrize("rules", [TicTacToe(), Connect()], ids=lambda rules: rules.kind)
def test_a_game_follows_the_rules_and_is_told_as_the_first_player_sees_it(rules, tmp_path):
    player, ends = untrained(rules), set()
    for seed in range(12):
        game = record_game(player, np.random.default_rng(seed), env_steps=seed)
        board, mover = empty(rules), 1
        for step in range(len(game)):
            assert (game.observation[step] == mover * board[0]).all() and not rules.lost(board)[0]
            assert rules.legal(board)[0, game.action[step]]
            board, mover = rules.place(board, game.action[step : step + 1]), -mover
        assert (game.final == mover * board[0]).all()
        lost = bool(rules.lost(board)[0])
        assert lost or not rules.legal(board).any()
        assert game.total == (-mover if lost else 0) and (game.reward[:-1] == 0).all()
        ends.add(game.total)
        assert game.terminated.tolist() == [False] * (len(game) - 1) + [True] and not game.truncated.any()
        write(tmp_path / "game.npz", game)
        assert read(tmp_path / "game.npz").head() == game.head()
    assert {-1.0, 1.0} <= ends, "both sides win some of these, so that the signs are seen"


def test_the_best_moves_are_those_of_the_player_and_a_lost_value_is_a_mistake():
    player = untrained(TicTacToe(), simulations=60)
    game = record_game(player)
    for step in range(len(game)):
        mover = 1 if step % 2 == 0 else -1
        board = (mover * game.observation[step]).astype(np.int8)[None]
        assert game.action[step] == player.choose(board)[0] == game.distribution[step].argmax()
        assert game.value[step] == pytest.approx(mover * player.look(board).value[0])
    # With gamma and lambda 1 advantages are the result less the value: summing up errors from here to the end.
    assert game.advantage() == pytest.approx(game.total - game.value, abs=1e-6)


def test_drawn_games_repeat_with_their_stream():
    player = untrained(Connect())
    one, same, other = (record_game(player, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.action.tolist() == same.action.tolist() != other.action.tolist()
