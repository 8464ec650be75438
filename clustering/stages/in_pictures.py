"""Faces in pictures that a film shows: posters, photos on a screen, thumbnails, a still inset.

They are nobody of the cast, and a poster of Anna beside Anna is no second person.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import Notice, NoticeCode, Reason
from ...data.tables.faces import BoolArray, Faces, IntArray

STILL_S = 4.0
"""Stillness from which a face may be a picture, ``Faces.still_s``. On the labelled films nobody
living is still for more than 2.2 s; a picture is until the shot ends (benchmarks/stills.py)."""

# Nearly all of a track has to be still: a cut or fade may move it once, and somebody who only
# listens blinks at least once.
_MOST_OF_IT = 0.95  # share of its faces that are so still
_MOST_OF_TIME = 0.9  # how long at least, over how long it is seen
_MOVES_S = 1.0  # half of a living track is still for less
_LEAST_BESIDE = 5  # pictures that show somebody living beside it,
_SHARE_BESIDE = 0.3  # and share of all: a photo that fades into the next seems to move for a while


def in_pictures(faces: Faces) -> BoolArray:
    """Say which faces are in pictures that the film shows, (num_faces,) bool.

    A track is one that never moves while somebody beside it does. Where everything is still, the
    film itself shows photos, or is frozen: its people are those of the photos.

    Args:
        faces: the table, ``track`` filled.
    """
    of_films = (faces.track >= 0) & (faces.shot >= 0) & np.isfinite(faces.still_s)
    if not (of_films & (faces.still_s >= STILL_S)).any():
        return np.zeros(len(faces), dtype=bool)
    rows = np.flatnonzero(of_films)
    track, count = faces.track[rows], int(faces.track.max()) + 1
    length = np.maximum(np.bincount(track, minlength=count), 1)
    needed_s = np.maximum(_MOST_OF_TIME * _seen_s(track, faces.time_s[rows], count), STILL_S)
    is_still = faces.still_s[rows] >= needed_s[track]
    still = np.bincount(track, is_still, minlength=count) / length >= _MOST_OF_IT
    moving = np.bincount(track, faces.still_s[rows] < _MOVES_S, minlength=count) / length > 0.5
    living = np.unique(faces.picture[rows[moving[track]]])
    beside = rows[still[track] & np.isin(faces.picture[rows], living)]
    pictures = np.unique(np.stack([faces.track[beside], faces.picture[beside]]), axis=1)[0]
    needed = np.maximum(_LEAST_BESIDE, _SHARE_BESIDE * length)
    chosen = np.bincount(pictures, minlength=count) >= needed
    found = np.zeros(len(faces), dtype=bool)
    found[rows] = chosen[track]
    return found


def _seen_s(track: IntArray, time_s: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return how long each track is seen, (count,) seconds."""
    first_s, last_s = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(first_s, track, time_s)
    np.maximum.at(last_s, track, time_s)
    return np.asarray(last_s - first_s)


def note_pictured(faces: Faces, pictured: BoolArray) -> tuple[Faces, tuple[Notice, ...]]:
    """Write the reason of faces in pictures into the table, and return a notice of them."""
    if not pictured.any():
        return faces, ()
    numbers = {
        "num_faces": int(pictured.sum()),
        "num_tracks": len(np.unique(faces.track[pictured])),
    }
    reason = np.where(pictured, Reason.IN_A_PICTURE, faces.reason)
    return faces.replace(reason=reason), (Notice(NoticeCode.IN_PICTURES, numbers),)
