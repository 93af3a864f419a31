"""``shoestring watch``."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoestring.cli.arguments import find_run, run_argument, runs_option
from shoestring.cli.output import Output, number, speaks, table
from shoestring.core.errors import ConfigError
from shoestring.core.files import atomic_write

if TYPE_CHECKING:
    from shoestring.rl.drawings.shapes import Drawing
    from shoestring.rl.episodes import Episode

SHOWN = 4
"""Moments that are printed where nothing can be animated."""


@click.command("watch")
@run_argument
@click.option("--episode", metavar="NAME|N", help="A kept episode, by name or number.  [default: the last]")
@click.option("--fresh", type=click.IntRange(0, 2**32 - 1), metavar="SEED", help="Play a new one from this seed.")
@click.option("--drawn", is_flag=True, help="With --fresh: draw actions instead of taking the most likely ones.")
@click.option("--gif", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write it as a GIF instead.")
@click.option("--width", type=click.IntRange(64, 1024), default=320, show_default=True, help="Of the GIF, in pixels.")
@click.option("--speed", type=click.FloatRange(0.1, 100), default=1.0, show_default=True, help="1 is its own time.")
@runs_option
@speaks
def watch(
    out: Output, run: str, *, episode: str | None, fresh: int | None, drawn: bool, target: Path | None, width: int,
    speed: float, runs: Path,
) -> None:  # fmt: skip
    """Watch an agent of RUN in the terminal, or write one of its episodes as a GIF; of a board game, one with itself.

    A terminal shows it moving; a pipe gets a few moments of it. Episodes are kept as data in samples/episodes of the
    run.
    """
    if target is not None and not target.absolute().parent.is_dir():
        raise ConfigError(f"{target.parent}: no such folder; choose another with --gif")
    if fresh is None and drawn:
        raise ConfigError("--drawn goes with --fresh SEED; a kept episode is as it was played")
    if fresh is not None and episode is not None:
        raise ConfigError("give either --episode or --fresh")
    folder = find_run(runs, run)
    from shoestring.rl import episodes

    known = list(episodes.listed(folder.path))
    if fresh is not None:
        name, found = f"seed {fresh}", play(str(folder.path), fresh, drawn, runs)
    else:
        # find() says what is missing, and what there is.
        file = episodes.find(folder.path, episode or (str(len(known)) if known else "1"))
        name, found = file.stem, episodes.read(file)
    head = found.head()
    document = {"run": folder.id, "episode": name, "episodes": [known_name for known_name, _ in known], **head}
    document.pop("schema")
    if target is not None:
        from shoestring.rl.pictures import gif

        atomic_write(target, gif(found, width))
        out.result("shoestring.watch/1", document | {"gif": target}, str(target))
        return
    text = "" if out.json else show(out, found, speed)
    rows = [
        ["episode", name], ["environment", head["environment"]],
        ["actions", "the most likely" if found.how == "best" else "drawn"],
        ["learned from", f"{found.env_steps:,} steps"],
        ["steps", f"{len(found):,}, {head['end']}"], ["return", number(found.total)],
    ]  # fmt: skip
    out.result(
        "shoestring.watch/1", document, "\n\n".join(part for part in (text, table([folder.id, ""], rows)) if part)
    )


def play(model: str, seed: int, drawn: bool, runs: Path) -> "Episode":
    """A new episode of the agent of a run. Raises ConfigError where it is none."""
    import numpy as np

    from shoestring.recipes.loading import load
    from shoestring.rl.board_games import record_game
    from shoestring.rl.board_net import TrainedBoards
    from shoestring.rl.episodes import record
    from shoestring.rl.judging import Trained
    from shoestring.rl.worlds import open_world

    policy = load(model, root=runs)
    if isinstance(policy, TrainedBoards):
        # Without drawn moves there is one game only, whatever the seed.
        return record_game(policy, np.random.default_rng([seed, 1]) if drawn else None)
    if not isinstance(policy, Trained):
        raise ConfigError(f"{model}: holds no agent; watch is for runs of rl recipes")
    world = open_world(policy.settings, 1, np.random.default_rng([seed, 0]), source=model)
    return record(world, policy, np.random.default_rng([seed, 1]) if drawn else None)


def show(out: Output, episode: "Episode", speed: float) -> str:
    """Animate the episode on a terminal, or give a few of its moments as text."""
    import numpy as np

    from shoestring.rl.drawings import drawing_of
    from shoestring.rl.pictures import text_frame

    seen = np.concatenate([episode.observation, episode.final[None]])
    drawing = drawing_of(episode.environment, episode.settings, seen)
    if out.quiet or not sys.stdout.isatty():
        moments = sorted(set(np.linspace(0, len(episode), SHOWN).astype(int).tolist()))
        return "\n\n".join(f"{caption(drawing, episode, t)}\n{text_frame(drawing, episode, t)}" for t in moments)
    stride = max(1, round(speed * 0.04 / drawing.seconds))
    height = 0
    for t in [*range(0, len(episode), stride), len(episode)]:
        lines = [caption(drawing, episode, t), *text_frame(drawing, episode, t).split("\n")]
        # Back to where the frame before began, each line cleared to its end: no flicker and no lost scroll-back.
        click.echo((f"\x1b[{height}A" if height else "") + "".join(f"{line}\x1b[K\n" for line in lines), nl=False)
        height = len(lines)
        time.sleep(drawing.seconds * stride / speed)
    return ""


def caption(drawing: "Drawing", episode: "Episode", t: int) -> str:
    """What happens at step t, in one line."""
    gained = number(float(episode.reward[:t].sum()))
    if t == len(episode):
        return f"end after {t:,} steps, return {gained}"
    words = f"   {drawing.words(episode.observation[t])}" if drawing.words else ""
    return f"step {t:,}   {action_text(drawing, episode.action[t])}   return so far {gained}{words}"


def action_text(drawing: "Drawing", action: Any) -> str:
    """The name of an action, or its numbers."""
    if getattr(action, "ndim", 0):
        return " ".join(number(float(part)) for part in action)
    return drawing.actions[int(action)] if int(action) < len(drawing.actions) else f"action {int(action)}"
