"""dlib's CNN face detector: the ``cnn`` model of the face_recognition library.

Davis King's ``mmod_human_face_detector`` (CC0), converted to ONNX by
benchmarks/convert/dlib_cnn.py. The network slides a window of 80 pixels over the picture and its
smaller copies, each 5/6 of the one before, all laid out on one canvas as dlib does it: the copies
lie so close that each sees the edge of its neighbour, so another layout finds other boxes.

Faces under 80 pixels are found only when the picture is doubled first (``upsample``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.runtime.model_cards import shipped
from ...data.runtime.networks import Network
from .base import Detections, Picture
from .hog import import_dlib

# The layout of the canvas: dlib/image_transforms/image_pyramid.h, and input.h for the paddings.
_SHRINK = 6  # each copy is 5/6 of the one before
_SMALLEST_PX = 5
_GAP_PX = 10
_RIM_PX = 11

# Three convolutions of 5 pixels, stride 2 and no padding: output 0 sits on canvas pixel 14.
_STRIDE_PX, _FIRST_PX = 8, 14
_TOO_SMALL_PX = 6  # pictures of this height or width leave the network without any output


@dataclass(frozen=True)
class DlibCnnConfig:
    """What counts as a face.

    Attributes:
        upsample: how often the picture is doubled first: 0 finds faces from 80 pixels, 1 from 40,
            2 from 20; each step takes four times as long.
        min_confidence: lowest confidence of a face; dlib's own choice is 0, sure faces have 1.
    """

    upsample: int = 1
    min_confidence: float = 0.0


class DlibCnn:
    """Detector. Boxes are dlib's squares; it gives no landmarks (NaN).

    Raises:
        InputError: dlib is missing, whose arithmetic of boxes this detector follows.
    """

    max_side_px: int | None = None

    def __init__(self, config: DlibCnnConfig | None = None) -> None:
        self.config = config or DlibCnnConfig()
        card, content = shipped("dlib_cnn")
        self._dlib = _dlib()
        self._window_px, self._max_overlap = card["window_px"], card["max_overlap"]
        self._mean = np.array(card["input"]["mean"], np.float32)
        self._scale = np.float32(card["input"]["scale"])
        self._network = Network(content, shape=(1, 3, None, None))
        self.card = f"{card['name']} {card['sha256'][:12]} {self.config}"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture, best score first.

        Args:
            picture: (height, width, 3) uint8, red green blue.

        Returns:
            Faces; the score is the network's confidence, cut off at 0 and 1.
        """
        boxes, confidences = self.find(picture)
        return Detections.without_landmarks(boxes, confidences.clip(0, 1))

    def find(self, picture: Picture) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Find the faces of one picture, best first, with confidences as dlib gives them.

        Returns:
            (num_faces, 4) float32 boxes, x1 y1 x2 y2 in pixels, and (num_faces,) float32.
        """
        if min(picture.shape[:2]) <= _TOO_SMALL_PX:
            return np.empty((0, 4), dtype=np.float32), np.empty(0, dtype=np.float32)
        picture = np.ascontiguousarray(picture)
        for _ in range(self.config.upsample):
            picture = _doubled(picture)
        tiles, (rows, columns) = canvas_layout(*picture.shape[:2])
        canvas = self._canvas(picture, tiles, rows, columns)
        scores = self._network.run(canvas.transpose(2, 0, 1)[None])[0][0, 0]
        found: list[tuple[float, Any]] = []
        at = np.argwhere(scores > self.config.min_confidence)
        for row, column in at[np.argsort(-scores[tuple(at.T)], kind="stable")].tolist():
            box = self._box(tiles, row, column)
            if all(_overlap(box, other) <= self._max_overlap for _, other in found):
                found.append((float(scores[row, column]), box))
        halved = self._dlib.pyramid_down(2)
        rectangles = [halved.rect_down(box, self.config.upsample) for _, box in found]
        # dlib's right and bottom are the last pixels inside.
        boxes = [[r.left(), r.top(), r.right() + 1, r.bottom() + 1] for r in rectangles]
        return (
            np.array(boxes, dtype=np.float32).reshape(-1, 4),
            np.array([confidence for confidence, _ in found], dtype=np.float32),
        )

    def _canvas(
        self, picture: Picture, tiles: list[Any], rows: int, columns: int
    ) -> NDArray[np.float32]:
        canvas = np.zeros((rows, columns, 3), np.float32)
        copy = (picture - self._mean) * self._scale
        for tile in tiles:
            copy = _resized(copy, tile.height(), tile.width())
            canvas[tile.top() : tile.bottom() + 1, tile.left() : tile.right() + 1] = copy
        return canvas

    def _box(self, tiles: list[Any], row: int, column: int) -> Any:
        x, y = (_STRIDE_PX * index + _FIRST_PX for index in (column, row))
        level = _nearest_tile(tiles, x, y)
        half = (self._window_px - 1) / 2
        x, y = x - tiles[level].left(), y - tiles[level].top()
        window = self._dlib.drectangle(x - half, y - half, x + half, y + half)
        box = self._dlib.pyramid_down(_SHRINK).rect_up(window, level)
        edges = (box.left(), box.top(), box.right(), box.bottom())
        return self._dlib.rectangle(*(int(np.floor(edge + 0.5)) for edge in edges))


def canvas_layout(height: int, width: int) -> tuple[list[Any], tuple[int, int]]:
    """Lay out a picture and its smaller copies on one canvas, as dlib does it.

    One below the other, until what is left fits beside them; then upwards along the right edge.

    Args:
        height: of the picture, pixels.
        width: of the picture, pixels.

    Returns:
        A ``dlib.rectangle`` for each copy, the largest first, and the canvas's height and width.
    """
    dlib = _dlib()
    sizes = [(height, width)]
    while True:
        height, width = (int(np.floor((_SHRINK - 1) / _SHRINK * side)) for side in sizes[-1])
        if width == 0 or height < _SMALLEST_PX:
            break
        sizes.append((height, width))
    full_height, full_width = sizes[0]
    all_heights = sum(height + _GAP_PX for height, _ in sizes) - 2 * _GAP_PX
    column_height, above = 0, 0
    for height, width in sizes:
        half_done = (column_height - full_height) * 2 >= all_heights - full_height
        if width <= full_width - above - _GAP_PX and half_done:
            break
        column_height, above = column_height + height + _GAP_PX, width
    column_height -= _GAP_PX

    tiles: list[Any] = []
    top = _RIM_PX
    while top < column_height + _RIM_PX and len(tiles) < len(sizes):
        height, width = sizes[len(tiles)]
        tiles.append(dlib.rectangle(_RIM_PX, top, _RIM_PX + width - 1, top + height - 1))
        top += height + _GAP_PX
    bottom = top - _GAP_PX - 1
    right = _RIM_PX + full_width - 1
    for height, width in sizes[len(tiles) :]:
        tile = dlib.rectangle(right - width + 1, bottom - height + 1, right, bottom)
        if not tiles[0].intersect(tile).is_empty():
            break
        tiles.append(tile)
        bottom -= height + _GAP_PX
    return tiles, (column_height + 2 * _RIM_PX, full_width + 2 * _RIM_PX)


def _nearest_tile(tiles: list[Any], x: int, y: int) -> int:
    def distance(tile: Any) -> float:
        return float(
            np.hypot(
                max(tile.left() - x, 0, x - tile.right()),
                max(tile.top() - y, 0, y - tile.bottom()),
            )
        )

    return min(range(len(tiles)), key=lambda level: distance(tiles[level]))


def _overlap(one: Any, other: Any) -> float:
    """Shared area over the area of the box around both, as dlib's overlap test has it."""
    shared = one.intersect(other).area()
    return float(shared / (one + other).area())


def _doubled(picture: Picture) -> Picture:
    dlib = _dlib()
    height, width = picture.shape[:2]
    corner = dlib.pyramid_down(2).rect_up(dlib.rectangle(0, 0, width - 1, height - 1))
    larger: Picture = dlib.resize_image(picture, corner.bottom() + 1, corner.right() + 1)
    return larger


def _resized(picture: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Resize bilinearly as dlib does it, corner pixels onto corner pixels."""
    for axis, length in enumerate((height, width)):
        if (given := picture.shape[axis]) == length:
            continue
        at = np.linspace(0, given - 1, length)
        first = np.minimum(at.astype(np.intp), max(given - 2, 0))
        share = (at - first).astype(np.float32).reshape(-1, *([1] * (2 - axis)))
        low = picture.take(first, axis)
        picture = low + share * (picture.take(np.minimum(first + 1, given - 1), axis) - low)
    return picture


def _dlib() -> Any:
    return import_dlib("--detector dlib-cnn")
