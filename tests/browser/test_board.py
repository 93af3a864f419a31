"""The Agents page of a board game: games by mouse and by keys, wrong moves, undo, and the rules that the page has."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from shoestring.rl import episodes
from shoestring.rl.board_games import record_game
from shoestring.rl.board_net import TrainedBoards
from shoestring.rl.boards import Connect, TicTacToe
from shoestring.rl.exhaustive import empty
from shoestring.rl.positions import described, end_of, landing, winning_line
from shoestring.service.models import Models
from shoestring.service.settings import Settings
from tests.contracts.test_boards import random_games
from tests.service.agents import board_run, table_run

from .conftest import Studio, Watched, script, serving
from .test_agents import address


@pytest.fixture(scope="module")
def players(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, dict[str, TrainedBoards]]]:
    """A studio with a player of each game, and an agent that is none."""
    home = tmp_path_factory.mktemp("boards")
    runs = home / "runs"
    table_run(runs, "cliff")
    known = {name: board_run(runs, name, rules)[1] for name, rules in (("xo", TicTacToe()), ("four", Connect()))}
    settings = Settings(port=0, runs=runs, database=f"sqlite:///{home / 'people.sqlite'}", warm=False)
    for studio in serving(settings, Models(runs=runs), runs):
        yield studio, known


@pytest.fixture
def visit(watched: Watched, players: Any) -> Any:
    watched.url = players[0].url
    # While the first one asks, the model is read from its file.
    watched.refusals.add(503)

    def go(path: str) -> Page:
        page = watched.open(path)
        expect(page.locator(".board")).to_be_visible()
        settled(page)
        return page

    return go


def settled(page: Page) -> dict[str, Any]:
    """The game, once nobody thinks."""
    found: dict[str, Any] = page.evaluate(script("settled_game"))
    assert found["rules"] and not found["thinking"]
    return found


def played(player: TrainedBoards, moves: list[int]) -> np.ndarray:
    """The board after some moves, as who is to move sees it."""
    board = empty(player.rules)
    for action in moves:
        board = player.rules.place(board, np.array([action]))
    return board


@pytest.mark.parametrize(("name", "begin"), [("xo", ""), ("xo", "agent"), ("four", "")])
def test_a_game_is_played_to_its_end(visit: Any, players: Any, name: str, begin: str) -> None:
    player = players[1][name]
    rules = player.rules
    page = visit(f"/agents/{name}?begin={begin}")
    moves: list[int] = [int(player.choose(empty(rules))[0])] if begin else []
    while True:
        assert settled(page)["moves"] == moves
        board = played(player, moves)
        action = int(rules.legal(board)[0].argmax())
        page.locator(f'[data-cell="{landing(rules, board[0], action)}"]').click()
        moves.append(action)
        board = played(player, moves)
        if end_of(rules, board[0]) is None:
            moves.append(int(player.choose(board)[0]))
            board = played(player, moves)
        if (end := end_of(rules, board[0])) is not None:
            break
    mine = len(moves) % 2 == (0 if begin else 1)
    words = "A draw" if end == "drawn" else "You won" if mine else "The agent won"
    expect(page.locator("#standing")).to_contain_text(f"{words}")
    expect(page.locator("#standing")).to_contain_text(f"after {len(moves)} moves")
    expect(page.locator(".cell .stone")).to_have_count(len(moves))
    line = [int(cell) for cell in page.locator(".cell.wins").evaluate_all("all => all.map((one) => one.dataset.cell)")]
    assert line == winning_line(rules, board[0])
    # It is over: nothing can be added, and the address holds the game.
    page.locator(".cell").last.click(force=True)
    assert settled(page)["moves"] == moves and address(page)["moves"] == ",".join(map(str, moves))
    page.reload()
    expect(page.locator("#standing")).to_contain_text(f"after {len(moves)} moves")


def test_a_taken_cell_changes_nothing(visit: Any) -> None:
    page = visit("/agents/xo?moves=4,0")
    before = settled(page)
    for cell in (4, 0):
        page.locator(f'[data-cell="{cell}"]').click(force=True)
        expect(page.locator(".toast")).to_contain_text("This cell is taken.")
    after = settled(page)
    assert after["moves"] == before["moves"] == [4, 0] and after["look"] == before["look"]
    expect(page.locator("#standing")).to_contain_text("Your move.")


def test_a_full_column_changes_nothing(visit: Any) -> None:
    page = visit("/agents/four?moves=0,0,0,0,0,0")
    page.locator('[data-cell="12"]').click(force=True)
    expect(page.locator(".toast")).to_contain_text("column 1 is full.")
    assert settled(page)["moves"] == [0] * 6
    # Any cell of a column stands for it, also one that is taken, as long as the column has room.
    page = visit("/agents/four?moves=1,2")
    page.locator('[data-cell="31"]').click()
    assert settled(page)["moves"][:3] == [1, 2, 1]


def test_keys_move_and_play_and_the_search_is_shown(visit: Any, players: Any) -> None:
    player = players[1]["xo"]
    page = visit("/agents/xo")
    page.locator('[data-cell="4"]').focus()
    # Faster than anything is painted: each starts from the cell that the one before led to.
    page.evaluate(script("press_at_once"), ["ArrowUp", "ArrowLeft", "ArrowLeft"])
    page.keyboard.press("Enter")
    found = settled(page)
    answer = int(player.choose(played(player, [0]))[0])
    assert found["moves"] == [0, answer]
    expect(page.locator('[data-cell="0"]')).to_be_focused()
    visits = player.look(played(player, [0])).visits[0]
    expect(page.locator(".visits")).to_have_count(8)
    shown = page.locator(".cell").evaluate_all(
        "all => all.map((one) => one.querySelector('.visits')?.textContent ?? '')"
    )
    assert [text for text in shown if text] == [str(n) for n in np.delete(visits, 0)] and shown[0] == ""
    label = page.locator(f'[data-cell="{answer}"]').get_attribute("aria-label")
    assert label is not None and label.endswith(f"the agent's, the last move, {visits[answer]} visits")
    expect(page.locator(".weighed tr.taken")).to_contain_text(f"cell {answer + 1}")
    expect(page.locator("#expects")).to_have_text(f"{player.look(played(player, [0])).value[0]:.2f}")
    page.keyboard.press("v")
    expect(page.locator(".visits")).to_have_count(0)


def test_undo_new_game_and_who_begins(visit: Any, players: Any) -> None:
    player = players[1]["xo"]
    page = visit("/agents/xo")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.locator('[data-cell="8"]').click()
    answer = settled(page)["moves"][1]
    second = next(cell for cell in range(9) if cell not in (8, answer))
    page.locator(f'[data-cell="{second}"]').click()
    assert len(settled(page)["moves"]) == 4
    page.keyboard.press("u")
    assert settled(page)["moves"] == [8, answer]
    page.get_by_role("button", name="Undo").click()
    assert settled(page)["moves"] == []
    page.get_by_label("It begins").check()
    first = int(player.choose(empty(player.rules))[0])
    assert settled(page)["moves"] == [first] and address(page)["begin"] == "agent"
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.keyboard.press("b")
    assert settled(page)["moves"] == []
    page.locator("#simulations").select_option("1")
    page.locator('[data-cell="4"]').click()
    found = settled(page)
    assert found["moves"][1] == int(player.look(played(player, [4]), 1).visits[0].argmax())
    assert found["look"]["simulations"] == 1 and address(page)["simulations"] == "1"


@pytest.mark.parametrize("rules", [TicTacToe(), Connect()], ids=lambda rules: rules.kind)
def test_the_page_has_the_rules_of_the_library(visit: Any, rules: Any) -> None:
    page = visit("/agents/xo")
    games: list[list[int]] = []
    for seed in range(25):
        moves = [int(action[0]) for _, action, _ in random_games(rules, 1, np.random.default_rng(seed))]
        games += [moves[:count] for count in range(0, len(moves) + 1, 2)] + [moves]
    found = page.evaluate(script("board_rules"), [described(rules), games])
    ends = set()
    for moves, (cells, end, lands) in zip(games, found, strict=True):
        board = empty(rules)
        for action in moves:
            board = rules.place(board, np.array([action]))
        mover = 1 if len(moves) % 2 == 0 else -1
        assert cells == (mover * board[0]).tolist()
        known = end_of(rules, board[0])
        ends.add(known)
        assert end == (
            None
            if known is None
            else {"winner": -mover if known == "lost" else 0, "line": winning_line(rules, board[0])}
        )
        assert [land >= 0 for land in lands] == rules.legal(board)[0].tolist()
        assert all(land == landing(rules, board[0], action) for action, land in enumerate(lands) if land >= 0)
    assert ends >= {None, "lost"}
    assert (
        page.evaluate(script("board_rules"), [described(rules), [[0] * 7, [-1], [rules.actions], [0.5]]]) == [None] * 4
    )


def test_moves_against_the_rules_in_an_address_are_said(visit: Any) -> None:
    page = visit("/agents/xo?moves=4,4")
    expect(page.locator(".notice.bad")).to_contain_text("against the rules; here is a new game")
    assert settled(page)["moves"] == []


def test_kept_games_are_replayed_and_the_board_comes_back(visit: Any) -> None:
    page = visit("/agents/xo")
    page.locator("#agent-episode").select_option("evaluation-best")
    expect(page.locator(".world").first).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".one figcaption")).to_contain_text("step 1: cell")
    page.locator("#agent-episode").select_option("play")
    expect(page.locator(".board")).to_be_visible()
    page.locator("#agent-run").select_option("cliff")
    expect(page.locator(".world").first).to_be_visible()
    expect(page.locator("#agent-episode option[value=play]")).to_have_count(0)


def test_it_can_be_read_in_both_colours_and_at_every_width(visit: Any) -> None:
    page = visit("/agents/xo?moves=4,0,8")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate(script("unreadable"))["found"] == []
    for path in ("/agents/xo?moves=4,0", "/agents/four?moves=3,3"):
        page = visit(path)
        for width in (1280, 640, 400):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(script("too_wide"), width) == []


@pytest.mark.parametrize("address", ["moves=4,0&simulations=9", "episode=evaluation-best", "episode=drawn-3"])
def test_the_drawer_runs(
    watched: Watched, players: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any, address: str
) -> None:
    studio, known = players
    watched.url = studio.url
    watched.refusals.add(503)
    page = watched.open(f"/agents/xo?{address}")
    expect(page.locator(".board, .world").first).to_be_visible()
    page.keyboard.press("d")
    page.get_by_role("tab", name="Python").click()
    expect(page.locator("#drawer-code")).to_contain_text(
        "from shoestring" if "episode" in address else "shoestring.load"
    )
    monkeypatch.setenv("SHOESTRING_RUNS", str(studio.runs))
    code = page.locator("#drawer-code").inner_text()
    page.get_by_role("tab", name="Command").click()
    page.keyboard.press("d")
    exec(compile(code, "drawer", "exec"), {})
    kept = episodes.read(episodes.find(studio.runs / "xo", "evaluation-best"))
    wanted = {
        "moves=4,0&simulations=9": str(known["xo"].look(played(known["xo"], [4, 0]), 9).visits[0]),
        "episode=evaluation-best": str(kept.action),
        "episode=drawn-3": str(record_game(known["xo"], np.random.default_rng([3, 1])).action),
    }
    assert wanted[address] in capsys.readouterr().out
