"""For how long nothing in a face moves: pictures and people, by what their pixels do."""

import cv2
import numpy as np
import pytest
from castlist.clustering.patches.stills import StillFinder

SIZE = (320, 200)
BOX = np.array([120.0, 60, 180, 130], np.float32)
RATE = 5


def wall(seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(60, 200, (12, 18, 3)).astype(np.float32)
    return cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC)


def drawn(picture, box=BOX, mouth=0.0, turn=0.0):
    """Draw a face; ``mouth`` opens it, ``turn`` moves eyes and nose to the side."""
    x1, y1, x2, y2 = (float(side) for side in box)
    wide, high = x2 - x1, y2 - y1

    def at(x, y):
        return round(x1 + (x + turn) * wide), round(y1 + y * high)

    centre, axes = (round((x1 + x2) / 2), round((y1 + y2) / 2)), (round(wide / 2), round(high / 2))
    picture = picture.copy()
    cv2.ellipse(picture, centre, axes, 0, 0, 360, (170, 140, 120), -1, cv2.LINE_AA)
    for eye in (0.3, 0.7):
        cv2.circle(picture, at(eye, 0.4), round(wide * 0.08), (40, 30, 30), -1, cv2.LINE_AA)
    cv2.line(picture, at(0.5, 0.45), at(0.5, 0.62), (120, 90, 80), 2, cv2.LINE_AA)
    lips = round(wide * 0.2), max(1, round(high * (0.03 + mouth)))
    cv2.ellipse(picture, at(0.5, 0.78), lips, 0, 0, 360, (90, 40, 40), -1, cv2.LINE_AA)
    return picture


def seconds(pictures, boxes=None, noise=2.0):
    """Return ``still_s`` of one face in each picture, five a second."""
    rng = np.random.default_rng(1)
    finder = StillFinder()
    for number, picture in enumerate(pictures):
        grainy = np.clip(picture + rng.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)
        box = BOX if boxes is None else boxes[number]
        jitter = rng.uniform(-1, 1, 4).astype(np.float32)  # detectors are not exact
        finder.add(grainy, number / RATE, (box + jitter)[None].astype(np.float32))
    return finder.seconds()


def test_a_poster_is_still_as_long_as_it_is_seen():
    assert seconds([drawn(wall())] * 41).tolist() == [8.0] * 41


@pytest.mark.parametrize("noise", [0, 5])
def test_noise_does_not_move_a_poster(noise):
    assert seconds([drawn(wall())] * 31, noise=noise).max() == 6


def test_somebody_who_speaks_is_not_still():
    mouths = np.abs(np.sin(np.arange(40) * 0.9)) * 0.08
    assert seconds([drawn(wall(), mouth=mouth) for mouth in mouths]).max() < 2


def test_somebody_who_turns_slowly_is_not_still_for_long():
    turns = np.linspace(-0.08, 0.08, 50)  # ten seconds, 0.2 pixels from look to look
    assert seconds([drawn(wall(), turn=turn) for turn in turns]).max() < 4


def test_somebody_who_sways_before_a_wall_is_not_still_for_long():
    # the face keeps its look to the pixel, and moves against what is behind it
    boxes = [BOX + np.array([6, 0, 6, 0]) * np.sin(number / 4) for number in range(50)]
    pictures = [drawn(wall(), box) for box in boxes]
    assert seconds(pictures, boxes).max() < 2


def test_a_poster_is_still_where_the_camera_moves():
    pictures, boxes = [], []
    for number in range(40):
        angle, scale = 0.1 * number, 1 + 0.005 * number
        matrix = cv2.getRotationMatrix2D((200, 120), angle, scale)
        matrix[:, 2] += 2.5 * number, 0.5 * number
        pictures.append(cv2.warpAffine(drawn(wall()), matrix, SIZE, borderMode=cv2.BORDER_REFLECT))
        corners = np.array([[BOX[0], BOX[1], 1], [BOX[2], BOX[3], 1]]) @ matrix.T
        boxes.append(corners.ravel().astype(np.float32))
    assert np.median(seconds(pictures, boxes)) >= 4


def test_a_still_inset_is_still_over_cuts():
    shots = []
    for seed in (0, 1, 2):
        picture = wall(seed)
        picture[40:150, 100:200] = drawn(wall(9))[40:150, 100:200]
        shots += [picture] * 15
    assert seconds(shots) == pytest.approx([44 / RATE] * 45)


def test_one_look_with_closed_eyes_ends_it():
    closed = drawn(wall())
    cv2.rectangle(closed, (124, 80), (176, 98), (170, 140, 120), -1)
    pictures = [drawn(wall())] * 15 + [closed] + [drawn(wall())] * 15
    assert seconds(pictures) == pytest.approx([14 / RATE] * 15 + [0] + [14 / RATE] * 15)


def test_another_face_in_the_same_place_is_another():
    pictures = [drawn(wall(), mouth=0.0)] * 15 + [drawn(wall(), mouth=0.12, turn=0.1)] * 15
    assert seconds(pictures) == pytest.approx([14 / RATE] * 30)


def test_who_walks_past_a_poster_does_not_end_it():
    finder, poster = StillFinder(), drawn(wall()).astype(np.uint8)
    for number in range(40):
        if not 10 <= number < 20:  # not found meanwhile
            finder.add(poster, number / RATE, BOX[None])
    assert finder.seconds() == pytest.approx([39 / RATE] * 30)


def test_no_faces_are_no_seconds():
    finder = StillFinder()
    finder.add(wall().astype(np.uint8), 0.0, np.empty((0, 4), np.float32))
    assert finder.seconds().shape == (0,)
