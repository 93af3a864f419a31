"""The valley, the car and the flag."""

import numpy as np

from shoestring.rl.drawings.shapes import Action, Drawing, Shape, arrow
from shoestring.rl.envs.mountain_car import GOAL, LEFT, RIGHT


def place(x: float) -> tuple[float, float]:
    """Where a position of the valley is drawn."""
    return 4 + 112 * (x - LEFT) / (RIGHT - LEFT), 72 - 60 * (0.45 * float(np.sin(3 * x)) + 0.55)


def draw_mountain_car() -> Drawing:
    """Observations: position and speed."""
    hill = [place(x) for x in np.linspace(LEFT, RIGHT, 61).tolist()]
    foot = place(GOAL)
    backdrop = (
        Shape("polygon", "sunken", (*[n for point in hill for n in point], hill[-1][0], 74, hill[0][0], 74)),
        Shape("line", "line-strong", tuple(n for point in hill for n in point), 0.9),
        Shape("line", "text", (*foot, foot[0], foot[1] - 10), 0.8),
        Shape("polygon", "good", (foot[0], foot[1] - 10, foot[0] + 6, foot[1] - 8, foot[0], foot[1] - 6)),
    )

    def frame(seen: np.ndarray, action: Action) -> tuple[Shape, ...]:
        x, y = place(float(np.clip(seen[0], LEFT, RIGHT)))
        push = () if action is None else arrow("bad", x, y - 9, 9.0 * (int(action) - 1), 0)
        return (Shape("disc", "accent", (x, y - 3.2), 3.2), *push)

    return Drawing(120, 76, frame, backdrop, ("left", "nothing", "right"), 1 / 30)
