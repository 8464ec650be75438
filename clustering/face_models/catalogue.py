"""Detectors and embedders by name, and by the ending of a file; loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ...data.runtime.compute import Compute
    from .base import Detector, Embedder

Loader = TypeVar("Loader")


def load_detector(name: str, min_score: float, compute: Compute) -> Detector:
    """Load a detector.

    Args:
        name: one of ``DETECTORS``, or the path of a file with an ending of ``DETECTOR_FILES``.
        min_score: weakest detection that it reports, 0..1, where it can be told to.
        compute: of torch networks.

    Raises:
        InputError: the file is no detector, or a library is missing.
    """
    if load := DETECTORS.get(name):
        return load(min_score, compute)
    return _by_ending(DETECTOR_FILES, name)(Path(name), min_score)


def load_embedder(name: str, compute: Compute) -> Embedder:
    """Load an embedder.

    Args:
        name: one of ``EMBEDDERS``, or the path of a file with an ending of ``EMBEDDER_FILES``.
        compute: of torch networks.

    Raises:
        InputError: the file is no embedder, or a library is missing.
    """
    if load := EMBEDDERS.get(name):
        return load(compute)
    return _by_ending(EMBEDDER_FILES, name)(Path(name))


def _by_ending(loaders: Mapping[str, Loader], name: str) -> Loader:
    return next(load for ending, load in loaders.items() if name.endswith(ending))


def _centerface(min_score: float, _compute: Compute) -> Detector:
    from .centerface import CenterFace, CenterFaceConfig

    return CenterFace(CenterFaceConfig(min_score=min_score))


def _hog(_min_score: float, _compute: Compute) -> Detector:
    from .hog import Hog

    return Hog()


def _dlib_cnn(_min_score: float, compute: Compute) -> Detector:
    from .dlib_cnn import DlibCnn, DlibCnnConfig

    return DlibCnn(DlibCnnConfig(compute=compute))


def _face_recognition_detector(_min_score: float, _compute: Compute) -> Detector:
    from .face_recognition_backend import FaceRecognitionDetector

    return FaceRecognitionDetector()


def _onnx_detector(path: Path, min_score: float) -> Detector:
    from ...data.runtime.onnx_files import num_outputs
    from ...data.runtime.threads import share_of_threads
    from .scrfd import FAMILY_OUTPUTS, Scrfd, ScrfdConfig
    from .yunet import YuNet, YuNetConfig

    if num_outputs(path) in FAMILY_OUTPUTS:  # a YuNet has twelve
        return Scrfd(path, ScrfdConfig(min_score=min_score, threads=share_of_threads(2)))
    return YuNet(path, YuNetConfig(min_score=min_score))


def _dlib(compute: Compute) -> Embedder:
    from .dlib_resnet import DlibEmbedder, EmbedderConfig

    return DlibEmbedder(EmbedderConfig(compute=compute))


def _face_recognition_embedder(_compute: Compute) -> Embedder:
    from .face_recognition_backend import FaceRecognitionEmbedder

    return FaceRecognitionEmbedder()


def _arcface(path: Path) -> Embedder:
    from ...data.runtime.threads import share_of_threads
    from .arcface import ArcFace, ArcFaceConfig

    return ArcFace(path, ArcFaceConfig(threads=share_of_threads(2)))


DETECTORS: dict[str, Callable[[float, Compute], Detector]] = {
    "centerface": _centerface,
    "hog": _hog,
    "dlib-cnn": _dlib_cnn,
    "face_recognition": _face_recognition_detector,
}
"""Of the last two, the first is dlib's own CNN, the second the library's call of HOG."""

DETECTOR_FILES: dict[str, Callable[[Path, float], Detector]] = {".onnx": _onnx_detector}

EMBEDDERS: dict[str, Callable[[Compute], Embedder]] = {
    "dlib": _dlib,
    "face_recognition": _face_recognition_embedder,
}
"""``dlib`` is face_recognition's network in torch, in batches; the other the library itself."""

EMBEDDER_FILES: dict[str, Callable[[Path], Embedder]] = {".onnx": _arcface}
