"""Large photos in tiles: each face once, whole, whatever its size and wherever it is."""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from castlist.clustering.analysis.looking import FINEST, OVERLAP_PX, detect_in_photo, tiles
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.centerface import CenterFace
from castlist.data import demo
from castlist.data.tables.boxes import iou
from scipy import ndimage

MOST_PX = 320
LEAST_PX = 16  # what the detector needs of a face in its input
DEMO = Path(str(resources.files(demo)))


class Squares:
    """Finds bright squares of 16 px and more in a picture that it first makes 320 px at most."""

    card = "bright squares"

    def __init__(self, max_side_px: int | None = MOST_PX) -> None:
        self.max_side_px = max_side_px
        self.sides: list[int] = []

    def detect(self, picture: Any) -> Detections:
        side = max(picture.shape[:2])
        self.sides.append(side)
        scale = min(1.0, (self.max_side_px or side) / side)
        grey = np.ascontiguousarray(picture[..., 0])
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        boxes = [
            (columns.start, rows.start, columns.stop, rows.stop)
            for rows, columns in ndimage.find_objects(ndimage.label(small > 150)[0])
            if rows.stop - rows.start >= LEAST_PX
        ]
        found = np.array(boxes, np.float32).reshape(-1, 4) / np.float32(scale)
        landmarks = np.repeat(found[:, None, :2], 5, axis=1)
        return Detections(found, landmarks, np.full(len(found), 0.9, np.float32))


def with_squares(width: int, height: int, *squares: tuple[int, int, int]) -> Any:
    picture = np.full((height, width, 3), 40, np.uint8)
    for left, top, side in squares:
        picture[top : top + side, left : left + side] = 250
    return picture


def boxes_of(*squares: tuple[int, int, int]) -> Any:
    return np.array([[x, y, x + side, y + side] for x, y, side in squares], np.float32)


def test_a_photo_that_the_detector_sees_whole_is_looked_at_once() -> None:
    detector = Squares()
    detect_in_photo([detector], with_squares(int(MOST_PX / FINEST), 200))
    assert len(detector.sides) == 1


def test_a_detector_of_any_size_looks_once() -> None:
    detector = Squares(max_side_px=None)
    detect_in_photo([detector], with_squares(1600, 200))
    assert detector.sides == [1600]


@pytest.mark.parametrize(("side", "is_once"), [(199, False), (201, True)])
def test_a_photo_of_a_large_face_is_looked_at_once(side: int, is_once: bool) -> None:
    """From a sixth of the longer side on, it is a portrait."""
    detector = Squares()
    found = detect_in_photo([detector], with_squares(1200, 900, (300, 300, side)))
    assert len(found) == 1
    assert (len(detector.sides) == 1) == is_once


def test_small_faces_are_found_once_wherever_they_are() -> None:
    side = round(LEAST_PX / FINEST) + 3
    corner = np.random.default_rng(0).integers(0, (1200 - side, 900 - side), (60, 2))
    for left, top in [*corner.tolist(), (0, 0), (1200 - side, 900 - side)]:
        picture = with_squares(1200, 900, (left, top, side))
        assert not len(Squares().detect(picture))
        (box,) = detect_in_photo([Squares()], picture).boxes
        np.testing.assert_allclose(box, boxes_of((left, top, side))[0], atol=2)


@pytest.mark.parametrize("size", [(1200, 900), (3000, 500), (4000, 1000)])
def test_a_face_of_any_size_is_found_once_and_whole(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    side: float = round(LEAST_PX / FINEST) + 3
    while side < min(size):
        left, top = rng.integers(0, (size[0] - side, size[1] - side))
        square = (int(left), int(top), int(side))
        found = detect_in_photo([Squares()], with_squares(*size, square))
        assert len(found) == 1, square
        assert iou(found.boxes, boxes_of(square))[0, 0] > 0.85
        side *= 1.7


def test_landmarks_move_with_the_box() -> None:
    found = detect_in_photo([Squares()], with_squares(1200, 900, (611, 402, 30)))
    np.testing.assert_allclose(found.landmarks[0], np.tile([611, 402], (5, 1)), atol=2)


def test_neighbours_are_all_kept() -> None:
    squares = [(300 + 45 * place, 300, 30) for place in range(12)]
    found = detect_in_photo([Squares()], with_squares(1200, 900, *squares))
    assert (iou(found.boxes, boxes_of(*squares)) > 0.7).sum(axis=0).tolist() == [1] * 12
    assert len(found) == 12


@pytest.mark.parametrize("size", [(1200, 900), (900, 5000), (10000, 1000)])
def test_no_tile_is_larger_in_the_detector_than_the_whole_picture(size: tuple[int, int]) -> None:
    detector = Squares()
    detect_in_photo([detector], with_squares(*size))
    assert max(detector.sides[1:]) <= MOST_PX + 1


@pytest.mark.parametrize("count", [2, 3])
def test_several_detectors_share_the_tiles_and_find_the_same(count: int) -> None:
    squares = [(23 + 97 * place, 31 + 67 * place, 30) for place in range(12)]
    photo = with_squares(1200, 900, *squares)
    alone, side_by_side = Squares(), [Squares() for _ in range(count)]
    found = detect_in_photo([alone], photo)
    shared = detect_in_photo(side_by_side, photo)
    np.testing.assert_array_equal(shared.boxes, found.boxes)
    assert sum(len(detector.sides) for detector in side_by_side) == len(alone.sides)
    assert min(len(detector.sides) for detector in side_by_side) >= len(alone.sides) // count - 1


def test_tiles_cover_a_photo_with_overlap() -> None:
    picture = with_squares(1700, 1000)
    seen = np.zeros(picture.shape[:2], int)
    for tile in tiles(Squares(), picture):
        seen[tile.top : tile.bottom, tile.left : tile.right] += 1
    assert seen.min() >= 1
    assert (seen[500] > 1).sum() >= 5 * OVERLAP_PX


def test_a_part_of_a_far_larger_face_is_no_face() -> None:
    """An eye in a tile is not taken for a face of its own."""

    class WithEyes(Squares):
        def detect(self, picture: Any) -> Detections:
            found = super().detect(picture)
            if max(picture.shape[:2]) > MOST_PX:
                return found
            eye = np.array([[100, 100, 130, 130]], np.float32)
            return Detections(eye, np.zeros((1, 5, 2), np.float32), np.ones(1, np.float32))

    square = (0, 0, 195)
    found = detect_in_photo([WithEyes()], with_squares(1200, 900, square))
    assert len(found) > 1  # of the tiles beside the face
    middles = (found.boxes[:, :2] + found.boxes[:, 2:]) / 2
    (in_face,) = found.boxes[(middles < 195).all(axis=1)]
    np.testing.assert_allclose(in_face, [0, 0, 195, 195], atol=5)


@pytest.fixture(scope="module")
def group() -> Any:
    with av.open(str(DEMO / "scene.mp4")) as film:
        return next(film.decode(video=0)).to_ndarray(format="rgb24")


def test_small_faces_of_a_group_photo_are_found(group: Any) -> None:
    """Five people, 26 to 33 px high, in the middle of a photo of 3840 x 2160."""
    with (DEMO / "labels.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["frame"] == "0"]
    xywh = np.array([[float(row[key]) for key in "xywh"] for row in rows])
    scale, left, top = 0.72, 1700, 900
    small = cv2.resize(group, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    photo = np.full((2160, 3840, 3), 120, np.uint8)
    photo[top : top + len(small), left : left + small.shape[1]] = small
    labels = np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1) * scale
    labels += [left, top, left, top]
    detector = CenterFace()
    assert len(detector.detect(photo)) < 5
    found = detect_in_photo([detector], photo)
    assert len(found) == 5
    assert iou(found.boxes, labels).max(axis=1).min() > 0.4
