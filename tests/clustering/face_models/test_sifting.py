from __future__ import annotations

import numpy as np
import pytest
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.sifting import input_scale, resized, sift

PICTURE = np.zeros((100, 200, 3), np.uint8)


def detections(rows: list[tuple[float, float, float, float, float]]) -> Detections:
    table = np.array(rows, np.float32).reshape(-1, 5)
    landmarks = np.arange(len(table), dtype=np.float32)[:, None, None] * np.ones((1, 5, 2))
    return Detections(table[:, :4], landmarks.astype(np.float32), table[:, 4])


def naive_suppression(rows: np.ndarray, max_overlap: float) -> list[int]:
    kept: list[int] = []
    for row in sorted(range(len(rows)), key=lambda row: -rows[row, 4]):
        clear = True
        for other in kept:
            a, b = rows[row], rows[other]
            width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
            height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
            areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
            if width * height / (areas - width * height) > max_overlap:
                clear = False
        if clear:
            kept.append(row)
    return kept


def test_the_better_of_two_boxes_stays_and_the_best_comes_first() -> None:
    faces = detections(
        [(10, 10, 50, 60, 0.6), (12, 10, 52, 60, 0.9), (100, 20, 140, 70, 0.95)]
    )  # the first two share 38 of 42 columns: intersection over union 0.905

    sifted = sift(faces, PICTURE, min_height_px=0, max_overlap=0.4)
    np.testing.assert_allclose(sifted.scores, [0.95, 0.9])
    np.testing.assert_allclose(sifted.boxes, [[100, 20, 140, 70], [12, 10, 52, 60]])
    np.testing.assert_allclose(sifted.landmarks[:, 0, 0], [2, 1])

    both = sift(faces, PICTURE, min_height_px=0, max_overlap=0.91)
    np.testing.assert_allclose(both.scores, [0.95, 0.9, 0.6])


def test_suppression_agrees_with_a_loop() -> None:
    rng = np.random.default_rng(3)
    corner = rng.uniform(0, 60, (80, 2))
    rows = np.column_stack([corner, corner + rng.uniform(10, 40, (80, 2)), rng.permutation(80)])
    rows[:, 4] = rows[:, 4] / 100 + 0.1

    sifted = sift(detections([tuple(row) for row in rows]), PICTURE, 0, 0.3)
    expected = naive_suppression(rows.astype(np.float32), 0.3)
    assert 5 < len(expected) < 60
    np.testing.assert_allclose(sifted.landmarks[:, 0, 0], expected)


def test_boxes_are_clipped_before_their_height_counts() -> None:
    faces = detections(
        [(-10, 80, 30, 130, 0.9), (50, 90, 80, 140, 0.8), (210, 10, 250, 60, 0.7)]
    )  # 20 and 10 pixels high inside the picture, and one beside it

    sifted = sift(faces, PICTURE, min_height_px=15, max_overlap=0.4)
    np.testing.assert_allclose(sifted.boxes, [[0, 80, 30, 100]])


def test_nothing_stays_nothing() -> None:
    sifted = sift(detections([]), PICTURE, 10, 0.4)

    assert (sifted.boxes.shape, sifted.landmarks.shape, sifted.scores.shape) == (
        (0, 4),
        (0, 5, 2),
        (0,),
    )


@pytest.mark.parametrize(
    ("scale", "max_side_px", "expected"), [(1.0, 400, 1.0), (1.0, 50, 0.25), (3.0, 400, 2.0)]
)
def test_the_longer_side_bounds_the_scale(scale: float, max_side_px: int, expected: float) -> None:
    assert input_scale(PICTURE, scale, max_side_px) == expected


def test_a_picture_is_resized_to_at_least_one_pixel() -> None:
    assert resized(PICTURE, 0.5).shape == (50, 100, 3)
    assert resized(PICTURE[:2], 0.1).shape == (1, 20, 3)
    assert resized(PICTURE, 1.0) is PICTURE
