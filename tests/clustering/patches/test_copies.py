"""Faces that one picture shows twice, by their pixels."""

import cv2
import numpy as np
import pytest
from castlist.clustering.patches.copies import copies

LARGE = np.array([40.0, 30, 140, 150], np.float32)
SMALL_BY = 0.4
INSET_AT = np.array([330.0, 20, 330, 20], np.float32)


def textured(seed, size=(180, 180)):
    """Return a picture of blobs that no other seed has, of the fineness of a face's features."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(20, 230, (14, 14, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)


def beside(*parts):
    """Return a grey picture with parts at places."""
    picture = np.full((220, 480, 3), 127, np.uint8)
    for part, (x, y) in parts:
        picture[y : y + part.shape[0], x : x + part.shape[1]] = part
    return picture


def small(part):
    return cv2.resize(part, None, fx=SMALL_BY, fy=SMALL_BY, interpolation=cv2.INTER_AREA)


def boxes(jitter=0.0):
    rng = np.random.default_rng(3)
    both = np.array([LARGE, LARGE * SMALL_BY + INSET_AT], np.float32)
    sides = both[:, 2:3] - both[:, :1]
    return (both + rng.uniform(-jitter, jitter, (2, 4)) * sides).astype(np.float32)


def test_of_a_face_and_its_inset_the_smaller_is_the_copy():
    one = textured(1)
    picture = beside((one, (0, 0)), (small(one), (330, 20)))
    assert copies(picture, boxes()).tolist() == [False, True]
    assert copies(picture, boxes()[::-1]).tolist() == [True, False]


def test_boxes_that_differ_a_little_hide_no_copy():
    one = textured(1)
    picture = beside((one, (0, 0)), (small(one), (330, 20)))
    assert copies(picture, boxes(jitter=0.06)).tolist() == [False, True]


def test_a_larger_blurred_copy_gives_way_to_the_sharp_face():
    one = small(textured(1))
    blurred = cv2.GaussianBlur(textured(1), (0, 0), 5)
    picture = beside((blurred, (0, 0)), (one, (330, 20)))
    assert copies(picture, boxes()).tolist() == [True, False]


def test_of_three_copies_one_is_left():
    one = textured(1)
    picture = beside((one, (0, 0)), (small(one), (330, 20)), (small(one), (330, 120)))
    third = boxes()[1] + np.array([0, 100, 0, 100], np.float32)
    assert copies(picture, np.array([*boxes(), third])).sum() == 2


@pytest.mark.parametrize("seed", range(2, 8))
def test_two_faces_that_differ_are_no_copies(seed):
    picture = beside((textured(1), (0, 0)), (small(textured(seed)), (330, 20)))
    assert not copies(picture, boxes()).any()


def test_the_same_face_in_other_surroundings_is_no_copy():
    one, other = textured(1), textured(9)
    other[30:150, 40:140] = one[30:150, 40:140]
    picture = beside((one, (0, 0)), (small(other), (330, 20)))
    assert not copies(picture, boxes()).any()


def test_the_same_shapes_in_another_colour_are_no_copy():
    one = textured(1) // 2
    red = one + np.array([90, 0, 0], np.uint8)
    picture = beside((one, (0, 0)), (small(red), (330, 20)))
    assert not copies(picture, boxes()).any()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_faces_have_no_copies(count):
    assert copies(textured(1), boxes()[:count]).tolist() == [False] * count


def test_a_picture_that_shows_nothing_has_no_copies():
    assert not copies(np.full((220, 480, 3), 127, np.uint8), boxes()).any()


def test_faces_at_the_border_of_the_picture_are_compared():
    one = textured(1)
    picture = beside((one, (0, 0)), (small(one), (408, 148)))
    at_the_border = LARGE * SMALL_BY + np.array([408, 148, 408, 148], np.float32)
    assert copies(picture, np.array([LARGE, at_the_border])).tolist() == [False, True]
