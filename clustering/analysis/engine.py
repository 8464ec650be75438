"""The networks of a run, chosen by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...data.errors import InputError
from ...data.result.facts import ModelFacts
from ...data.runtime.compute import DEVICES, PRECISIONS, Compute, choose_compute
from ...data.runtime.threads import share_of_threads
from ..face_models.base import Detector, Embedder
from ..face_models.centerface import CenterFace, CenterFaceConfig
from ..face_models.dlib_resnet import DlibEmbedder, EmbedderConfig
from .clothes import ClothConfig as ClothVectorConfig
from .clothes import ClothDescriber

DETECTORS = ("centerface", "hog", "dlib-cnn", "face_recognition")
FACE_MODELS = ("dlib", "face_recognition")


@dataclass(frozen=True)
class EngineConfig:
    """Which networks look at the pictures.

    Attributes:
        detector: "centerface", "hog" or "dlib-cnn" (dlib's), "face_recognition" (the library's
            own call of HOG), or the path of an .onnx file with a YuNet or an SCRFD.
        min_detection: weakest detection looked at, 0..1, by CenterFace, YuNet and SCRFD. Weak ones
            stay only where a track supports them (``track.strong_detection``).
        face_model: "dlib" (face_recognition's network, in batches), "face_recognition" (the
            library itself), or the path of an .onnx file in the convention of ArcFace.
        cloth_model: "efficientnet_lite0" as trained on ImageNet, "film_lite0", fine-tuned, a
            torchvision ResNet's name, or the path of an
            encoder.safetensors that was trained with castlist train, or of an .onnx file that
            castlist export made of one.
        cloth_mask: path of an .onnx file that finds garments (``GarmentMask``), asked in place of
            the person mask; "" = the person mask.
        device: of the torch networks (face vectors of dlib's network, cloth vectors, dlib-cnn):
            "cpu", "cuda", "cuda:1", or "auto" (CUDA where there is one). The others run on the
            processor.
        precision: of the torch networks: "float32" or "bfloat16".
    """

    detector: str = "centerface"
    min_detection: float = 0.3
    face_model: str = "dlib"
    cloth_model: str = "efficientnet_lite0"
    cloth_mask: str = ""
    device: str = "cpu"
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.detector not in DETECTORS and not self.detector.endswith(".onnx"):
            raise ValueError(
                f"engine.detector: expected one of {', '.join(DETECTORS)}, or the path of an"
                f" .onnx file with a YuNet or an SCRFD, got {self.detector!r}"
            )
        if self.face_model not in FACE_MODELS and not self.face_model.endswith(".onnx"):
            raise ValueError(
                f"engine.face_model: expected one of {', '.join(FACE_MODELS)}, or the path of an"
                f" ArcFace .onnx file, got {self.face_model!r}"
            )
        if not DEVICES.fullmatch(self.device):
            raise ValueError(
                f"engine.device: expected auto, cpu, cuda or cuda:NUMBER, got {self.device!r}"
            )
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"engine.precision: expected one of {', '.join(PRECISIONS)}, got {self.precision!r}"
            )
        if not 0 < self.min_detection < 1:
            raise ValueError(
                f"engine.min_detection: expected a value between 0 and 1, got {self.min_detection}"
            )


@dataclass(frozen=True)
class Engine:
    """The networks, loaded."""

    detector: Detector
    embedder: Embedder
    clothes: ClothDescriber

    @property
    def card(self) -> dict[str, str]:
        """Names everything that decides what the networks see."""
        return {
            "detector": self.detector.card,
            "embedder": self.embedder.card,
            "clothes": self.clothes.card,
        }

    @property
    def facts(self) -> ModelFacts:
        """What the stages and the report need of the networks."""
        centre = self.embedder.centre
        return ModelFacts(
            cards=self.card,
            centre=None if centre is None else tuple(centre.tolist()),
            other_person_distance=self.embedder.other_person_distance,
            cloth_columns=self.clothes.columns,
        )


def load_engine(config: EngineConfig) -> Engine:
    """Load the networks.

    Raises:
        InputError: a network or its library cannot be had; the message says what to do.
    """
    compute = choose_compute(config.device, config.precision)
    try:
        return Engine(
            _load_detector(config, compute),
            _load_embedder(config.face_model, compute),
            ClothDescriber(
                ClothVectorConfig(
                    encoder=config.cloth_model, garment_mask=config.cloth_mask, compute=compute
                )
            ),
        )
    except (FileNotFoundError, ValueError) as error:
        raise InputError(str(error)) from error


def _load_detector(config: EngineConfig, compute: Compute) -> Detector:
    if config.detector == "centerface":
        return CenterFace(CenterFaceConfig(min_score=config.min_detection))
    if config.detector == "hog":
        from ..face_models.hog import Hog

        return Hog()
    if config.detector == "dlib-cnn":
        from ..face_models.dlib_cnn import DlibCnn, DlibCnnConfig

        return DlibCnn(DlibCnnConfig(compute=compute))
    if config.detector == "face_recognition":
        from ..face_models.face_recognition_backend import FaceRecognitionDetector

        return FaceRecognitionDetector()
    return _load_detector_file(Path(config.detector), config.min_detection)


def _load_detector_file(path: Path, min_score: float) -> Detector:
    from ...data.runtime.onnx_files import num_outputs
    from ..face_models.scrfd import FAMILY_OUTPUTS, Scrfd, ScrfdConfig
    from ..face_models.yunet import YuNet, YuNetConfig

    if num_outputs(path) in FAMILY_OUTPUTS:  # a YuNet has twelve
        return Scrfd(path, ScrfdConfig(min_score=min_score, threads=share_of_threads(2)))
    return YuNet(path, YuNetConfig(min_score=min_score))


def _load_embedder(name: str, compute: Compute) -> Embedder:
    if name == "dlib":
        return DlibEmbedder(EmbedderConfig(compute=compute))
    if name == "face_recognition":
        from ..face_models.face_recognition_backend import FaceRecognitionEmbedder

        return FaceRecognitionEmbedder()
    from ..face_models.arcface import ArcFace, ArcFaceConfig

    return ArcFace(name, ArcFaceConfig(threads=share_of_threads(2)))
