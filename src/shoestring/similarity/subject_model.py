"""The arithmetic of verification in 2005: a Gaussian for each subject, judged against a constant for everybody else."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from shoestring.core.errors import BadDataError

Floats = NDArray[np.float64]


def within_covariance(groups: list[Floats]) -> Floats:
    """[D, D] covariance of vectors around the mean of their group, pooled: sums of products over N - groups.

    ``groups``: [n_i, D] each; those of one vector say nothing. Raises BadDataError when no group has two.
    """
    groups = [group for group in groups if len(group) > 1]
    if not groups:
        raise BadDataError("nobody has two items, so the spread within a person is unknown; collect more")
    centred = np.concatenate([group - group.mean(axis=0) for group in groups])
    return np.asarray(centred.T @ centred / (len(centred) - len(groups)))


def subject_covariance(vectors: Floats, usual: Floats, prior: float, ridge: float) -> Floats:
    r"""[D, D] :math:`(S + p\,U) / (n - 1 + p)` plus a ridge, with ``S`` the summed products of the ``n`` vectors.

    ``usual`` U counts as ``prior`` p vectors; one vector shows no spread, so p is then at least 1. ``ridge`` times the
    mean variance of U is added to every variance: training pulls the pictures of its own people closer together than
    those of others, and with fewer vectors than numbers some directions are 0.
    """
    centred = vectors - vectors.mean(axis=0)
    prior = max(prior, 1.0) if len(vectors) < 2 else prior
    mixed = (centred.T @ centred + prior * usual) / (len(vectors) - 1 + prior)
    return np.asarray(mixed + ridge * np.mean(np.diag(usual)) * np.eye(len(usual)))


def gaussian_log_density(vectors: Floats, mean: Floats, covariance: Floats) -> Floats:
    r"""[N] :math:`-\frac12 (x-\mu)^T\Sigma^{-1}(x-\mu) - \frac12\ln|\Sigma| - \frac{D}{2}\ln 2\pi` of [N, D]."""
    factor = np.linalg.cholesky(covariance)
    white = solve_triangular(factor, (vectors - mean).T, lower=True)
    constant = np.log(np.diag(factor)).sum() + 0.5 * len(mean) * np.log(2 * np.pi)
    return np.asarray(-0.5 * np.square(white).sum(axis=0) - constant)


def log_mean_density(log_density: Floats) -> float:
    """Logarithm of the mean of densities [N >= 1] that are given by their logarithms."""
    return float(logsumexp(log_density) - np.log(len(log_density)))
