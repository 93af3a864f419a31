import io

import numpy as np
import pytest
from PIL import Image

from shoestring.core import config
from shoestring.rl.drawings import drawing_of
from shoestring.rl.envs import CartPole, FrozenLake
from shoestring.rl.episodes import Episode
from shoestring.rl.pictures import MAX_FRAMES, braille, frames_of, gif, paint, text_frame


def episode(kind="cart-pole", settings=None, steps=5, width=4, states=None):
    seen = np.zeros((steps, width), dtype=np.float32) if states is None else np.array(states, np.float32)[:, None]
    blank = np.zeros(len(seen))
    return Episode(
        environment=kind, settings=settings or {}, how="best", phase="evaluation", env_steps=0, discount=1.0, trace=1.0,
        observation=seen, final=seen[-1], action=np.ones(len(seen), dtype=int), reward=np.ones(len(seen)), value=blank,
        reached_value=blank, terminated=blank > 0, truncated=np.arange(len(seen)) == len(seen) - 1,
        distribution=np.ones((len(seen), 2)) / 2,
    )  # fmt: skip


def test_a_frame_shows_the_cart_where_it_is():
    drawing = drawing_of("cart-pole", config.as_table(CartPole()), np.zeros((1, 4)))
    dark = []
    for x in (-1.5, 1.5):
        pixels = np.asarray(paint(drawing, drawing.frame(np.array([x, 0, 0, 0]), None), 120).convert("L"))
        dark.append(np.argwhere(pixels < 60).mean(axis=0)[1])
    assert dark == pytest.approx([60 - 33, 60 + 33], abs=2)


def test_a_gif_has_a_frame_for_each_step_and_the_end_at_the_pace_of_the_environment():
    picture = Image.open(io.BytesIO(gif(episode(), width=120)))
    assert picture.format == "GIF" and picture.size[0] == 120 and picture.n_frames >= 2
    durations = []
    for frame in range(picture.n_frames):
        picture.seek(frame)
        durations.append(picture.info["duration"])
    assert sum(durations) == 5 * 20 + 1500, "steps of 20 ms, however equal frames were joined"


def test_long_episodes_are_thinned():
    picture = Image.open(io.BytesIO(gif(episode(steps=2 * MAX_FRAMES + 5), width=64)))
    assert picture.n_frames <= MAX_FRAMES + 1


def test_there_is_one_more_frame_than_steps_and_the_last_has_no_action():
    _, frames = frames_of(episode())
    assert len(frames) == 6 and len(frames[0]) == len(frames[-1]) + 2


def test_a_grid_is_letters_and_anything_else_braille():
    table = config.as_table(FrozenLake())
    walk = episode("frozen-lake", table, states=[0, 4])
    drawing = drawing_of("frozen-lake", table, walk.observation)
    assert text_frame(drawing, walk, 0) == "@ . . .\n. H . H\n. . . H\nH . . G"
    assert text_frame(drawing, walk, 1).splitlines()[1] == "@ H . H"
    one = episode()
    text = text_frame(drawing_of("cart-pole", {}, one.observation), one, 0, columns=30)
    assert all(0x2800 <= ord(letter) < 0x2900 for letter in text.replace("\n", "")) and len(text) > 50


def test_braille_dots_are_where_pixels_are():
    dots = np.zeros((4, 4), dtype=bool)
    dots[0, 0] = dots[3, 1] = dots[1, 2] = True
    assert braille(dots) == chr(0x2800 + 0x01 + 0x80) + chr(0x2800 + 0x02)
    assert braille(np.zeros((5, 2), dtype=bool)) == "\n"
