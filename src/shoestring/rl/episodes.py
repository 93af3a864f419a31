"""Whole episodes as data: what was seen, done, got and believed, one array each, in one file without pickle."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.core.files import atomic_write
from shoestring.data.npz import read_arrays
from shoestring.rl.batch import Environment
from shoestring.rl.returns import gae
from shoestring.rl.spaces import Box, Space

SCHEMA = "shoestring.episode/1"
FOLDER = Path("samples") / "episodes"
"""Where they lie in a run."""
ROWS = ("observation", "action", "reward", "value", "reached_value", "terminated", "truncated", "distribution")
"""Arrays with one row a step."""
MAX_STEPS = 10_000
"""Where an episode without an end is cut; it is then stored as truncated."""
MAX_BYTES = 64 * 2**20
"""Of one file, unpacked."""
MAX_HEAD = 64 * 2**10
MAX_EPISODES = 200
"""Files of one run that are listed."""
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
How = Literal["best", "drawn"]


class Judge(Protocol):
    """What acts, values and says how it chooses, such as a trained policy."""

    environment: str
    settings: Mapping[str, Any]
    observation_space: Box
    action_space: Space
    discount: float
    trace: float

    def act(self, observation: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """Actions for observations [B, O]: the most likely ones, or drawn with ``rng``."""
        ...

    def value(self, observation: np.ndarray) -> np.ndarray:
        """V [B]."""
        ...

    def distribution(self, observation: np.ndarray) -> np.ndarray:
        """Probabilities [B, n] of n actions; of a box, means and deviations [B, 2 A]."""
        ...


@dataclass(frozen=True)
class Episode:
    """T steps from a start to an end."""

    environment: str
    """The kind, or the id, of the environment."""
    settings: Mapping[str, Any]
    """Its configuration as a table; empty where it is not known."""
    how: How
    """``best`` took the most likely action, ``drawn`` drew it."""
    phase: Literal["training", "evaluation"]
    env_steps: int
    """How many steps its agent had learned from."""
    discount: float
    trace: float
    """Gamma and lambda that the agent learned with."""
    observation: np.ndarray
    """float32 [T, O], as the environment gave it."""
    final: np.ndarray
    """float32 [O], what the last action led to."""
    action: np.ndarray
    """int64 [T], or float32 [T, A] as it was drawn, before any clipping."""
    reward: np.ndarray
    """float64 [T]."""
    value: np.ndarray
    """float32 [T], V of ``observation``."""
    reached_value: np.ndarray
    """float32 [T], V of what each action led to, before any reset."""
    terminated: np.ndarray
    """bool [T]."""
    truncated: np.ndarray
    """bool [T]."""
    distribution: np.ndarray
    """float32 [T, n] probabilities, or [T, 2 A] means and deviations."""
    visits: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """int64 [S]: how often each state of a finite environment was visited at this age; empty where nobody counted."""

    def __len__(self) -> int:
        return len(self.reward)

    @property
    def total(self) -> float:
        """The undiscounted return."""
        return float(self.reward.sum())

    def advantage(self, discount: float | None = None, trace: float | None = None) -> np.ndarray:
        """GAE [T], with the gamma and lambda of the agent unless others are given."""
        return gae(
            self.reward, self.terminated, self.truncated, self.value.astype(np.float64),
            self.reached_value.astype(np.float64),
            discount=self.discount if discount is None else discount, trace=self.trace if trace is None else trace,
        )  # fmt: skip

    def head(self) -> dict[str, Any]:
        """Everything about it but the arrays."""
        return {
            "schema": SCHEMA, "environment": self.environment, "settings": dict(self.settings), "how": self.how,
            "phase": self.phase, "env_steps": self.env_steps, "discount": self.discount, "trace": self.trace,
            "steps": len(self), "return": self.total,
            "end": "terminated" if self.terminated[-1] else "truncated",
        }  # fmt: skip


def record(
    environment: Environment,
    judge: Judge,
    rng: np.random.Generator | None = None,
    *,
    phase: Literal["training", "evaluation"] = "evaluation",
    env_steps: int = 0,
    max_steps: int = MAX_STEPS,
) -> Episode:
    """The first episode of the first environment, from its start; actions are drawn with ``rng`` if it is given."""
    box = environment.action_space if isinstance(environment.action_space, Box) else None
    longest = max(1, min(max_steps, MAX_BYTES // (16 * (environment.observation_space.size + 8))))
    seen, actions, rewards, ends = [], [], [], []
    while True:
        seen.append(environment.observation[:1].copy())
        action = judge.act(environment.observation, rng)
        step = environment.step(box.clip(action) if box else action)
        actions.append(action[:1])
        rewards.append(step.reward[0])
        ends.append((bool(step.terminated[0]), bool(step.truncated[0])))
        if step.ended[0] or len(rewards) == longest:
            break
    observation = np.concatenate([*seen, step.reached[:1]])
    value = judge.value(observation)
    terminated, truncated = np.array(ends).T
    truncated[-1] = not terminated[-1]
    return Episode(
        environment=judge.environment, settings=judge.settings, how="best" if rng is None else "drawn", phase=phase,
        env_steps=env_steps, discount=judge.discount, trace=judge.trace,
        observation=observation[:-1], final=observation[-1], action=np.concatenate(actions),
        reward=np.array(rewards, dtype=np.float64), value=value[:-1].astype(np.float32),
        reached_value=value[1:].astype(np.float32), terminated=terminated, truncated=truncated,
        distribution=judge.distribution(observation[:-1]).astype(np.float32),
    )  # fmt: skip


def write(path: Path, episode: Episode) -> None:
    """Write an episode as npz, at once or not at all; the folder is made.

    Raises:
        BadDataError: it is larger than is read again.
    """
    arrays = {name: getattr(episode, name) for name in (*ROWS, "final", "visits")}
    head = np.frombuffer(json.dumps(episode.head(), allow_nan=False).encode(), dtype=np.uint8)
    if sum(array.nbytes for array in arrays.values()) > MAX_BYTES or len(head) > MAX_HEAD:
        raise BadDataError(f"{path}: an episode of {len(episode):,} steps is too large to be kept")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, head=head, advantage=episode.advantage(), **arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(path, buffer.getvalue())


def read_head(path: Path) -> dict[str, Any]:
    """What :meth:`Episode.head` says, without reading an array. Raises BadDataError."""
    if not path.is_file():
        raise BadDataError(f"{path}: no such file")
    try:
        data = read_arrays(path, ["head"], MAX_HEAD + 1024)["head"]
        head = json.loads(data.astype(np.uint8).tobytes())
        if head["schema"] != SCHEMA:
            raise ValueError(f"schema {head['schema']!r} is not {SCHEMA!r}")
        return {
            "environment": str(head["environment"]), "settings": dict(head["settings"]), "how": str(head["how"]),
            "phase": str(head["phase"]), "env_steps": int(head["env_steps"]), "discount": float(head["discount"]),
            "trace": float(head["trace"]), "steps": int(head["steps"]), "return": float(head["return"]),
            "end": str(head["end"]),
        }  # fmt: skip
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadDataError(f"{path}: not an episode: {error}") from error


def read(path: Path) -> Episode:
    """Read what :func:`write` wrote; of damaged or hostile files it takes no more than 64 MiB. Raises BadDataError."""
    head = read_head(path)
    try:
        found = read_arrays(path, [*ROWS, "final", "visits"], MAX_BYTES + 2**16)
    except KeyError as error:
        raise BadDataError(f"{path}: not an episode: {error} is missing") from error
    rows = {name: found[name] for name in ROWS}
    steps = len(rows["reward"]) if rows["reward"].ndim == 1 else 0
    numbers = [array for name, array in found.items() if name not in ("terminated", "truncated")]
    fits = (
        steps > 0
        and all(array.ndim and len(array) == steps for array in rows.values())
        and rows["observation"].ndim == rows["distribution"].ndim == 2
        and found["final"].shape == rows["observation"].shape[1:]
        and all(rows[name].shape == (steps,) for name in ("value", "reached_value", "terminated", "truncated"))
        and rows["action"].ndim in (1, 2) and found["visits"].ndim == 1
        and rows["terminated"].dtype == rows["truncated"].dtype == bool
        and all(array.dtype.kind in "iuf" and np.isfinite(array).all() for array in numbers)
    )  # fmt: skip
    if not fits or head["how"] not in ("best", "drawn") or head["phase"] not in ("training", "evaluation"):
        raise BadDataError(f"{path}: not an episode: its arrays do not belong together")
    about = {name: head[name] for name in ("environment", "settings", "how", "phase", "env_steps", "discount", "trace")}
    return Episode(**about, **rows, final=found["final"], visits=found["visits"])  # type: ignore[arg-type]


def listed(run: Path) -> Iterator[tuple[str, Path]]:
    """Names and files of the episodes of a run folder: first those of training, by age; at most ``MAX_EPISODES``."""
    files = sorted((run / FOLDER).glob("*.npz"), key=lambda path: (not path.stem.startswith("training"), path.stem))
    yield from ((path.stem, path) for path in files[:MAX_EPISODES] if NAME.fullmatch(path.stem))


def find(run: Path, name: str) -> Path:
    """The file of an episode by its name, or by its number from 1 on. Raises NotFoundError."""
    known = dict(listed(run))
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(known):
        return list(known.values())[int(name) - 1]
    if name not in known:
        names = ", ".join(known) or "none; runs of rl recipes write them"
        raise NotFoundError(f"{run.name} has no episode {name[:80]!r}; it has: {names}")
    return known[name]
