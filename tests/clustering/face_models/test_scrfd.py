"""SCRFD's weights do not ship, so these tests make tiny networks with an SCRFD's outputs.

Of each cell they see the mean colour; a matrix makes score, box and landmarks of two faces of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from castlist.clustering.face_models.catalogue import load_detector
from castlist.clustering.face_models.scrfd import Scrfd, ScrfdConfig, decode
from castlist.clustering.face_models.yunet import YuNet
from castlist.data.errors import InputError
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

STRIDES = (8, 16, 32)
NUMBERS = {"score": 1, "bbox": 4, "kps": 10}
RNG = np.random.default_rng(3)
MATRICES = {
    (name, stride): RNG.normal(0, 1.5, (2 * numbers, 3)).astype(np.float32)
    for stride in STRIDES
    for name, numbers in NUMBERS.items()
}
SHIFTS = {"score": 0.0, "bbox": 2.0, "kps": 0.0}  # most boxes are not inside out
ALL = ScrfdConfig(min_score=0.6, min_height_px=0, max_overlap=1.0)


def write_scrfd(
    path: Path,
    *,
    shape: tuple[Any, ...] = (1, 3, "height", "width"),
    batch: bool = False,
    names: tuple[str, ...] = ("score", "bbox", "kps"),
    strides: tuple[int, ...] = STRIDES,
    squash: str = "Sigmoid",
) -> Path:
    nodes, kept, outputs = [], [], []
    for stride in strides:
        sides = {"kernel_shape": [stride] * 2, "strides": [stride] * 2}
        nodes.append(helper.make_node("AveragePool", ["picture"], [f"mean_{stride}"], **sides))
    for name in names:
        for stride in strides:
            stem = f"{name}_{stride}"
            rows = [1, -1, NUMBERS[name]] if batch else [-1, NUMBERS[name]]
            kernel = MATRICES[name, stride][:, :, None, None]
            kept.append(numpy_helper.from_array(kernel, f"{stem}_kernel"))
            kept.append(numpy_helper.from_array(np.array(rows, np.int64), f"{stem}_rows"))
            last = f"{stem}_map"
            shift = np.full(2 * NUMBERS[name], SHIFTS[name], np.float32)
            kept.append(numpy_helper.from_array(shift, f"{stem}_shift"))
            inputs = [f"mean_{stride}", f"{stem}_kernel", f"{stem}_shift"]
            nodes.append(helper.make_node("Conv", inputs, [last]))
            if name == "score":
                nodes.append(helper.make_node(squash, [last], [f"{stem}_squashed"]))
                last = f"{stem}_squashed"
            nodes.append(helper.make_node("Transpose", [last], [f"{stem}_last"], perm=[0, 2, 3, 1]))
            nodes.append(helper.make_node("Reshape", [f"{stem}_last", f"{stem}_rows"], [stem]))
            outputs.append(helper.make_tensor_value_info(stem, TensorProto.FLOAT, None))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, list(shape))],
        outputs,
        kept,
    )
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path


def by_loop(pixels: NDArray[np.uint8], min_score: float) -> list[list[float]]:
    """Score, box and landmarks of every face, as insightface's own code reads them."""
    blob = (pixels.astype(np.float64) - 127.5) / 128
    found = []
    for stride in STRIDES:
        for row in range(pixels.shape[0] // stride):
            for column in range(pixels.shape[1] // stride):
                cell = blob[row * stride : (row + 1) * stride, column * stride :][:, :stride]
                mean = cell.mean(axis=(0, 1))
                made = {n: MATRICES[n, stride] @ mean + SHIFTS[n] for n in NUMBERS}
                for anchor in range(2):
                    score = 1 / (1 + np.exp(-made["score"][anchor]))
                    left, top, right, bottom = made["bbox"][4 * anchor :][:4] * stride
                    x, y = column * stride, row * stride
                    box = [x - left, y - top, x + right, y + bottom]
                    kps = made["kps"][10 * anchor :][:10] * stride
                    points = [x + kps[i] if i % 2 == 0 else y + kps[i] for i in range(10)]
                    if score >= min_score:
                        found.append([score, *box, *points])
    return found


def in_sight(found: list[list[float]], height: int, width: int) -> NDArray[np.float64]:
    """Clip boxes to the picture, leave out those without a pixel, sort."""
    rows = []
    for score, x1, y1, x2, y2, *points in found:
        box = [min(max(x, 0), width) for x in (x1, x2)] + [min(max(y, 0), height) for y in (y1, y2)]
        if box[1] - box[0] >= 1 and box[3] - box[2] >= 1:
            rows.append([score, box[0], box[2], box[1], box[3], *points])
    return np.array(sorted(rows))


def as_rows(faces: Any) -> NDArray[np.float64]:
    rows = np.concatenate(
        [faces.scores[:, None], faces.boxes, faces.landmarks.reshape(-1, 10)], axis=1
    )
    return np.array(sorted(rows.tolist()))


def noise(height: int, width: int) -> NDArray[np.uint8]:
    cells = np.random.default_rng(1).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return cells.repeat(8, axis=0).repeat(8, axis=1)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scrfd(tmp_path_factory.mktemp("scrfd") / "tiny.onnx")


def test_decoding_worked_by_hand() -> None:
    scores = np.array([[0.1], [0.2], [0.1], [0.9], [0.1], [0.1]], np.float32)  # cells: 1 x 3
    distances = np.tile(np.array([1, 2, 3, 4], np.float32), (6, 1))
    landmarks = np.tile(np.arange(10, dtype=np.float32) / 2, (6, 1))
    faces = decode(scores, distances, landmarks, columns=3, stride=8, min_score=0.5)
    # The second face of the cell whose corner is at x 8, y 0.
    np.testing.assert_allclose(faces.boxes, [[0, -16, 32, 32]])
    np.testing.assert_allclose(faces.landmarks[0, :2], [[8, 4], [16, 12]])
    np.testing.assert_allclose(faces.scores, [0.9])


@pytest.mark.parametrize("batch", [False, True])
def test_faces_are_those_of_a_loop_over_the_cells(tmp_path: Path, batch: bool) -> None:
    detector = Scrfd(write_scrfd(tmp_path / "tiny.onnx", batch=batch), ALL)
    expected = in_sight(by_loop(noise(64, 96), 0.6), 64, 96)
    assert len(expected) > 20
    np.testing.assert_allclose(as_rows(detector.detect(noise(64, 96))), expected, atol=1e-3)


def test_outputs_are_recognised_by_their_shapes_in_any_order(tmp_path: Path, weights: Path) -> None:
    other = write_scrfd(
        tmp_path / "other.onnx", names=("kps", "score", "bbox"), strides=(32, 8, 16)
    )
    np.testing.assert_array_equal(
        as_rows(Scrfd(other, ALL).detect(noise(64, 96))),
        as_rows(Scrfd(weights, ALL).detect(noise(64, 96))),
    )


def test_a_picture_of_any_size_is_padded_with_black(weights: Path) -> None:
    padded = np.zeros((64, 96, 3), np.uint8)
    padded[:40, :88] = noise(40, 88)
    expected = in_sight(by_loop(padded, 0.6), 40, 88)
    np.testing.assert_allclose(
        as_rows(Scrfd(weights, ALL).detect(noise(40, 88))), expected, atol=1e-3
    )


def test_a_network_of_a_fixed_size_sees_the_whole_picture_in_it(tmp_path: Path) -> None:
    fixed = Scrfd(write_scrfd(tmp_path / "fixed.onnx", shape=(1, 3, 64, 64)), ALL)
    seen = np.zeros((64, 64, 3), np.uint8)
    seen[:32] = noise(32, 64)
    twice = noise(32, 64).repeat(2, axis=0).repeat(2, axis=1)
    expected = in_sight(by_loop(seen, 0.6), 32, 64)
    expected[:, 1:] *= 2
    found = as_rows(fixed.detect(twice))
    assert len(found) >= len(expected) > 5  # faces of half a pixel in the small picture count too
    for row in expected:
        assert np.abs(found - row).max(axis=1).min() < 1e-2


def test_a_picture_without_faces_gives_empty_detections(weights: Path) -> None:
    faces = Scrfd(weights, ScrfdConfig(min_score=0.999)).detect(np.zeros((50, 70, 3), np.uint8))
    assert faces.boxes.shape == (0, 4)
    assert faces.landmarks.shape == (0, 5, 2)
    assert faces.scores.shape == (0,)


def test_the_card_names_weights_and_settings(weights: Path, tmp_path: Path) -> None:
    other = write_scrfd(tmp_path / "other.onnx", batch=True)
    cards = [Scrfd(weights).card, Scrfd(other).card, Scrfd(weights, ALL).card]
    assert len(set(cards)) == 3


def test_the_engine_tells_scrfd_from_yunet_by_its_outputs(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(YuNet, "__init__", lambda _self, path, _config: asked.append(path))
    found = load_detector(str(weights), 0.4)
    assert isinstance(found, Scrfd)
    assert found.config.min_score == 0.4
    twelve = tmp_path / "twelve.onnx"
    write_scrfd(twelve, strides=(8, 16, 32), names=("score", "bbox", "kps", "score"))
    assert isinstance(load_detector(str(twelve), 0.3), YuNet)
    assert asked == [twelve]


# --- refusals ---


def test_a_missing_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.onnx: expected an SCRFD .* no such file; give"):
        Scrfd(tmp_path / "none.onnx")


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("I am no network.")
    with pytest.raises(InputError, match=r"text\.onnx: .* no ONNX network .*; give"):
        Scrfd(path)


def test_a_network_without_landmarks_is_refused(tmp_path: Path) -> None:
    path = write_scrfd(tmp_path / "six.onnx", names=("score", "bbox"))
    with pytest.raises(
        InputError, match=r"six\.onnx: .*landmarks.*: nine outputs, .*, got outputs"
    ):
        Scrfd(path)
    with pytest.raises(InputError, match="nine outputs"):
        load_detector(str(path), 0.3)


def test_scores_that_are_no_probabilities_are_refused(tmp_path: Path) -> None:
    path = write_scrfd(tmp_path / "raw.onnx", squash="Identity")
    with pytest.raises(InputError, match=r"raw\.onnx: .* from 0 to 1, got scores from -"):
        Scrfd(path)


@pytest.mark.parametrize("shape", [(1, 1, 64, 64), (1, 3, 64), (2, 3, 64, 64)])
def test_another_input_is_refused_and_named(tmp_path: Path, shape: tuple[int, ...]) -> None:
    flat = helper.make_graph(
        [helper.make_node("Identity", ["picture"], ["same"])],
        "flat",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("same", TensorProto.FLOAT, shape)],
    )
    path = tmp_path / "other.onnx"
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(flat, opset_imports=opset, ir_version=8), path)
    with pytest.raises(InputError, match=r"\(1, 3, height, width\) floats, got \["):
        Scrfd(path)


def test_a_fixed_size_that_cells_do_not_fill_is_refused(tmp_path: Path) -> None:
    path = write_scrfd(tmp_path / "odd.onnx", shape=(1, 3, 64, 100))
    with pytest.raises(InputError, match=r"multiples of 32, got one for 64 x 100 pixels"):
        Scrfd(path)


@pytest.mark.parametrize("settings", [{"min_score": 1.0}, {"max_side_px": 8}])
def test_settings_out_of_range_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        ScrfdConfig(**settings)
