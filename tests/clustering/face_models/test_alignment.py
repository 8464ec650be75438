"""Aligned faces: the geometry by hand, and the way of dlib for boxes without landmarks."""

import cv2
import dlib
import numpy as np
import pytest
from castlist.clustering.face_models.alignment import FaceAligner
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.geometry import similarity
from dlib_format import WeightsFile

PREDICTOR = WeightsFile(
    "shape_predictor_5_face_landmarks.dat",
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)


@pytest.fixture(scope="module")
def aligner():
    return FaceAligner()


@pytest.fixture(scope="module")
def picture():
    """A cartoon of a face, 1 pixel of it = 1 pixel of dlib's chip, its corner at (60, 40)."""
    canvas = np.full((240, 280, 3), 200, dtype=np.uint8)
    cv2.ellipse(canvas, (135, 120), (48, 62), 0, 0, 360, (224, 172, 140), -1)
    for x, y in LANDMARKS[:2].round().astype(int):
        cv2.ellipse(canvas, (x, y), (11, 5), 0, 0, 360, (250, 250, 250), -1)
        cv2.circle(canvas, (x, y), 4, (40, 30, 30), -1)
        cv2.line(canvas, (x - 13, y - 13), (x + 13, y - 13), (60, 40, 30), 3)
    nose, mouth = LANDMARKS[2].round().astype(int), LANDMARKS[3:].round().astype(int)
    cv2.line(canvas, tuple(nose - [0, 28]), tuple(nose), (190, 140, 110), 4)
    cv2.line(canvas, tuple(mouth[0]), tuple(mouth[1]), (150, 50, 50), 5)
    return canvas


LANDMARKS = np.array([[108.5, 86.5], [161.5, 86.5], [135, 118], [112.5, 142], [157.5, 142]])


def faces_at(*landmarks, boxes=None):
    count = len(landmarks) if boxes is None else len(boxes)
    points = np.full((count, 5, 2), np.nan) if boxes is not None else np.stack(landmarks)
    boxes = np.tile([0, 0, 10, 10], (count, 1)) if boxes is None else boxes
    return Detections(
        boxes=np.asarray(boxes, dtype=np.float32),
        landmarks=points.astype(np.float32),
        scores=np.ones(count, dtype=np.float32),
    )


def test_similarity_of_a_quarter_turn_by_hand():
    # (0,0)-(2,0) becomes (5,5)-(5,9): twice as large, a quarter turn, moved by (5, 5).
    found = similarity(np.array([[0.0, 0], [2, 0]]), np.array([[5.0, 5], [5, 9]]))
    np.testing.assert_allclose(found, [[0, -2, 5], [2, 0, 5]], atol=1e-12)


def test_similarity_finds_the_transform_that_made_the_points():
    rng = np.random.default_rng(3)
    points = rng.normal(size=(5, 2))
    matrix = np.array([[1.2, -0.5, 7.0], [0.5, 1.2, -3.0]])
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(similarity(points, moved), matrix, atol=1e-9)


def test_similarity_is_the_least_squares_solution():
    rng = np.random.default_rng(4)
    points, targets = rng.normal(size=(2, 5, 2))
    # Unknowns a, b, shift: x' = a x - b y + p, y' = b x + a y + q.
    rows, values = [], []
    for (x, y), (u, v) in zip(points, targets, strict=True):
        rows += [[x, -y, 1, 0], [y, x, 0, 1]]
        values += [u, v]
    a, b, p, q = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0]
    np.testing.assert_allclose(similarity(points, targets), [[a, -b, p], [b, a, q]], atol=1e-9)


def test_landmarks_in_place_leave_a_face_nearly_where_it_is(aligner, picture):
    chip = aligner.align(picture, faces_at(LANDMARKS))[0]
    plain = cv2.resize(picture[44:186, 64:206], (150, 150))  # the zoom of 1.06 around the middle
    difference = np.abs(chip.astype(int) - plain).mean()
    assert difference < 12
    assert difference < np.abs(chip.astype(int) - np.roll(plain, 12, axis=1)).mean()


def test_a_turned_and_enlarged_picture_gives_the_same_chip(aligner, picture):
    turn = cv2.getRotationMatrix2D((140, 120), 25, 1.5) + np.array([[0, 0, 60], [0, 0, 80]])
    turned = cv2.warpAffine(picture, turn, (420, 400), borderValue=(200, 200, 200))
    moved = LANDMARKS @ turn[:, :2].T + turn[:, 2]
    upright = aligner.align(picture, faces_at(LANDMARKS))[0].astype(int)
    straightened = aligner.align(turned, faces_at(moved))[0].astype(int)
    assert np.abs(upright - straightened).mean() < 4


def test_a_large_face_is_shrunk_without_jagged_edges(aligner):
    stripes = np.tile(np.array([0, 255], np.uint8), (1200, 600))  # alternate columns
    picture = np.repeat(stripes[..., None], 3, axis=2)
    chip = aligner.align(picture, faces_at((LANDMARKS - [60, 40]) * 6 + 100))[0]
    assert np.abs(chip[10:-10, 10:-10].astype(int) - 127).max() < 40


def test_a_box_without_landmarks_is_cut_out_as_dlib_does_it(aligner, picture):
    box = dlib.rectangle(80, 65, 190, 175)
    predictor = dlib.shape_predictor(str(PREDICTOR.path()))
    expected = dlib.get_face_chip(picture, predictor(picture, box), size=150, padding=0.25)
    found = aligner.align(picture, faces_at(boxes=[[80, 65, 191, 176]]))
    difference = np.abs(found[0].astype(int) - expected)
    assert difference.mean() < 1
    assert (difference > 8).mean() < 0.02  # at edges, where OpenCV samples a little otherwise


def test_landmarks_all_in_one_point_are_taken_as_none(aligner, picture):
    box = [[80, 65, 191, 176]]
    at_a_point = Detections(
        np.array(box, np.float32), np.full((1, 5, 2), 130, np.float32), np.ones(1, np.float32)
    )
    without = faces_at(boxes=box)
    np.testing.assert_array_equal(
        aligner.align(picture, at_a_point), aligner.align(picture, without)
    )


def test_mirrored_landmarks_give_a_chip_and_no_error(aligner, picture):
    swapped = LANDMARKS[[1, 0, 2, 4, 3]]
    assert aligner.align(picture, faces_at(swapped)).shape == (1, 150, 150, 3)


def test_each_face_of_a_picture_gets_the_chip_it_gets_alone(aligner, picture):
    both = aligner.align(picture, faces_at(LANDMARKS, LANDMARKS + 9))
    np.testing.assert_array_equal(both[0], aligner.align(picture, faces_at(LANDMARKS))[0])
    np.testing.assert_array_equal(both[1], aligner.align(picture, faces_at(LANDMARKS + 9))[0])


def test_a_face_beyond_the_edge_is_black_there(aligner, picture):
    chip = aligner.align(picture, faces_at(LANDMARKS - [160, 0]))[0]
    assert (chip[:, :20] == 0).all()


def test_no_faces_give_no_chips(aligner, picture):
    assert aligner.align(picture, faces_at(boxes=np.empty((0, 4)))).shape == (0, 150, 150, 3)


def test_a_read_only_picture_that_is_not_contiguous_will_do(aligner, picture):
    mirrored_twice = np.ascontiguousarray(picture[:, ::-1])[:, ::-1]
    mirrored_twice.setflags(write=False)
    np.testing.assert_array_equal(
        aligner.align(mirrored_twice, faces_at(LANDMARKS)),
        aligner.align(picture, faces_at(LANDMARKS)),
    )
