"""Quality of a face: each factor by hand, and what it must not react to."""

import cv2
import numpy as np
import pytest
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.quality import face_quality, fine_detail

FRONTAL = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], dtype=np.float32)


@pytest.fixture(scope="module")
def sharp():
    """A chip with more detail than the factor asks for."""
    blocks = np.random.default_rng(0).integers(0, 256, (30, 30, 3), dtype=np.uint8)
    return blocks.repeat(5, axis=0).repeat(5, axis=1)


def face(height=48.0, landmarks=FRONTAL, score=0.95):
    box = np.array([[0, 0, height * 0.8, height]], dtype=np.float32)
    return Detections(box, landmarks[None].astype(np.float32), np.array([score], np.float32))


def quality(chip, **of):
    return float(face_quality([chip], face(**of))[0])


def test_a_large_sharp_frontal_certain_face_has_quality_one(sharp):
    assert quality(sharp) == 1


def test_half_way_between_the_sizes_on_a_log_scale_is_half(sharp):
    assert quality(sharp, height=24) == pytest.approx(0.5, abs=1e-6)  # 12, 24, 48


def test_half_way_between_the_scores_is_half(sharp):
    assert quality(sharp, score=0.725) == pytest.approx(0.5, abs=1e-6)


def test_a_nose_13_of_40_pixels_aside_is_half_turned(sharp):
    turned = FRONTAL + np.array([[0, 0], [0, 0], [13, 0], [0, 0], [0, 0]])
    assert quality(sharp, landmarks=turned) == pytest.approx(0.5, abs=1e-6)  # 13 / 40 = 0.325


def test_factors_multiply(sharp):
    assert quality(sharp, height=24, score=0.725) == pytest.approx(0.25, abs=1e-6)


def test_more_blur_means_less_quality(sharp):
    values = [quality(cv2.GaussianBlur(sharp, (0, 0), sigma)) for sigma in (1, 6, 8, 12)]
    assert values == sorted(values, reverse=True)
    assert values[0] == 1
    assert values[-1] < 0.05


@pytest.mark.parametrize("of", [{"height": 12}, {"height": 0}, {"score": 0.5}, {"score": 0}])
def test_a_tiny_or_doubtful_face_has_quality_zero(sharp, of):
    assert quality(sharp, **of) == 0


def test_a_chip_of_one_colour_has_quality_zero():
    assert quality(np.full((150, 150, 3), 77, np.uint8)) == 0


def test_detail_does_not_depend_on_contrast(sharp):
    flat = (sharp // 4 + 90).astype(np.uint8)
    assert fine_detail(flat) == pytest.approx(fine_detail(sharp), rel=0.02)


def test_detail_at_the_rim_does_not_count(sharp):
    framed = cv2.GaussianBlur(sharp, (0, 0), 8)
    before = fine_detail(framed)
    framed[:20] = sharp[:20]
    framed[:, -20:] = sharp[:, -20:]
    assert fine_detail(framed) == before


def test_a_face_without_landmarks_counts_as_frontal(sharp):
    assert quality(sharp, landmarks=np.full((5, 2), np.nan)) == 1


def test_landmarks_in_one_point_give_a_number(sharp):
    assert 0 <= quality(sharp, landmarks=np.full((5, 2), 9.0)) <= 1


def test_rows_are_judged_one_by_one(sharp):
    blurred = cv2.GaussianBlur(sharp, (0, 0), 7)
    one, other = face(), face(height=30, score=0.8)
    both = Detections(
        np.concatenate([one.boxes, other.boxes]),
        np.concatenate([one.landmarks, other.landmarks]),
        np.concatenate([one.scores, other.scores]),
    )
    together = face_quality(np.stack([sharp, blurred]), both)
    alone = [face_quality([sharp], one)[0], face_quality([blurred], other)[0]]
    np.testing.assert_array_equal(together, alone)
    assert together.dtype == np.float32


def test_no_faces_have_no_quality():
    none = Detections(np.empty((0, 4)), np.empty((0, 5, 2)), np.empty(0))
    assert face_quality(np.empty((0, 150, 150, 3), np.uint8), none).shape == (0,)


def test_chips_of_another_size_have_about_the_same_detail():
    noise = np.random.default_rng(5).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    chip = cv2.GaussianBlur(noise, (0, 0), 4)
    smaller = cv2.resize(chip, (112, 112), interpolation=cv2.INTER_AREA)
    assert fine_detail(smaller) == pytest.approx(fine_detail(chip), rel=0.25)
