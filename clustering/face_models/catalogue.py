"""Detectors and embedders by name, and by the ending of a file; loaded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ...data.runtime.models import ModelStore
    from .base import Detector, Embedder

Loader = TypeVar("Loader")


def load_detector(name: str, min_score: float, precision: str = "float32") -> Detector:
    """Load a detector.

    Args:
        name: one of ``DETECTORS``, or the path of a file with an ending of ``DETECTOR_FILES``.
        min_score: lowest score of a detection, 0..1, for detectors that have such a setting.
        precision: of CenterFace, ``AUTO`` = the fastest; the others run in float32.

    Raises:
        InputError: the file is no detector, or a library is missing.
    """
    if load := DETECTORS.get(name):
        return load(min_score, precision)
    return _by_ending(DETECTOR_FILES, name)(Path(name), min_score)


def load_embedder(name: str, store: ModelStore) -> Embedder:
    """Load an embedder.

    Args:
        name: one of ``EMBEDDERS`` or ``STORED_EMBEDDERS``, or the path of a file with an ending of
            ``EMBEDDER_FILES``.
        store: where networks are, and which fetches those that are not there.

    Raises:
        InputError: the file is no embedder, a library is missing, or a network cannot be fetched.
    """
    if load := EMBEDDERS.get(name):
        return load()
    if name in STORED_EMBEDDERS:
        return _stored(name, store)
    return _by_ending(EMBEDDER_FILES, name)(Path(name))


def _by_ending(loaders: Mapping[str, Loader], name: str) -> Loader:
    return next(load for ending, load in loaders.items() if name.endswith(ending))


def _centerface(min_score: float, precision: str) -> Detector:
    from ...data.runtime.networks import fastest_precision
    from .centerface import CenterFace, CenterFaceConfig

    precision = fastest_precision() if precision == AUTO else precision
    return CenterFace(CenterFaceConfig(min_score=min_score, precision=precision))


def _hog(_min_score: float, _precision: str) -> Detector:
    from .hog import Hog

    return Hog()


def _dlib_cnn(_min_score: float, _precision: str) -> Detector:
    from .dlib_cnn import DlibCnn

    return DlibCnn()


def _face_recognition_detector(_min_score: float, _precision: str) -> Detector:
    from .face_recognition_backend import FaceRecognitionDetector

    return FaceRecognitionDetector()


def _onnx_detector(path: Path, min_score: float) -> Detector:
    from ...data.runtime.onnx_files import num_outputs
    from .scrfd import FAMILY_OUTPUTS, Scrfd, ScrfdConfig
    from .yunet import YuNet, YuNetConfig

    if num_outputs(path) in FAMILY_OUTPUTS:  # a YuNet has twelve
        return Scrfd(path, ScrfdConfig(min_score=min_score))
    return YuNet(path, YuNetConfig(min_score=min_score))


def _dlib() -> Embedder:
    from .dlib_resnet import DlibEmbedder

    return DlibEmbedder()


def _face_recognition_embedder() -> Embedder:
    from .face_recognition_backend import FaceRecognitionEmbedder

    return FaceRecognitionEmbedder()


def _stored(name: str, store: ModelStore) -> Embedder:
    from .aligned_network import AlignedNetwork

    found = store.get(name)
    # OpenVINO's own format is two files, of which the card has a checksum each.
    card = {"sha256": found.card.files[-1].sha256, **found.card.facts}
    return AlignedNetwork(card, [path.read_bytes() for path in found.paths])


def _arcface(path: Path) -> Embedder:
    from .arcface import ArcFace

    return ArcFace(path)


AUTO = "auto"
"""What ships, and beside it what the store of networks has or can fetch."""

DETECTORS: dict[str, Callable[[float, str], Detector]] = {
    "centerface": _centerface,
    "hog": _hog,
    "dlib-cnn": _dlib_cnn,
    "face_recognition": _face_recognition_detector,
}
"""Of the last two, the first is dlib's own CNN, the second the library's call of HOG."""

DETECTOR_FILES: dict[str, Callable[[Path, float], Detector]] = {".onnx": _onnx_detector}

EMBEDDERS: dict[str, Callable[[], Embedder]] = {
    "dlib": _dlib,
    "face_recognition": _face_recognition_embedder,
}
"""``dlib`` is face_recognition's network, in batches; the other the library itself."""

STORED_EMBEDDERS = ("faceres", "sface", "face-reidentification-retail-0095")
"""Of the store of networks, by the names on their cards."""

EMBEDDER_FILES: dict[str, Callable[[Path], Embedder]] = {".onnx": _arcface}
