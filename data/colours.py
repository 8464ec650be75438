"""Colour histograms of clothes: what they look like whatever their shape."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

STRIPES = 4
"""Stripes from top to bottom, with a histogram each: blue over white is not white over blue."""

LIGHT_BINS = 16
"""Bins of lightness, from black to white."""

CHROMA_BINS = 11
"""Bins of each of the two chroma axes, green to red and blue to yellow."""

FULL_CHROMA = 80.0
"""CIELAB chroma from which a colour is as strong as can be told."""

COLOUR_DIM = STRIPES * (LIGHT_BINS + CHROMA_BINS**2)

CARD = f"colours {STRIPES}x({LIGHT_BINS}+{CHROMA_BINS}x{CHROMA_BINS}) {FULL_CHROMA:g}"
"""Names the settings: same card, same histograms."""

_ELSEWHERE = 0.02  # share of a whole stripe's pixels


def colours(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Describe the colours of clothes.

    In each stripe, one histogram of lightness and one of chroma, in CIELAB; a pixel goes to its
    neighbouring bins by its distance from them, so that a little more light changes little. The
    chroma bins are finer for pale colours, of which clothes have more. A stripe of which little is
    seen looks like the rest of the clothes, so that what is out of the picture is no difference.

    Args:
        crops: (num_crops, height, width, 4) uint8: red green blue, and how much a pixel counts.

    Returns:
        (num_crops, COLOUR_DIM) float32, unit rows: square roots of shares, whose dot product is
        the Bhattacharyya coefficient. NaN rows for crops in which no pixel counts.
    """
    described = np.full((len(crops), COLOUR_DIM), np.nan, np.float32)
    for row in np.flatnonzero(crops[..., 3].any(axis=(1, 2))):
        described[row] = _describe(crops[row])
    return described


def _describe(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    counts = crop[..., 3] / 255
    lab = cv2.cvtColor(crop[..., :3].astype(np.float32) / 255, cv2.COLOR_RGB2LAB).astype(np.float64)
    strength = np.clip(lab[..., 1:] / FULL_CHROMA, -1, 1)
    chroma = (np.sign(strength) * np.sqrt(np.abs(strength)) + 1) / 2
    light = np.clip(lab[..., :1] / 100, 0, 1)
    parts = [
        _shares(_histogram(light, counts, LIGHT_BINS), crop.shape),
        _shares(_histogram(chroma, counts, CHROMA_BINS), crop.shape),
    ]
    return np.sqrt(np.concatenate(parts, axis=1) / (2 * STRIPES)).ravel().astype(np.float32)


def _histogram(
    values: NDArray[np.float64], counts: NDArray[np.float64], bins: int
) -> NDArray[np.float64]:
    """Count values (height, width, axes), 0..1, into (STRIPES, bins ** axes), linearly shared."""
    height, width, num_axes = values.shape
    stripe = np.broadcast_to(np.arange(height)[:, None] * STRIPES // height, (height, width))
    place = values * (bins - 1)
    lower = np.minimum(place.astype(np.int64), bins - 2)
    beyond = place - lower
    histogram = np.zeros(STRIPES * bins**num_axes)
    for corner in np.ndindex(*(2,) * num_axes):
        share, code = counts, stripe
        for axis, step in enumerate(corner):
            share = share * (beyond[..., axis] if step else 1 - beyond[..., axis])
            code = code * bins + lower[..., axis] + step
        histogram += np.bincount(code.ravel(), share.ravel(), minlength=histogram.size)
    return histogram.reshape(STRIPES, -1)


def _shares(histogram: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    everywhere = histogram.sum(axis=0) / histogram.sum()
    blended = histogram + everywhere * (_ELSEWHERE * shape[0] * shape[1])
    shares: NDArray[np.float64] = blended / blended.sum(axis=1, keepdims=True)
    return shares
