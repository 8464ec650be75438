"""EngineConfig: the networks of a run."""

from __future__ import annotations

from dataclasses import dataclass

from ...data.runtime.compute import DEVICES, PRECISIONS
from ...data.settings import check_settings, setting
from ..face_models.catalogue import DETECTOR_FILES, DETECTORS, EMBEDDER_FILES, EMBEDDERS


@dataclass(frozen=True)
class EngineConfig:
    """The networks of a run."""

    detector: str = setting(
        "centerface",
        "what finds faces",
        one_of=tuple(DETECTORS),
        endings=tuple(DETECTOR_FILES),
        or_a="an .onnx file with a YuNet or an SCRFD",
        flags=("--detector",),
    )
    # Weak ones stay only where a track supports them (``track.strong_detection``).
    min_detection: float = setting(
        0.3, "lowest score of a detection, by CenterFace, YuNet and SCRFD", above=0, below=1
    )
    face_model: str = setting(
        "dlib",
        "what turns faces into vectors",
        one_of=tuple(EMBEDDERS),
        endings=tuple(EMBEDDER_FILES),
        or_a="an ArcFace .onnx file",
        flags=("--face-model", "--face-backend"),
    )
    cloth_model: str = setting(
        "efficientnet_lite0",
        "what turns clothes into vectors: efficientnet_lite0 as trained on ImageNet, film_lite0,"
        " fine-tuned, a torchvision ResNet's name, an encoder.safetensors of castlist train, or an"
        " .onnx file of castlist export",
        flags=("--cloth-model",),
    )
    cloth_mask: str = setting(
        "",
        "an .onnx file that finds garments, used instead of the person mask",
        flags=("--cloth-mask",),
    )
    device: str = setting(
        "cpu",
        "of the torch networks (face vectors of dlib's network, cloth vectors, dlib-cnn): cpu,"
        " cuda, cuda:1, or auto (CUDA where there is one); the others run on the processor",
    )
    precision: str = setting("float32", "of the torch networks", one_of=PRECISIONS)

    def __post_init__(self) -> None:
        check_settings(self, "engine")
        if not DEVICES.fullmatch(self.device):
            raise ValueError(
                f"engine.device: expected auto, cpu, cuda or cuda:NUMBER, got {self.device!r}"
            )
