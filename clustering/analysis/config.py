"""EngineConfig: the networks of a run."""

from __future__ import annotations

from dataclasses import dataclass

from ...data.settings import check_settings, setting
from ..face_models.catalogue import (
    AUTO,
    DETECTOR_FILES,
    DETECTORS,
    EMBEDDER_FILES,
    EMBEDDERS,
    STORED_EMBEDDERS,
)


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
    # Weak ones stay only where a track supports them (``TrackConfig``).
    min_detection: float = setting(
        0.3, "lowest score of a detection, by CenterFace, YuNet and SCRFD", above=0, below=1
    )
    face_model: str = setting(
        AUTO,
        "what turns faces into vectors, several joined by +; auto is faceres and sface, and beside"
        " them face-reidentification-retail-0095 where it is here or can be fetched",
        one_of=(AUTO, *EMBEDDERS, *STORED_EMBEDDERS),
        endings=tuple(EMBEDDER_FILES),
        or_a="an ArcFace .onnx file",
        joined_by="+",
        flags=("--face-model", "--face-backend"),
    )
    cloth_model: str = setting(
        AUTO,
        "what turns clothes into vectors: film_lite0, fine-tuned, efficientnet_lite0 as trained on"
        " ImageNet, or an .onnx file of castlist train export; with the extra train also an"
        " encoder.safetensors of castlist train or a torchvision ResNet's name; auto is film_lite0,"
        " and beside it person-reidentification-retail-0277 where it is here or can be fetched",
        flags=("--cloth-model",),
    )
    cloth_mask: str = setting(
        "",
        "an .onnx file that finds garments, used instead of the person mask",
        flags=("--cloth-mask",),
    )
    detector_precision: str = setting(
        AUTO,
        "of CenterFace; auto is bfloat16 on processors that have it, where it takes half the time"
        " and finds boxes that differ by a fraction of a pixel; vectors are always made in float32",
        one_of=(AUTO, "float32", "bfloat16"),
    )
    smaller_pictures: bool = setting(
        True,
        "let CenterFace look at most pictures of a film in a smaller size, and at parts of them in"
        " full, where that shows the same faces",
    )
    offline: bool = setting(False, "fetch no network", flags=("--offline",))

    def __post_init__(self) -> None:
        check_settings(self, "engine")
