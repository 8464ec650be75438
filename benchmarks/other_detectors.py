"""Face detectors to compare with that do not ship: their packages or files are the user's to get.

pip install --no-deps facenet-pytorch requests urllib3 idna certifi charset-normalizer   # MTCNN
pip install --no-deps yuface                                    # libfacedetection, YuNet's kin
npm pack @mediapipe/face_detection                              # face_detection_full_range.tflite
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import cv2
import numpy as np
from castlist import checkpoints
from castlist.clustering.face_models.base import Detections, Detector, Picture
from castlist.clustering.face_models.centerface import CenterFaceConfig, decode
from castlist.clustering.face_models.dlib_cnn import DlibCnn, DlibCnnConfig
from castlist.clustering.face_models.sifting import sift
from numpy.typing import NDArray

MAX_OVERLAP = 0.4


class Merged:
    """All faces of several detectors; of overlapping ones the best."""

    def __init__(self, *detectors: Detector) -> None:
        self.detectors = detectors
        self.card = " + ".join(detector.card for detector in detectors)

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture."""
        found = [detector.detect(picture) for detector in self.detectors]
        return sift(_joined(found), picture, 0, MAX_OVERLAP)


class Mirrored:
    """CenterFace on the picture and on its mirror image, the mean of both networks' outputs."""

    outputs = ("537", "538", "539", "540")

    def __init__(self, min_score: float) -> None:
        weights = (resources.files(checkpoints) / "centerface.onnx").read_bytes()
        self.net = cv2.dnn.readNetFromONNX(np.frombuffer(weights, np.uint8))
        self.min_score = min_score
        self.card = "centerface mirrored"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture."""
        bottom, right = (-side % 32 for side in picture.shape[:2])
        padded = cv2.copyMakeBorder(picture, 0, bottom, 0, right, cv2.BORDER_CONSTANT)
        plain = self.maps(padded)
        heat, size, offset, landmarks = (
            np.ascontiguousarray(made[..., ::-1])
            for made in self.maps(np.ascontiguousarray(padded[:, ::-1]))
        )
        offset[1] *= -1
        landmarks[1::2] = 1 - landmarks[1::2]
        landmarks = landmarks.reshape(5, 2, *heat.shape[1:])[[1, 0, 2, 4, 3]].reshape(
            landmarks.shape
        )
        mean = [
            (one + other) / 2
            for one, other in zip(plain, (heat, size, offset, landmarks), strict=True)
        ]
        faces = decode(mean[0][0], mean[1], mean[2], mean[3], self.min_score)
        return sift(faces, picture, CenterFaceConfig().min_height_px, MAX_OVERLAP)

    def maps(self, padded: Picture) -> list[NDArray[np.float32]]:
        """Return the network's four outputs."""
        self.net.setInput(cv2.dnn.blobFromImage(padded))
        return [made[0].copy() for made in self.net.forward(self.outputs)]


class Tiled:
    """A detector on the whole picture and on overlapping squares of two thirds of its height."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.card = f"tiled {detector.card}"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture."""
        height, width = picture.shape[:2]
        side = 2 * min(height, width) // 3
        found = [self.detector.detect(picture)]
        for top in np.linspace(0, height - side, 2).astype(int):
            for left in np.linspace(0, width - side, 1 + int(np.ceil(width / side))).astype(int):
                tile = self.detector.detect(
                    np.ascontiguousarray(picture[top : top + side, left : left + side])
                )
                shift = np.array([left, top], np.float32)
                found.append(
                    Detections(tile.boxes + np.tile(shift, 2), tile.landmarks + shift, tile.scores)
                )
        return sift(_joined(found), picture, 0, MAX_OVERLAP)


class BlazeFace:
    """MediaPipe's full-range model: the picture shrunk to 192 x 192, 48 x 48 cells, no corners."""

    side, stride = 192, 4
    outputs = ("reshaped_classifier_face_4", "reshaped_regressor_face_4")

    def __init__(self, path: Path, min_score: float) -> None:
        self.min_score = min_score
        self.net = cv2.dnn.readNetFromTFLite(str(path))
        cells = np.stack(np.meshgrid(np.arange(48), np.arange(48)), axis=-1).reshape(-1, 2)
        self.centres = (cells + 0.5) * self.stride
        self.card = f"blazeface {path.name}"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture."""
        height, width = picture.shape[:2]
        scale = self.side / max(height, width)
        size = (round(width * scale), round(height * scale))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        padding = (0, self.side - size[1], 0, self.side - size[0])
        square = cv2.copyMakeBorder(small, *padding, cv2.BORDER_CONSTANT)
        self.net.setInput(cv2.dnn.blobFromImage(square, 1 / 127.5, mean=(127.5,) * 3))
        logits, shapes = (self.net.forward(name)[0] for name in self.outputs)
        scores = 1 / (1 + np.exp(-np.clip(logits[:, 0], -50, 50)))
        rows = scores >= self.min_score
        centre = self.centres[rows] + shapes[rows, :2]
        extent = shapes[rows, 2:4]
        boxes = np.concatenate([centre - extent / 2, centre + extent / 2], axis=1) / scale
        return sift(_without_landmarks(boxes, scores[rows]), picture, 0, MAX_OVERLAP)


class DlibCnnAnyScore:
    """dlib's CNN below its own threshold too: the score is the confidence's logistic function.

    So dlib's threshold, a confidence of 0, is a score of 0.5, as with HOG.
    """

    def __init__(self, upsample: int) -> None:
        self.net = DlibCnn(DlibCnnConfig(upsample=upsample, min_confidence=-1.0))
        self.card = f"any score, {self.net.card}"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture."""
        boxes, confidences = self.net.find(picture)
        return _without_landmarks(boxes, 1 / (1 + np.exp(-confidences)))


class Mtcnn:
    """MTCNN as facenet-pytorch carries it."""

    def __init__(self, min_score: float, min_face_px: int = 12) -> None:
        from facenet_pytorch import MTCNN

        self.net = MTCNN(keep_all=True, min_face_size=min_face_px, thresholds=[0.5, 0.6, min_score])
        self.card = "mtcnn facenet-pytorch"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture."""
        boxes, scores, landmarks = self.net.detect(picture, landmarks=True)
        if boxes is None:
            return _without_landmarks(np.empty((0, 4)), np.empty(0))
        return Detections(
            boxes.astype(np.float32), landmarks.astype(np.float32), scores.astype(np.float32)
        )


class LibFaceDetection:
    """libfacedetection as the package yuface carries it, compiled in."""

    def __init__(self, min_score: float) -> None:
        from yuface import detect

        self.find, self.min_score = detect, min_score
        self.card = "libfacedetection yuface"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture."""
        scores, xywh, _ = self.find(np.ascontiguousarray(picture[:, :, ::-1]), self.min_score)
        xywh = np.asarray(xywh, np.float32).reshape(-1, 4)
        boxes = np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)
        return _without_landmarks(boxes, np.asarray(scores, np.float32).reshape(-1) / 100)


def _without_landmarks(boxes: NDArray[np.floating], scores: NDArray[np.floating]) -> Detections:
    landmarks = np.full((len(boxes), 5, 2), np.nan, np.float32)
    return Detections(boxes.astype(np.float32), landmarks, scores.astype(np.float32))


def _joined(found: list[Detections]) -> Detections:
    return Detections(
        np.concatenate([faces.boxes for faces in found]),
        np.concatenate([faces.landmarks for faces in found]),
        np.concatenate([faces.scores for faces in found]),
    )
