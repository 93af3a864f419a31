"""Two hands of cards as numbers."""

import numpy as np

from shoestring.rl.drawings.shapes import Action, Drawing, Shape, box
from shoestring.rl.envs.blackjack import SHOWN


def parts(state: int) -> tuple[int, int, bool]:
    """The player's sum, the dealer's card, and whether an ace counts 11."""
    rest, ace = divmod(state, 2)
    return *divmod(rest, SHOWN), bool(ace)


def draw_blackjack() -> Drawing:
    """Observations are states of :class:`shoestring.rl.envs.blackjack.Blackjack`."""
    backdrop = (
        box("surface", 10, 18, 36, 44), box("surface", 74, 18, 36, 44),
        Shape("text", "muted", (28, 10), 6, "player"), Shape("text", "muted", (92, 10), 6, "dealer shows"),
    )  # fmt: skip

    def frame(seen: np.ndarray, action: Action) -> tuple[Shape, ...]:
        total, shown, ace = parts(int(seen[0]))
        said = "" if action is None else ("stick", "hit")[int(action)]
        return (
            Shape("text", "accent", (28, 38), 16, str(total)), Shape("text", "text", (92, 38), 16, str(shown)),
            Shape("text", "muted", (28, 55), 5, "an ace counts 11" if ace else ""),
            Shape("text", "bad", (60, 70), 7, said),
        )  # fmt: skip

    def words(seen: np.ndarray) -> str:
        total, shown, ace = parts(int(seen[0]))
        return f"{total}{' with an ace as 11' if ace else ''} against {shown}"

    return Drawing(120, 78, frame, backdrop, ("stick", "hit"), 0.8, words=words)
