import numpy as np
import pytest
from castlist.data.faces import Faces


@pytest.fixture(scope="session", name="make_faces")
def _make_faces():
    """Make tables: faces in one place of one film, 5 frames a second; columns say what differs."""

    def make(num_faces, **columns):
        frame = np.asarray(columns.pop("frame", np.arange(num_faces)))
        usual = {
            "source": np.full(num_faces, "film.mp4"),
            "time_s": frame / 5,
            "box": np.tile([10.0, 10, 50, 60], (num_faces, 1)),
        }
        return Faces.of_detections(**{**usual, "frame": frame, **columns})

    return make
