import pytest

import shoestring
from shoestring.core.errors import InterruptedRunError
from shoestring.recipes import rl_self_play
from shoestring.recipes.rl_self_play import RlSelfPlay
from shoestring.recipes.training import create, execute, plan, train
from shoestring.rl.episodes import listed, read
from tests.recipes.test_rl_rollout import stopping

SMALL = ["iterations=4", "games=6", "simulations=6", "updates=3", "batch=16", "hidden=[8]", "exhaust=false"]


def result(run):
    weights = (run.path / "model" / "board.safetensors").read_bytes()
    games = [(name, read(path).action.tolist()) for name, path in listed(run.path)]
    return run.metrics(), run.summary()["metrics"], run.spent(), weights, games


@pytest.mark.parametrize("more", [[], ["board.kind=connect", "games=2"]], ids=["tic-tac-toe", "connect"])
def test_stopped_and_resumed_equals_unbroken_bit_for_bit(more, tmp_path, monkeypatch):
    unbroken = train("rl-tictactoe", [*SMALL, *more], root=tmp_path, quiet=True)
    stopped = create(plan("rl-tictactoe", [*SMALL, *more]), tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(rl_self_play, "play_games", stopping(stopped, rl_self_play.play_games, at=2))
        with pytest.raises(InterruptedRunError):
            execute(stopped, quiet=True)
    assert stopped.summary()["step"] == 2
    train(resume=stopped, quiet=True)
    assert repr(result(stopped)) == repr(result(unbroken))


def test_games_of_several_ages_are_kept_and_change_nothing_that_is_learned(tmp_path):
    kept = train("rl-tictactoe", [*SMALL, "recordings=2"], root=tmp_path, quiet=True)
    ages = [(name, read(path).env_steps) for name, path in listed(kept.path)]
    total = kept.spent()["env_steps"]
    assert [name.split("-")[0] for name, _ in ages] == ["training"] * 3 + ["evaluation"] * 2
    assert ages[0] == ("training-000000000000", 0) and 0 < ages[1][1] < ages[2][1] == total
    assert dict(ages)["evaluation-best"] == total
    without = train("rl-tictactoe", [*SMALL, "recordings=0"], root=tmp_path, quiet=True)
    assert not list(listed(without.path)) and result(without)[:4] == result(kept)[:4]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_it_never_loses_tic_tac_toe_whatever_the_opponent_does(tmp_path, seed):
    """Every reply of every opponent, perfect play among them, moving first and moving second."""
    run = train("rl-tictactoe", seed=seed, root=tmp_path, quiet=True)
    metrics = run.summary()["metrics"]
    assert metrics["lines_lost"] == 0 and metrics["lines_won"] > 100
    assert shoestring.load(run.path).kind == "board-policy"


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        RlSelfPlay(games=0)
    from shoestring.rl.boards import Connect

    with pytest.raises(ValueError, match="only tic-tac-toe"):
        RlSelfPlay(board=Connect())
