"""StillFinder: for how long nothing in a face moves, which tells pictures from people.

A poster, a photo on a screen, or a strip of thumbnails shows a face that stays the same to the
pixel, but for noise, for as long as it is seen. Somebody who holds still moves, blinks or breathes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.tables.boxes import iou
from .patches import FACE, PATCH_PX, FloatPicture, patch_of, shown_in, size_of, warped

_SPOT_PX = 5  # a change is looked for in spots so large: an eye or a mouth that moves

# Measured by benchmarks/stills.py, as shares of the contrast of the face.
_MOST_CHANGE = 0.25  # of any spot of the face
_MOST_AROUND = 0.12  # median of what is around it, which must move with it
_HOPELESS = 0.8  # mean change from which the camera's movement is not searched for

_SAME_PLACE = 0.5  # overlap (IoU) of a face that looks otherwise, which ends what was still there
_REACH = 1.0  # sizes that a face may have moved since it was last seen
_MOST_GROWTH = 1.33
_FORGET_S = 10.0  # not found: somebody may walk past a poster
_FORGET_SHORT_S, _SHORT_S = 1.0, 1.0  # what was still for less is forgotten after less
_MOST_COMPARED = 2
_ECC = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 1e-3)


@dataclass(eq=False)
class _Still:
    """A face as it was first seen, and how long it stayed so."""

    box: NDArray[np.float32]
    patch: FloatPicture
    shown: NDArray[np.uint8]
    contrast: float
    first_s: float
    last_s: float
    last_box: NDArray[np.float32]
    rows: list[int] = field(default_factory=list)

    @property
    def long_s(self) -> float:
        return self.last_s - self.first_s


_COLUMNS: dict[str, tuple[type, tuple[int, ...]]] = {
    "box": (np.float32, (4,)),
    "patch": (np.float32, (PATCH_PX, PATCH_PX)),
    "shown": (np.uint8, (PATCH_PX, PATCH_PX)),
    "contrast": (np.float64, ()),
    "first_s": (np.float64, ()),
    "last_s": (np.float64, ()),
    "last_box": (np.float32, (4,)),
}
"""What is kept of each ``_Still`` besides its rows: type and shape."""


class StillFinder:
    """Measures ``Faces.still_s`` of a film, picture after picture.

    Each face is compared with how it looked when it was first seen in its place: in the very same
    pixels, and where that fails after the camera's movement is taken off, which must be the same
    for the face and for what is around it. One look that differs ends it: a blink, a word. Cuts do
    not matter: a logo outlasts them.
    """

    def __init__(self) -> None:
        self._stills: list[_Still] = []
        self._seconds: list[float] = []

    def add(self, picture: NDArray[np.uint8], time_s: float, boxes: NDArray[np.float32]) -> None:
        """Take the faces of the next picture.

        Args:
            picture: (height, width, 3) uint8, red green blue.
            time_s: when it is shown, seconds; not before the one before.
            boxes: (num_faces, 4) float32, x1 y1 x2 y2 in pixels.
        """
        self._forget(time_s)
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        taken: set[int] = set()
        for box in boxes:
            row = len(self._seconds)
            self._seconds.append(0.0)
            near = self._near(box, taken)
            still = next((seen for seen in near if _is_same(seen, grey, box)), None)
            if still is None:
                self._end([seen for seen in near if _overlap(seen.last_box, box) >= _SAME_PLACE])
                patch = patch_of(grey, box)
                still = _Still(
                    box, patch, shown_in(grey, box), _contrast(patch), time_s, time_s, box
                )
                self._stills.append(still)
            taken.add(id(still))
            still.last_s, still.last_box = time_s, box
            still.rows.append(row)

    def kept(self) -> dict[str, NDArray[Any]]:
        """Return all that it knows, for ``go_on``: a number for each face, and those in sight."""
        columns: dict[str, NDArray[Any]] = {}
        for name, (kind, shape) in _COLUMNS.items():
            values = [getattr(still, name) for still in self._stills]
            columns[name] = np.array(values, kind).reshape(-1, *shape)
        rows = [np.array(still.rows, np.int64) for still in self._stills]
        columns["rows"] = np.concatenate([np.empty(0, np.int64), *rows])
        columns["num_rows"] = np.array([len(still.rows) for still in self._stills], np.int64)
        columns["seconds"] = np.array(self._seconds, np.float64)
        return columns

    def go_on(self, kept: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what another StillFinder kept."""
        self._seconds, self._stills = kept["seconds"].tolist(), []
        ends = np.cumsum(kept["num_rows"])
        for at, rows in enumerate(np.split(kept["rows"], ends)[:-1]):
            columns: dict[str, Any] = {
                name: kept[name][at] if shape else kept[name][at].item()
                for name, (_, shape) in _COLUMNS.items()
            }
            self._stills.append(_Still(**columns, rows=rows.tolist()))

    def seconds(self) -> NDArray[np.float32]:
        """Return for how long each face is still, (num_faces,) float32, in the order of ``add``."""
        for still in self._stills:
            self._note(still)
        return np.array(self._seconds, np.float32)

    def _near(self, box: NDArray[np.float32], taken: set[int]) -> Sequence[_Still]:
        """Return what was seen near a box, what was still longest and seen last comes first."""
        size, centre = size_of(box), (box[:2] + box[2:]) / 2
        near = []
        for still in self._stills:
            growth = size / size_of(still.last_box)
            moved = np.linalg.norm((still.last_box[:2] + still.last_box[2:]) / 2 - centre)
            if (
                id(still) not in taken
                and moved <= _REACH * size
                and 1 / _MOST_GROWTH <= growth <= _MOST_GROWTH
            ):
                near.append(still)
        near.sort(key=lambda still: (-still.long_s, -still.last_s))
        return near[:_MOST_COMPARED]

    def _forget(self, now_s: float) -> None:
        def is_over(still: _Still) -> bool:
            spare_s = _FORGET_SHORT_S if still.long_s < _SHORT_S else _FORGET_S
            return now_s - still.last_s > spare_s

        self._end([still for still in self._stills if is_over(still)])

    def _end(self, stills: Sequence[_Still]) -> None:
        for still in stills:
            self._note(still)
        ended = set(map(id, stills))
        self._stills = [still for still in self._stills if id(still) not in ended]

    def _note(self, still: _Still) -> None:
        for row in still.rows:
            self._seconds[row] = still.long_s


def _is_same(still: _Still, picture: NDArray[np.uint8], box: NDArray[np.float32]) -> bool:
    """Say whether no pixel of a face changed, apart from noise and the camera's movement."""
    change = _change(still, patch_of(picture, still.box))
    if _worst_of_face(change) / still.contrast <= _MOST_CHANGE:
        return True
    now = patch_of(picture, box)
    if float(np.abs(still.patch - now).mean()) > _HOPELESS * still.contrast:
        return False
    moved, shown = np.eye(2, 3, dtype=np.float32), still.shown & shown_in(picture, box)
    try:
        _, found = cv2.findTransformECC(still.patch, now, moved, cv2.MOTION_AFFINE, _ECC, shown, 1)
    except cv2.error:  # they have nothing in common
        return False
    change = _change(still, warped(now, np.asarray(found, dtype=np.float32)))
    return (
        _worst_of_face(change) / still.contrast <= _MOST_CHANGE
        and _median_around(change) / still.contrast <= _MOST_AROUND
    )


def _change(still: _Still, now: FloatPicture) -> FloatPicture:
    """Return how far each spot of a patch changed, (PATCH_PX, PATCH_PX) float32."""
    return np.asarray(cv2.blur(np.abs(still.patch - now), (_SPOT_PX, _SPOT_PX)), np.float32)


def _worst_of_face(change: FloatPicture) -> float:
    return float(change[FACE, FACE].max())


def _median_around(change: FloatPicture) -> float:
    """Return the median change of what is around the face."""
    around = np.ones(change.shape, dtype=bool)
    around[FACE, FACE] = False
    return float(np.median(change[around]))


def _overlap(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    return float(iou(first[None], second[None])[0, 0])


def _contrast(patch: FloatPicture) -> float:
    return max(float(patch[FACE, FACE].std()), 1.0)
