from __future__ import annotations

import numpy as np
import pytest
from castlist.data.tables import boxes
from hypothesis import given
from hypothesis import strategies as st

FACE = np.array([[100, 50, 140, 90]], np.float32)  # 40 x 40: one face unit is 40 px


def naive_iou(a: np.ndarray, b: np.ndarray) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = width * height if width > 0 and height > 0 else 0.0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union


def random_boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    corner = rng.uniform(0, 100, (count, 2))
    return np.hstack([corner, corner + rng.uniform(1, 60, (count, 2))])


def test_iou_of_two_squares_that_share_a_quarter() -> None:
    overlap = boxes.iou([[0, 0, 2, 2]], [[1, 1, 3, 3], [5, 5, 6, 6]])
    np.testing.assert_allclose(overlap, [[1 / 7, 0]], rtol=1e-6)


@given(st.integers(0, 2**32 - 1))
def test_iou_agrees_with_a_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = random_boxes(rng, 4), random_boxes(rng, 3)
    naive = [[naive_iou(one, other) for other in b] for one in a]
    np.testing.assert_allclose(boxes.iou(a, b), naive, rtol=1e-4, atol=1e-6)


def test_iou_of_no_boxes_and_of_nan_rows() -> None:
    assert boxes.iou(np.empty((0, 4)), FACE).shape == (0, 1)
    assert np.isnan(boxes.iou([[np.nan] * 4], FACE)).all()
    assert boxes.iou([[1, 1, 1, 1]], [[1, 1, 1, 1]]) == 0


def test_boxes_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected shape \(num_boxes, 4\).*\(4,\)"):
        boxes.area([0, 0, 1, 1])
    with pytest.raises(ValueError, match=r"expected shape \(num_boxes, 4\).*\(4,\)"):
        boxes.iou(FACE, [0, 0, 1, 1])


def test_a_cloth_box_worked_by_hand() -> None:
    # middle x 120; 1.5 units = 60 px to both sides; 0.1 units = 4 px and 2 units = 80 px below 90
    np.testing.assert_allclose(boxes.cloth_boxes(FACE, 640, 360), [[60, 94, 180, 170]], rtol=1e-6)


def test_a_cloth_box_is_clipped_at_the_picture() -> None:
    np.testing.assert_allclose(boxes.cloth_boxes(FACE, 150, 150), [[60, 94, 150, 150]], rtol=1e-6)


def test_a_close_up_with_hardly_any_clothes_has_no_cloth_box() -> None:
    assert np.isfinite(boxes.cloth_boxes(FACE, 640, 110)).all()  # 16 of 76 px: 21 %
    assert np.isnan(boxes.cloth_boxes(FACE, 640, 105)).all()  # 11 of 76 px: 14 %
    assert np.isnan(boxes.cloth_boxes(FACE, 640, 90)).all()


def test_a_face_of_few_pixels_has_no_cloth_box() -> None:
    assert np.isnan(boxes.cloth_boxes([[10, 10, 13, 13]], 640, 360)).all()


def test_a_turned_face_and_a_bowed_face_of_one_area_have_the_same_unit() -> None:
    units = boxes.face_units([[0, 0, 30, 48], [0, 0, 48, 30], [0, 0, 0, 5]])
    np.testing.assert_allclose(units, [np.sqrt(30 * 48)] * 2 + [0], rtol=1e-6)


@given(st.floats(0.5, 4), st.floats(-200, 200), st.floats(-200, 200))
def test_cloth_boxes_follow_the_face_in_size_and_place(scale: float, x: float, y: float) -> None:
    moved = boxes.whole_cloth_boxes(FACE * scale + np.array([x, y, x, y]))
    expected = boxes.whole_cloth_boxes(FACE) * scale + np.array([x, y, x, y])
    np.testing.assert_allclose(moved, expected, rtol=1e-3, atol=0.05)


def test_a_portrait_holds_the_face_and_its_clothes() -> None:
    portrait, clothes = boxes.portrait_boxes(FACE, 640, 360)[0], boxes.whole_cloth_boxes(FACE)[0]
    for inner in (FACE[0], clothes):
        assert (portrait[:2] <= inner[:2]).all()
        assert (portrait[2:] >= inner[2:]).all()


def test_no_faces_give_no_boxes() -> None:
    none = np.empty((0, 4), np.float32)
    assert boxes.cloth_boxes(none, 640, 360).shape == (0, 4)
    assert boxes.portrait_boxes(none, 640, 360).shape == (0, 4)


def claimed(faces: list[list[float]], row: int, x: float, y: float) -> bool:
    return bool(boxes.in_front(faces, row, [x], [y])[0, 0])


def test_a_person_alone_has_all_pixels() -> None:
    assert not boxes.in_front(FACE, 0, np.arange(640), np.arange(360)).any()


def test_the_head_of_another_is_theirs_however_small() -> None:
    faces = [[100, 50, 140, 90], [150, 120, 165, 135]]
    assert claimed(faces, 0, 157, 127)
    assert not claimed(faces, 0, 157, 170)  # the clothes of somebody further away are behind


def test_who_is_clearly_nearer_hides_what_is_behind() -> None:
    faces = [[100, 50, 140, 90], [130, 60, 190, 120]]  # units of 40 and 60 px
    assert claimed(faces, 0, 125, 150)  # nearer to the middle of the smaller face, yet hidden
    assert not claimed(faces, 1, 125, 150)


def test_each_pixel_between_two_faces_goes_to_the_nearer_one() -> None:
    faces = [[100, 50, 140, 90], [180, 50, 220, 90]]  # middles at 120 and 200
    assert not claimed(faces, 0, 155, 130)
    assert claimed(faces, 0, 165, 130)
    assert claimed(faces, 1, 155, 130)
    assert not claimed(faces, 1, 165, 130)


def test_a_face_without_area_claims_nothing() -> None:
    faces = [[100, 50, 140, 90], [120, 120, 120, 130]]
    assert not boxes.in_front(faces, 0, np.arange(640), np.arange(360)).any()
