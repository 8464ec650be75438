"""Cloth encoders as ONNX, for programs without torch and for onnxruntime here."""

from __future__ import annotations

import importlib
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...data.errors import InputError
from .checkpoint import load_encoder, write_with_card
from .encoder import ClothEncoder, folded, planes

INPUT, OUTPUT = "crops", "vectors"
LARGEST_DIFFERENCE = 1e-4
"""Of a number of a unit vector: the effect of another order of summation, and no more."""

_OPSET = 17


class _OfCrops(nn.Module):
    """An encoder that takes crops as ``ClothCropper`` cuts them."""

    def __init__(self, encoder: ClothEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, crops: Tensor) -> Tensor:
        vectors: Tensor = self.encoder(*planes(crops))
        return vectors


def export_onnx(encoder: str, out: Path) -> float:
    """Write an encoder as ONNX, and a card beside it, once onnxruntime gives the same vectors.

    Its input ``crops`` is (n, side, side, 4) uint8, red green blue and how much a pixel counts; its
    output ``vectors`` is (n, dim) float32, unit rows.

    Args:
        encoder: as for ``checkpoint.load_encoder``.
        out: the file, ending in .onnx; its card gets .json.

    Returns:
        The largest difference of a number from torch's.

    Raises:
        InputError: the encoder cannot be loaded, onnx or onnxruntime is missing, the ending is
            another, or the vectors differ by more than ``LARGEST_DIFFERENCE``.
    """
    if out.suffix != ".onnx":
        raise InputError(f"{out}: expected a name that ends in .onnx")
    if out.with_suffix(".safetensors").exists():
        raise InputError(
            f"{out}: its card would replace that of {out.stem}.safetensors; choose another name"
        )
    import_onnx()
    net, card = load_encoder(encoder)
    of_crops = _OfCrops(folded(net)).eval().requires_grad_(False)
    content, difference = to_onnx(of_crops, (net.input_size, net.input_size, 4), INPUT, OUTPUT)
    if not difference <= LARGEST_DIFFERENCE:
        raise InputError(
            f"{encoder}: expected the same vectors from onnxruntime, but they differ by"
            f" {difference:.1e}; nothing was written"
        )
    card = {
        **{key: card[key] for key in ("name", "data", "licence")},
        "dim": net.dim,
        "input_size": net.input_size,
        "exported_from_sha256": card["sha256"],
        "largest_difference": difference,
    }
    write_with_card(out, content, card)
    return difference


def to_onnx(net: nn.Module, shape: tuple[int, ...], given: str, output: str) -> tuple[bytes, float]:
    """Turn a net into ONNX, and try it on noise.

    Args:
        net: in eval mode, of one input and one output.
        shape: of one picture, uint8; any number of them can be given.
        given: name of the input.
        output: name of the output.

    Returns:
        The content of the file, and the largest difference of onnxruntime's outputs from torch's.
    """
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        path = Path(folder) / "net.onnx"
        # of torch's older exporter, which needs no further package, and of its tracing
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            (torch.zeros(2, *shape, dtype=torch.uint8),),
            path,
            input_names=[given],
            output_names=[output],
            dynamic_axes={given: {0: "n"}, output: {0: "n"}},
            opset_version=_OPSET,
            dynamo=False,
        )
        content = path.read_bytes()
    random = np.random.default_rng(0)
    session = _import("onnxruntime").InferenceSession(content, providers=["CPUExecutionProvider"])
    largest = 0.0
    for count in (1, 3):
        pictures: NDArray[np.uint8] = random.integers(0, 256, (count, *shape), np.uint8)
        (found,) = session.run(None, {given: pictures})
        with torch.no_grad():
            expected = net(torch.from_numpy(pictures)).numpy()
        largest = max(largest, float(np.abs(found - expected).max()))
    return content, largest


def import_onnx() -> None:
    """Check that onnx and onnxruntime are installed.

    Raises:
        InputError: one is not.
    """
    for name in ("onnx", "onnxruntime"):
        _import(name)


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"export needs {name}, which cannot be imported ({error}); run: pip install"
            " 'castlist[train]'"
        ) from None
