"""Two links, the motor between them, and the line to reach."""

import numpy as np

from shoestring.rl.drawings.shapes import Action, Drawing, Shape, arrow

CENTRE, LINK = 50.0, 21.0


def draw_acrobot() -> Drawing:
    """Observations: cosine and sine of both angles, from hanging down, the second from the first; two speeds."""
    line = CENTRE - LINK
    backdrop = (Shape("line", "good", (4, line, 96, line), 0.8),)

    def frame(seen: np.ndarray, action: Action) -> tuple[Shape, ...]:
        c1, s1, c2, s2 = (float(n) for n in seen[:4])
        joint = (CENTRE + LINK * s1, CENTRE + LINK * c1)
        tip = (joint[0] + LINK * (s1 * c2 + c1 * s2), joint[1] + LINK * (c1 * c2 - s1 * s2))
        push = () if action is None else arrow("bad", joint[0], joint[1], 9.0 * (int(action) - 1), 0)
        return (
            Shape("line", "accent", (CENTRE, CENTRE, *joint), 3.0), Shape("line", "unsure", (*joint, *tip), 3.0),
            Shape("disc", "text", (CENTRE, CENTRE), 2.0), Shape("disc", "text", joint, 2.0), *push,
        )  # fmt: skip

    return Drawing(100, 100, frame, backdrop, ("torque -1", "no torque", "torque +1"), 0.1)
