"""dlib's face recognition network: faces cut out as it wants them, to 128-d vectors, in batches.

Davis King's ``dlib_face_recognition_resnet_model_v1`` (CC0, the one that the face_recognition
library uses), converted to ONNX by benchmarks/convert/dlib_resnet.py. Distances between these
vectors are Euclidean; the vectors are not unit vectors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.runtime.model_cards import shipped
from .aligned_network import AlignedNetwork
from .alignment import ALIGNMENT
from .base import Detections, Picture


class DlibEmbedder(AlignedNetwork):
    """dlib's network, with faces cut out by dlib's points besides the detector's.

    Two people are 0.6 and more apart, by the text that comes with the weights and by
    face_recognition's default.

    Args:
        batch: at most so many faces at once.
    """

    def __init__(self, batch: int = 32) -> None:
        card, content = shipped("dlib_resnet")
        super().__init__(card, [content], batch)
        self.card = f"{card['name']} {card['sha256'][:12]} float32, {ALIGNMENT}"

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out aligned faces; a box without landmarks is taken for one that dlib drew.

        Args:
            picture: (height, width, 3) uint8.
            faces: the faces to cut out.

        Returns:
            (num_faces, 150, 150, 3) uint8; black where the picture ends.
        """
        return self._aligner.align(picture, faces)
