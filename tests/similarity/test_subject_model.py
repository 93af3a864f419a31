import numpy as np
import pytest
from scipy.stats import multivariate_normal

from shoestring.core.errors import BadDataError
from shoestring.similarity.subject_model import (
    gaussian_log_density,
    log_mean_density,
    subject_covariance,
    within_covariance,
)

DRAW = np.random.default_rng(0)


def test_within_covariance_is_pooled_over_groups_and_blind_to_their_means():
    groups = [DRAW.normal(size=(n, 3)) for n in (4, 2, 1, 5)]
    total, count = np.zeros((3, 3)), 0
    for group in groups:
        if len(group) > 1:
            total += (len(group) - 1) * np.cov(group.T)
            count += len(group) - 1
    np.testing.assert_allclose(within_covariance(groups), total / count)
    moved = [group + 10 * k for k, group in enumerate(groups)]
    np.testing.assert_allclose(within_covariance(moved), total / count)
    with pytest.raises(BadDataError, match="two items"):
        within_covariance([groups[2]])


def test_without_a_prior_it_is_the_sample_covariance_and_with_a_huge_one_the_usual():
    vectors, usual = DRAW.normal(size=(6, 3)), np.diag([1.0, 2.0, 3.0])
    ridge = 1e-3 * 2 * np.eye(3)
    np.testing.assert_allclose(subject_covariance(vectors, usual, 0.0, 1e-3), np.cov(vectors.T) + ridge)
    np.testing.assert_allclose(subject_covariance(vectors, usual, 1e12, 1e-3), usual + ridge, atol=1e-9)
    np.testing.assert_allclose(
        subject_covariance(vectors, usual, 2.5, 1e-3), (5 * np.cov(vectors.T) + 2.5 * usual) / 7.5 + ridge
    )


def test_one_vector_has_the_usual_covariance_even_without_a_prior():
    usual = np.diag([1.0, 2.0])
    np.testing.assert_allclose(subject_covariance(np.ones((1, 2)), usual, 0.0, 1e-3), usual + 1e-3 * 1.5 * np.eye(2))


def test_the_density_is_that_of_scipy():
    root = DRAW.normal(size=(4, 4))
    covariance, mean, vectors = root @ root.T + np.eye(4), DRAW.normal(size=4), DRAW.normal(size=(7, 4))
    expected = multivariate_normal(mean, covariance).logpdf(vectors)
    np.testing.assert_allclose(gaussian_log_density(vectors, mean, covariance), expected)


def test_the_mean_of_densities_survives_numbers_that_would_round_to_zero():
    assert log_mean_density(np.log([1.0, 2.0, 6.0])) == pytest.approx(np.log(3.0))
    assert log_mean_density(np.array([-2000.0, -2000.0])) == pytest.approx(-2000.0)
