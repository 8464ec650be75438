"""dlib's CNN detector in OpenVINO against dlib's own."""

from importlib import resources
from itertools import islice

import av
import dlib
import numpy as np
import pytest
from castlist.clustering.face_models.dlib_cnn import (
    DlibCnn,
    DlibCnnConfig,
    _overlap,
    canvas_layout,
)
from castlist.data import demo
from dlib_format import WeightsFile

WEIGHTS = WeightsFile(
    "mmod_human_face_detector.dat",
    "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
)


@pytest.fixture(scope="module")
def reference():
    return dlib.cnn_face_detection_model_v1(str(WEIGHTS.path()))


@pytest.fixture(scope="module")
def frame():
    """The part of a frame of the demo scene with one face, 160 pixels high."""
    with resources.as_file(resources.files(demo) / "scene.mp4") as path, av.open(path) as film:
        whole = next(islice(film.decode(video=0), 60, None)).to_ndarray(format="rgb24")
    return np.ascontiguousarray(whole[:270, 180:430])


def edges(tile):
    return (tile.left(), tile.top(), tile.right(), tile.bottom())


def same_as(reference, picture, upsample):
    """Compare, and return how many faces there are."""
    expected = reference(picture, upsample)
    boxes, confidences = DlibCnn(DlibCnnConfig(upsample=upsample)).find(picture)
    assert len(boxes) == len(expected)
    for box, confidence, face in zip(boxes, confidences, expected, strict=True):
        left, top, right, bottom = edges(face.rect)
        np.testing.assert_allclose(box, [left, top, right + 1, bottom + 1], atol=1)
        assert abs(confidence - face.confidence) < 1e-3
    return len(boxes)


def test_faces_are_those_of_dlib(reference, frame):
    assert same_as(reference, frame, 0) == 1


def test_faces_of_a_doubled_picture_are_those_of_dlib(reference, frame):
    smaller = np.ascontiguousarray(frame[::3, ::3])  # too small to be found without doubling
    assert same_as(reference, smaller, 1) == 1
    assert same_as(reference, smaller, 0) == 0


def test_layout_of_a_picture_narrower_than_the_gaps_by_hand():
    # 12 x 10 shrinks to 10 x 8, 8 x 6, 6 x 5 and 5 x 4; nothing fits beside anything.
    tiles, size = canvas_layout(12, 10)
    tops = [11, 33, 53, 71, 87]  # each the one before + its height + 10
    widths, heights = [10, 8, 6, 5, 4], [12, 10, 8, 6, 5]
    expected = [
        (11, top, 10 + width, top + height - 1)
        for top, width, height in zip(tops, widths, heights, strict=True)
    ]
    assert [edges(tile) for tile in tiles] == expected
    assert size == (12 + 10 + 8 + 6 + 5 + 4 * 10 + 2 * 11, 10 + 2 * 11)


def test_layout_of_a_picture_with_a_second_column_by_hand():
    tiles, size = canvas_layout(60, 100)
    # Five in the first column, 60 + 50 + 41 + 34 + 28 high with four gaps; then up the right edge.
    assert [edges(tile)[:2] for tile in tiles[:5]] == [
        (11, 11),
        (11, 81),
        (11, 141),
        (11, 192),
        (11, 236),
    ]
    assert size == (253 + 22, 100 + 22)
    assert edges(tiles[5]) == (110 - 39 + 1, 263 - 23 + 1, 110, 263)
    assert edges(tiles[6]) == (110 - 32 + 1, 230 - 19 + 1, 110, 230)


@pytest.mark.parametrize("size", [(7, 7), (90, 160), (333, 97), (480, 640)])
def test_tiles_lie_apart_and_on_the_canvas(size):
    tiles, (rows, columns) = canvas_layout(*size)
    used = np.zeros((rows, columns), dtype=int)
    for tile in tiles:
        used[tile.top() : tile.bottom() + 1, tile.left() : tile.right() + 1] += 1
    assert used.max() == 1
    assert used.sum() == sum(tile.area() for tile in tiles)


def test_overlap_is_over_the_box_around_both_by_hand():
    # Two squares of 10, one 5 to the right: 50 shared pixels in a box of 15 x 10.
    assert _overlap(dlib.rectangle(0, 0, 9, 9), dlib.rectangle(5, 0, 14, 9)) == 50 / 150
    assert _overlap(dlib.rectangle(0, 0, 9, 9), dlib.rectangle(20, 0, 29, 9)) == 0


def test_detections_have_scores_from_0_to_1_and_no_landmarks(frame):
    faces = DlibCnn(DlibCnnConfig(upsample=0)).detect(frame)
    assert len(faces) >= 1
    assert (faces.scores > 0).all()
    assert (faces.scores <= 1).all()
    assert np.isnan(faces.landmarks).all()
    assert faces.landmarks.shape == (len(faces), 5, 2)


def test_a_higher_confidence_leaves_the_surer_faces(frame):
    boxes, confidences = DlibCnn(DlibCnnConfig(upsample=0)).find(frame)
    just_above = DlibCnnConfig(upsample=0, min_confidence=float(confidences.max()) + 0.01)
    assert len(boxes) >= 1
    assert len(DlibCnn(just_above).find(frame)[0]) == 0


@pytest.mark.parametrize("size", [(1, 1), (6, 300), (7, 7), (40, 30)])
def test_a_tiny_picture_has_no_faces(size):
    faces = DlibCnn(DlibCnnConfig(upsample=0)).detect(np.zeros((*size, 3), dtype=np.uint8))
    assert faces.boxes.shape == (0, 4)
    assert faces.scores.shape == (0,)
