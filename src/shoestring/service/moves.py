"""The route that chooses moves in board games."""

from typing import TYPE_CHECKING, Any

import numpy as np
from fastapi import APIRouter

from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.rl.positions import end_of, read_position, winning_line
from shoestring.rl.tree_search import masked
from shoestring.service.agents import MAX_SEED
from shoestring.service.declared import declares
from shoestring.service.errors import ApiError
from shoestring.service.models import PLAYERS
from shoestring.service.state import Service, Shared

if TYPE_CHECKING:
    from shoestring.rl.board_net import TrainedBoards

router = APIRouter(prefix="/v1", tags=["agents"])

MAX_SIMULATIONS = 2000
"""Of a search on request."""


@component
class MoveBody:
    """A position, and how long to think about it."""

    board: list[int]
    """The cells row by row from the top left: 1 a stone of the player to move, -1 one of the other, 0 none."""
    simulations: int | None = None
    """Of the search; by default as many as in training. With 1 the network alone decides."""
    draw: bool = False
    """Draw the move by the visits instead of taking the most visited."""
    seed: int | None = None
    """With ``draw``: the same seed draws the same move."""


@router.post("/policies/{policy}/move", openapi_extra=declares("computes", "reads"))
async def move(service: Shared, policy: str, body: MoveBody) -> dict[str, Any]:
    """A move in a board game, with the visits and the value of the search and the prior and the value of the network.

    Values are for the player to move, from -1, lost, to 1, won. ``after`` is the board after the move as the other
    player sees it, ``end`` how that ended the game, if it did, for whoever moved.
    """
    if body.seed is not None and not 0 <= body.seed < MAX_SEED:
        raise ApiError(422, f"seed: {body.seed} is not between 0 and {MAX_SEED - 1}", "out_of_range", param="seed")
    if body.simulations is not None and not 1 <= body.simulations <= MAX_SIMULATIONS:
        message = f"simulations: {body.simulations} is not between 1 and {MAX_SIMULATIONS}"
        raise ApiError(422, message, "out_of_range", param="simulations")
    return await service.gate.run(lambda: moved(service, policy, body))


def moved(service: Service, name: str, body: MoveBody) -> dict[str, Any]:
    """The answer of ``/move``. Raises ApiError, NotFoundError."""
    model = service.models.model(name)
    if model.kind not in PLAYERS:
        raise ApiError(422, f"model {name!r} is a {model.kind} and plays no board game", "wrong_model", param="policy")
    player: TrainedBoards = model
    rules = player.rules
    try:
        board = read_position(rules, body.board)
    except BadDataError as error:
        raise ApiError(422, str(error), "impossible_position", param="board") from error
    simulations = min(body.simulations or player.simulations, MAX_SIMULATIONS)
    found = player.look(board, simulations)
    visits = found.visits[0]
    chance, value = player.network.evaluate(board)
    rng = np.random.default_rng(body.seed)
    action = int(rng.choice(rules.actions, p=visits / visits.sum()) if body.draw else visits.argmax())
    after = rules.place(board, np.array([action]))[0]
    return {
        "model": name, "environment": rules.kind, "fingerprint": player.fingerprint, "simulations": simulations,
        "move": action, "visits": visits.tolist(), "value": float(found.value[0]),
        "prior": masked(chance, rules.legal(board))[0].tolist(), "network_value": float(value[0]),
        "after": after.tolist(), "end": {"lost": "won", "drawn": "drawn", None: None}[end_of(rules, after)],
        "line": winning_line(rules, after),
    }  # fmt: skip
