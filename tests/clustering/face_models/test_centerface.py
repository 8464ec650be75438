from __future__ import annotations

import csv
import hashlib
import json
from importlib import resources
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from castlist import checkpoints
from castlist.clustering.analysis.film_detector import FilmDetector
from castlist.clustering.face_models import centerface
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.centerface import CenterFace, CenterFaceConfig, decode
from castlist.clustering.face_models.sifting import padded, resized
from castlist.data import demo
from castlist.data.media.frames import Frame

DEMO = Path(str(resources.files(demo)))


def demo_frame(index: int) -> np.ndarray:
    with av.open(str(DEMO / "scene.mp4")) as film:
        for number, frame in enumerate(film.decode(video=0)):
            if number == index:
                return frame.to_ndarray(format="rgb24")
    raise AssertionError(f"the demo scene has no frame {index}")


def demo_boxes(index: int) -> np.ndarray:
    with (DEMO / "labels.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if int(row["frame"]) == index]
    xywh = np.array([[float(row[key]) for key in "xywh"] for row in rows])
    return np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)


def overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes, others)]
    return shared / (areas[0][:, None] + areas[1][None, :] - shared)


@pytest.fixture(scope="module")
def group() -> np.ndarray:
    return demo_frame(0)  # five people, frontal, faces of 36 to 45 pixels


@pytest.fixture(scope="module")
def detector() -> CenterFace:
    return CenterFace()


def maps(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.zeros((rows, columns), np.float32),
        np.zeros((2, rows, columns), np.float32),
        np.zeros((2, rows, columns), np.float32),
        np.zeros((10, rows, columns), np.float32),
    )


def test_decode_of_one_cell_worked_by_hand() -> None:
    heat, size, offset, landmarks = maps(4, 6)
    heat[2, 3] = 0.75
    size[:, 2, 3] = np.log([5, 3])  # 5 cells high, 3 wide: 20 x 12 pixels
    offset[:, 2, 3] = [0.25, -0.5]  # centre at x 3.5 - 0.5 = 3, y 2.5 + 0.25 = 2.75 cells
    landmarks[:, 2, 3] = [0.4, 0.25, 0.4, 0.75, 0.6, 0.5, 0.8, 0.25, 0.8, 0.75]  # y x, y x ...

    faces = decode(heat, size, offset, landmarks, min_score=0.5)

    # centre (12, 11) pixels: x 12 -/+ 6, y 11 -/+ 10
    np.testing.assert_allclose(faces.boxes, [[6, 1, 18, 21]], atol=1e-5)
    np.testing.assert_allclose(
        faces.landmarks, [[[9, 9], [15, 9], [12, 13], [9, 17], [15, 17]]], atol=1e-5
    )
    np.testing.assert_allclose(faces.scores, [0.75])
    assert faces.boxes.dtype == faces.landmarks.dtype == faces.scores.dtype == np.float32


def test_decode_agrees_with_a_loop_over_cells() -> None:
    rng = np.random.default_rng(0)
    heat, size, offset, landmarks = (
        rng.random(shape, np.float32) for shape in ((7, 5), (2, 7, 5), (2, 7, 5), (10, 7, 5))
    )
    expected = []
    for row in range(7):
        for column in range(5):
            if heat[row, column] < 0.4:
                continue
            height, width = (4 * np.exp(size[i, row, column]) for i in (0, 1))
            x1 = 4 * (column + 0.5 + offset[1, row, column]) - width / 2
            y1 = 4 * (row + 0.5 + offset[0, row, column]) - height / 2
            points = []
            for point in range(5):
                points.append(x1 + width * landmarks[2 * point + 1, row, column])
                points.append(y1 + height * landmarks[2 * point, row, column])
            expected.append([x1, y1, x1 + width, y1 + height, *points, heat[row, column]])

    faces = decode(heat, size, offset, landmarks, min_score=0.4)

    found = np.column_stack([faces.boxes, faces.landmarks.reshape(-1, 10), faces.scores])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_decode_of_an_empty_heat_map_has_no_rows_and_the_right_shapes() -> None:
    faces = decode(*maps(3, 3), min_score=0.5)

    assert (faces.boxes.shape, faces.landmarks.shape, faces.scores.shape) == (
        (0, 4),
        (0, 5, 2),
        (0,),
    )


def test_every_face_of_a_group_is_found_once(detector: CenterFace, group: np.ndarray) -> None:
    faces = detector.detect(group)
    expected = demo_boxes(0)

    overlap = overlaps(faces.boxes, expected)
    assert len(faces) == len(expected) == 5
    assert sorted(overlap.argmax(axis=1)) == [0, 1, 2, 3, 4]
    assert overlap.max(axis=1).min() > 0.5


def test_landmarks_run_left_to_right_and_from_eyes_to_mouth(
    detector: CenterFace, group: np.ndarray
) -> None:
    faces = detector.detect(group)

    x, y = faces.landmarks[:, :, 0], faces.landmarks[:, :, 1]
    assert (x[:, 0] < x[:, 2]).all()
    assert (x[:, 2] < x[:, 1]).all()
    assert (x[:, 3] < x[:, 4]).all()
    assert (y[:, :2].max(axis=1) < y[:, 2]).all()
    assert (y[:, 2] < y[:, 3:].min(axis=1)).all()
    inside = (faces.landmarks > faces.boxes[:, None, :2]) & (
        faces.landmarks < faces.boxes[:, None, 2:]
    )
    assert inside.all()


def test_scores_fall_and_stay_within_range(detector: CenterFace, group: np.ndarray) -> None:
    scores = detector.detect(group).scores

    assert (np.diff(scores) <= 0).all()
    assert ((scores >= 0.4) & (scores <= 1)).all()


@pytest.mark.parametrize(("top", "left"), [(0, 0), (3, 7), (31, 33), (64, 1)])
def test_boxes_move_with_the_picture_whatever_its_size(
    detector: CenterFace, group: np.ndarray, top: int, left: int
) -> None:
    whole = detector.detect(group)
    cut = detector.detect(np.ascontiguousarray(group[top:, left:]))

    shift = np.array([left, top, left, top], np.float32)
    overlap = overlaps(cut.boxes + shift, whole.boxes)
    assert len(cut) == len(whole)
    assert (overlap.max(axis=1) > 0.8).all()


def test_what_was_looked_at_before_makes_no_difference(group: np.ndarray) -> None:
    wide, tall = np.ascontiguousarray(group[:200]), np.ascontiguousarray(group[:, :300])
    detector = CenterFace()

    afresh = [CenterFace().detect(picture) for picture in (wide, tall, group)]
    for picture, alone in zip((wide, tall, group, wide), (*afresh, afresh[0]), strict=True):
        again = detector.detect(picture)
        assert len(alone)
        # a network compiled for any size rounds a little otherwise
        np.testing.assert_allclose(again.boxes, alone.boxes, atol=1e-3)
        np.testing.assert_allclose(again.scores, alone.scores, atol=1e-5)


def test_a_larger_input_gives_boxes_in_pixels_of_the_picture(
    detector: CenterFace, group: np.ndarray
) -> None:
    at_one = detector.detect(group)
    at_two = CenterFace(CenterFaceConfig(input_scale=2.0)).detect(group)

    overlap = overlaps(at_two.boxes, at_one.boxes)
    assert len(at_two) == len(at_one)
    assert (overlap.max(axis=1) > 0.6).all()


def test_a_huge_picture_is_looked_at_no_larger_than_max_side(group: np.ndarray) -> None:
    huge = np.repeat(np.repeat(group, 4, axis=0), 4, axis=1)
    faces = CenterFace(CenterFaceConfig(max_side_px=640)).detect(huge)

    overlap = overlaps(faces.boxes / 4, demo_boxes(0))
    assert len(faces) == 5
    assert (overlap.max(axis=1) > 0.5).all()


def test_min_height_is_in_pixels_of_the_picture(detector: CenterFace, group: np.ndarray) -> None:
    heights = np.sort(np.diff(detector.detect(group).boxes[:, 1::2])[:, 0])
    config = CenterFaceConfig(input_scale=2.0, min_height_px=float(heights[2:4].mean()))

    kept = CenterFace(config).detect(group)
    assert 1 <= len(kept) < len(heights)
    assert (np.diff(kept.boxes[:, 1::2]) >= config.min_height_px).all()


def test_boxes_end_at_the_picture(detector: CenterFace) -> None:
    close_up = demo_frame(70)
    (face,) = detector.detect(close_up).boxes
    x, y = round(float(face[[0, 2]].mean())), round(float(face[1] + 0.6 * (face[3] - face[1])))
    cut = np.ascontiguousarray(close_up[:y, :x])

    boxes = CenterFace(CenterFaceConfig(min_score=0.05)).detect(cut).boxes
    assert len(boxes)
    assert (boxes >= 0).all()
    assert (boxes[:, 2] <= x).all()
    assert (boxes[:, 3] <= y).all()


def test_a_lower_min_score_only_adds_faces(group: np.ndarray) -> None:
    small = np.ascontiguousarray(group[::2, ::2])
    few = CenterFace(CenterFaceConfig(min_score=0.6)).detect(small)
    many = CenterFace(CenterFaceConfig(min_score=0.1)).detect(small)

    assert len(many) > len(few)
    np.testing.assert_array_equal(many.boxes[: len(few)], few.boxes)


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 300, 3), (200, 3, 3), (64, 64, 3)])
def test_a_picture_without_faces_gives_empty_detections(
    detector: CenterFace, shape: tuple[int, int, int]
) -> None:
    faces = detector.detect(np.full(shape, 90, np.uint8))

    assert isinstance(faces, Detections)
    assert (faces.boxes.shape, faces.landmarks.shape, faces.scores.shape) == (
        (0, 4),
        (0, 5, 2),
        (0,),
    )
    assert faces.boxes.dtype == faces.landmarks.dtype == faces.scores.dtype == np.float32


@pytest.mark.parametrize(
    "picture",
    [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3), np.float32)],
)
def test_what_is_no_rgb_picture_is_refused(detector: CenterFace, picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected \\(height, width, 3\\) uint8"):
        detector.detect(picture)


def test_a_picture_of_no_pixels_is_refused(detector: CenterFace) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        detector.detect(np.zeros((0, 9, 3), np.uint8))


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_score": 0.0},
        {"min_score": 1.0},
        {"min_height_px": -1.0},
        {"input_scale": 0.0},
        {"max_side_px": 16},
        {"max_overlap": 1.5},
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        CenterFaceConfig(**wrong)  # type: ignore[arg-type]


def test_the_card_tells_settings_apart(detector: CenterFace) -> None:
    assert CenterFace().card == detector.card
    assert CenterFace(CenterFaceConfig(min_score=0.3)).card != detector.card


def test_the_weights_are_those_of_their_card() -> None:
    folder = resources.files(checkpoints)
    card = json.loads((folder / "centerface.json").read_text())

    weights = (folder / card["file"]).read_bytes()
    assert hashlib.sha256(weights).hexdigest() == card["sha256"]
    assert "MIT" in card["licence"]
    assert (folder / "centerface-LICENSE.txt").read_text().startswith("MIT License")


def test_a_shrunk_picture_shows_the_same_large_face_and_leaves_the_full_size_as_it_was():
    detector, close_up = CenterFace(), demo_frame(70)
    whole, half = detector.detect(close_up), detector.detect(close_up, shrink=2)
    (face,) = whole.boxes
    assert np.abs(half.boxes - face).max(axis=1).min() < 0.1 * (face[3] - face[1])
    np.testing.assert_allclose(detector.detect(close_up).boxes, whole.boxes, atol=1e-3)


def test_a_network_keeps_its_size_when_pictures_are_looked_at_turned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is compiled for one size, and is slower for any."""
    sizes: list[set[tuple[int, ...]]] = []

    class Sizes:
        takes_any_size = False

        def __init__(self, *_: object) -> None:
            self._own: set[tuple[int, ...]] = set()
            sizes.append(self._own)

        def run(self, blob: np.ndarray) -> list[np.ndarray]:
            self._own.add(blob.shape)
            return [output[None] for output in (maps(2, 2)[0][None], *maps(2, 2)[1:])]

    monkeypatch.setattr(centerface, "Network", Sizes)
    detector, picture = CenterFace(), np.zeros((64, 128, 3), np.uint8)
    for turn in (0, 1, 2, 3, 0):
        detector.detect(np.ascontiguousarray(np.rot90(picture, turn)))
    assert sizes == [{(1, 3, 64, 128)}, {(1, 3, 128, 64)}]


def test_where_sizes_vary_one_network_takes_wide_and_tall_pictures() -> None:
    """Each needs a quarter of a gigabyte."""
    detector, picture = CenterFace(), np.zeros((64, 128, 3), np.uint8)
    detector.detect(picture)
    detector.detect(np.rot90(picture).copy())
    assert len(set(detector._nets.values())) == 2
    detector.detect(picture[:32])
    detector.detect(np.rot90(picture).copy())
    assert len(set(detector._nets.values())) == 1


@pytest.fixture(scope="module")
def selfie(group: np.ndarray) -> np.ndarray:
    """One face of the demo, .9 of the height of a picture of 1280 pixels."""
    return close_up(group, 0.9)


def close_up(group: np.ndarray, share: float) -> np.ndarray:
    box = max(demo_boxes(0), key=lambda own: own[3] - own[1])
    half = (box[3] - box[1]) / share / 2
    x, y = (box[:2] + box[2:]) / 2
    left, right = round(x - half), round(x + half)
    part = group[round(y - half) : round(y + half), left:right]
    return cv2.resize(part, (1280, 1280), interpolation=cv2.INTER_CUBIC)


def without_small_look(detector: CenterFace, picture: np.ndarray) -> Detections:
    """Return what the network sees of the picture in the size of ``detect`` alone."""
    net = detector._net_for(1, picture.shape[0] > picture.shape[1])
    scale = detector.scale_of(picture)
    found = detector._found(net, padded(resized(picture, scale)))
    return detector.sifted(found.before_resizing(scale), picture)


@pytest.mark.parametrize("share", [0.6, 0.8, 0.9])
def test_a_face_that_fills_the_picture_is_found_once(
    detector: CenterFace, group: np.ndarray, share: float
) -> None:
    picture = close_up(group, share)
    usual = without_small_look(detector, picture)
    found = detector.detect(picture)
    half = 640 * share
    label = np.array([[640 - half * 0.8, 640 - half, 640 + half * 0.8, 640 + half]])
    assert not (overlaps(usual.boxes, label) > 0.4).any()
    assert len(found) == 1
    assert overlaps(found.boxes, label)[0, 0] > 0.4
    assert np.isfinite(found.landmarks).all()


def test_a_close_up_is_found_in_each_picture_of_a_film(
    detector: CenterFace, selfie: np.ndarray
) -> None:
    """In full size, once a second, and in the smaller pictures between."""
    film = [Frame("film", index, index / 2, selfie) for index in range(5)]
    found = [faces for _, faces in FilmDetector(detector, CenterFace()).detect(film)]
    assert [len(faces) for faces in found] == [1] * 5


def test_a_picture_without_a_close_up_gives_what_it_gave(
    detector: CenterFace, group: np.ndarray
) -> None:
    found, usual = detector.detect(group), without_small_look(detector, group)
    np.testing.assert_array_equal(found.boxes, usual.boxes)
    np.testing.assert_array_equal(found.landmarks, usual.landmarks)
    np.testing.assert_array_equal(found.scores, usual.scores)


def test_what_is_no_face_fills_no_picture(detector: CenterFace) -> None:
    rows = np.linspace(0, 6 * np.pi, 1280)
    waves = np.uint8(127 + 60 * np.sin(rows)[:, None] + 60 * np.cos(rows)[None])
    assert not len(detector.detect(np.repeat(waves[..., None], 3, axis=2)))


def test_close_ups_are_found_only_at_the_score_that_was_asked_for(selfie: np.ndarray) -> None:
    assert not len(CenterFace(CenterFaceConfig(min_score=0.99)).detect(selfie))
