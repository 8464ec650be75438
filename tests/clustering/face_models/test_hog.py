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
    """The part of a frame that shows its face: dlib looks at each pixel many times."""
    with av.open(str(Path(str(resources.files(demo))) / "scene.mp4")) as film:
        for number, frame in enumerate(film.decode(video=0)):
            if number == 70:
                return np.ascontiguousarray(frame.to_ndarray(format="rgb24")[20:260, 190:420])
    raise AssertionError("the demo scene has no frame 70")


@pytest.fixture(scope="module")
def detector() -> Hog:
    return Hog()  # to read dlib's takes 0.3 s


def test_boxes_are_dlibs_own_with_the_last_pixel_inside(
    close_up: np.ndarray, detector: Hog
) -> None:
    (found,) = dlib.get_frontal_face_detector()(close_up, 1)

    faces = detector.detect(close_up)
    np.testing.assert_allclose(
        faces.boxes, [[found.left(), found.top(), found.left() + found.width(), found.bottom() + 1]]
    )
    assert faces.landmarks.shape == (1, 5, 2)
    assert np.isnan(faces.landmarks).all()
    assert 0.5 < faces.scores[0] < 1


def test_the_least_score_is_dlibs_threshold_through_the_logistic_function(
    close_up: np.ndarray, detector: Hog
) -> None:
    score = float(detector.detect(close_up).scores[0])

    assert len(Hog(HogConfig(min_score=score - 0.01)).detect(close_up)) == 1
    assert len(Hog(HogConfig(min_score=score + 0.01)).detect(close_up)) == 0


def test_a_picture_without_faces_gives_empty_detections(detector: Hog) -> None:
    faces = detector.detect(np.full((60, 80, 3), 90, np.uint8))

    assert (faces.boxes.shape, faces.landmarks.shape, faces.scores.shape) == (
        (0, 4),
        (0, 5, 2),
        (0,),
    )
