"""Names of the colours of clothes, from their colour histograms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .colours import CHROMA_BINS, COLOUR_DIM, FULL_CHROMA, LIGHT_BINS, STRIPES

_GREY_BELOW = 9.0  # CIELAB chroma below which a colour is called black, grey or white
_TOP_COUNTS = 0.5  # the top stripe shows neck and hair too
_SECOND_FROM = 0.3  # share of the stripes from which a second colour is named

# CIELAB hue angle in degrees up to which a hue has this name, beginning at -25.
_HUES = (
    (48, "red"),
    (82, "orange"),
    (115, "yellow"),
    (180, "green"),
    (220, "teal"),
    (312, "blue"),
    (335, "purple"),
)

# (hue, lightness from, up to, chroma from, up to, name): colours with another name than their hue.
_CALLED = (
    ("red", 0, 25, 0, 200, "dark red"),
    ("red", 62, 101, 0, 45, "pink"),
    ("orange", 65, 101, 0, 35, "beige"),
    ("yellow", 65, 101, 0, 32, "beige"),
    ("orange", 68, 101, 35, 200, "yellow"),
    ("orange", 0, 50, 0, 200, "brown"),
    ("orange", 50, 65, 0, 35, "brown"),
    ("yellow", 0, 50, 0, 200, "olive"),
    ("green", 0, 30, 0, 200, "dark green"),
    ("blue", 0, 30, 0, 200, "dark blue"),
    ("blue", 65, 101, 0, 200, "light blue"),
    ("grey", 0, 22, 0, 200, "black"),
    ("grey", 22, 40, 0, 200, "dark grey"),
    ("grey", 68, 84, 0, 200, "light grey"),
    ("grey", 84, 101, 0, 200, "white"),
)


def colour_names(histograms: NDArray[np.floating]) -> list[str]:
    """Name the one or two colours that clothes have most of.

    Hues by CIELAB's angle, dark and light ones by lightness, with their English names (the eleven
    basic colour terms of Berlin & Kay 1969, and some more).

    Args:
        histograms: (num_crops, COLOUR_DIM), as ``colours.colours`` gives them, of any length.

    Returns:
        Per crop words such as "dark blue" or "red and white"; "" for NaN rows.

    Raises:
        ValueError: rows of another length.
    """
    if histograms.shape[1:] != (COLOUR_DIM,):
        raise ValueError(f"histograms: expected {COLOUR_DIM} columns, got {histograms.shape}")
    shares = histograms.astype(np.float64).reshape(-1, STRIPES, LIGHT_BINS + CHROMA_BINS**2) ** 2
    return [_words(crop) if np.isfinite(crop).all() and crop.any() else "" for crop in shares]


def _words(stripes: NDArray[np.float64]) -> str:
    weights: dict[str, float] = {}
    for number, stripe in enumerate(stripes):
        name = _stripe_name(stripe)
        weights[name] = weights.get(name, 0.0) + (_TOP_COUNTS if number == 0 else 1.0)
    first, *others = sorted(weights, key=lambda name: -weights[name])
    others = [name for name in others if name.split()[-1] != first.split()[-1]]  # another shade
    second = [name for name in others[:1] if weights[name] >= _SECOND_FROM * sum(weights.values())]
    return " and ".join([first, *second])


def _stripe_name(stripe: NDArray[np.float64]) -> str:
    light, shares = stripe[:LIGHT_BINS], stripe[LIGHT_BINS:]
    hue: str = max(_HUE_NAMES, key=lambda name: float(shares[name == _BIN_HUE].sum()))
    bins = hue == _BIN_HUE
    chroma = float((shares[bins] * _BIN_CHROMA[bins]).sum() / max(shares[bins].sum(), 1e-12))
    median = np.searchsorted(np.cumsum(light) / light.sum(), 0.5) / (LIGHT_BINS - 1) * 100
    for name, light_from, light_to, chroma_from, chroma_to, called in _CALLED:
        if name == hue and light_from <= median < light_to and chroma_from <= chroma < chroma_to:
            return called
    return hue


def _hue(a: float, b: float) -> str:
    if np.hypot(a, b) < _GREY_BELOW:
        return "grey"
    angle = (np.degrees(np.arctan2(b, a)) + 25) % 360 - 25
    return next((name for up_to, name in _HUES if angle < up_to), "red")


def _bin_values() -> NDArray[np.float64]:
    axis = np.linspace(-1, 1, CHROMA_BINS)
    values = np.sign(axis) * axis**2 * FULL_CHROMA  # the centres of the bins of ``colours``
    return np.stack(np.meshgrid(values, values, indexing="ij"), axis=-1).reshape(-1, 2)


_BIN_CHROMA = np.hypot(*_bin_values().T)
_BIN_HUE = np.array([_hue(a, b) for a, b in _bin_values().tolist()])
_HUE_NAMES = tuple(dict.fromkeys(_BIN_HUE.tolist()))
