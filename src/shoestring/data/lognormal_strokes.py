r"""The sigma-lognormal model of rapid movement: a pen path is a sum of overlapping strokes with lognormal speed.

Plamondon's kinematic theory, in the form of O'Reilly & Plamondon 2009 ("Development of a Sigma-Lognormal
representation for on-line signatures", section 2). Stroke :math:`i` starts at :math:`t_{0i}`, covers the length
:math:`D_i` along a circular arc that turns from :math:`\theta_{si}` to :math:`\theta_{ei}`, and has the speed

.. math:: |v_i(t)| = \frac{D_i}{\sigma_i \sqrt{2\pi}\,(t - t_{0i})} e^{-(\ln(t - t_{0i}) - \mu_i)^2 / 2\sigma_i^2} .

The share of the stroke that is done at time t is :math:`F_i(t) = \Phi((\ln(t - t_{0i}) - \mu_i) / \sigma_i)`, so the
direction is :math:`\theta_{si} + (\theta_{ei} - \theta_{si}) F_i(t)` and the position has a closed form.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Strokes:
    """K lognormal strokes; every array is float64 [K]."""

    length: Array
    """D, in the unit of the coordinates."""
    onset: Array
    """t0 in seconds: when the command leaves the brain, before the pen moves."""
    delay: Array
    """mu: the logarithm of the median time, in seconds after the onset, at which half of the stroke is done."""
    spread: Array
    """sigma > 0: the width of the speed profile on the logarithmic time scale."""
    start: Array
    """theta_s, radians."""
    end: Array
    """theta_e, radians; beyond pi where an arc turns on."""

    def __len__(self) -> int:
        return len(self.length)

    def done(self, t: Array) -> Array:
        """Share F of each stroke that is done at the times t [N]: [N, K] in [0, 1]."""
        return np.asarray(ndtr(self._z(t)))

    def speed(self, t: Array) -> Array:
        """Speed of each stroke at the times t [N]: [N, K]; zero up to its onset."""
        since = np.maximum(t[:, None] - self.onset, np.finfo(np.float64).tiny)
        profile = np.exp(-0.5 * self._z(t) ** 2) / (self.spread * np.sqrt(2 * np.pi) * since)
        return np.asarray(self.length * profile)

    def velocity(self, t: Array) -> Array:
        """Velocity of the sum of all strokes at the times t [N]: [N, 2]."""
        angle = self.start + (self.end - self.start) * self.done(t)
        speed = self.speed(t)
        return np.stack([(speed * np.cos(angle)).sum(axis=1), (speed * np.sin(angle)).sum(axis=1)], axis=1)

    def position(self, t: Array) -> Array:
        """Position of the sum of all strokes at the times t [N], from the origin: [N, 2]."""
        done = self.done(t)
        turn = self.end - self.start
        # An arc covered to the share F ends at its chord: D F sinc(turn F / 2) in the middle direction. Unlike the
        # textbook difference of sines divided by the turn, this is exact for straight strokes too.
        chord = self.length * done * np.sinc(turn * done / (2 * np.pi))
        middle = self.start + turn * done / 2
        return np.stack([(chord * np.cos(middle)).sum(axis=1), (chord * np.sin(middle)).sum(axis=1)], axis=1)

    def peak(self) -> Array:
        """Time at which each stroke is fastest, t0 + exp(mu - sigma^2): [K]."""
        return self.onset + np.exp(self.delay - self.spread**2)

    def when(self, share: float) -> Array:
        """Time at which ``share`` in (0, 1) of each stroke is done: [K]."""
        return np.asarray(self.onset + np.exp(self.delay + self.spread * ndtri(share)))

    def _z(self, t: Array) -> Array:
        # The logarithm of a tiny number puts times up to the onset far out in the tail: no share, no speed.
        since = np.maximum(t[:, None] - self.onset, np.finfo(np.float64).tiny)
        return np.asarray((np.log(since) - self.delay) / self.spread)


def through(targets: Array, turns: Array, peaks: Array, widths: Array, spreads: Array) -> Strokes:
    """Strokes that lead from one virtual target point to the next.

    ``targets`` [K + 1, 2]; ``turns`` [K] by how much each arc turns (radians, within two pi); ``peaks`` [K] when each
    stroke is fastest and ``widths`` [K] the standard deviation of its speed profile in time (seconds); ``spreads`` [K]
    sigma. Strokes that overlap in time round the corners off, as a hand does.
    """
    chord = np.diff(targets, axis=0)
    middle = np.arctan2(chord[:, 1], chord[:, 0])
    length = np.hypot(chord[:, 0], chord[:, 1]) / np.sinc(turns / (2 * np.pi))
    # Moments of the lognormal: mean m = exp(mu + sigma^2 / 2), standard deviation m sqrt(exp(sigma^2) - 1).
    mean = widths / np.sqrt(np.expm1(spreads**2))
    delay = np.log(mean) - spreads**2 / 2
    return Strokes(length, peaks - np.exp(delay - spreads**2), delay, spreads, middle - turns / 2, middle + turns / 2)
