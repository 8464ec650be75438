"""A picture that waits is cut down to what its faces need, and they look the same in it."""

import numpy as np
import pytest
from castlist.clustering.analysis.part import ENOUGH_PX, Part
from castlist.clustering.cloth_models.clothes import ClothConfig, ClothDescriber
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.catalogue import load_embedder
from castlist.data.runtime.models import ModelStore

SHAPE = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)


def faces(*boxes):
    boxes = np.array(boxes, np.float32)
    sides = boxes[:, 2:] - boxes[:, :2]
    points = boxes[:, None, :2] + SHAPE * sides[:, None]
    return Detections(boxes, points, np.ones(len(boxes), np.float32))


def picture(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.fixture
def whole():
    return picture(960, 720)


def test_what_no_face_needs_is_left_out(whole):
    part = Part.of(whole, faces((300, 200, 340, 250)))
    assert part.shrink == 1
    assert part.picture.nbytes < whole.nbytes / 10


def test_the_part_is_a_copy_that_does_not_keep_the_picture(whole):
    assert Part.of(whole, faces((300, 200, 340, 250))).picture.base is None


def test_boxes_and_points_go_there_and_back(whole):
    found = faces((300, 200, 340, 250), (500.5, 300.25, 560, 380))
    part = Part.of(whole, found)
    inside = part.faces(found)
    assert part.in_whole(inside.boxes) == pytest.approx(found.boxes, abs=1e-3)
    assert inside.landmarks + part.corner == pytest.approx(found.landmarks, abs=1e-3)


def test_pixels_lie_where_the_boxes_say(whole):
    found = faces((301, 203, 341, 253))
    part = Part.of(whole, found)
    left, top, right, bottom = part.faces(found).boxes[0].astype(int)
    assert (part.picture[top:bottom, left:right] == whole[203:253, 301:341]).all()


@pytest.mark.parametrize("box", [(3, 2, 43, 55), (930, 680, 958, 718), (400.5, 300.5, 461, 377.5)])
def test_aligned_faces_and_clothes_are_those_of_the_whole_picture(whole, box):
    found = faces(box, (600, 100, 660, 170))
    part = Part.of(whole, found)
    inside = part.faces(found)
    network = load_embedder("faceres", ModelStore.of_environment(offline=True))
    clothes = ClothDescriber(ClothConfig(person_mask=False))
    aligned = np.stack([network.align(part.picture, inside), network.align(whole, found)]).astype(
        int
    )
    # OpenCV reckons places to 1/32 of a pixel, and may round them to the other side
    assert np.abs(aligned[0] - aligned[1]).max() <= 255 / 32 * 2
    assert np.abs(aligned[0] - aligned[1]).mean() < 0.1
    cut, wanted = clothes.crop(part.picture, inside.boxes), clothes.crop(whole, found.boxes)
    assert (cut.clothes == wanted.clothes).all()
    assert part.in_whole(cut.boxes) == pytest.approx(wanted.boxes, nan_ok=True)


def test_very_large_faces_wait_in_half_their_size():
    side = 2 * ENOUGH_PX + 10
    whole, found = picture(1400, 1200), faces((301, 203, 301 + side, 203 + side))
    part = Part.of(whole, found)
    assert part.shrink == 2
    assert part.picture.shape[0] <= 600
    assert part.in_whole(part.faces(found).boxes) == pytest.approx(found.boxes, abs=1e-3)


def test_one_smaller_face_keeps_the_picture_in_its_size():
    side = 2 * ENOUGH_PX + 10
    found = faces((301, 203, 301 + side, 203 + side), (20, 20, 60, 60))
    assert Part.of(picture(1400, 1200), found).shrink == 1


def test_a_face_that_waits_in_half_its_size_looks_as_the_picture_made_smaller():
    ramp = np.repeat(np.linspace(0, 255, 1400)[None], 1200, axis=0)
    whole = np.dstack([ramp.astype(np.uint8)] * 3)
    side = 2 * ENOUGH_PX + 10
    found = faces((301, 203, 301 + side, 203 + side))
    part = Part.of(whole, found)
    x = part.faces(found).landmarks[0, 0, 0]
    true = ramp[0, int(found.landmarks[0, 0, 0])]
    assert float(part.picture[100, round(x), 0]) == pytest.approx(true, abs=1.0)


@pytest.mark.parametrize("size", [(1, 1), (40, 30)])
def test_a_face_that_fills_its_picture_keeps_all_of_it(size):
    whole = picture(*size)
    part = Part.of(whole, faces((0, 0, *size)))
    assert (part.picture == whole).all()
