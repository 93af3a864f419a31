"""``shoestring play``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from shoestring.cli.arguments import complete_run, runs_option
from shoestring.cli.output import Output, number, speaks
from shoestring.core.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np

    from shoestring.rl.board_net import TrainedBoards
    from shoestring.rl.boards import Board


@click.command("play")
@click.argument("model", metavar="RUN|MODEL", shell_complete=complete_run)
@click.option("--second", is_flag=True, help="Let the agent begin.")
@click.option("--simulations", type=click.IntRange(1, 10_000), help="Before each of its moves; by default as trained.")
@runs_option
@speaks
def play(out: Output, *, model: str, second: bool, simulations: int | None, runs: Path) -> None:
    """Play a board game against an agent that learned it by playing itself.

    Type the number of a cell or column and Enter; Ctrl-C gives up. X moves first. The agent takes the move that its
    search visits most, so with --simulations 1 it follows its network alone.
    """
    from shoestring.recipes.loading import load
    from shoestring.rl.board_net import TrainedBoards
    from shoestring.rl.positions import board_text

    player = load(model, root=runs)
    if not isinstance(player, TrainedBoards):
        raise ConfigError(f"{model}: plays no board game; play is for runs of rl-tictactoe and rl-connect")
    out.narrate(f"{player.rules.kind}: you are {'O, the agent X begins' if second else 'X and begin'}")
    moves, board, result = play_game(out, player, second=second, simulations=simulations or player.simulations)
    document = {
        "model": model, "board": player.rules.kind, "simulations": simulations or player.simulations,
        "you": "second" if second else "first", "moves": [move + 1 for move in moves], "result": result,
    }  # fmt: skip
    words = {"won": "you won", "lost": "the agent won", "drawn": "a draw"}[result]
    out.result("shoestring.game/1", document, f"{board_text(player.rules, board)}\n\n{words} after {len(moves)} moves")


def play_game(
    out: Output, player: "TrainedBoards", *, second: bool, simulations: int
) -> tuple[list[int], "np.ndarray", str]:
    """The moves of a game, its last board as the first player sees it, and how it ended for the person."""
    import numpy as np

    from shoestring.rl.exhaustive import empty
    from shoestring.rl.positions import board_text, end_of, move_name

    rules, person = player.rules, -1 if second else 1
    board, mover, moves = empty(rules), 1, list[int]()
    while (end := end_of(rules, board[0])) is None:
        if mover == person:
            out.narrate(f"\n{board_text(rules, mover * board[0], numbered=True)}")
            action = ask_move(rules, board)
        else:
            found = player.look(board, simulations)
            action = int(found.visits[0].argmax())
            out.narrate(f"\nthe agent takes {move_name(rules, action)} and expects {number(float(found.value[0]))}")
        moves.append(action)
        board, mover = rules.place(board, np.array([action])), -mover
    result = "drawn" if end == "drawn" else "lost" if mover == person else "won"
    return moves, mover * board[0], result


def ask_move(rules: "Board", board: "np.ndarray") -> int:
    """A legal move from the person, asked for until there is one."""
    legal = rules.legal(board)[0]

    def read(text: str) -> int:
        left = ", ".join(str(action + 1) for action in range(rules.actions) if legal[action])
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= rules.actions and legal[int(text) - 1]):
            raise click.UsageError(f"{text!r} is no move; there are {left}")
        return int(text) - 1

    move: int = click.prompt("your move", value_proc=read, err=True)
    return move
