"""Probabilities of Spectral Atomo."""

import numpy as np
from numpy.typing import NDArray


def keep_probabilities(singular: NDArray[np.float64], rank: int) -> NDArray[np.float64]:
    """Wang et al. 2018, algorithm 1: p_i <= 1, sum = ``rank``, proportional to the singular values where below 1.

    ``singular``: [K] >= 0, in falling order. They minimise the variance of sum_i (b_i / p_i) s_i u_i v_i^T, with b_i
    drawn from Bernoulli(p_i). All zero gives the first ``rank`` triples.
    """
    p = np.zeros(len(singular))
    certain = 0
    while certain < rank:
        rest = singular[certain:]
        total = rest.sum()
        if total <= 0:
            p[certain:rank] = 1.0
            return p
        share = rest * (rank - certain) / total
        if share[0] <= 1:
            p[certain:] = share
            return p
        p[certain] = 1.0
        certain += 1
    return p
