from __future__ import annotations

import json
from importlib import resources
from typing import Any

import numpy as np
import onnx
import pytest
from castlist import checkpoints
from castlist.clustering.face_models.aligned_network import AlignedNetwork, FaceInput
from castlist.clustering.face_models.alignment import FaceAligner
from castlist.clustering.face_models.base import Detections
from castlist.data.errors import InputError
from onnx import helper
from store_tools import stored

SIDE = 32
POINTS = [[10, 12], [22, 12], [16, 18], [11, 24], [21, 24]]


def mean_colours() -> bytes:
    """A network whose vector is the mean of each colour."""
    floats = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("ReduceMean", ["in"], ["out"], axes=[2, 3], keepdims=0)],
        "means",
        [helper.make_tensor_value_info("in", floats, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("out", floats, ["n", 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    content: bytes = model.SerializeToString()
    return content


def card(**changes: Any) -> dict[str, Any]:
    given = {"side": SIDE, "points": POINTS, "channels": "RGB", "mean": [0, 0, 0], "scale": 1.0}
    return {
        "name": "means",
        "sha256": "0" * 64,
        "dim": 3,
        "compared_by": "cosine",
        "other_person_cosine": 0.5,
        "input": {**given, **changes},
    }


def faces(points: Any) -> Detections:
    landmarks = np.array(points, np.float32).reshape(-1, 5, 2)
    boxes = np.tile(np.array([[0, 0, 20, 20]], np.float32), (len(landmarks), 1))
    return Detections(boxes, landmarks, np.ones(len(landmarks), np.float32))


def chip(red: int, green: int, blue: int) -> Any:
    return np.full((SIDE, SIDE, 3), (red, green, blue), np.uint8)


def test_vectors_are_unit_rows_of_what_the_network_says() -> None:
    network = AlignedNetwork(card(), [mean_colours()], batch=2)
    found = network.embed([chip(30, 0, 40), chip(5, 0, 0), chip(0, 0, 7)])
    np.testing.assert_allclose(found, [[0.6, 0, 0.8], [1, 0, 0], [0, 0, 1]], atol=1e-6)


def test_order_mean_and_scale_of_the_colours() -> None:
    """Blue first, (7, 5, 9) - (1, 2, 3) = (6, 3, 6), times 2: a third of (2, 1, 2)."""
    network = AlignedNetwork(card(channels="BGR", mean=[1, 2, 3], scale=2.0), [mean_colours()])
    np.testing.assert_allclose(network.embed([chip(9, 5, 7)]), [[2 / 3, 1 / 3, 2 / 3]], atol=1e-6)


def test_a_face_is_brought_to_the_points_of_the_card() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    turn = np.array([[0, -3], [3, 0]])  # a quarter, three times as large
    points = np.array(POINTS, float) @ turn.T + [150, 40]
    for (column, row), value in zip(points.round().astype(int), range(50, 100, 10), strict=True):
        picture[row - 2 : row + 3, column - 2 : column + 3] = value
    (found,) = AlignedNetwork(card(), [mean_colours()]).align(picture, faces(points))
    assert found.shape == (SIDE, SIDE, 3)
    seen = [int(found[row, column, 0]) for column, row in POINTS]
    assert seen == pytest.approx([50, 60, 70, 80, 90], abs=12)


def test_a_face_without_landmarks_is_cut_out_where_dlib_finds_them_in_its_box() -> None:
    network = AlignedNetwork(card(), [mean_colours()])
    nowhere = faces([[[np.nan, np.nan]] * 5])
    box = np.array([[50, 60, 130, 140]], np.float32)
    found = FaceAligner().landmarks(smiling(), box[0])
    chips = network.align(smiling(), Detections(box, nowhere.landmarks, nowhere.scores))
    np.testing.assert_array_equal(chips, network.align(smiling(), faces(found)))
    assert np.isfinite(network.embed(chips)).all()


def test_a_black_face_has_no_vector() -> None:
    network = AlignedNetwork(card(), [mean_colours()])
    vectors = network.embed([chip(0, 0, 0), chip(1, 2, 2)])
    np.testing.assert_array_equal(np.isnan(vectors).all(axis=1), [True, False])


def test_no_faces_at_all() -> None:
    network = AlignedNetwork(card(), [mean_colours()])
    assert network.align(np.zeros((9, 9, 3), np.uint8), faces([])).shape == (0, SIDE, SIDE, 3)
    assert network.embed([]).shape == (0, 3)


def test_the_distance_of_other_people_is_that_of_unit_vectors() -> None:
    assert AlignedNetwork(card(), [mean_colours()]).other_person_distance == pytest.approx(1.0)


def test_vectors_compared_by_distance_keep_their_length() -> None:
    by_distance = {**card(), "compared_by": "euclidean distance", "other_person_distance": 0.6}
    network = AlignedNetwork(by_distance, [mean_colours()])
    np.testing.assert_allclose(network.embed([chip(30, 0, 40)]), [[30, 0, 40]], rtol=1e-6)
    assert np.isnan(network.embed([chip(0, 0, 0)])).all()
    assert network.other_person_distance == 0.6


def test_a_chip_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected uint8 pictures of shape \(32, 32, 3\)"):
        AlignedNetwork(card(), [mean_colours()]).embed([np.zeros((16, 16, 3), np.uint8)])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"points": [[1, 2]]}, "shape"),
        ({"channels": "grey"}, "RGB or BGR"),
        ({"mean": [1, 2]}, "three colours"),
    ],
)
def test_a_card_that_cannot_be_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        FaceInput.of_card(card(**changes))


def test_a_card_without_input_is_refused() -> None:
    with pytest.raises(ValueError, match="expected input with side"):
        FaceInput.of_card({"name": "some"})


def test_a_network_of_other_vectors_is_refused() -> None:
    wrong = {**card(), "dim": 4}
    with pytest.raises(ValueError, match="expected vectors of 4 numbers, got 3"):
        AlignedNetwork(wrong, [mean_colours()]).embed([chip(1, 2, 3)])


def test_a_file_that_is_no_network_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="expected a network that OpenVINO runs") as error:
        AlignedNetwork(card(), [b"no network"])
    assert "\n" not in str(error.value)


def smiling() -> Any:
    """Something like a face, so that vectors are not those of one colour."""
    rows, columns = np.mgrid[:200, :200]
    shade = 120 + 60 * np.cos(rows / 20) * np.cos(columns / 25)
    return np.dstack([shade, shade * 0.8, shade * 0.7]).astype(np.uint8)


@pytest.mark.parametrize("name", ["faceres", "dlib_resnet", "face-reidentification-retail-0095"])
def test_networks_that_cards_describe_run(name: str) -> None:
    there = stored(name)
    facts = there.card.facts
    network = AlignedNetwork(facts, [path.read_bytes() for path in there.paths])
    landmarks = np.array(facts["input"]["points"]) * 0.6 + 30
    chips = network.align(smiling(), faces(np.stack([landmarks, landmarks + 3])))
    vectors = network.embed(chips)
    assert vectors.shape == (2, facts["dim"])
    if facts["compared_by"] == "cosine":
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[:1], network.embed(chips[:1]), atol=1e-5)


def test_faceres_card_describes_its_file() -> None:
    text = (resources.files(checkpoints) / "faceres.json").read_text(encoding="utf-8")
    given = FaceInput.of_card(json.loads(text))
    assert (given.side, given.channels) == (224, "BGR")
