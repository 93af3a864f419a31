import io

import pytest
from PIL import Image

from shoestring.cli import watching
from shoestring.core.folder import RunFolder
from shoestring.rl.boards import TicTacToe
from shoestring.rl.envs import CartPole
from tests.service.agents import agent_run, board_run, table_run, values_run


@pytest.fixture
def runs(shell):
    agent_run(shell.runs, "cart", CartPole(limit=30))
    table_run(shell.runs, "cliff")


def test_a_pipe_gets_moments_and_the_figures(shell, runs):
    shown = shell("watch", "cliff", "--episode", "evaluation-best").stdout
    assert "step 0   up   return so far 0" in shown and "@ C C C C C C C C C C G" in shown
    assert "end after 13 steps, return -13" in shown and "S C C C C C C C C C C @" in shown
    assert "learned from" in shown and "the most likely" in shown
    assert "\x1b[" not in shown
    assert any(0x2800 < ord(letter) < 0x2900 for letter in shell("watch", "cart").stdout)


def test_a_terminal_sees_it_move(shell, runs, monkeypatch):
    pauses = []
    monkeypatch.setattr(watching.time, "sleep", pauses.append)
    monkeypatch.setattr(watching.sys, "stdout", Terminal())
    text = watching.show(watching.Output(), watching.play(str(shell.runs / "cliff"), 0, False, shell.runs), 2.0)
    written = watching.sys.stdout.getvalue()
    assert text == "" and written.count("\x1b[5A") == 13 and "end after 13 steps" in written
    assert pauses == [0.125] * 14


def test_what_learned_to_act_is_to_be_watched_next(shell, runs):
    run = RunFolder(shell.runs / "cart")
    assert f"      shoestring watch {run.path}\n" in shell("train", "--resume", "cart").stderr


class Terminal(io.StringIO):
    """What a terminal is to the command."""

    def isatty(self):
        return True


def test_programs_get_one_document(shell, runs):
    document = shell.json("watch", "cart")
    assert document["schema"] == "shoestring.watch/1" and document["episode"] == "evaluation-best"
    assert document["episodes"] == ["training-000000000000", "evaluation-best"]
    assert shell.json("watch", "cart", "--episode", 1)["episode"] == "training-000000000000"
    fresh = [shell.json("watch", "cart", "--fresh", seed, "--drawn") for seed in (1, 1, 2)]
    assert fresh[0] == fresh[1] and fresh[0]["how"] == "drawn"


def test_action_values_are_watched_and_evaluated_too(shell):
    values_run(shell.runs, "deep")
    assert shell.json("watch", "deep", "--fresh", 1)["how"] == "best"
    assert shell.json("evaluate", "deep", "--episodes", 4)["episodes"] == 4


def test_a_board_game_is_watched_as_letters_and_a_new_one_is_played(shell, tmp_path):
    board_run(shell.runs, "xo", TicTacToe())
    shown = shell("watch", "xo").stdout
    assert ". . .\n. . .\n. . ." in shown and "step 0   cell" in shown and "first player to move" in shown
    drawn = [shell.json("watch", "xo", "--fresh", seed, "--drawn") for seed in (1, 1)]
    assert drawn[0] == drawn[1] and drawn[0]["environment"] == "tic-tac-toe" and drawn[0]["how"] == "drawn"
    assert shell.json("watch", "xo", "--fresh", 3)["return"] == shell.json("watch", "xo")["return"]
    shell("watch", "xo", "--gif", tmp_path / "game.gif")
    with Image.open(tmp_path / "game.gif") as picture:
        assert picture.n_frames > 4


def test_a_gif_is_written(shell, runs, tmp_path):
    shown = shell("watch", "cart", "--gif", tmp_path / "a.gif", "--width", 100)
    assert shown.stdout.strip() == str(tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as picture:
        assert picture.format == "GIF" and picture.size[0] == 100


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["cart", "--episode", "nothing"], 3, "it has: training-000000000000, evaluation-best"),
        (["cart", "--gif", "/nowhere/a.gif"], 2, "/nowhere: no such folder"),
        (["cart", "--drawn"], 2, "--drawn goes with --fresh"),
        (["cart", "--fresh", "1", "--episode", "1"], 2, "either --episode or --fresh"),
        (["nothing"], 3, "no run 'nothing'"),
    ],
)
def test_what_cannot_be_watched(shell, runs, words, code, message):
    assert message in shell("watch", *words, code=code).stderr


def test_a_run_without_episodes_says_so(shell):
    from tests.service.runs import make_run

    make_run(shell.runs, "plain")
    assert "it has: none" in shell("watch", "plain", code=3).stderr
    assert "has no model" in shell("watch", "plain", "--fresh", 0, code=3).stderr
