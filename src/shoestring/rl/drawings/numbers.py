"""What has no picture of its own: every observed number as a bar."""

import numpy as np

from shoestring.rl.drawings.shapes import Action, Drawing, Shape, box

MOST = 40
"""Numbers that are shown."""


def draw_numbers(observation: np.ndarray) -> Drawing:
    """Bars for an episode's observations [T, O]: each number on the scale of its own largest size in it."""
    count = min(observation.shape[1], MOST)
    scale = np.maximum(np.abs(observation[:, :count]).max(axis=0), 1e-9)
    width = 116 / count
    backdrop = (Shape("line", "line-strong", (2, 38, 118, 38), 0.6),)

    def frame(seen: np.ndarray, action: Action) -> tuple[Shape, ...]:
        height = 34 * np.clip(seen[:count] / scale, -1, 1)
        return tuple(
            box("accent" if h >= 0 else "bad", 2 + width * (k + 0.1), 38 - max(h, 0.0), 0.8 * width, max(abs(h), 0.2))
            for k, h in enumerate(height.tolist())
        )

    return Drawing(120, 76, frame, backdrop, (), 1 / 30)
