import numpy as np
import pytest

from shoestring.rl.boards import Connect, TicTacToe
from shoestring.rl.exhaustive import empty
from shoestring.service.models import Models
from tests.contracts.test_boards import random_games
from tests.service.agents import board_run, table_run
from tests.service.test_agents import asked

MOVE = "/v1/policies/run:{}/move"
START = [0] * 9


@pytest.fixture
def models(verifier, settings):
    served = Models({}, runs=settings.runs, default="pen")
    served.add("pen", verifier)
    return served


@pytest.fixture
def player(settings):
    return board_run(settings.runs, "xo", TicTacToe())[1]


@pytest.mark.parametrize("rules", [TicTacToe(), Connect()], ids=lambda rules: rules.kind)
def test_the_move_is_that_of_the_player_with_what_its_search_and_its_network_say(client, settings, rules):
    _, player = board_run(settings.runs, "game", rules)
    for before, _, _ in list(random_games(rules, 1, np.random.default_rng(0)))[::3]:
        found = asked(client, MOVE.format("game"), board=before[0].tolist()).json()
        look = player.look(before)
        assert found["move"] == player.choose(before)[0] and found["visits"] == look.visits[0].tolist()
        assert sum(found["visits"]) == found["simulations"] == player.simulations
        assert found["value"] == pytest.approx(look.value[0])
        chance, value = player.network.evaluate(before)
        legal = rules.legal(before)[0]
        assert found["network_value"] == pytest.approx(value[0])
        assert found["prior"] == pytest.approx(chance[0] * legal / (chance[0] * legal).sum(), abs=1e-9)
        after = rules.place(before, np.array([found["move"]]))[0]
        assert found["after"] == after.tolist() and found["fingerprint"] == player.fingerprint
        lost = bool(rules.lost(after[None])[0])
        assert found["end"] == ("won" if lost else None if rules.legal(after[None]).any() else "drawn")
        assert bool(found["line"]) == lost


def test_a_win_ends_the_game_and_names_its_line(client, player):
    found = asked(client, MOVE.format("xo"), board=[1, 1, 0, -1, -1, 0, 0, 0, 0], simulations=200).json()
    assert (found["move"], found["end"], found["line"]) == (2, "won", [0, 1, 2])
    last = asked(client, MOVE.format("xo"), board=[1, -1, 1, 1, -1, -1, -1, 1, 0]).json()
    assert (last["move"], last["end"], last["line"]) == (8, "drawn", [])


def test_simulations_and_seeds_decide_and_nothing_else(client, player):
    once, again = (asked(client, MOVE.format("xo"), board=START, simulations=40).json() for _ in range(2))
    assert once == again and sum(once["visits"]) == 40
    alone = asked(client, MOVE.format("xo"), board=START, simulations=1).json()
    assert alone["move"] == int(np.argmax(player.network.evaluate(empty(player.rules))[0]))
    drawn = [
        asked(client, MOVE.format("xo"), board=START, draw=True, seed=seed).json()["move"]
        for seed in (*range(12), *range(12))
    ]
    assert drawn[:12] == drawn[12:] and len(set(drawn)) > 2


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"board": [0] * 8}, "board", "8 cells; tic-tac-toe has 9"),
        ({"board": []}, "board", "0 cells"),
        ({"board": [3, *START[1:]]}, "board", "row 1, column 1 is 3"),
        ({"board": [10**30, *START[1:]]}, "board", "row 1, column 1 is"),
        ({"board": [1, *START[1:]]}, "board", "players take turns"),
        ({"board": [-1, -1, -1, 1, 1, 0, 0, 0, 0]}, "board", "the game is over, lost"),
        ({"board": [1, 1, 1, -1, -1, 0, -1, 0, 0]}, "board", "a line already"),
        ({"board": [0.5, *START[1:]]}, "board.0", "integer"),
        ({"board": "xo"}, "board", "list"),
        ({}, "board", "required"),
        ({"board": START, "simulations": 0}, "simulations", "between 1 and 2000"),
        ({"board": START, "simulations": 2001}, "simulations", "between 1 and 2000"),
        ({"board": START, "seed": -1}, "seed", "seed: -1 is not between"),
        ({"board": START, "depth": 3}, "depth", "unknown field"),
    ],
)
def test_what_is_no_position_is_refused_in_the_envelope_with_its_place(client, player, body, param, words):
    answer = asked(client, MOVE.format("xo"), **body)
    error = answer.json()["error"]
    assert answer.status_code == 422 and words in error["message"] and error["type"] == "invalid_data"
    assert error["param"] == param


def test_models_are_told_apart(client, settings, player):
    table_run(settings.runs, "cliff")
    answer = asked(client, MOVE.format("cliff"), board=START)
    assert answer.status_code == 422 and "plays no board game" in answer.json()["error"]["message"]
    answer = asked(client, "/v1/policies/run:xo/act", observation=START)
    assert answer.status_code == 422 and "POST /v1/policies/run:xo/move" in answer.json()["error"]["message"]
    assert client.post(MOVE.format("nothing"), json={"board": START}).status_code == 404


def test_players_are_listed_with_their_game_before_and_after_they_are_loaded(client, settings, player):
    def listed():
        (found,) = [one for one in client.get("/v1/policies").json()["policies"] if one["name"] == "run:xo"]
        return found

    first = listed()
    assert not first["loaded"] and first["environment"] == "tic-tac-toe" and first["simulations"] == 20
    assert first["board"]["rows"] == 3 and len(first["board"]["lines"]) == 8 and not first["board"]["gravity"]
    asked(client, MOVE.format("xo"), board=START)
    assert listed() == first | {"loaded": True}


def test_a_player_without_kept_games_is_an_agent_too_and_plays_itself(client, settings, player):
    for file in (settings.runs / "xo" / "samples" / "episodes").iterdir():
        file.unlink()
    (settings.runs / "xo" / "samples" / "episodes").rmdir()
    (entry,) = client.get("/v1/agents").json()["runs"]
    assert (entry["run"], entry["episodes"], entry["recipe"]) == ("xo", 0, "rl-self-play")
    games = [asked(client, "/v1/policies/run:xo/play", seed=seed, draw=True).json() for seed in (1, 1, 2)]
    assert games[0] == games[1] != games[2] and games[0]["environment"] == "tic-tac-toe"
    assert len(games[0]["scene"]["frames"]) == games[0]["steps"] + 1
