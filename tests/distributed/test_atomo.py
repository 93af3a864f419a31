import numpy as np
import pytest
from scipy.optimize import minimize

from shoestring.distributed.atomo import keep_probabilities


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("singular", [[5.0, 1.0, 1.0, 1.0], [1.0, 0.9, 0.8, 0.7], [100.0, 50.0, 1e-3, 1e-4]])
def test_probabilities_minimise_the_variance_among_all_with_their_sum(rank, singular):
    """Against a general solver: minimise sum s^2 / p with sum p = rank and 0 < p <= 1."""
    s = np.array(singular)
    p = keep_probabilities(s, rank)
    assert p.sum() == pytest.approx(rank) and (p <= 1 + 1e-12).all() and (p >= 0).all()
    found = minimize(
        lambda q: (s**2 / q).sum() / (s**2).sum(), np.full(4, rank / 4), bounds=[(1e-9, 1)] * 4,
        constraints={"type": "eq", "fun": lambda q: q.sum() - rank}, options={"maxiter": 500, "ftol": 1e-12},
    )  # fmt: skip
    value = (s**2 / np.maximum(p, 1e-9)).sum() / (s**2).sum()
    assert value <= found.fun * (1 + 1e-3)


def test_no_gradient_keeps_the_first_triples():
    assert keep_probabilities(np.zeros(4), 2).tolist() == [1, 1, 0, 0]
