from __future__ import annotations

import cv2
import numpy as np
import pytest
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.cleaning import (
    CleaningConfig,
    Condition,
    FaceCleaner,
    noise_sigma,
)
from numpy.typing import NDArray

SIDE = 160
BOX = np.array([[50, 50, 110, 110]], np.float32)


def a_face(boxes: NDArray[np.float32] = BOX) -> Detections:
    middle = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    points = np.array([[-10, -8], [10, -8], [0, 4], [-8, 15], [8, 15]], np.float32)
    return Detections(boxes, middle + points, np.ones(len(boxes), np.float32))


def a_picture(brightness: float = 120, grain: float = 0) -> NDArray[np.uint8]:
    """Soft blobs of colour, with grain of that standard deviation."""
    random = np.random.default_rng(0)
    blobs = cv2.GaussianBlur(random.normal(size=(SIDE, SIDE, 3)), (0, 0), 12)
    blobs = blobs / blobs.std() * brightness / 4 + brightness
    blobs = blobs + grain * random.normal(size=blobs.shape)
    return np.asarray(blobs.clip(0, 255).round(), np.uint8)


@pytest.mark.parametrize("sigma", [2.0, 5.0, 10.0, 20.0])
def test_the_noise_that_was_added_is_measured(sigma: float) -> None:
    slope = np.add.outer(np.linspace(60, 120, 200), np.linspace(0, 60, 200))
    noisy = slope + sigma * np.random.default_rng(0).normal(size=slope.shape)
    found = noise_sigma(noisy.round().clip(0, 255).astype(np.uint8))
    assert found == pytest.approx(sigma, rel=0.1)


def test_noise_by_hand() -> None:
    """One pixel of 36 in the middle: |4 * 36| there, and sqrt(pi / 2) / 6 of the mean of one."""
    picture = np.zeros((3, 3), np.uint8)
    picture[1, 1] = 36
    assert noise_sigma(picture) == pytest.approx(np.sqrt(np.pi / 2) * 144 / 6)


def test_a_clear_face_is_left_alone() -> None:
    picture, cleaner = a_picture(), FaceCleaner()
    condition = cleaner.measure(picture, BOX)
    (found,) = cleaner.clean(picture, a_face(), condition)
    assert condition.noise[0] < 2
    assert not found.denoised
    assert not found.brightened
    assert found.picture is picture


def test_grain_is_taken_off_and_the_face_stays_in_its_place() -> None:
    clear, grainy, cleaner = a_picture(), a_picture(grain=10), FaceCleaner()
    (found,) = cleaner.clean(grainy, a_face(), cleaner.measure(grainy, BOX))
    assert found.denoised
    assert not found.brightened
    x1, y1, x2, y2 = found.face.boxes[0].astype(int)
    assert (x2 - x1, y2 - y1) == (60, 60)
    np.testing.assert_allclose(
        found.face.landmarks[0] - found.face.boxes[0, :2], a_face().landmarks[0] - BOX[0, :2]
    )
    off = np.abs(found.picture[y1:y2, x1:x2].astype(int) - clear[50:110, 50:110]).mean()
    off_before = np.abs(grainy[50:110, 50:110].astype(int) - clear[50:110, 50:110]).mean()
    assert off < off_before / 2


def test_darkness_is_lifted() -> None:
    picture, cleaner = a_picture(brightness=10), FaceCleaner()
    condition = cleaner.measure(picture, BOX)
    (found,) = cleaner.clean(picture, a_face(), condition)
    assert condition.brightness[0] == pytest.approx(picture[56:104, 56:104].mean(), abs=2)
    assert found.brightened
    assert not found.denoised
    x1, y1, x2, y2 = found.face.boxes[0].astype(int)
    assert found.picture[y1:y2, x1:x2].mean() > picture[50:110, 50:110].mean()


def test_between_the_limits_a_face_is_a_mixture() -> None:
    picture = a_picture(grain=10)
    found = []
    for sigma in (3.0, 4.0, 5.0):
        condition = Condition(np.array([sigma], np.float32), np.array([120], np.float32))
        found += FaceCleaner().clean(picture, a_face(), condition)
    assert [face.denoised for face in found] == [0, 0.5, 1]
    cleaned, half = found[2].picture.astype(int), found[1].picture.astype(int)
    x1, y1 = (BOX[0, :2] - found[2].face.boxes[0, :2]).astype(int)
    plain = picture[y1 : y1 + len(half), x1 : x1 + half.shape[1]].astype(int)
    np.testing.assert_allclose(half, (cleaned + plain) / 2, atol=1)


def test_only_the_faces_that_need_it_are_cleaned() -> None:
    picture = np.concatenate([a_picture(), a_picture(grain=10)], axis=1)
    boxes = np.concatenate([BOX, BOX + np.array([SIDE, 0, SIDE, 0])]).astype(np.float32)
    cleaner = FaceCleaner()
    found = list(cleaner.clean(picture, a_face(boxes), cleaner.measure(picture, boxes)))
    assert [face.denoised for face in found] == [0, 1]


def test_a_huge_face_is_shrunk_before_it_is_cleaned() -> None:
    picture = np.asarray(cv2.resize(a_picture(grain=10), None, fx=5, fy=5), np.uint8)
    cleaner = FaceCleaner(CleaningConfig(noisy=(0, 1), max_side_px=300))
    (found,) = cleaner.clean(picture, a_face(BOX * 5), cleaner.measure(picture, BOX * 5))
    assert max(found.picture.shape[:2]) == 300
    x1, _, x2, _ = found.face.boxes[0]
    # a face of 300 pixels with 0.7 of that to either side is 720 wide
    assert x2 - x1 == pytest.approx(300 * 300 / 720, abs=0.5)
    eyes = found.face.landmarks[0, 1, 0] - found.face.landmarks[0, 0, 0]
    assert eyes == pytest.approx(20 * 300 / 720, abs=0.1)


def test_a_face_at_the_edge_and_one_outside() -> None:
    picture = a_picture(grain=10)
    boxes = np.array([[-30, -30, 30, 30], [500, 500, 560, 560]], np.float32)
    cleaner = FaceCleaner(CleaningConfig(noisy=(0, 1)))
    condition = cleaner.measure(picture, boxes)
    edge, outside = cleaner.clean(picture, a_face(boxes), condition)
    assert edge.denoised
    assert not outside.denoised
    assert outside.picture is picture
    assert condition.noise[1] == 0


def test_a_face_without_landmarks_is_cleaned_by_its_box() -> None:
    picture, cleaner = a_picture(grain=10), FaceCleaner()
    face = Detections(BOX, np.full((1, 5, 2), np.nan, np.float32), np.ones(1, np.float32))
    (found,) = cleaner.clean(picture, face, cleaner.measure(picture, BOX))
    assert found.denoised
    assert np.isnan(found.face.landmarks).all()
