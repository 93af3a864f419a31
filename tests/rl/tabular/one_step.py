"""One update by hand."""

import numpy as np

from shoestring.rl.tables import Transition


def seen(state, action, reward, successor, *, terminated=False, truncated=False):
    """One step of one seed."""
    parts = (state, action, reward, successor, terminated, truncated)
    return Transition(*(np.array([part]) for part in parts))


ONE = np.array([0])
