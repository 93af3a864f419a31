"""Scores to log likelihood ratios: an affine map fitted by logistic regression with both sides weighted alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shoestring.core.errors import BadDataError


@dataclass(frozen=True)
class Affine:
    """``llr = slope * score + offset``, natural logarithm of P(score | genuine) / P(score | impostor)."""

    slope: float
    offset: float

    def __call__(self, score: ArrayLike) -> NDArray[np.float64]:
        return self.slope * np.asarray(score, dtype=np.float64) + self.offset


def fit_affine(score: ArrayLike, genuine: ArrayLike, steps: int = 50) -> Affine:
    """Fit by Newton's method on the mean of the two sides' log losses, so that the prior of the table plays no part.

    Targets are Platt's (n + 1) / (n + 2) and 1 / (n + 2) instead of 1 and 0 (Platt 1999): they keep the slope finite
    where the sides are perfectly separated, and bound the ratio by what n comparisons can show.
    """
    score, genuine = np.asarray(score, dtype=np.float64), np.asarray(genuine, dtype=bool)
    sides = [int(genuine.sum()), int((~genuine).sum())]
    if not all(sides):
        raise BadDataError(f"a likelihood ratio needs both sides: {sides[0]} genuine and {sides[1]} impostor scores")
    centre, scale = float(score.mean()), float(score.std()) or 1.0
    design = np.stack([(score - centre) / scale, np.ones_like(score)], axis=1)
    target = np.where(genuine, (sides[0] + 1) / (sides[0] + 2), 1 / (sides[1] + 2))
    weight = np.where(genuine, 0.5 / sides[0], 0.5 / sides[1])

    def loss(coefficients: NDArray[np.float64]) -> float:
        logit = design @ coefficients
        return float(weight @ (np.logaddexp(0, logit) - target * logit))

    coefficients = np.zeros(2)
    for _ in range(steps):
        posterior = 0.5 * (1 + np.tanh(design @ coefficients / 2))
        gradient = design.T @ (weight * (posterior - target))
        # The ridge only matters where all scores are equal and the slope has no information at all.
        curvature = design.T @ (design * (weight * posterior * (1 - posterior))[:, None]) + 1e-12 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        length = 1.0
        while length > 1e-6 and loss(coefficients - length * step) > loss(coefficients):
            length /= 2
        coefficients = coefficients - length * step
        if np.abs(length * step).max() < 1e-10:
            break
    slope = coefficients[0] / scale
    return Affine(float(slope), float(coefficients[1] - slope * centre))
