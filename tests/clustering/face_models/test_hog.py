from __future__ import annotations

from importlib import resources
from pathlib import Path

import av
import dlib
import numpy as np
import pytest
from castlist.clustering.face_models.hog import Hog, HogConfig
from castlist.data import demo


@pytest.fixture(scope="module")
def close_up() -> np.ndarray:
    with av.open(str(Path(str(resources.files(demo))) / "scene.mp4")) as film:
        for number, frame in enumerate(film.decode(video=0)):
            if number == 70:
                return frame.to_ndarray(format="rgb24")
    raise AssertionError("the demo scene has no frame 70")


def test_boxes_are_dlibs_own_with_the_last_pixel_inside(close_up: np.ndarray) -> None:
    (found,) = dlib.get_frontal_face_detector()(close_up, 1)

    faces = Hog().detect(close_up)
    np.testing.assert_allclose(
        faces.boxes, [[found.left(), found.top(), found.left() + found.width(), found.bottom() + 1]]
    )
    assert faces.landmarks.shape == (1, 5, 2)
    assert np.isnan(faces.landmarks).all()
    assert 0.5 < faces.scores[0] < 1


def test_the_least_score_is_dlibs_threshold_through_the_logistic_function(
    close_up: np.ndarray,
) -> None:
    score = float(Hog().detect(close_up).scores[0])

    assert len(Hog(HogConfig(min_score=score - 0.01)).detect(close_up)) == 1
    assert len(Hog(HogConfig(min_score=score + 0.01)).detect(close_up)) == 0


def test_a_picture_without_faces_gives_empty_detections() -> None:
    faces = Hog().detect(np.full((60, 80, 3), 90, np.uint8))

    assert (faces.boxes.shape, faces.landmarks.shape, faces.scores.shape) == (
        (0, 4),
        (0, 5, 2),
        (0,),
    )
