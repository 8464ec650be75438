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
from castlist.data.errors import InputError
from castlist.data.runtime.networks import Network, import_openvino
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


def made_of(weights: bytes, outputs: tuple[str, ...] = ("above", "sums")) -> Network:
    return Network(weights, "onnx", (1, 3, None, None), outputs)


def test_it_computes_what_a_loop_does_at_any_size_of_picture(weights: bytes) -> None:
    network = made_of(weights)
    for size in ((8, 8), (8, 8), (6, 10), (8, 8)):
        above, sums = network.run(picture(*size))
        np.testing.assert_allclose(sums, naive(picture(*size)), atol=1e-5)
        np.testing.assert_array_equal(above, np.maximum(sums, 0))


def test_it_is_compiled_once_for_a_film_once_more_for_photos_and_for_other_threads(
    weights: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = made_of(weights)
    compile_it, asked = network._compile, []

    def compile_and_note(core: Any, shape: tuple[int, ...], threads: int) -> Any:
        asked.append((shape[2:], threads, network.takes_any_size))
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


def test_several_pictures_go_at_once_where_the_number_is_free(weights: bytes) -> None:
    network = Network(weights, shape=(None, 3, None, None), outputs=("sums",))
    pictures = np.concatenate([picture(8, 8), 2 * picture(8, 8), picture(8, 8)])
    for count in (3, 1, 2):
        (sums,) = network.run(pictures[:count])
        expected = np.concatenate([naive(own[None]) for own in pictures[:count]])
        np.testing.assert_allclose(sums, expected, atol=1e-5)


def test_a_network_is_read_from_a_path_and_says_what_it_takes(
    weights: bytes, tmp_path: Path
) -> None:
    (tmp_path / "network.onnx").write_bytes(weights)
    network = Network(tmp_path / "network.onnx")
    assert (network.shape, network.dtype) == ((1, 3, 8, 8), np.float32)
    assert (network.inputs, network.outputs) == (("in",), ("sums", "above"))
    assert network.takes == "[1, 3, 8, 8] float32"
    np.testing.assert_allclose(network.run(picture(8, 8))[0], naive(picture(8, 8)), atol=1e-5)


def test_bfloat16_is_near(weights: bytes) -> None:
    network = Network(weights, outputs=("sums",), precision="bfloat16")
    np.testing.assert_allclose(network.run(picture(8, 8))[0], naive(picture(8, 8)), atol=0.1)


@pytest.mark.parametrize("content", [b"", b"no network", b"\x08\x08"])
def test_what_is_no_network_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(InputError, match="expected a network that OpenVINO runs") as refused:
        Network(content)
    assert "\n" not in str(refused.value)


def test_a_network_without_a_wanted_output_is_refused(weights: bytes) -> None:
    with pytest.raises(InputError, match=r"output\(s\) scores, boxes too"):
        made_of(weights, ("sums", "scores", "boxes"))


def test_importing_openvino_reports_to_nobody(tmp_path: Path) -> None:
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
    (tmp_path / "network.onnx").write_bytes(weights)
    code = """
import gc, signal, sys
import numpy as np
from castlist.data.runtime.networks import Network
weights = open(sys.argv[1], "rb").read()
networks = [Network(weights) for _ in range(2)]
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
def test_a_process_forked_from_one_that_uses_openvino_fails_and_does_not_wait() -> None:
    code = """
import os, signal, sys
import numpy as np
from castlist.data.clothes.person_mask import PersonMask
picture = np.random.default_rng(0).integers(0, 256, (60, 40, 3), np.uint8)
PersonMask().mask(picture)
child = os.fork()
if not child:
    signal.alarm(20)  # ends a child that waits for ever
    try:
        PersonMask().mask(picture)
    except RuntimeError as error:
        os._exit("spawn" not in str(error))
    os._exit(1)
sys.exit(os.waitpid(child, 0)[1] != 0)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("why", [ImportError("not installed"), OSError("a library is missing")])
def test_without_openvino_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, why: Exception
) -> None:
    def refuse(name: str) -> None:
        assert name == "openvino"
        raise why

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(InputError, match=rf"{why}.* pip install --force-reinstall openvino"):
        import_openvino()
