"""The cart, its pole and the push."""

import numpy as np

from shoestring.rl.drawings.shapes import Action, Drawing, Shape, arrow, box
from shoestring.rl.envs.cart_pole import EDGE, SECONDS

SCALE, MIDDLE, TRACK, POLE = 22.0, 60.0, 56.0, 36.0
"""Units a metre along the track, its middle and height, and the length of the pole, which is 1 m."""


def draw_cart_pole() -> Drawing:
    """Observations: position, speed, angle from upright (clockwise), angular speed."""
    edges = [MIDDLE - EDGE * SCALE, MIDDLE + EDGE * SCALE]
    backdrop = (
        Shape("line", "line-strong", (2, TRACK, 118, TRACK), 0.8),
        *(Shape("line", "bad", (x, TRACK - 3, x, TRACK + 3), 1.2) for x in edges),
    )

    def frame(seen: np.ndarray, action: Action) -> tuple[Shape, ...]:
        x = MIDDLE + SCALE * float(np.clip(seen[0], -2.7, 2.7))
        top = TRACK - 7
        tip = (x + POLE * float(np.sin(seen[2])), top - POLE * float(np.cos(seen[2])))
        push = () if action is None else arrow("bad", x, TRACK + 6, 12.0 if int(action) else -12.0, 0)
        return (
            box("text", x - 8, top, 16, 6), Shape("line", "accent", (x, top, *tip), 2.4),
            Shape("disc", "unsure", (x, top), 1.4), *push,
        )  # fmt: skip

    return Drawing(120, 70, frame, backdrop, ("left", "right"), SECONDS)
