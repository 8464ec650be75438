"""A film's pictures are made smaller for the detector only where that shows the same faces."""

import numpy as np
import pytest
from castlist.clustering.analysis.film_detector import FilmDetector
from castlist.clustering.face_models.base import Detections

NIGHT, DAY = np.zeros((36, 64, 3), np.uint8), np.full((36, 64, 3), 200, np.uint8)
LARGE, MIDDLING, SMALL = 200.0, 80.0, 40.0  # heights of faces in pixels


class Eyes:
    """Finds faces of given heights, down to a height in the picture that it is shown."""

    def __init__(self, *heights, sees_from=20.0):
        self.heights, self.sees_from = heights, sees_from
        self.shrinks = []

    def scale_of(self, picture):
        return 1.0

    def detect(self, picture, shrink=1):
        self.shrinks.append(shrink)
        heights = np.array([own for own in self.heights if own / shrink >= self.sees_from])
        left = 500.0 * np.arange(len(heights))
        boxes = np.stack([left, 0 * left, left + heights, heights], axis=1).astype(np.float32)
        return Detections(boxes, np.zeros((len(boxes), 5, 2), np.float32), np.ones(len(boxes)))


def looked_at(eyes, times_s, picture=NIGHT):
    """Return the size in which each picture was looked at for its faces."""
    detector, sizes = FilmDetector(eyes), []
    for time_s in times_s:
        detector.detect(picture, time_s)
        sizes.append(eyes.shrinks[-1])
    return sizes


@pytest.mark.parametrize(
    ("heights", "size"), [([LARGE], 4), ([LARGE, MIDDLING], 2), ([LARGE, SMALL], 1), ([], 1)]
)
def test_the_size_follows_the_smallest_face(heights, size):
    assert looked_at(Eyes(*heights), [0.0, 0.2, 0.4]) == [1, size, size]


def test_a_picture_is_looked_at_in_full_size_once_a_second():
    sizes = looked_at(Eyes(LARGE), np.arange(11) / 5)
    assert sizes == [1, 4, 4, 4, 4, 1, 4, 4, 4, 4, 1]


def test_another_picture_is_looked_at_in_full_size_at_once():
    eyes = Eyes(LARGE)
    detector = FilmDetector(eyes)
    for picture, time_s in ((NIGHT, 0.0), (NIGHT, 0.2), (DAY, 0.4), (DAY, 0.6)):
        detector.detect(picture, time_s)
    assert eyes.shrinks == [1, 4, 4, 1, 4, 4]  # the smaller size is tried on the first of them


@pytest.mark.parametrize(("sees_from", "size"), [(60.0, 2), (150.0, 1)])
def test_a_size_in_which_a_face_is_lost_is_not_used(sees_from, size):
    assert looked_at(Eyes(LARGE, sees_from=sees_from), [0.0, 0.2, 0.4]) == [1, size, size]


def test_pictures_that_come_seldom_are_looked_at_once_each():
    eyes = Eyes(LARGE)
    looked_at(eyes, [0.0, 2.0, 4.0, 6.0])
    assert eyes.shrinks == [1, 1, 1, 1]


def test_time_that_goes_back_is_a_new_beginning():
    assert looked_at(Eyes(LARGE), [10.0, 10.2, 3.0]) == [1, 4, 1]


def test_faces_of_a_full_look_are_those_of_the_full_size():
    found = FilmDetector(Eyes(LARGE, SMALL)).detect(NIGHT, 0.0)
    assert (found.boxes[:, 3] - found.boxes[:, 1]).tolist() == [LARGE, SMALL]
