"""A film's pictures are looked at in less detail only where that shows the same faces."""

import queue
import threading

import numpy as np
import pytest
from castlist.clustering.analysis.film_detector import FilmDetector
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.centerface import CenterFaceConfig
from castlist.data.media.frames import Frame

NIGHT, DAY = np.zeros((720, 1280, 3), np.uint8), np.full((720, 1280, 3), 200, np.uint8)
LARGE, MIDDLING, SMALL = 200.0, 80.0, 40.0  # heights of faces in pixels
WHOLE, HALF, QUARTER = "whole", "half", "quarter"


def faces(*boxes, score=0.9):
    """Return faces from left, top, height; all are squares."""
    left, top, height = np.array(boxes, np.float32).reshape(-1, 3).T
    return Detections(
        np.stack([left, top, left + height, top + height], axis=1),
        np.zeros((len(left), 5, 2), np.float32),
        np.full(len(left), score, np.float32),
    )


def row(*heights):
    return faces(*((300.0 * place + 20, 100.0, height) for place, height in enumerate(heights)))


class Eyes:
    """Finds the given faces, down to a height in what it is shown; notes how it looks."""

    config = CenterFaceConfig(min_score=0.3)

    def __init__(self, present, sees_from=10.0):
        self.present, self.sees_from = present, sees_from
        self.looks, self.corners = [], []

    def scale_of(self, picture):
        return 1.0

    def detect(self, picture, shrink=1, min_score=0.3):
        self.looks.append({1: WHOLE, 2: HALF, 4: QUARTER}[shrink])
        seen = self.present.heights_px / shrink >= self.sees_from
        return self.present[np.flatnonzero(seen)].at_least(min_score)

    def detect_parts(self, picture, corners):
        self.corners.append(list(corners))
        inside = [
            any(
                left <= box[0] and box[2] <= left + 128 and top <= box[1] and box[3] <= top + 128
                for left, top in corners
            )
            for box in self.present.boxes
        ]
        return self.present[np.flatnonzero(inside)].at_least(0.3)

    def sifted(self, found, picture):
        _, first = np.unique(found.boxes, axis=0, return_index=True)
        return found[np.sort(first)]


def frames(times_s, picture=NIGHT):
    return [Frame("film", index, time_s, picture, ()) for index, time_s in enumerate(times_s)]


class OneByOne:
    """Looks at each picture before the next one comes."""

    def __init__(self, eyes):
        self.film = FilmDetector(eyes, eyes)

    def detect(self, picture, time_s):
        self.film.begin(Frame("film", 0, time_s, picture, ()))
        return self.film.finish()[1]


def look(eyes, times_s, picture=NIGHT):
    """Look at pictures, and return what was found in the last."""
    detector = OneByOne(eyes)
    return [detector.detect(picture, time_s) for time_s in times_s][-1]


@pytest.mark.parametrize(
    ("heights", "size"),
    [([LARGE], QUARTER), ([LARGE, MIDDLING], HALF), ([LARGE, SMALL], HALF), ([], HALF)],
)
def test_the_size_follows_the_smallest_face(heights, size):
    eyes = Eyes(row(*heights))
    look(eyes, [0.0, 0.2, 0.4])
    assert eyes.looks == [WHOLE, size, size]


def test_a_small_face_is_looked_at_in_a_part_around_it():
    eyes = Eyes(row(LARGE, SMALL))
    found = look(eyes, [0.0, 0.2])
    assert found.heights_px.tolist() == [LARGE, SMALL]
    ((left, top),) = eyes.corners[0]
    assert left < 320 < 360 < left + 128
    assert top < 100 < 140 < top + 128


def test_small_faces_side_by_side_share_a_part():
    eyes = Eyes(faces((300, 100, 30), (335, 110, 30)))
    found = look(eyes, [0.0, 0.2])
    assert len(eyes.corners[0]) == 1
    assert len(found) == 2


def test_a_part_at_the_edge_lies_inside_the_picture():
    eyes = Eyes(faces((1240, 690, 30)))
    assert len(look(eyes, [0.0, 0.2])) == 1
    assert eyes.corners == [[(1280 - 128, 720 - 128)]]


def test_a_small_face_that_comes_is_found_where_the_smaller_picture_hints_at_it():
    eyes = Eyes(row(LARGE, MIDDLING))
    detector = OneByOne(eyes)
    detector.detect(NIGHT, 0.0)
    eyes.present = row(LARGE, MIDDLING, SMALL)
    assert detector.detect(NIGHT, 0.2).heights_px.tolist() == [LARGE, MIDDLING, SMALL]
    assert eyes.looks == [WHOLE, HALF]


def test_a_face_that_turns_away_for_a_moment_is_looked_for_where_it_was():
    eyes = Eyes(row(LARGE, SMALL), sees_from=30.0)  # the half size shows nothing of it
    detector = OneByOne(eyes)
    detector.detect(NIGHT, 0.0)
    eyes.present = row(LARGE)
    assert len(detector.detect(NIGHT, 0.2)) == 1
    eyes.present = row(LARGE, SMALL)
    assert len(detector.detect(NIGHT, 0.4)) == 2


def test_a_weak_face_is_reported_only_once_it_is_clearer():
    eyes = Eyes(faces((300, 100, SMALL), score=0.25))
    detector = OneByOne(eyes)
    assert len(detector.detect(NIGHT, 0.0)) == 0
    eyes.present = faces((300, 100, SMALL), score=0.35)
    assert len(detector.detect(NIGHT, 0.2)) == 1
    assert eyes.looks == [WHOLE, HALF]


def test_a_large_face_that_the_smaller_picture_loses_takes_a_look_in_full_size():
    eyes = Eyes(row(LARGE), sees_from=60.0)
    assert len(look(eyes, [0.0, 0.2])) == 1
    assert eyes.looks == [WHOLE, QUARTER, WHOLE]


def test_what_is_large_and_hardly_a_face_asks_for_no_look_in_full_size():
    eyes = Eyes(faces((300, 100, LARGE), score=0.25), sees_from=60.0)
    assert len(look(eyes, [0.0, 0.2])) == 0
    assert eyes.looks == [WHOLE, HALF]


def test_a_crowd_of_small_faces_is_looked_at_in_full_size():
    eyes = Eyes(faces(*((x, y, SMALL) for x in range(10, 1200, 120) for y in range(10, 700, 120))))
    assert len(look(eyes, [0.0, 0.2])) == 60
    assert eyes.looks == [WHOLE, WHOLE]  # the smaller one is not even tried


def test_a_picture_is_looked_at_in_full_size_once_a_second():
    eyes = Eyes(row(LARGE))
    look(eyes, np.arange(11) / 5)
    assert [at for at, size in enumerate(eyes.looks) if size == WHOLE] == [0, 5, 10]


def test_another_picture_is_looked_at_in_full_size_at_once():
    eyes = Eyes(row(LARGE))
    detector = OneByOne(eyes)
    for picture, time_s in ((NIGHT, 0.0), (NIGHT, 0.2), (DAY, 0.4), (DAY, 0.6)):
        detector.detect(picture, time_s)
    assert eyes.looks == [WHOLE, QUARTER, WHOLE, QUARTER]


def test_pictures_that_come_seldom_are_looked_at_in_full_size():
    eyes = Eyes(row(LARGE))
    look(eyes, [0.0, 2.0, 4.0, 6.0])
    assert eyes.looks == [WHOLE] * 4


def test_time_that_goes_back_is_a_new_beginning():
    eyes = Eyes(row(LARGE))
    look(eyes, [10.0, 10.2, 3.0])
    assert eyes.looks == [WHOLE, QUARTER, WHOLE]


def test_a_full_look_reports_every_face():
    assert look(Eyes(row(LARGE, SMALL)), [0.0]).heights_px.tolist() == [LARGE, SMALL]


def test_looks_in_full_size_are_begun_ahead_of_their_turn():
    looked_at = queue.Queue()

    class Telling(Eyes):
        def detect(self, picture, shrink=1, min_score=0.3):
            looked_at.put(int(picture[0, 0, 0]))
            return super().detect(picture, shrink, min_score)

    film = FilmDetector(Eyes(row(LARGE)), Telling(row(LARGE)))
    for index in range(6):
        picture = np.full((72, 128, 3), index, np.uint8)
        film.begin(Frame("film", index, index / 5, picture, ()))
    assert [looked_at.get(timeout=5) for _ in range(2)] == [0, 5]  # and no turn has come yet
    film.close()


@pytest.mark.parametrize(("height", "waiting"), [(72, 5), (4000, 2), (8000, 1), (20000, 0)])
def test_few_large_pictures_wait(height, waiting):
    picture = np.broadcast_to(np.uint8(0), (height, 1280, 3))
    shown = (Frame("film", index, index / 5, picture, ()) for index in range(9))
    taken = []
    looked_at = FilmDetector(Eyes(row(LARGE)), Eyes(row(LARGE))).detect(
        taken.append(frame) or frame for frame in shown
    )
    next(looked_at)
    assert len(taken) == waiting + 1
    looked_at.close()


class Flickering(Eyes):
    """Sees large faces in some of the smaller pictures only, by chance but always the same."""

    def detect(self, picture, shrink=1, min_score=0.3):
        self.sees_from = 60.0 if picture[0, 0, 0] % 3 else 10.0
        return super().detect(picture, shrink, min_score)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_found_does_not_depend_on_looking_ahead(seed):
    random = np.random.default_rng(seed)
    times_s = np.cumsum(random.choice([0.1, 0.2, 0.3, 1.2], 60))
    levels = np.cumsum(random.choice([0, 1, 20], 60, p=[0.3, 0.5, 0.2]))
    shown = [
        Frame("film", index, time_s, np.full((72, 128, 3), level % 200, np.uint8), ())
        for index, (time_s, level) in enumerate(zip(times_s, levels, strict=True))
    ]
    eyes, one_by_one = Flickering(row(LARGE)), Flickering(row(LARGE))
    ahead = [(frame.index, len(found)) for frame, found in
             FilmDetector(eyes, Flickering(row(LARGE))).detect(shown)]  # fmt: skip
    detector = OneByOne(one_by_one)
    by_turns = [len(detector.detect(frame.picture, frame.time_s)) for frame in shown]
    assert ahead == list(enumerate(by_turns))
    smaller = [size for size in one_by_one.looks if size != WHOLE]
    assert eyes.looks == smaller  # the same pictures were looked at in the same sizes


def test_stopping_early_ends_the_thread():
    before = threading.active_count()
    found_in = FilmDetector(Eyes(row(LARGE)), Eyes(row(LARGE))).detect(frames(np.arange(50) / 5))
    next(found_in)
    assert threading.active_count() == before + 1
    found_in.close()
    assert threading.active_count() == before


def test_an_error_of_a_look_ahead_comes_at_its_turn():
    class Failing(Eyes):
        def detect(self, picture, shrink=1, min_score=0.3):
            if len(self.looks) == 1:
                raise ValueError("no more")
            return super().detect(picture, shrink, min_score)

    found_in = FilmDetector(Eyes(row(LARGE)), Failing(row(LARGE))).detect(frames(np.arange(9) / 5))
    seen = []
    with pytest.raises(ValueError, match="no more"):
        seen.extend(frame.index for frame, _ in found_in)
    assert seen == [0, 1, 2, 3, 4]
