"""Several comparisons to one score: few parameters, since people to learn them from are few."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

Floats = NDArray[np.float64]
SHARES = {"genuine": 0.5, "skilled": 0.35, "random": 0.15}
"""How much each kind of comparison counts in the fit, whatever its number; absent impostors leave theirs to others."""
_STEEPEST = 100.0
"""Bound on the sum of the weights: people who are told apart without error would have it grow for ever."""


@dataclass(frozen=True, eq=False)
class Fusion:
    """Log odds of a genuine comparison: ``offset - deviations @ weights``."""

    weights: Floats
    """[K], none negative: more deviation is never more alike."""
    offset: float

    def __call__(self, deviations: Floats) -> Floats:
        """Natural log odds [N] of deviations [N, K]."""
        return np.asarray(self.offset - deviations @ self.weights)


def fit_fusion(deviations: Floats, kind: NDArray[np.str_], pull: float = 1.0) -> Fusion:
    """Logistic regression with non-negative weights that are pulled towards one another.

    ``deviations`` [N, K], higher = less alike; ``kind`` [N] of ``genuine``, ``skilled``, ``random``, with genuine and
    one other present. The penalty is ``pull`` times the variance of the weights: none for equal weights, whose size the
    data decide. With few people equal weights are hard to beat (Dawes 1979, "The robust beauty of improper linear
    models in decision making"), and the same holds for signatures: see the benchmark.
    """
    share = np.array([SHARES[k] for k in kind])
    for name in SHARES:
        share[kind == name] /= max(int((kind == name).sum()), 1)
    genuine = kind == "genuine"
    share[~genuine] *= share[genuine].sum() / share[~genuine].sum()
    share /= share.sum()
    k = deviations.shape[1]
    centre = share @ deviations
    moved = deviations - centre
    sign = np.where(genuine, 1.0, -1.0)

    def objective(parameters: Floats) -> tuple[float, Floats]:
        weights, offset = parameters[:k], parameters[k]
        margin = sign * (offset - moved @ weights)
        slope = share * sign * expit(-margin)
        apart = weights - weights.mean()
        gradient = np.append(slope @ moved + 2 * pull / k * apart, -slope.sum())
        return float(share @ np.logaddexp(0, -margin) + pull * np.mean(apart**2)), gradient

    bounds = [(0.0, _STEEPEST / k)] * k + [(None, None)]
    found = minimize(objective, np.append(np.full(k, 1 / k), 0.0), jac=True, method="L-BFGS-B", bounds=bounds)
    weights = found.x[:k]
    return Fusion(weights, float(found.x[k] + centre @ weights))
