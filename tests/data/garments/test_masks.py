from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from castlist.data.errors import InputError
from castlist.data.garments.masks import (
    LabelMask,
    PolygonMask,
    RunMask,
    bounds,
    decode_runs,
    polygon,
    resize,
)
from PIL import Image


def test_runs_worked_by_hand() -> None:
    # 3 rows, 4 columns, numbered down the columns from 1: 2 and 3 are the lower two of the first
    # column, 7 is the top of the third
    expected = [[0, 0, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]]
    np.testing.assert_array_equal(decode_runs("2 2 7 1", 3, 4), np.array(expected, bool))


def _naive(text: str, height: int, width: int) -> np.ndarray:
    """The decoder that the challenge's participants share."""
    mask = np.zeros(height * width, bool)
    numbers = [int(number) for number in text.split()]
    for start, length in zip(numbers[::2], numbers[1::2], strict=True):
        for pixel in range(start - 1, start - 1 + length):
            mask[pixel] = True
    return mask.reshape(width, height).T


@pytest.mark.parametrize("seed", range(5))
def test_runs_are_those_of_the_naive_decoder_also_where_they_overlap(seed: int) -> None:
    random = np.random.default_rng(seed)
    height, width = random.integers(3, 20, 2).tolist()
    runs = []
    for _ in range(random.integers(1, 8)):
        start = random.integers(1, height * width + 1)
        runs += [start, random.integers(1, height * width - start + 2)]
    text = " ".join(map(str, runs))
    np.testing.assert_array_equal(decode_runs(text, height, width), _naive(text, height, width))


@pytest.mark.parametrize("seed", range(20))
def test_runs_drawn_small_are_those_made_smaller(seed: int) -> None:
    random = np.random.default_rng(seed)
    height, width, tall, wide = random.integers(3, 60, 4).tolist()
    starts = np.sort(random.choice(height * width - 5, 6, replace=False)) + 1
    text = " ".join(f"{start} {random.integers(1, 5)}" for start in starts.tolist())
    small = decode_runs(text, height, width, (tall, wide))
    np.testing.assert_array_equal(small, resize(decode_runs(text, height, width), tall, wide))


def test_no_runs_are_an_empty_mask() -> None:
    assert not decode_runs("", 2, 3).any()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 3", "expected pairs, got 3 numbers"),
        ("1 x", "expected whole numbers, got '1 x'"),
        ("0 1", "one lies outside"),
        ("6 2", "one lies outside"),
        ("1 0", "one lies outside"),
        ("1 -3", "one lies outside"),
    ],
)
def test_wrong_runs_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode_runs(text, 2, 3)


def test_the_last_pixel_can_be_reached() -> None:
    assert decode_runs("6 1", 2, 3).tolist() == [[False] * 3, [False, False, True]]


def test_parts_of_a_garment_are_joined_and_brought_to_the_pictures_size() -> None:
    mask = RunMask(("1 2", "7 2"), height=2, width=4, where="train.csv line 2").read(4, 8)
    expected = np.zeros((4, 8), bool)
    expected[:, :2] = expected[:, 6:] = True
    np.testing.assert_array_equal(mask, expected)


def test_a_picture_of_another_shape_is_refused() -> None:
    mask = RunMask(("1 2",), height=600, width=400, where="train.csv line 2")
    assert mask.read(301, 200).shape == (301, 200)
    with pytest.raises(InputError, match=r"train\.csv line 2: .*shape of 400 x 600, got 600 x 400"):
        mask.read(400, 600)


def test_wrong_runs_are_named_by_file_and_line() -> None:
    with pytest.raises(InputError, match=r"train\.csv line 7: run lengths: expected pairs"):
        RunMask(("1",), 2, 2, "train.csv line 7").read(2, 2)


def test_polygons_enclose_pixels_and_are_cut_off_at_the_picture() -> None:
    mask = PolygonMask.of(
        [polygon((1, 1, 3, 1, 3, 2, 1, 2)), polygon((5, 0, 9, 0, 9, 9, 5, 9))]
    ).read(4, 6)
    expected = np.zeros((4, 6), bool)
    expected[1:3, 1:4] = True
    expected[:, 5] = True
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4], [1, 2, 3, 4, 5, 6, 7], [0, 0, 1, 1, 2, np.nan]])
def test_what_is_no_polygon_is_refused(numbers: list[float]) -> None:
    with pytest.raises(ValueError, match="expected a polygon of at least three corners"):
        polygon(numbers)


def test_a_label_picture_leaves_the_background_out(tmp_path: Path) -> None:
    labels = np.array([[0, 5, 41], [7, 0, 19]], np.uint8)
    Image.fromarray(labels).save(tmp_path / "1.png")
    mask = LabelMask(tmp_path / "1.png", background=(0, 19, 41)).read(2, 3)
    np.testing.assert_array_equal(mask, [[False, True, False], [True, False, False]])


def test_a_broken_label_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"1\.png: cannot be read as a mask"):
        LabelMask(tmp_path / "1.png", background=(0,)).read(2, 3)


def test_bounds_worked_by_hand() -> None:
    mask = np.zeros((5, 6), bool)
    mask[1, 2] = mask[3, 4] = True
    assert bounds(mask).tolist() == [2, 1, 5, 4]
    assert np.isnan(bounds(np.zeros((2, 2), bool))).all()


def test_resizing_to_the_same_size_changes_nothing() -> None:
    mask = np.eye(3, dtype=bool)
    assert resize(mask, 3, 3) is mask
    assert resize(mask, 6, 9).shape == (6, 9)
