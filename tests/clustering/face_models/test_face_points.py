from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from castlist.clustering.face_models.dlib_format import WeightsFile
from castlist.clustering.face_models.face_points import FacePoints
from castlist.data.errors import InputError

WEIGHTS = WeightsFile(
    "shape_predictor_5_face_landmarks.dat",
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)
BOXES = [(20, 20, 90, 90), (-15, 5, 60, 80), (70, 60, 131, 121), (0, 0, 20, 20)]


@pytest.fixture(scope="module")
def picture() -> Any:
    random = np.random.default_rng(3)
    coarse = random.integers(0, 256, (12, 12, 3)).astype(float)
    return np.kron(coarse, np.ones((10, 10, 1))).astype(np.uint8)


@pytest.mark.parametrize("box", BOXES)
def test_points_are_those_of_dlib(picture: Any, box: tuple[int, int, int, int]) -> None:
    dlib = pytest.importorskip("dlib", reason="dlib-bin is not installed")
    try:
        predictor = dlib.shape_predictor(str(WEIGHTS.path()))
    except InputError as error:
        pytest.skip(str(error))
    theirs = [(part.x, part.y) for part in predictor(picture, dlib.rectangle(*box)).parts()]
    np.testing.assert_array_equal(np.floor(FacePoints().predict(picture, box) + 0.5), theirs)


def test_points_of_a_picture_of_one_colour_are_finite_and_near_the_box() -> None:
    found = FacePoints().predict(np.full((50, 50, 3), 90, np.uint8), (10, 10, 40, 40))
    assert found.shape == (5, 2)
    assert ((found > 0) & (found < 50)).all()


def test_points_move_with_the_picture(picture: Any) -> None:
    before = FacePoints().predict(picture, (20, 20, 90, 90))
    moved = np.pad(picture, ((7, 0), (4, 0), (0, 0)))
    after = FacePoints().predict(moved, (24, 27, 94, 97))
    np.testing.assert_allclose(after, before + np.array([4, 7]), atol=1e-3)
