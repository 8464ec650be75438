"""A user's vectors as tracks: what both stages take."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import column_or_1d

from ..data.tables.faces import IntArray
from ..data.tables.pictures import pictures_of
from ..data.tables.tracks import Tracks, looks_of, mean_of_best, num_looks_of
from ..data.tables.vectors import is_whole
from .grouping.constraints import numbered

Matrix = NDArray[np.float64]


def tracks_of_vectors(
    faces: Matrix,
    clothes: Matrix,
    tracks: ArrayLike | None = None,
    frames: ArrayLike | None = None,
    windows: ArrayLike | None = None,
    qualities: ArrayLike | None = None,
) -> tuple[Tracks, IntArray]:
    """Sum up rows of vectors by their tracks; arguments as of ``TwoStageClusterer.fit``.

    Returns:
        The tracks, and (num_rows,) int64, the track of each row.

    Raises:
        ValueError: columns of different lengths, qualities out of range, or two rows of one track
            in one frame.
    """
    num_rows = len(faces)
    # Which row comes first must not depend on how the caller's rows are sorted.
    look = np.unique(np.nan_to_num(np.hstack([faces, clothes])), axis=0, return_inverse=True)[1]
    look = look.reshape(-1).astype(np.int64)
    place = np.empty(num_rows, np.int64)
    place[np.argsort(look, kind="stable")] = np.arange(num_rows)
    frame = _codes("frames", frames, num_rows, otherwise=place)
    given = _codes("tracks", tracks, num_rows, otherwise=place)
    _check_frames(given, frame)
    order = np.lexsort((place, frame))
    track = np.empty(num_rows, np.int64)
    track[order] = numbered(given[order])  # nor on how tracks are named
    quality = _qualities(qualities, num_rows)
    count = int(track.max(initial=-1)) + 1
    blank = np.zeros(count, np.int64)
    event, order_s = _events(windows, track, frame, count)
    table = Tracks(
        film=blank,
        event=event,
        is_photo=np.ones(count, dtype=bool),  # clothes hold throughout a window, however long
        shot=np.arange(count),
        start_s=order_s,
        end_s=order_s,
        num_faces=np.bincount(track, minlength=count).astype(np.int64),
        num_looks=num_looks_of(track, look),
        looks=looks_of(quality, track, look, is_whole(faces)),
        face_px=np.full(count, np.nan),
        face_mean=mean_of_best(faces, quality, track, place),
        cloth_mean=mean_of_best(clothes, quality, track, place),
        pictures=pictures_of(frame, track, count),
    )
    return table, track


def filled(vectors: ArrayLike) -> ArrayLike:
    """Return vectors with NaN where they are masked: numpy and scikit-learn drop the mask."""
    if not isinstance(vectors, np.ma.MaskedArray):
        return vectors
    return np.ma.filled(vectors.astype(np.float64), np.nan)


def _check_frames(track: IntArray, frame: IntArray) -> None:
    _, times = np.unique(np.stack([track, frame]), axis=1, return_counts=True)
    if (times > 1).any():
        raise ValueError(
            f"tracks: expected one row of a track in a frame, got {times.max()}; rows of one track"
            " are one person, rows of one frame are different ones"
        )


def _qualities(values: ArrayLike | None, num_rows: int) -> Matrix:
    if values is None:
        return np.ones(num_rows)
    try:
        quality = np.asarray(_column("qualities", values, num_rows), np.float64)
    except TypeError as error:
        raise ValueError("qualities: expected values from 0 to 1, got others") from error
    if not ((quality >= 0) & (quality <= 1)).all():
        raise ValueError("qualities: expected values from 0 to 1, got others")
    return quality


def _events(
    windows: ArrayLike | None, track: IntArray, frame: IntArray, count: int
) -> tuple[IntArray, Matrix]:
    """Return the window of the first frame of each track, and its place by window and frame.

    Many tracks are compared stretch by stretch, so that those of a window have to lie together.
    """
    order = np.lexsort((frame, track))
    _, first = np.unique(track[order], return_index=True)
    first = order[first]
    window = np.zeros(len(track), np.int64)
    if windows is not None:
        window = _codes("windows", windows, len(track), window)
    event = np.asarray(window[first], np.int64)
    place = np.empty(count)
    place[np.lexsort((frame[first], event))] = np.arange(count)
    return event, place


def _codes(name: str, values: ArrayLike | None, num_rows: int, otherwise: IntArray) -> IntArray:
    if values is None:
        return otherwise
    column = _column(name, values, num_rows)
    if any(map(_is_missing, column.ravel())):
        raise ValueError(f"{name}: expected a value for each row, got NaN or None")
    try:
        return np.unique(column, return_inverse=True)[1].astype(np.int64)
    except TypeError as error:
        raise ValueError(f"{name}: expected values of one type, got several") from error


def _is_missing(code: Any) -> bool:
    try:
        return code is None or bool(code != code)  # NaN, NaT
    except TypeError:  # what pandas calls NA is neither
        return True


def _column(name: str, values: ArrayLike, num_rows: int) -> NDArray[Any]:
    if np.ma.is_masked(values):
        raise ValueError(f"{name}: expected a value for each row, got masked ones")
    try:
        column = np.asarray(column_or_1d(values))
    except ValueError as error:  # its message calls them y
        raise ValueError(
            f"{name}: expected one value for each of {num_rows} rows, got an array of shape"
            f" {np.shape(values)}"
        ) from error
    if len(column) != num_rows:
        raise ValueError(f"{name}: expected one for each of {num_rows} rows, got {len(column)}")
    return column
