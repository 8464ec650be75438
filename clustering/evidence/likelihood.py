"""From a cosine to evidence: the one formula that faces and clothes share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_MOST_EXPECTED = 0.95  # keeps the logarithm finite


def excess_cosine(cosine: FloatArray, common: FloatArray) -> FloatArray:
    """Return how alike two vectors are beyond what all vectors of their film share.

    The part ``common`` of a cosine comes from light, grain, camera and the network; without it the
    vectors have the cosine (cosine - common) / (1 - common): 0 for strangers, 1 for copies.

    Args:
        cosine: any shape.
        common: of the same shape, below 1.
    """
    return np.asarray((cosine - common) / (1 - common))


def reliability_of(looks: NDArray[Any], half_looks: float) -> FloatArray:
    """Return how well a face is known from some looks, 0..1, of their shape.

    It is the cosine between their mean and the mean of endlessly many looks.

    Args:
        looks: as in ``Tracks.looks``.
        half_looks: looks of which the mean is half noise.
    """
    return np.asarray(np.sqrt(looks / (looks + half_looks)), dtype=np.float64)


def log_likelihood_ratio(excess: FloatArray, expected: FloatArray, dimensions: float) -> FloatArray:
    """Return the evidence that two vectors are one person's, natural logarithm.

    Probabilistic linear discriminant analysis (Prince & Elder 2007; Ioffe 2006) in its plainest
    form: a vector is its person plus noise, alike in ``dimensions`` independent directions. The
    cosine of two vectors is then about ``expected`` (r) if they are one person's and about 0 if
    they are two people's, and the ratio of both likelihoods is

        dimensions * ((r * excess - r^2) / (1 - r^2) - log(1 - r^2) / 2)

    The less is known of two tracks, the lower is r, and the less any cosine says, either way. For
    two tracks that are known well, r is high: a middling cosine, which would speak for one person
    between poor tracks, then speaks against it.

    Args:
        excess: any shape, as from ``excess_cosine``.
        expected: of the same shape, 0..1; 0 = the vectors cannot be compared, evidence is 0.
        dimensions: of all directions together; fewer than the vectors have, for these depend on
            each other.
    """
    r = np.minimum(expected, _MOST_EXPECTED)
    rest = 1 - r**2
    return np.asarray(dimensions * ((r * excess - r**2) / rest - np.log(rest) / 2))
