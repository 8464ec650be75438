import math

import numpy as np
import pytest
from castlist.clustering.evidence.likelihood import excess_cosine, log_likelihood_ratio


def test_an_excess_is_what_the_common_part_leaves():
    # By hand: (.7 - .4) / (1 - .4) = .5.
    excess = excess_cosine(np.array([0.7, 0.4, 1.0]), np.array([0.4, 0.4, 0.4]))
    np.testing.assert_allclose(excess, [0.5, 0.0, 1.0])


def test_a_ratio_worked_out_by_hand():
    # r = .6: 10 * ((.6 * .5 - .36) / .64 - log(.64) / 2) = 10 * (-.09375 + .22314).
    found = log_likelihood_ratio(np.array([0.5]), np.array([0.6]), 10.0)
    assert found[0] == pytest.approx(1.29394, abs=1e-4)


def test_the_ratio_is_that_of_two_normal_densities():
    rng = np.random.default_rng(0)
    dimensions, r = 40, 0.5
    first = rng.normal(size=dimensions)
    second = rng.normal(size=dimensions)
    first, second = (v * math.sqrt(dimensions) / np.linalg.norm(v) for v in (first, second))
    cosine = first @ second / dimensions
    covariance = np.array([[1, r], [r, 1]])
    pairs = np.stack([first, second])
    together = -0.5 * np.einsum("in,ij,jn->", pairs, np.linalg.inv(covariance), pairs)
    together -= dimensions / 2 * math.log(np.linalg.det(covariance))
    apart = -0.5 * (pairs**2).sum()
    found = log_likelihood_ratio(np.array(cosine), np.array(r), dimensions)
    assert found == pytest.approx(together - apart)


def test_what_cannot_be_compared_says_nothing():
    assert log_likelihood_ratio(np.array([0.9, -0.9]), np.zeros(2), 20.0).tolist() == [0, 0]


def test_evidence_rises_with_the_cosine():
    cosine = np.linspace(-1, 1, 50)
    for expected in (0.1, 0.5, 0.95, 1.0):
        evidence = log_likelihood_ratio(cosine, np.full(50, expected), 20.0)
        assert (np.diff(evidence) > 0).all()
        assert np.isfinite(evidence).all()


def test_a_middling_cosine_is_good_news_of_poor_tracks_and_bad_news_of_clear_ones():
    evidence = log_likelihood_ratio(np.array([0.3, 0.3]), np.array([0.3, 0.9]), 20.0)
    assert evidence[0] > 0 > evidence[1]
