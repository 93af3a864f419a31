r"""How far a probe is from a person's references, feature by feature, on a scale that is the same for all people.

A probe is aligned with every reference. For feature k let :math:`d_k` be the mean over references of the absolute
differences summed along the alignment, and :math:`o_k` the same among the references themselves, both divided by the
references' length. With :math:`u_k` the logarithm of :math:`o_k` that is usual among people, the deviation is

.. math:: \ln d_k - \alpha \ln o_k - (1 - \alpha) u_k, \qquad \alpha = \frac{n - 1}{n - 1 + \kappa}

for n references: :math:`\kappa = 0` divides by the person's own spread alone; a larger :math:`\kappa` does not trust a
spread that so few signatures, made in one sitting, have shown. Sums, not means: warping more is itself a difference.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shoestring.data.pen_features_modern import (
    PRESSURE_FEATURES,
    TILT_FEATURES,
    InkPath,
    ModernFeature,
    modern_features,
    stack,
)
from shoestring.similarity import dtw

Floats = NDArray[np.float64]
Equipment = Literal["ink", "ink+pressure", "ink+tilt", "ink+pressure+tilt"]
EQUIPMENTS: tuple[Equipment, ...] = ("ink", "ink+pressure", "ink+tilt", "ink+pressure+tilt")
"""What a device records beside the path."""
_LEAST = 1e-6
"""Floor of a sum, so that a perfect copy has a finite logarithm."""
_WIDEST = 1.5
"""Own spread is believed up to this factor (natural logarithm) from the usual: five copies of one signature prove no
perfectly steady hand."""


class Series:
    """The features of one ink path at every ``step``-th sample, stacked in any order that is asked for."""

    def __init__(self, path: InkPath, step: int) -> None:
        self._features = modern_features(path)
        self._step = step
        self._stacks: dict[tuple[ModernFeature, ...], Floats] = {}
        self.seconds = path.seconds[::step]
        self.equipment: Equipment = equipment_of("pressure" in self._features, "tilt_x" in self._features)

    def __len__(self) -> int:
        return len(self.seconds)

    def array(self, names: tuple[ModernFeature, ...]) -> Floats:
        """[T, len(names)]; the names must be within the equipment."""
        if names not in self._stacks:
            self._stacks[names] = stack(self._features, names, self._step)
        return self._stacks[names]


def equipment_of(pressure: bool, tilt: bool) -> Equipment:
    """The name of a set of optional channels."""
    return EQUIPMENTS[pressure + 2 * tilt]


def common(series: Sequence[Series]) -> Equipment:
    """What all of ``series`` have; at least one."""
    names = [s.equipment for s in series]
    return equipment_of(all("pressure" in n for n in names), all("tilt" in n for n in names))


def within(names: Sequence[ModernFeature], equipment: Equipment) -> tuple[ModernFeature, ...]:
    """The features of ``names`` that ``equipment`` records, in their order."""
    missing = frozenset[ModernFeature]()
    missing |= frozenset() if "pressure" in equipment else PRESSURE_FEATURES
    missing |= frozenset() if "tilt" in equipment else TILT_FEATURES
    return tuple(name for name in names if name not in missing)


def sums(left: Series, right: Series, align: tuple[ModernFeature, ...], compare: tuple[ModernFeature, ...]) -> Floats:
    """Absolute differences [K] of the features ``compare``, summed along the alignment by the features ``align``.

    Without features to compare it is the cost of the alignment itself, [1]: plain DTW.
    """
    a, b = left.array(align), right.array(align)
    if not compare:
        return np.maximum(np.array([dtw.distance(a, b)]), _LEAST)
    steps = dtw.path(a, b)
    gaps = left.array(compare)[steps[:, 0]] - right.array(compare)[steps[:, 1]]
    return np.maximum(np.abs(gaps).sum(axis=0), _LEAST)


def log_mean(pair_sums: Sequence[Floats], length: float) -> Floats:
    """Logarithm [K] of the mean of some :func:`sums`, divided by the references' ``length`` in samples."""
    return np.asarray(np.log(np.mean(pair_sums, axis=0) / length))


def own_spread(
    references: Sequence[Series], align: tuple[ModernFeature, ...], compare: tuple[ModernFeature, ...]
) -> Floats | None:
    """:func:`log_mean` over all pairs of a person's references; None for a single one."""
    pairs = [sums(a, b, align, compare) for i, a in enumerate(references) for b in references[:i]]
    return log_mean(pairs, median_length(references)) if pairs else None


def median_length(references: Sequence[Series]) -> float:
    """In samples."""
    return float(np.median([len(series) for series in references]))


def deviations(log_distance: Floats, own: Floats | None, usual: Floats, references: int, prior: float) -> Floats:
    """The equation of this module for ``log_distance`` [..., K]; ``prior`` is kappa, ``own`` None for one reference."""
    if own is None or references < 2:
        return log_distance - usual
    trust = (references - 1) / (references - 1 + prior)
    return log_distance - usual - trust * np.clip(own - usual, -_WIDEST, _WIDEST)
