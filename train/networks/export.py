"""Cloth encoders as ONNX, for programs without torch and for onnxruntime here."""

from __future__ import annotations

import hashlib
import importlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...data.errors import InputError
from ...data.files import replacing_file
from .checkpoint import load_encoder
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


def export_onnx(encoder: str, out: Path, largest_difference: float = LARGEST_DIFFERENCE) -> float:
    """Write an encoder as ONNX, and a card beside it, once onnxruntime gives the same vectors.

    Its input ``crops`` is (n, side, side, 4) uint8, red green blue and how much a pixel counts; its
    output ``vectors`` is (n, dim) float32, unit rows.

    Args:
        encoder: as for ``checkpoint.load_encoder``.
        out: the file, ending in .onnx; its card gets .json.
        largest_difference: of a number from torch's that is still a rounding.

    Returns:
        The largest difference of a number from torch's.

    Raises:
        InputError: the encoder cannot be loaded, onnx or onnxruntime is missing, the ending is
            another, or the vectors differ by more than ``largest_difference``.
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
    with replacing_file(out) as partial:
        shape = (net.input_size, net.input_size, 4)
        write_onnx(of_crops, shape, INPUT, OUTPUT, partial)
        content = partial.read_bytes()
        difference = onnx_difference(content, of_crops, shape)
        if not difference <= largest_difference:
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
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    with replacing_file(out.with_suffix(".json")) as partial:
        partial.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return difference


def write_onnx(net: nn.Module, shape: tuple[int, ...], given: str, output: str, path: Path) -> None:
    """Write a net as ONNX.

    Args:
        net: in eval mode, of one input and one output.
        shape: of one picture, uint8; any number of them can be given.
        given: name of the input.
        output: name of the output.
        path: of the file.
    """
    with warnings.catch_warnings():
        # of torch's older exporter, which needs no further package, and of its tracing
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            (torch.zeros(2, *shape, dtype=torch.uint8),),
            str(path),
            input_names=[given],
            output_names=[output],
            dynamic_axes={given: {0: "n"}, output: {0: "n"}},
            opset_version=_OPSET,
            dynamo=False,
        )


def onnx_difference(content: bytes, net: nn.Module, shape: tuple[int, ...]) -> float:
    """Return the largest difference of onnxruntime's outputs from torch's, on noise.

    Args:
        content: what ``write_onnx`` wrote.
        net: the net.
        shape: of one picture.
    """
    runtime = _import("onnxruntime")
    random = np.random.default_rng(0)
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    largest = 0.0
    for count in (1, 3):
        pictures: NDArray[np.uint8] = random.integers(0, 256, (count, *shape), np.uint8)
        (found,) = session.run(None, {session.get_inputs()[0].name: pictures})
        with torch.no_grad():
            expected = net(torch.from_numpy(pictures)).numpy()
        largest = max(largest, float(np.abs(found - expected).max()))
    return largest


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
