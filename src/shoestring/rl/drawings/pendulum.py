"""The pendulum and its torque."""

import numpy as np

from shoestring.rl.drawings.shapes import Action, Drawing, Shape
from shoestring.rl.envs.pendulum import MAX_TORQUE, SECONDS

CENTRE, LENGTH = 50.0, 38.0


def draw_pendulum() -> Drawing:
    """Observations: cosine and sine of the angle from upright (counter-clockwise), angular speed."""
    backdrop = (Shape("line", "line", (CENTRE, 8, CENTRE, CENTRE), 0.6),)

    def frame(seen: np.ndarray, action: Action) -> tuple[Shape, ...]:
        tip = (CENTRE - LENGTH * float(seen[1]), CENTRE - LENGTH * float(seen[0]))
        shapes = [Shape("line", "accent", (CENTRE, CENTRE, *tip), 3.0), Shape("disc", "text", (CENTRE, CENTRE), 2.2)]
        if action is not None:
            torque = float(np.clip(np.ravel(action)[0], -MAX_TORQUE, MAX_TORQUE))
            turn = np.linspace(0, torque / MAX_TORQUE * 0.75 * np.pi, 16)
            arc = np.stack([CENTRE - 12 * np.sin(turn), CENTRE - 12 * np.cos(turn)], axis=1)
            shapes.append(Shape("line", "bad", tuple(arc.reshape(-1).tolist()), 1.4))
            shapes.append(Shape("disc", "bad", tuple(arc[-1].tolist()), 1.6))
        return tuple(shapes)

    return Drawing(100, 100, frame, backdrop, (), SECONDS)
