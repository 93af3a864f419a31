"""Has training collapsed: do all vectors become one, and does the loss sit where that leaves it?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from shoestring.core.errors import BadDataError

SPREAD_FLOOR = 1e-3
"""Share of the squared length below which vectors count as one point."""
MARGIN_TOLERANCE = 0.02
"""Share of the margin within which a loss counts as being at the margin."""


@dataclass(frozen=True)
class Collapse:
    """What a look at the vectors and the latest losses shows."""

    spread: float
    """Variance around the mean over the mean squared length, in [0, 1]: 0 when all vectors are one."""
    dimensions: float
    """Directions that carry the variance: (sum of its eigenvalues)^2 / sum of their squares; 0 when there is none."""
    reasons: tuple[str, ...]
    """Why this is a collapse, one sentence each; none when it is not."""

    @property
    def alarm(self) -> bool:
        """Whether there is a reason."""
        return bool(self.reasons)


def check_collapse(z: ArrayLike, losses: Sequence[float] = (), margin: float | None = None) -> Collapse:
    """Look at ``z``, float [N, D] of several identities, and at the losses of the latest steps.

    A triplet loss of vectors that all coincide is its margin, whatever is mined, so a loss that stays there is the
    sign that users see and do not recognise. It only counts with ``margin`` and at least five ``losses``.
    Raises BadDataError with fewer than two vectors, or with a number that is not finite.
    """
    z = np.asarray(z, dtype=np.float64)
    if z.ndim != 2 or len(z) < 2:
        raise BadDataError(f"vectors of shape {z.shape}: a spread needs [N, D] with at least two rows")
    if not np.isfinite(z).all():
        raise BadDataError(f"row {int(np.argwhere(~np.isfinite(z))[0, 0])} of the vectors is not finite")
    length = float(np.square(z).sum(axis=1).mean())
    centred = z - z.mean(axis=0)
    # The smaller of the two products has the same eigenvalues that are not zero.
    product = centred.T @ centred if z.shape[1] < len(z) else centred @ centred.T
    variance, squares = float(np.trace(product)) / len(z), float(np.square(product / len(z)).sum())
    spread = variance / length if length > 0 else 0.0
    reasons = []
    if spread < SPREAD_FLOOR:
        reasons.append(
            f"the vectors are nearly one: their variance is {spread:.2g} of their squared length, "
            f"below {SPREAD_FLOOR:g}"
        )
    if margin is not None and len(losses) >= 5 and _stays_at(losses, margin):
        reasons.append(
            f"the loss has stayed at the margin of {margin:g} for {len(losses)} steps, which is its value when all "
            "vectors coincide; mine softer negatives or lower the learning rate"
        )
    return Collapse(spread, variance**2 / squares if squares > 0 else 0.0, tuple(reasons))


def _stays_at(losses: Sequence[float], margin: float) -> bool:
    return bool(np.all(np.abs(np.asarray(losses, dtype=np.float64) - margin) <= MARGIN_TOLERANCE * margin))
