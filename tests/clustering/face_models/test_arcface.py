"""Face models in the convention of ArcFace; the tests build tiny ones: flatten, then a matrix."""

from importlib import resources

import numpy as np
import onnx
import pytest
from castlist.clustering.analysis.collect import FaceCollector
from castlist.clustering.analysis.config import EngineConfig
from castlist.clustering.analysis.engine import load_engine
from castlist.clustering.face_models import arcface
from castlist.clustering.face_models.arcface import REFERENCE_POINTS, ArcFace
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.dlib_resnet import DlibEmbedder
from castlist.clustering.face_models.hog import Hog
from castlist.clustering.running import track_config
from castlist.data import demo
from castlist.data.errors import InputError
from castlist.data.media.frames import Frame
from castlist.data.result.crops import CropWriter
from onnx import TensorProto, helper, numpy_helper

DIM, VALUES = 6, 3 * 112 * 112
WEIGHTS = np.random.default_rng(0).normal(0, 0.01, (VALUES, DIM)).astype(np.float32)
NCHW, NHWC = ("batch", 3, 112, 112), ("batch", 112, 112, 3)


def write_model(path, shape=NCHW, *, first=(), kind=TensorProto.FLOAT, weights=WEIGHTS):
    """Flatten, then a matrix; ``first``: (operator, number) that come before."""
    kept = [numpy_helper.from_array(weights, "weights")]
    nodes, name = [], "picture"
    for step, (operator, number) in enumerate(first):
        kept.append(numpy_helper.from_array(np.float32(number), f"number_{step}"))
        nodes.append(helper.make_node(operator, [name, f"number_{step}"], [f"value_{step}"]))
        name = f"value_{step}"
    nodes.append(helper.make_node("Flatten", [name], ["flat"]))
    nodes.append(helper.make_node("MatMul", ["flat", "weights"], ["vector"]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("picture", kind, list(shape))],
        [helper.make_tensor_value_info("vector", kind, [shape[0], weights.shape[1]])],
        kept,
    )
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path


def by_hand(chips, axes=(0, 3, 1, 2), weights=WEIGHTS):
    pixels = (np.asarray(chips, np.float64) - 127.5) / 127.5
    vectors = pixels.transpose(axes).reshape(len(pixels), -1) @ weights
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def chips():
    return np.random.default_rng(1).integers(0, 256, (5, 112, 112, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("arcface") / "tiny.onnx")


def test_vectors_are_those_of_the_network_made_unit_rows(model, chips):
    embedder = ArcFace(model)
    vectors = embedder.embed(chips)
    assert vectors.dtype == np.float32
    assert embedder.dim == DIM
    np.testing.assert_allclose(vectors, by_hand(chips), atol=1e-5)


def test_a_network_that_takes_colours_last_gets_them_last(tmp_path, chips):
    embedder = ArcFace(write_model(tmp_path / "last.onnx", NHWC))
    np.testing.assert_allclose(embedder.embed(chips), by_hand(chips, (0, 1, 2, 3)), atol=1e-5)


@pytest.mark.parametrize("shape", [("n", 3, "h", "w"), ("n", "c", 112, 112), ("n", "c", "h", "w")])
def test_open_sides_are_taken_as_arcface_has_them(tmp_path, chips, shape):
    embedder = ArcFace(write_model(tmp_path / "open.onnx", shape))
    np.testing.assert_allclose(embedder.embed(chips), by_hand(chips), atol=1e-5)


def test_half_precision_is_fed_half_precision(tmp_path, chips):
    path = tmp_path / "half.onnx"
    weights = WEIGHTS.astype(np.float16)
    write_model(path, kind=TensorProto.FLOAT16, weights=weights)
    expected = by_hand(chips, weights=weights.astype(np.float64))
    np.testing.assert_allclose(ArcFace(path).embed(chips), expected, atol=0.02)


@pytest.mark.parametrize("batch", [1, 2, 5, 32])
def test_how_faces_are_batched_changes_nothing(model, chips, batch, monkeypatch):
    monkeypatch.setattr(arcface, "_BATCH", batch)
    vectors = ArcFace(model).embed(list(chips))
    np.testing.assert_allclose(vectors, by_hand(chips), atol=1e-5)


@pytest.mark.parametrize("fixed", [1, 2, 4])
def test_a_fixed_batch_is_filled_up(tmp_path, chips, fixed):
    embedder = ArcFace(write_model(tmp_path / "fixed.onnx", (fixed, 3, 112, 112)))
    np.testing.assert_allclose(embedder.embed(chips), by_hand(chips), atol=1e-5)


def test_no_faces_give_no_vectors(model):
    embedder = ArcFace(model)
    empty = np.zeros((0, 2), np.float32)
    none = Detections(empty.reshape(0, 4), empty.reshape(0, 5, 2), empty.reshape(0))
    chips = embedder.align(np.zeros((50, 60, 3), np.uint8), none)
    assert chips.shape == (0, 112, 112, 3)
    assert embedder.embed(chips).shape == (0, DIM)


@pytest.mark.parametrize(
    "first",
    [
        [("Sub", 127.5), ("Mul", 1 / 127.5)],
        [("Mul", 1 / 127.5), ("Add", -1)],
        [("Sub", 127.5), ("Div", 127.5)],
    ],
)
def test_a_network_that_scales_pixels_itself_gets_them_as_they_are(tmp_path, chips, first):
    embedder = ArcFace(write_model(tmp_path / "own.onnx", first=first))
    np.testing.assert_allclose(embedder.embed(chips), by_hand(chips), atol=1e-5)


def test_a_factor_alone_is_no_scaling_of_pixels(tmp_path, chips):
    embedder = ArcFace(write_model(tmp_path / "factor.onnx", first=[("Mul", 3)]))
    np.testing.assert_allclose(embedder.embed(chips), by_hand(chips), atol=1e-5)


def test_an_answer_without_direction_is_nan(tmp_path, chips):
    embedder = ArcFace(write_model(tmp_path / "zero.onnx", weights=np.zeros_like(WEIGHTS)))
    assert np.isnan(embedder.embed(chips)).all()


@pytest.mark.parametrize(
    "chip", [np.zeros((150, 150, 3), np.uint8), np.zeros((112, 112, 3), np.float32)]
)
def test_other_chips_are_refused(model, chip):
    with pytest.raises(ValueError, match=r"chips: expected uint8 .*use align\(\)"):
        ArcFace(model).embed([chip])


def faces_with(landmarks, box=(0, 0, 10, 10)):
    return Detections(
        np.array([box], np.float32), np.asarray([landmarks], np.float32), np.ones(1, np.float32)
    )


def test_points_that_already_lie_right_leave_the_picture_as_it_is(model):
    picture = np.random.default_rng(2).integers(0, 256, (112, 112, 3), dtype=np.uint8)
    chip = ArcFace(model).align(picture, faces_with(REFERENCE_POINTS))[0]
    np.testing.assert_allclose(chip.astype(int), picture, atol=1)  # float32 landmarks


def test_a_turned_and_larger_face_comes_out_upright_at_the_reference_points(model):
    # A dot at each point of a face twice as large, turned by 30 degrees.
    angle, (x, y) = np.deg2rad(30), (250, 20)
    turn = 2 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = REFERENCE_POINTS @ turn.T + [x, y]
    picture = np.zeros((400, 500, 3), np.uint8)
    rows, columns = np.mgrid[:400, :500]
    for point in points:
        picture[np.hypot(columns - point[0], rows - point[1]) < 5] = 255
    chip = ArcFace(model).align(picture, faces_with(points))[0, ..., 0]
    for at_x, at_y in np.round(REFERENCE_POINTS).astype(int):
        assert chip[at_y, at_x] > 200
    assert (chip > 100).mean() < 0.02  # the dots, and nothing else


def test_the_card_names_the_file_by_its_content(model, tmp_path):
    same, other = tmp_path / "same.onnx", tmp_path / "other.onnx"
    same.write_bytes(model.read_bytes())
    write_model(other, weights=WEIGHTS + 1)
    assert ArcFace(same).card == ArcFace(model).card != ArcFace(other).card


def test_numbers_kept_beside_the_file_are_part_of_the_card(tmp_path, chips):
    cards = set()
    for number in range(2):
        path = tmp_path / f"{number}" / "model.onnx"
        path.parent.mkdir()
        write_model(path, weights=WEIGHTS + number)
        made = onnx.load(path)
        onnx.save(made, path, save_as_external_data=True, location="numbers", size_threshold=0)
        cards.add(ArcFace(path).card)
    assert len(cards) == 2


def test_a_missing_file_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(
        InputError, match=r"none\.onnx: expected a face model .* no such file; give"
    ):
        ArcFace(tmp_path / "none.onnx")


@pytest.mark.parametrize("content", [b"", b"no network at all", b"\x08\x08"])
def test_a_file_that_is_no_network_is_refused(tmp_path, content):
    path = tmp_path / "text.onnx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"text\.onnx: .* no ONNX network .*; give"):
        ArcFace(path)


@pytest.mark.parametrize(
    "shape", [(1, 3, 160, 160), (1, 1, 112, 112), (1, 3, 112), ("n", 112, 3, 112)]
)
def test_another_input_is_refused_and_named(tmp_path, shape):
    values = int(np.prod(shape[1:]))
    path = write_model(tmp_path / "other.onnx", shape, weights=WEIGHTS[:1].repeat(values, 0))
    with pytest.raises(InputError, match=r"other\.onnx: .*\(batch, 3, 112, 112\).*got \["):
        ArcFace(path)


def test_a_network_that_does_not_run_is_refused(tmp_path):
    path = write_model(tmp_path / "broken.onnx", ("n", "c", "h", "w"), weights=WEIGHTS[:7])
    with pytest.raises(InputError, match=r"broken\.onnx: .*(does not run|refuses)"):
        ArcFace(path)


def test_another_face_model_is_refused_by_the_engine():
    with pytest.raises(ValueError, match=r"expected one of auto, dlib, .*ArcFace .onnx"):
        EngineConfig(face_model="arcface.pt")


@pytest.fixture(scope="module")
def frame():
    import av

    with resources.as_file(resources.files(demo) / "scene.mp4") as path, av.open(path) as film:
        picture = next(film.decode(video=0)).to_ndarray(format="rgb24")
    return Frame("scene.mp4", 0, 0.0, picture)


@pytest.mark.parametrize("detector", ["centerface", "hog"])
def test_an_engine_describes_a_frame_with_it(model, frame, tmp_path, detector):
    engine = load_engine(EngineConfig(detector=detector, face_model=str(model)))
    assert engine.card["embedder"].startswith(f"{ArcFace(model).card}, cleaning")
    found = engine.detector.detect(frame.picture)
    assert len(found) >= 1
    with CropWriter(tmp_path / "crops") as crops, FaceCollector(engine, crops) as collector:
        collector.add(frame, found)
        faces = collector.finish()
    assert faces.face_vector.shape == (len(found), DIM)
    condition = engine.faces.cleaner.measure(frame.picture, found.boxes)
    chips = np.concatenate(engine.faces.align(frame.picture, found, condition))
    # Cut out of a part of the frame, where OpenCV may round places to the next 1/32 of a pixel.
    np.testing.assert_allclose(faces.face_vector, by_hand(chips), atol=1e-3)
    assert (faces.quality > 0).any()


def test_without_landmarks_dlib_finds_them_in_the_box(model, frame):
    embedder = ArcFace(model)
    by_box = Hog().detect(frame.picture)
    by_points = load_engine(EngineConfig(face_model=str(model))).detector.detect(frame.picture)
    middles = [(faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2 for faces in (by_box, by_points)]
    apart = np.linalg.norm(middles[0][:, None] - middles[1][None], axis=2)
    ours = embedder.align(frame.picture, by_box).astype(float)
    theirs = embedder.align(frame.picture, by_points)[apart.argmin(axis=1)].astype(float)
    same = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(ours, theirs, strict=True)]
    assert len(same) >= 4
    assert min(same) > 0.8


def test_who_is_another_person_is_the_networks_own(model):
    engine = load_engine(EngineConfig(face_model=str(model)))
    assert track_config(engine.facts).max_face_distance == pytest.approx(1.2)
    assert DlibEmbedder().other_person_distance == 0.6
