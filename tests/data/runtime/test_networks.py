from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from castlist.data.clothes.person_mask import PersonMask
from castlist.data.runtime import networks
from castlist.data.runtime.networks import OpenCvNetwork, OpenVinoNetwork, load_network
from numpy.typing import NDArray
from onnx import helper, numpy_helper

KERNEL = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def weights() -> bytes:
    """A convolution of stride 2, and what of it is above 0; 8 x 8 pixels, says the file."""
    nodes = [
        helper.make_node("Conv", ["in", "kernel"], ["sums"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Relu", ["sums"], ["above"]),
    ]
    floats = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("in", floats, [1, 3, 8, 8])],
        [helper.make_tensor_value_info(name, floats, [1, 4, 4, 4]) for name in ("sums", "above")],
        [numpy_helper.from_array(KERNEL, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    made: bytes = model.SerializeToString()
    return made


def naive(blob: NDArray[np.float32]) -> NDArray[np.float32]:
    padded = np.pad(blob[0], ((0, 0), (1, 1), (1, 1)))
    rows, columns = (side // 2 for side in blob.shape[2:])
    sums = np.zeros((1, 4, rows, columns), np.float32)
    for y in range(rows):
        for x in range(columns):
            seen = padded[:, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3]
            sums[0, :, y, x] = (KERNEL * seen).sum(axis=(1, 2, 3))
    return sums


def picture(height: int, width: int) -> NDArray[np.float32]:
    return np.random.default_rng(height).random((1, 3, height, width), np.float32)


def openvino_or_skip() -> Any:
    if (openvino := networks.import_openvino()) is None:  # importing it oneself would report it
        pytest.skip("OpenVINO is not installed")
    return openvino


def made_by_openvino(weights: bytes) -> OpenVinoNetwork:
    return OpenVinoNetwork(openvino_or_skip(), weights, "onnx", ["above", "sums"])


def test_opencv_computes_what_a_loop_does_at_any_size_of_picture(weights: bytes) -> None:
    network = OpenCvNetwork(weights, "onnx", ["above", "sums"])
    for size in ((8, 8), (8, 8), (6, 10), (8, 8)):
        above, sums = network.run(picture(*size))
        np.testing.assert_allclose(sums, naive(picture(*size)), atol=1e-5)
        np.testing.assert_array_equal(above, np.maximum(sums, 0))


def test_openvino_computes_what_a_loop_does_at_any_size_of_picture(weights: bytes) -> None:
    network = made_by_openvino(weights)
    for size in ((8, 8), (8, 8), (6, 10), (8, 8)):
        above, sums = network.run(picture(*size))
        np.testing.assert_allclose(sums, naive(picture(*size)), atol=1e-5)
        np.testing.assert_array_equal(above, np.maximum(sums, 0))


def test_openvino_compiles_once_for_a_film_once_more_for_photos_and_for_other_threads(
    weights: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = made_by_openvino(weights)
    compile_it, asked = network._compile, []

    def compile_and_note(core: Any, shape: tuple[int, ...], threads: int) -> Any:
        asked.append((shape[2:], threads, network._any_size))
        return compile_it(core, shape, threads)

    monkeypatch.setattr(network, "_compile", compile_and_note)
    before = cv2.getNumThreads()
    try:
        for threads, *sizes in ((1, (8, 8), (8, 8), (6, 10), (10, 6)), (2, (8, 8), (6, 6))):
            cv2.setNumThreads(threads)
            for size in sizes:
                sums = network.run(picture(*size))[1]
                np.testing.assert_allclose(sums, naive(picture(*size)), atol=1e-5)
    finally:
        cv2.setNumThreads(before)
    assert asked == [((8, 8), 1, False), ((6, 10), 1, True), ((8, 8), 2, True)]


def test_openvino_is_taken_where_it_is_installed(weights: bytes) -> None:
    openvino_or_skip()
    assert load_network(weights, "onnx", ["above", "sums"]).runtime == "OpenVINO"


def test_importing_openvino_reports_to_nobody(tmp_path: Path) -> None:
    openvino_or_skip()
    code = """
import sys
from castlist.data.runtime.networks import import_openvino
assert import_openvino().Core
assert not [name for name in sys.modules if "telemetry" in name], "would report"
assert "openvino.tools.ovc" not in sys.modules, "blocked for good"
"""
    environment = {**os.environ, "HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert not list(tmp_path.iterdir())  # no identity of this user was made


def test_ctrl_c_after_networks_of_openvino_have_gone_is_only_an_interruption(
    weights: bytes, tmp_path: Path
) -> None:
    openvino_or_skip()
    (tmp_path / "network.onnx").write_bytes(weights)
    code = """
import gc, signal, sys
import numpy as np
from castlist.data.runtime.networks import load_network
weights = open(sys.argv[1], "rb").read()
networks = [load_network(weights, "onnx", ["above", "sums"]) for _ in range(2)]
for network in networks:
    network.run(np.ones((1, 3, 8, 8), np.float32))
while networks:
    networks.pop(0)
    gc.collect()
del network
gc.collect()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""
    command = [sys.executable, "-c", code, str(tmp_path / "network.onnx")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "interrupted\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_runs_its_networks_although_openvino_is_in_use() -> None:
    openvino_or_skip()
    code = """
import os, signal, sys
import numpy as np
from castlist.data.clothes.person_mask import PersonMask
picture = np.random.default_rng(0).integers(0, 256, (60, 40, 3), np.uint8)
expected = PersonMask().mask(picture)
child = os.fork()
if not child:
    signal.alarm(20)  # ends a child that waits for ever
    os._exit(0 if np.allclose(PersonMask().mask(picture), expected, atol=1e-3) else 1)
sys.exit(os.waitpid(child, 0)[1] != 0)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("why", [ImportError("not installed"), OSError("a library is missing")])
def test_without_openvino_opencv_runs_the_network(
    weights: bytes, monkeypatch: pytest.MonkeyPatch, why: Exception
) -> None:
    def refuse(name: str) -> None:
        assert name == "openvino"
        raise why

    monkeypatch.setattr(importlib, "import_module", refuse)
    network = load_network(weights, "onnx", ["above", "sums"])
    assert network.runtime == "OpenCV"
    np.testing.assert_allclose(network.run(picture(8, 8))[1], naive(picture(8, 8)), atol=1e-5)


def test_the_person_mask_is_the_same_in_both_runtimes(monkeypatch: pytest.MonkeyPatch) -> None:
    openvino_or_skip()
    noise = np.random.default_rng(0).integers(0, 256, (12, 10, 3), np.uint8)
    blobs = cv2.resize(noise, (120, 160), interpolation=cv2.INTER_CUBIC)
    by_openvino = PersonMask()
    monkeypatch.setattr(networks, "import_openvino", lambda: None)
    by_opencv = PersonMask()
    assert by_openvino.card != by_opencv.card
    np.testing.assert_allclose(by_openvino.mask(blobs), by_opencv.mask(blobs), atol=1e-3)
