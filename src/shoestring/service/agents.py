"""Routes of agents: episodes kept in runs, and policies that act. Listing and reading episodes needs no torch."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from fastapi import APIRouter, Response

from shoestring.core.component import component
from shoestring.core.errors import BadDataError
from shoestring.core.folder import list_runs
from shoestring.rl import episodes
from shoestring.rl.pictures import frames_of, gif
from shoestring.service.declared import declares
from shoestring.service.errors import ApiError
from shoestring.service.models import PLAYERS, POLICIES
from shoestring.service.state import Service, Shared

if TYPE_CHECKING:
    from shoestring.rl.board_net import TrainedBoards
    from shoestring.rl.judging import Trained

router = APIRouter(prefix="/v1", tags=["agents"])

MAX_NUMBERS = 1_000_000
"""Numbers in one answer about an episode; a longer one is read from its file."""
MAX_PLAYED = 2000
"""Steps that are played on request."""
MAX_SEED = 2**32


@component
class ActBody:
    """What a policy sees."""

    observation: list[float] | list[list[float]]
    """One observation, or a list of them, as the environment gives them; of a finite environment ``[state]``."""
    draw: bool = False
    """Draw actions instead of taking the most likely ones."""
    seed: int | None = None
    """With ``draw``: the same seed draws the same actions."""


@component
class PlayBody:
    """An episode to play."""

    seed: int = 0
    """The same seed starts policies of one environment in the same state."""
    draw: bool = False
    """Draw actions instead of taking the most likely ones."""
    max_steps: int = MAX_PLAYED
    """Where it is cut at the latest."""


@router.get("/agents")
def list_agents(service: Shared) -> dict[str, Any]:
    """The runs that kept episodes, or learned a board game, the newest first."""
    signs = (episodes.FOLDER, Path("model") / "board.safetensors")
    runs = [run for run in list_runs(service.catalog.root) if any((run.path / sign).exists() for sign in signs)]
    return {"runs": [service.catalog.entry(run) | {"episodes": len(list(episodes.listed(run.path)))} for run in runs]}


@router.get("/runs/{run}/episodes")
def list_episodes(service: Shared, run: str) -> dict[str, Any]:
    """The episodes that a run kept, those of training first, by age; a damaged one has a ``problem``."""
    folder = service.catalog.find(run)
    return {"run": run, "episodes": [_entry(name, path) for name, path in episodes.listed(folder.path)]}


@router.get("/runs/{run}/episodes/{episode}", openapi_extra=declares("computes"))
async def get_episode(service: Shared, run: str, episode: str) -> dict[str, Any]:
    """One episode step by step, with its advantages, where agents walked at that age, and its picture as shapes.

    A frame is a list of shapes: kind, tone, size, numbers, text; there is one more frame than steps, the last for the
    end.
    """
    path = episodes.find(service.catalog.find(run).path, episode)
    return await service.gate.run(lambda: {"run": run, "episode": path.stem, **document(episodes.read(path))})


@router.get("/runs/{run}/episodes/{episode}/gif", response_class=Response, openapi_extra=declares("computes"))
async def get_gif(service: Shared, run: str, episode: str) -> Response:
    """One episode as an animated GIF."""
    path = episodes.find(service.catalog.find(run).path, episode)
    picture = await service.gate.run(lambda: gif(episodes.read(path)))
    name = f"{run}-{path.stem}.gif"
    return Response(picture, media_type="image/gif", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/policies")
def list_policies(service: Shared) -> dict[str, Any]:
    """The policies that can act, each with the environment it was trained in, or with the board of its game."""
    found = [service.models.describe(name) for name in service.models.names()]
    return {"policies": [entry for entry in found if entry.get("kind") in (*POLICIES, *PLAYERS)]}


@router.post("/policies/{policy}/act", openapi_extra=declares("computes", "reads"))
async def act(service: Shared, policy: str, body: ActBody) -> dict[str, Any]:
    """For each observation the action, how it was chosen, and the value of where it was chosen.

    Of n actions there are ``probabilities``; of real-valued ones ``mean`` and ``deviation``, and the action lies within
    the bounds.
    """
    seen = _observations(service, body)
    return await service.gate.run(lambda: acted(service, policy, seen, body))


@router.post("/policies/{policy}/play", openapi_extra=declares("computes", "reads"))
async def play(service: Shared, policy: str, body: PlayBody) -> dict[str, Any]:
    """A new episode in the environment that the policy was trained in, in the form of a kept one. Nothing is kept.

    A player of a board game plays one game against itself; unless moves are drawn it is the same for every seed.
    """
    if not 0 <= body.seed < MAX_SEED:
        raise ApiError(422, f"seed: {body.seed} is not between 0 and {MAX_SEED - 1}", "out_of_range", param="seed")
    if not 1 <= body.max_steps <= MAX_PLAYED:
        message = f"max_steps: {body.max_steps} is not between 1 and {MAX_PLAYED}"
        raise ApiError(422, message, "out_of_range", param="max_steps")
    return await service.gate.run(lambda: played(service, policy, body))


def document(episode: episodes.Episode) -> dict[str, Any]:
    """An episode as JSON. Raises ApiError 413 for one that is too large for an answer."""
    if episode.observation.size + 40 * len(episode) > MAX_NUMBERS:
        raise ApiError(
            413, f"{len(episode):,} steps are too many for one answer; read the file of the run", "too_large"
        )
    drawing, frames = frames_of(episode)
    arrays = {name: getattr(episode, name).tolist() for name in (*episodes.ROWS, "final", "visits")}
    return {
        **episode.head(), **arrays, "advantage": episode.advantage().tolist(),
        "scene": {
            "width": drawing.width, "height": drawing.height, "seconds": drawing.seconds,
            "actions": list(drawing.actions), "tiles": list(drawing.tiles), "cells": list(drawing.cell),
            "backdrop": [shape.plain() for shape in drawing.backdrop],
            "frames": [[shape.plain() for shape in frame] for frame in frames],
            "words": [drawing.words(seen) for seen in episode.observation] if drawing.words else [],
        },
    }  # fmt: skip


def acted(service: Service, name: str, seen: np.ndarray, body: ActBody) -> dict[str, Any]:
    """The answer of ``/act``. Raises ApiError, NotFoundError, BadDataError."""
    policy = _policy(service, name)
    size = policy.observation_space.size
    if seen.shape[1] != size:
        message = f"observation: {seen.shape[1]} numbers; {name!r} was trained in {policy.environment} and takes {size}"
        raise ApiError(422, message, "wrong_shape", param="observation")
    rng = np.random.default_rng(body.seed) if body.draw else None
    action, chance, value = policy.act(seen, rng), policy.distribution(seen), policy.value(seen)
    answers = []
    for row in range(len(seen)):
        if action.ndim == 1:
            how: dict[str, Any] = {"probabilities": chance[row].tolist()}
        else:
            mean, deviation = np.split(chance[row], 2)
            how = {"mean": mean.tolist(), "deviation": deviation.tolist()}
        answers.append({"action": action[row].tolist(), "value": float(value[row]), **how})
    return {
        "model": name, "environment": policy.environment, "fingerprint": policy.fingerprint, "actions": answers
    }  # fmt: skip


def played(service: Service, name: str, body: PlayBody) -> dict[str, Any]:
    """The answer of ``/play``. Raises ApiError, NotFoundError, ConfigError, BadDataError, MissingExtraError."""
    from shoestring.rl.judging import check_fit
    from shoestring.rl.worlds import open_world

    if service.models.model(name).kind in PLAYERS:
        return {"model": name, "seed": body.seed, **document(played_board(service.models.model(name), body))}
    policy = _policy(service, name)
    world = open_world(policy.settings, 1, np.random.default_rng([body.seed, 0]), source=name)
    check_fit(policy, world)
    rng = np.random.default_rng([body.seed, 1]) if body.draw else None
    episode = episodes.record(world, policy, rng, max_steps=body.max_steps)
    return {"model": name, "seed": body.seed, **document(episode)}


def played_board(player: "TrainedBoards", body: PlayBody) -> episodes.Episode:
    """A game of a board player against itself, whole: games are short."""
    from shoestring.rl.board_games import record_game

    return record_game(player, np.random.default_rng([body.seed, 1]) if body.draw else None)


def _policy(service: Service, name: str) -> "Trained":
    model = service.models.model(name)
    if model.kind in PLAYERS:
        message = f"model {name!r} plays {model.rules.kind}: ask it for a move, POST /v1/policies/{name}/move"
        raise ApiError(422, message, "wrong_model", param="policy")
    if model.kind not in POLICIES:
        raise ApiError(422, f"model {name!r} is a {model.kind} and does not act", "wrong_model", param="policy")
    policy: Trained = model
    return policy


def _observations(service: Service, body: ActBody) -> np.ndarray:
    rows = body.observation if body.observation and isinstance(body.observation[0], list) else [body.observation]
    if len(rows) > service.settings.max_items:
        message = f"{len(rows)} observations; at most {service.settings.max_items} in a request"
        raise ApiError(413, message, "too_many_items", param="observation")
    widths = {len(row) for row in rows if isinstance(row, list)}
    if len(widths) != 1 or widths == {0}:
        message = "observation: give a list of numbers, or several lists of equally many"
        raise ApiError(422, message, "wrong_shape", param="observation")
    seen = np.array(rows, dtype=np.float64)
    with np.errstate(over="ignore"):
        fits = np.isfinite(seen.astype(np.float32))
    if not fits.all():
        row, number = np.argwhere(~fits)[0].tolist()
        message = f"observation: number {number} of row {row} is not finite, or too large for single precision"
        raise ApiError(422, message, "not_finite", param="observation")
    if body.seed is not None and not 0 <= body.seed < MAX_SEED:
        raise ApiError(422, f"seed: {body.seed} is not between 0 and {MAX_SEED - 1}", "out_of_range", param="seed")
    return seen


def _entry(name: str, path: Path) -> dict[str, Any]:
    try:
        return {"episode": name, **episodes.read_head(path)}
    except BadDataError as error:
        return {"episode": name, "problem": f"{path.name}: {str(error).rpartition(f'{path}: ')[2]}"}
