"""Learn a game by playing it against oneself: a tree search teaches one network, the network guides the search."""

import hashlib

import numpy as np
import torch

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.run import Run
from shoestring.rl.board_games import record_game
from shoestring.rl.board_net import BoardNet, TrainedBoards, planes_of, self_play_loss
from shoestring.rl.boards import Board, TicTacToe
from shoestring.rl.episodes import FOLDER, write
from shoestring.rl.exhaustive import every_line
from shoestring.rl.self_play import Memory, play_games, turned


@component
class RlSelfPlay:
    """AlphaGo Zero's recipe without its scale: PUCT, self-play and one network, on boards of a few dozen cells."""

    board: Board = TicTacToe()
    iterations: int = 40
    games: int = 64
    """Played side by side in each iteration."""
    simulations: int = 40
    """Of the search before each move; also those of the model that is kept."""
    exploration: float = 1.5
    """c of PUCT."""
    noise: float = 0.25
    """Share of a Dirichlet draw in the priors of each root."""
    concentration: float = 1.0
    """Of that draw; the article has .03 for 361 moves."""
    drawn_moves: int = 4
    """Moves at the start of a game that are drawn by visits; later ones are the most visited."""
    hidden: tuple[int, ...] = (128, 128)
    memory: int = 8_000
    """Positions that are learned from."""
    updates: int = 60
    """Minibatches in each iteration."""
    batch: int = 256
    rate: float = 2e-3
    decay: float = 1e-4
    """Of the weights."""
    recordings: int = 6
    """Games with drawn moves that are kept as data while it learns, one more before; 0 keeps none."""
    exhaust: bool = True
    """Whether every reply of every opponent is tried at the end; for tic-tac-toe."""

    def __post_init__(self) -> None:
        if min(self.iterations, self.games, self.simulations, self.memory, self.updates, self.batch) < 1:
            raise ValueError("iterations, games, simulations, memory, updates and batch must be at least 1")
        if self.exhaust and not isinstance(self.board, TicTacToe):
            raise ValueError("exhaust: only tic-tac-toe is small enough to try every reply; set exhaust=false")


def main(recipe: RlSelfPlay, run: Run) -> None:
    rules = recipe.board
    digest = hashlib.sha256(config.dump(rules).encode()).hexdigest()
    run.data("board", path=rules.kind, rows=0, sha256=digest, licence="generated while training")
    network = BoardNet(rules, recipe.hidden, run.torch_rng("weights"))
    optimizer = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    memory = Memory(rules.rows * rules.columns, rules.actions, recipe.memory)
    run.track(network=network, optimizer=optimizer, memory=memory)
    trained = TrainedBoards(network, rules, recipe.simulations, recipe.exploration, run.folder.id)

    for step in run.steps(recipe.iterations):
        if recipe.recordings and step == 1:
            keep_game(run, trained, 0)
        board, policy, result = play_games(
            rules, network.evaluate, recipe.games, run.rng("self-play"), simulations=recipe.simulations,
            exploration=recipe.exploration, noise=recipe.noise, concentration=recipe.concentration,
            drawn_moves=recipe.drawn_moves,
        )  # fmt: skip
        run.spend("env_steps", len(board))
        memory.add(board, policy, result)
        losses = np.zeros(2)
        for _ in range(recipe.updates):
            chosen = run.rng("minibatches").integers(len(memory), size=recipe.batch)
            seen, share = turned(rules, memory.board[chosen], memory.policy[chosen], run.rng("symmetries"))
            logits, value = network(torch.from_numpy(planes_of(seen)))
            of_value, of_policy = self_play_loss(
                logits, value, torch.from_numpy(share), torch.from_numpy(memory.result[chosen])
            )
            optimizer.zero_grad()
            (of_value + of_policy).backward()
            optimizer.step()
            losses += [of_value.item(), of_policy.item()]
        value_loss, policy_loss = losses / recipe.updates
        run.log(step, value_loss=value_loss, policy_loss=policy_loss, draws=float((result == 0).mean()))
        if recipe.recordings and run.due("recording", -(-recipe.iterations // recipe.recordings)):
            keep_game(run, trained, memory.added)

    run.save_model(trained.save)
    if recipe.recordings:
        for how, rng in (("best", None), ("drawn", run.rng("recorded moves"))):
            game = record_game(trained, rng, env_steps=memory.added)
            write(run.folder.path / FOLDER / f"evaluation-{how}.npz", game)
    # Of what is remembered: a run that is resumed after its last step plays nothing.
    run.summarise(draws=float((memory.result == 0).mean()))
    if recipe.exhaust:
        lines = [every_line(rules, trained.choose, first=first) for first in (True, False)]
        run.summarise(lines_lost=sum(one.lost for one in lines), lines_won=sum(one.won for one in lines))


def keep_game(run: Run, trained: TrainedBoards, env_steps: int) -> None:
    """Play one game with drawn moves, and keep it as data of this age."""
    game = record_game(trained, run.rng("recorded moves"), phase="training", env_steps=env_steps)
    write(run.folder.path / FOLDER / f"training-{env_steps:012d}.npz", game)
