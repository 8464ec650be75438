from __future__ import annotations

import csv
from importlib import resources

import av
import cv2
import numpy as np
import pytest
from castlist.clustering.cloth_models import clothes as clothes_module
from castlist.clustering.cloth_models.bodies import NETWORK, BodyNetwork
from castlist.clustering.cloth_models.clothes import ClothConfig, ClothDescriber, Worn
from castlist.data import demo
from castlist.data.clothes.cloth_crop import ClothCropper, cut
from castlist.data.clothes.colour_names import colour_names
from castlist.data.clothes.colours import COLOUR_DIM, STRIPES, colours

RED, BLUE, GREY = (200, 30, 30), (30, 30, 200), (128, 128, 128)
WALL = (90, 120, 60)
SIDE = 96  # of the crops that the encoder that ships takes, pixels


def solid(colour: tuple[int, int, int], counts: int = 255, side: int = 32) -> np.ndarray:
    return np.broadcast_to(np.array([*colour, counts], np.uint8), (side, side, 4)).copy()


def wearing(*crops: np.ndarray) -> Worn:
    boxes = np.zeros((len(crops), 4), np.float32)
    return Worn(boxes, np.stack(crops), np.zeros((len(crops), 2, 2, 3), np.uint8))


class Everyone:
    """A person mask that sees a person in whatever is not of the colour of the wall."""

    card = "everyone"

    def mask(self, picture: np.ndarray) -> np.ndarray:
        return (picture != WALL).any(axis=2).astype(np.float32)


class Nobody:
    card = "nobody"

    def mask(self, picture: np.ndarray) -> np.ndarray:
        return np.zeros(picture.shape[:2], np.float32)


@pytest.fixture(scope="module")
def collector() -> ClothDescriber:
    return ClothDescriber()


@pytest.fixture(scope="module")
def demo_frames() -> dict[int, tuple[np.ndarray, list[str], np.ndarray]]:
    """Frames 0 (five people) and 60 (ana close up): picture, people, face boxes."""
    folder = resources.files(demo)
    with (folder / "labels.csv").open() as file:
        rows = list(csv.DictReader(file))
    frames = {}
    with av.open(str(folder / "scene.mp4")) as film:
        for index, frame in enumerate(film.decode(video=0)):
            if index in (0, 60):
                here = [row for row in rows if int(row["frame"]) == index]
                corners = [[float(row[side]) for side in "xywh"] for row in here]
                face_boxes = np.array([[x, y, x + w, y + h] for x, y, w, h in corners], np.float32)
                picture = frame.to_ndarray(format="rgb24")
                frames[index] = (picture, [row["person"] for row in here], face_boxes)
            if index == 60:
                return frames
    raise AssertionError("the demo scene is too short")


# --- cutting out ---


def scene(*people: tuple[tuple[float, float, float, float], tuple[int, int, int]]) -> np.ndarray:
    """A wall, and before it a column of one colour below each face, the last one in front."""
    picture = np.full((240, 320, 3), WALL, np.uint8)
    for (x1, y1, x2, y2), colour in people:
        unit = int(x2 - x1)
        left, right = int(x1) - unit, int(x2) + unit
        cv2.rectangle(picture, (left, int(y2)), (right, 239), colour, -1)
        cv2.rectangle(picture, (int(x1), int(y1)), (int(x2), int(y2)), GREY, -1)
    return picture


FACE = (140.0, 40.0, 180.0, 80.0)


def test_the_background_does_not_count() -> None:
    cropper = ClothCropper(48, Everyone())
    _, crops = cropper.crop(scene((FACE, RED)), np.array([FACE], np.float32))
    counted = crops[0][crops[0, ..., 3] > 0]
    np.testing.assert_allclose(np.median(counted[:, :3], axis=0), RED)
    # the column is 120 px wide, as is the cloth box, of which all but 4 px lie below the chin
    assert (crops[0, ..., 3] > 0).mean() > 0.95
    moved = (210.0, 40.0, 250.0, 80.0)  # a face beside its body: half of the box is wall
    _, crops = cropper.crop(scene((FACE, RED)), np.array([moved], np.float32))
    assert 0.3 < (crops[0, ..., 3] > 0).mean() < 0.5


def test_who_stands_in_front_is_cut_out() -> None:
    near = (200.0, 60.0, 260.0, 120.0)
    picture = scene((FACE, RED), (near, BLUE))
    cropper = ClothCropper(48, Everyone())
    _, crops = cropper.crop(picture, np.array([FACE, near], np.float32))
    behind = crops[0][crops[0, ..., 3] > 0][:, :3]
    before = crops[1][crops[1, ..., 3] > 0][:, :3]
    assert len(behind)
    assert (behind == RED).all(axis=1).mean() > 0.9
    assert (before == BLUE).all(axis=1).mean() > 0.95


def test_a_mask_that_lost_the_person_is_not_followed() -> None:
    _, crops = ClothCropper(48, Nobody()).crop(scene((FACE, RED)), np.array([FACE], np.float32))
    assert (crops[0, ..., 3] == 255).all()


def test_a_face_without_clothes_in_the_picture_gets_nan_and_zeros() -> None:
    faces = np.array([FACE, (100, 195, 140, 235)], np.float32)
    found, crops = ClothCropper(48, None).crop(scene((FACE, RED)), faces)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()
    assert crops[0].any()
    assert not crops[1].any()


def test_clothes_hidden_by_somebody_get_nan() -> None:
    hidden, near = (140.0, 40.0, 160.0, 60.0), (110.0, 20.0, 190.0, 110.0)
    found, crops = ClothCropper(48, None).crop(
        scene((hidden, RED), (near, BLUE)), np.array([hidden, near], np.float32)
    )
    assert np.isnan(found[0]).all()
    assert not crops[0].any()


def test_no_faces_give_no_crops() -> None:
    found, crops = ClothCropper(48, None).crop(scene(), np.empty((0, 4), np.float32))
    assert found.shape == (0, 4)
    assert crops.shape == (0, 48, 48, 4)


def test_a_box_over_the_edge_is_cut_with_zeros_where_the_picture_ends() -> None:
    picture = np.full((10, 10, 1), 7, np.uint8)
    square = cut(picture, np.array([-10, 0, 10, 20], np.float32), 4)
    # the right half of the upper half is in the picture
    expected = np.zeros((4, 4), np.uint8)
    expected[:2, 2:] = 7
    np.testing.assert_array_equal(square[..., 0], expected)


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.5, 0.8])
def test_a_box_inside_the_picture_leaves_no_empty_line(shift: float) -> None:
    picture = np.full((100, 100, 1), 7, np.uint8)
    box = np.array([10 + shift, 12 + shift, 63.3 + shift, 50 + shift], np.float32)
    assert (cut(picture, box, 32) == 7).all()


def test_a_box_outside_the_picture_is_all_zeros() -> None:
    picture = np.full((10, 10, 1), 7, np.uint8)
    assert not cut(picture, np.array([20, 20, 30, 30], np.float32), 4).any()


# --- colours ---


def test_one_colour_fills_two_bins_a_stripe_worked_by_hand() -> None:
    # black has lightness 0 and no chroma: exactly the first lightness bin, the middle chroma bin
    described = colours(solid((0, 0, 0))[None])[0]
    filled = described[described > 0]
    np.testing.assert_allclose(filled, np.full(2 * STRIPES, np.sqrt(1 / (2 * STRIPES))), rtol=1e-6)


def test_histograms_are_unit_rows() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 4), np.uint8)
    described = colours(crops)
    assert described.shape == (5, COLOUR_DIM)
    np.testing.assert_allclose(np.linalg.norm(described, axis=1), 1, rtol=1e-5)


def test_a_little_more_light_changes_little_and_another_colour_much() -> None:
    red, lighter, blue = colours(np.stack([solid(RED), solid((206, 34, 34)), solid(BLUE)]))
    assert red @ lighter > 0.9
    assert red @ blue < 0.7  # lightness is half of the vector, and similar


def test_pixels_that_do_not_count_do_not_show() -> None:
    masked = solid(RED)
    masked[:, :16] = (*BLUE, 0)
    np.testing.assert_allclose(colours(masked[None])[0], colours(solid(RED)[None])[0], atol=1e-6)


def test_stripes_tell_red_over_blue_from_blue_over_red() -> None:
    one = solid(RED)
    one[16:] = solid(BLUE)[16:]
    described = colours(np.stack([one, one[::-1]]))
    assert described[0] @ described[1] < 0.9


def test_clothes_half_out_of_the_picture_look_like_themselves() -> None:
    half = solid(RED)
    half[12:, :, 3] = 0
    described = colours(np.stack([half, solid(RED)]))
    assert described[0] @ described[1] > 0.999


def test_a_crop_in_which_nothing_counts_has_nan() -> None:
    described = colours(np.stack([solid(RED, counts=0), solid(RED)]))
    np.testing.assert_array_equal(np.isnan(described).all(axis=1), [True, False])
    assert colours(np.empty((0, 8, 8, 4), np.uint8)).shape == (0, COLOUR_DIM)


def test_counting_agrees_with_a_loop_over_pixels() -> None:
    from castlist.data.clothes.colours import _histogram

    rng = np.random.default_rng(0)
    values, counts = rng.random((8, 5, 2)), rng.random((8, 5))
    naive = np.zeros((STRIPES, 4, 4))
    for y in range(8):
        for x in range(5):
            for i in range(4):
                for j in range(4):
                    near = [max(0.0, 1 - abs(values[y, x, a] * 3 - b)) for a, b in ((0, i), (1, j))]
                    naive[y // 2, i, j] += counts[y, x] * near[0] * near[1]
    axes, stripes = list(values.reshape(-1, 2).T), np.arange(40) // 5 // 2
    counted = _histogram(axes, counts.ravel(), stripes, 4)
    np.testing.assert_allclose(counted, naive.reshape(STRIPES, 16))


# --- vectors ---


def test_people_of_the_demo_get_boxes_and_unit_vectors(
    collector: ClothDescriber, demo_frames: dict[int, tuple[np.ndarray, list[str], np.ndarray]]
) -> None:
    picture, people, face_boxes = demo_frames[0]
    worn = collector.crop(picture, face_boxes)
    vectors = collector.describe(worn)
    assert vectors.shape == (len(people), collector.dim)
    assert vectors.dtype == np.float32
    assert np.isfinite(worn.boxes).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_a_close_up_is_nearest_to_the_same_person_in_the_group(
    collector: ClothDescriber, demo_frames: dict[int, tuple[np.ndarray, list[str], np.ndarray]]
) -> None:
    group, people, group_boxes = demo_frames[0]
    close_up, (ana,), ana_box = demo_frames[60]
    worn = [collector.crop(group, group_boxes), collector.crop(close_up, ana_box)]
    vectors = collector.describe(Worn.concatenate(worn))
    assert people[int((vectors[:-1] @ vectors[-1]).argmax())] == ana


def test_batches_change_nothing(
    demo_frames: dict[int, tuple[np.ndarray, list[str], np.ndarray]],
    collector: ClothDescriber,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture, _, face_boxes = demo_frames[0]
    worn = collector.crop(picture, face_boxes)
    at_once = collector.describe(worn)
    monkeypatch.setattr(clothes_module, "BATCH_SIZE", 1)
    np.testing.assert_allclose(collector.describe(worn), at_once, atol=1e-5)


def test_rows_without_clothes_are_nan_and_others_are_not_moved(collector: ClothDescriber) -> None:
    side = SIDE
    empty, red = np.zeros((side, side, 4), np.uint8), solid(RED, side=side)
    vectors = collector.describe(wearing(empty, red, empty))
    np.testing.assert_array_equal(np.isnan(vectors).all(axis=1), [True, False, True])
    np.testing.assert_allclose(vectors[1], collector.describe(wearing(red))[0], atol=1e-6)
    assert collector.describe(wearing(red)[:0]).shape == (0, collector.dim)


def test_the_parts_of_a_vector_are_unit_vectors_over_the_root_of_their_number(
    collector: ClothDescriber,
) -> None:
    crop = solid(RED, side=SIDE)
    (vector,) = collector.describe(wearing(crop))
    assert collector.columns == {"cloth_film_lite0": (0, 296), "colours": (296, collector.dim)}
    for first, last in collector.columns.values():
        assert np.linalg.norm(vector[first:last]) == pytest.approx(1 / np.sqrt(2), rel=1e-5)
    np.testing.assert_allclose(vector[296:], colours(crop[None])[0] / np.sqrt(2), atol=1e-6)


class Bodies:
    """Stands for the network of person recognition: one direction, or nothing."""

    card, dim = "bodies", BodyNetwork.dim

    def crop(self, _picture: np.ndarray, face_boxes: np.ndarray) -> np.ndarray:
        return np.full((len(face_boxes), 2, 2, 3), 9, np.uint8)

    def describe(self, crops: np.ndarray) -> np.ndarray:
        vectors = np.zeros((len(crops), self.dim), np.float32)
        vectors[:, 0] = np.where(crops.any(axis=(1, 2, 3)), 1, np.nan)
        return vectors


@pytest.fixture(scope="module")
def dressed() -> ClothDescriber:
    return ClothDescriber(bodies=Bodies())  # type: ignore[arg-type]


def test_the_network_of_person_recognition_adds_a_part(
    dressed: ClothDescriber, demo_frames: dict[int, tuple[np.ndarray, list[str], np.ndarray]]
) -> None:
    picture, _, face_boxes = demo_frames[0]
    vectors = dressed.describe(dressed.crop(picture, face_boxes, np.array([0, 2])))
    assert list(dressed.columns) == ["cloth_film_lite0", "colours", NETWORK]
    assert vectors.shape == (2, dressed.dim)
    np.testing.assert_allclose(vectors[:, dressed.columns[NETWORK][0]], 1 / np.sqrt(3), rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_a_vector_of_which_one_part_is_missing_is_none(dressed: ClothDescriber) -> None:
    worn = wearing(solid(RED, side=SIDE), solid(RED, side=SIDE))
    worn.bodies[1] = 9
    vectors = dressed.describe(worn)
    np.testing.assert_array_equal(np.isnan(vectors).all(axis=1), [True, False])


def test_without_clothes_no_network_of_person_recognition_is_asked(
    dressed: ClothDescriber,
) -> None:
    vectors = dressed.describe(wearing(np.zeros((SIDE, SIDE, 4), np.uint8)))
    assert vectors.shape == (1, dressed.dim)
    assert np.isnan(vectors).all()


def test_chosen_rows_get_what_they_get_among_all(
    demo_frames: dict[int, tuple[np.ndarray, list[str], np.ndarray]],
) -> None:
    picture, _, face_boxes = demo_frames[0]
    cropper = ClothCropper(48, None)
    boxes, crops = cropper.crop(picture, face_boxes)
    rows = np.array([3, 1])
    some_boxes, some_crops = cropper.crop(picture, face_boxes, rows)
    np.testing.assert_array_equal(some_boxes, boxes[rows])
    np.testing.assert_array_equal(some_crops, crops[rows])


def test_vectors_name_their_colours(collector: ClothDescriber) -> None:
    side = SIDE
    vectors = collector.describe(wearing(solid(RED, side=side), solid(BLUE, side=side)))
    first, last = collector.columns["colours"]
    shown = np.vstack([vectors, np.full_like(vectors[:1], np.nan)])[:, first:last]
    assert colour_names(shown) == [
        "red",
        "dark blue",
        "",
    ]


def test_another_setting_is_another_card(collector: ClothDescriber) -> None:
    cards = {
        collector.card,
        ClothDescriber(bodies=Bodies()).card,  # type: ignore[arg-type]
        ClothDescriber(ClothConfig(person_mask=False)).card,
    }
    assert len(cards) == 3
