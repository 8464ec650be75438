"""Which faces a picture shows twice: an inset, a big screen, a blurred copy as background.

They are one person beside himself, and nobody else is. Of each such face the sharpest counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray
from .patches import FACE, FloatPicture, patch_of, shown_in, size_of, warped

_Two = tuple[FloatPicture, FloatPicture]
_TwoShown = tuple[NDArray[np.uint8], NDArray[np.uint8]]

# Measured by benchmarks/copies.py: correlations of faces, and of them with what is around them.
_SAME = 0.96
_MAY_BE = 0.55  # before one is laid on the other: their boxes differ a little
_OTHER_COLOUR = 40.0  # of 255: copies are dimmed at most
_BLUR = 2.0  # standard deviation, pixels of a patch: a small or blurred copy shows no more
_DETAIL = 1.0  # a blur so wide takes detail away
_LEAST_CONTRAST = 1.0  # standard deviation, of 255
_LESS_DETAIL = 0.7  # patches have the same size: a face of 32 pixels and a larger one show as much
_MOST_STRETCH, _MOST_TURN = 1.4, 0.2
_ECC = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 1e-3)


def copies(picture: NDArray[np.uint8], boxes: NDArray[np.float32]) -> BoolArray:
    """Say which faces show the same, pixel by pixel, as a sharper one of this picture.

    Each is compared with the one that looks most like it, laid on it by ECC (Evangelidis &
    Psarakis 2008, in OpenCV): face and surroundings have to be the same.

    Args:
        picture: (height, width, 3) uint8, red green blue.
        boxes: (num_faces, 4) float32, x1 y1 x2 y2 in pixels.

    Returns:
        (num_faces,) bool.
    """
    again = np.zeros(len(boxes), dtype=bool)
    if len(boxes) < 2:
        return again
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    patches = [patch_of(grey, box) for box in boxes]
    smooth = [_blurred(patch, _BLUR) for patch in patches]
    for one, other in _likeliest([patch[FACE, FACE] for patch in smooth]):
        colour = _colour(picture, boxes[one]) - _colour(picture, boxes[other])
        shown = (shown_in(grey, boxes[one]), shown_in(grey, boxes[other]))
        is_one_colour = np.abs(colour).max() <= _OTHER_COLOUR
        if is_one_colour and _is_same((smooth[one], smooth[other]), shown):
            again[_worse((one, other), patches, boxes)] = True
    return again


def _likeliest(faces: Sequence[FloatPicture]) -> list[tuple[int, int]]:
    """Return each face with the one that looks most like it, a pair once."""
    rows = np.array([face.ravel() for face in faces])
    rows -= rows.mean(axis=1, keepdims=True)
    least = _LEAST_CONTRAST * np.sqrt(rows.shape[1])
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), least)
    alike = rows @ rows.T
    np.fill_diagonal(alike, -1.0)
    pairs = {(min(pair), max(pair)) for pair in enumerate(alike.argmax(axis=1).tolist())}
    return sorted(pair for pair in pairs if alike[pair] >= _MAY_BE)


def _is_same(patches: _Two, shown: _TwoShown) -> bool:
    """Say whether two patches show the same, as they are or once they lie on each other."""
    unmoved = np.eye(2, 3, dtype=np.float32)
    if _is_alike(patches, shown, unmoved):
        return True
    try:
        both = shown[0] & shown[1]
        _, found = cv2.findTransformECC(*patches, unmoved, cv2.MOTION_AFFINE, _ECC, both, 1)
    except cv2.error:  # they have nothing in common
        return False
    moved = np.asarray(found, dtype=np.float32)
    return _is_slight(moved) and _is_alike(patches, shown, moved)


def _is_alike(patches: _Two, shown: _TwoShown, moved: NDArray[np.float32]) -> bool:
    """Say whether faces, and all that both patches show, are the same."""
    first, second = patches[0], warped(patches[1], moved)
    both = (shown[0] > 0) & (warped(shown[1].astype(np.float32), moved) > 0.5)
    in_face = np.zeros(both.shape, dtype=bool)
    in_face[FACE, FACE] = True
    face, whole = (_correlation(first[where], second[where]) for where in (both & in_face, both))
    return min(face, whole) >= _SAME


def _colour(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the mean red, green and blue in a box."""
    x1, y1, x2, y2 = np.round(np.maximum(box, 0)).astype(int).tolist()
    part = picture[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)].reshape(-1, 3)
    return np.asarray(part.mean(axis=0) if len(part) else np.zeros(3))


def _worse(
    pair: tuple[int, int], patches: Sequence[FloatPicture], boxes: NDArray[np.float32]
) -> int:
    """Return which of two copies shows less detail; the smaller one where both show as much."""
    one, other = pair
    detail = _detail(patches[one]), _detail(patches[other])
    if min(detail) < _LESS_DETAIL * max(detail):
        return one if detail[0] < detail[1] else other
    return one if size_of(boxes[one]) < size_of(boxes[other]) else other


def _is_slight(moved: NDArray[np.float32]) -> bool:
    """Say whether laying one on the other neither stretched nor turned it far."""
    stretch = np.linalg.svd(moved[:, :2], compute_uv=False)
    turn = np.arctan2(moved[1, 0] - moved[0, 1], moved[0, 0] + moved[1, 1])
    is_kept = (stretch >= 1 / _MOST_STRETCH) & (stretch <= _MOST_STRETCH)
    return bool(is_kept.all() and abs(turn) <= _MOST_TURN)


def _correlation(first: FloatPicture, second: FloatPicture) -> float:
    """Return the correlation of two pictures, next to 0 where one shows nothing."""
    one, other = first - first.mean(), second - second.mean()
    spread = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / max(spread, _LEAST_CONTRAST**2 * first.size)


def _blurred(patch: FloatPicture, sigma: float) -> FloatPicture:
    return np.asarray(cv2.GaussianBlur(patch, (0, 0), sigma), dtype=np.float32)


def _detail(patch: FloatPicture) -> float:
    return float((patch - _blurred(patch, _DETAIL))[FACE, FACE].std())
