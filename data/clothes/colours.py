"""Colour histograms of clothes, independent of their shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

STRIPES = 4
"""Stripes from top to bottom, with a histogram each: blue over white is not white over blue."""

LIGHT_BINS = 16
"""Bins of lightness, from black to white."""

CHROMA_BINS = 11
"""Bins of each of the two chroma axes, green to red and blue to yellow."""

FULL_CHROMA = 80.0
"""CIELAB chroma of the outermost bins; stronger colours count as this one."""

COLOUR_DIM = STRIPES * (LIGHT_BINS + CHROMA_BINS**2)

CARD = f"colours {STRIPES}x({LIGHT_BINS}+{CHROMA_BINS}x{CHROMA_BINS}) {FULL_CHROMA:g}"
"""Names the settings: same card, same histograms."""

_ELSEWHERE = 0.02  # share of a whole stripe's pixels


def colours(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compute colour histograms of clothes.

    In each stripe, one histogram of lightness and one of chroma, in CIELAB; a pixel goes to its
    neighbouring bins by its distance from them, so that a little more light changes little. The
    chroma bins are finer for pale colours, of which clothes have more. A stripe of which little is
    in sight gets the colours of the rest, so that a part outside the picture makes no difference.

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
    import cv2  # whoever only names colours needs no OpenCV

    height, width = crop.shape[:2]
    counted = np.flatnonzero(crop[..., 3])
    pixels = crop.reshape(-1, 4).take(counted, axis=0)
    counts = pixels[:, 3] / 255
    stripes = counted // width * STRIPES // height
    lab = cv2.cvtColor(pixels[None, :, :3].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    light, *axes = lab[0].T.astype(np.float64)
    strengths = [np.clip(axis / FULL_CHROMA, -1, 1) for axis in axes]
    chroma = [(np.copysign(np.sqrt(np.abs(part)), part) + 1) / 2 for part in strengths]
    parts = [
        _shares(_histogram([np.clip(light / 100, 0, 1)], counts, stripes, LIGHT_BINS), crop.shape),
        _shares(_histogram(chroma, counts, stripes, CHROMA_BINS), crop.shape),
    ]
    return np.sqrt(np.concatenate(parts, axis=1) / (2 * STRIPES)).ravel().astype(np.float32)


def _histogram(
    values: Sequence[NDArray[np.float64]],
    counts: NDArray[np.float64],
    stripes: NDArray[np.int64],
    bins: int,
) -> NDArray[np.float64]:
    """Count pixels into (STRIPES, bins ** len(values)), linearly shared by neighbouring bins.

    Args:
        values: of each axis, (num_pixels,), 0..1.
        counts: (num_pixels,), how much each pixel counts.
        stripes: (num_pixels,), 0..STRIPES - 1.
        bins: of each axis.
    """
    code = stripes
    near = [(0, counts)]  # of each neighbouring bin, how far beyond the lowest and which share
    for value in values:
        place = value * (bins - 1)
        lower = np.minimum(place.astype(np.int64), bins - 2)
        code = code * bins + lower
        beyond = place - lower
        near = [
            (beyond_code * bins + step, share * weight)
            for beyond_code, share in near
            for step, weight in enumerate((1 - beyond, beyond))
        ]
    histogram = np.zeros(STRIPES * bins ** len(values))
    for beyond_code, share in near:
        found = np.bincount(code, share, minlength=histogram.size)
        histogram[beyond_code:] += found[: histogram.size - beyond_code]
    return histogram.reshape(STRIPES, -1)


def _shares(histogram: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    everywhere = histogram.sum(axis=0) / histogram.sum()
    blended = histogram + everywhere * (_ELSEWHERE * shape[0] * shape[1])
    shares: NDArray[np.float64] = blended / blended.sum(axis=1, keepdims=True)
    return shares
