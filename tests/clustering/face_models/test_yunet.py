"""YuNet's weights do not ship, so these tests write a tiny network with a YuNet's outputs.

It sees a face in every cell of the coarsest map whose pixels are red on average; boxes are one
cell wide and high, and all landmarks lie at the cell's corner.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from castlist.clustering.face_models.yunet import YuNet, YuNetConfig
from castlist.data.errors import InputError

STRIDES = (8, 16, 32)
CHANNELS = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}
VARINT, BYTES = 0, 2


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes | str) -> bytes:
    """One field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3 | VARINT) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | BYTES) + varint(len(raw)) + raw


def tensor(name: str, values: np.ndarray) -> bytes:
    code = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}[values.dtype]
    dims = b"".join(field(1, size) for size in values.shape)
    return dims + field(2, code) + field(8, name) + field(9, values.tobytes())


def ints(name: str, *values: int) -> bytes:
    packed = b"".join(varint(value) for value in values)
    return field(1, name) + field(8, packed) + field(20, 7)


def node(kind: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    return (
        b"".join(field(1, name) for name in inputs)
        + field(2, output)
        + field(3, f"make_{output}")
        + field(4, kind)
        + b"".join(field(5, attribute) for attribute in attributes)
    )


def value_info(name: str, *shape: int) -> bytes:
    dims = b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def write_yunet(path: Path, *, with_outputs: bool = True) -> Path:
    nodes, weights, outputs = [], [], []
    for stride in STRIDES:
        pooled = f"pooled_{stride}"
        sides = (ints("kernel_shape", stride, stride), ints("strides", stride, stride))
        nodes.append(node("AveragePool", ["input"], pooled, *sides))
        for name, channels in CHANNELS.items():
            kernel = np.zeros((channels, 3, 1, 1), np.float32)
            if name in ("cls", "obj") and stride == 32:
                kernel[0, 2] = 0.8 / 255  # the third of blue, green, red
            stem = f"{name}_{stride}"
            weights += [
                tensor(f"{stem}_kernel", kernel),
                tensor(f"{stem}_shape", np.array([1, -1, channels], np.int64)),
            ]
            nodes += [
                node(
                    "Conv",
                    [pooled, f"{stem}_kernel"],
                    f"{stem}_map",
                    ints("kernel_shape", 1, 1),
                    ints("strides", 1, 1),
                ),
                node("Transpose", [f"{stem}_map"], f"{stem}_last", ints("perm", 0, 2, 3, 1)),
                node("Reshape", [f"{stem}_last", f"{stem}_shape"], stem),
            ]
            outputs.append(value_info(stem, 1, (64 // stride) ** 2, channels))
    graph = (
        b"".join(field(1, made) for made in nodes)
        + field(2, "tiny")
        + b"".join(field(5, made) for made in weights)
        + field(11, value_info("input", 1, 3, 64, 64))
        + b"".join(field(12, made) for made in (outputs if with_outputs else outputs[:1]))
    )
    path.write_bytes(field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 11)))
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_yunet(tmp_path_factory.mktemp("yunet") / "tiny.onnx")


def red_cell(row: int, column: int, shade: int = 255) -> np.ndarray:
    picture = np.zeros((128, 192, 3), np.uint8)
    picture[32 * row : 32 * row + 32, 32 * column : 32 * column + 32, 0] = shade
    return picture


def test_box_landmarks_and_score_of_one_cell(weights: Path) -> None:
    faces = YuNet(weights).detect(red_cell(2, 3))

    # Row 2, column 3 of cells of 32 pixels: the box is centred at the cell's corner.
    np.testing.assert_allclose(faces.boxes, [[80, 48, 112, 80]], atol=1e-3)
    np.testing.assert_allclose(faces.landmarks, np.full((1, 5, 2), [96, 64]), atol=1e-3)
    np.testing.assert_allclose(faces.scores, [0.8], atol=1e-3)
    assert faces.boxes.dtype == faces.landmarks.dtype == faces.scores.dtype == np.float32


def test_only_red_counts_so_channels_are_not_swapped(weights: Path) -> None:
    blue = red_cell(2, 3)[:, :, ::-1]

    assert len(YuNet(weights).detect(blue)) == 0


def test_boxes_are_in_pixels_of_the_picture_at_any_input_size(weights: Path) -> None:
    twice = np.repeat(np.repeat(red_cell(2, 3), 2, axis=0), 2, axis=1)
    config = YuNetConfig(max_side_px=192)

    faces = YuNet(weights, config).detect(twice)
    np.testing.assert_allclose(faces.boxes, [[160, 96, 224, 160]], atol=1e-2)


def test_faces_below_the_least_score_are_left_out(weights: Path) -> None:
    dim = red_cell(2, 3, shade=128)  # half of 0.8

    assert len(YuNet(weights).detect(dim)) == 0
    np.testing.assert_allclose(
        YuNet(weights, YuNetConfig(min_score=0.3)).detect(dim).scores, [0.4], atol=0.01
    )


def test_a_picture_without_faces_gives_empty_detections(weights: Path) -> None:
    faces = YuNet(weights).detect(np.zeros((50, 70, 3), np.uint8))

    assert faces.boxes.shape == (0, 4)
    assert faces.landmarks.shape == (0, 5, 2)
    assert faces.scores.shape == (0,)


def test_the_card_names_the_weights_and_the_settings(weights: Path, tmp_path: Path) -> None:
    longer = tmp_path / "longer.onnx"
    longer.write_bytes(weights.read_bytes() + field(6, "a note"))
    cards = {
        YuNet(weights).card,
        YuNet(longer).card,
        YuNet(weights, YuNetConfig(min_score=0.6)).card,
    }

    assert len(cards) == 3


def test_a_missing_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.onnx: expected YuNet .* no such file; give the"):
        YuNet(tmp_path / "none.onnx")


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("I am no network.")

    with pytest.raises(InputError, match="no ONNX network"):
        YuNet(path)


def test_another_network_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    path = write_yunet(tmp_path / "other.onnx", with_outputs=False)

    with pytest.raises(InputError, match="no ONNX network"):
        YuNet(path)
