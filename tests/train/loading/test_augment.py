from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from castlist.train.loading.augment import SCALE, SHIFT, Augment, _jitter, plain_crop

SIDE = 64


@pytest.fixture(scope="module")
def augment() -> Augment:
    return Augment(SIDE)


def _noise(height: int = 80, width: int = 100) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _middle(height: int = 80, width: int = 100) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : -height // 4, width // 4 : -width // 4] = 255
    return mask


BOX = np.array([10, 10, 90, 70], np.float32)


def test_the_same_seed_gives_the_same_view(augment: Augment) -> None:
    first = augment(_noise(), _middle(), BOX, 5, _noise())
    for seed in (6, 7):
        assert not np.array_equal(augment(_noise(), _middle(), BOX, seed, _noise()), first)
    assert np.array_equal(augment(_noise(), _middle(), BOX, 5, _noise()), first)
    assert np.array_equal(Augment(SIDE)(_noise(), _middle(), BOX, 5, _noise()), first)


@pytest.mark.parametrize("mask", [None, _middle()])
def test_every_view_is_a_crop_in_which_pixels_count(
    augment: Augment, mask: np.ndarray | None
) -> None:
    for seed in range(60):
        view = augment(_noise(), mask, BOX, seed, _noise(7, 5))
        assert view.shape == (SIDE, SIDE, 4)
        assert view.dtype == np.uint8
        assert view[..., 3].any()


def test_the_picture_stays_as_it_was(augment: Augment) -> None:
    picture, mask = _noise(), _middle()
    for seed in range(10):
        augment(picture, mask, BOX, seed, picture)
    np.testing.assert_array_equal(picture, _noise())
    np.testing.assert_array_equal(mask, _middle())


class Recorder:
    """Stands for albumentations' pipeline, and notes what it applied."""

    def __init__(self, pixels: Any) -> None:
        pixels.save_applied_params = True
        self.pixels = pixels
        self.applied: list[set[str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.pixels, name)

    def __call__(self, **planes: np.ndarray) -> Any:
        changed = self.pixels(**planes)
        self.applied.append({name for name, _ in changed["applied_transforms"]})
        return changed


def test_changes_come_independently_of_each_other() -> None:
    # seeded alike, the rarer change would never come without the more frequent one
    augment = Augment(SIDE)
    augment._changes = Recorder(augment._changes)
    for seed in range(60):
        augment(_noise(), None, BOX, seed)
    pair = {"ImageCompression", "Downscale"}
    for name in pair:
        assert sum(applied & pair == {name} for applied in augment._changes.applied) > 5


def test_colour_is_kept_through_all_the_light(augment: Augment) -> None:
    for colour in ((200, 40, 40), (40, 160, 60), (50, 60, 190)):
        picture = np.full((80, 100, 3), colour, np.uint8)
        for seed in range(40):
            view = augment(picture, None, BOX, seed)
            seen = np.median(view[view[..., 3] > 0][:, :3], axis=0)
            assert seen.argmax() == np.argmax(colour), (seed, seen)


def test_views_have_fewer_pixels_than_the_crop(augment: Augment) -> None:
    def detail(crop: np.ndarray) -> float:
        return float(cv2.Laplacian(crop[..., :3].astype(np.float32), cv2.CV_32F).std())

    plain = detail(plain_crop(_noise(), None, BOX, SIDE))
    views = [detail(augment(_noise(), None, BOX, seed)) for seed in range(60)]
    assert np.quantile(views, 0.25) < plain / 4


def test_the_backdrop_goes_behind_the_clothes_only(augment: Augment) -> None:
    red = np.full((80, 100, 3), (220, 0, 0), np.uint8)
    blue = np.full((50, 50, 3), (0, 0, 220), np.uint8)
    with_blue = 0
    for seed in range(60):
        view = augment(red, _middle(), BOX, seed, blue)[..., :3].astype(int)
        with_blue += (view[..., 2] > view[..., 0] + 60).mean() > 0.2
        assert (view[..., 0] > view[..., 2] + 20).mean() > 0.05  # clothes are still there
    assert 20 < with_blue < 50


def test_without_a_mask_nothing_is_put_behind(augment: Augment) -> None:
    red = np.full((80, 100, 3), (220, 0, 0), np.uint8)
    blue = np.full((50, 50, 3), (0, 0, 220), np.uint8)
    for seed in range(30):
        assert np.array_equal(augment(red, None, BOX, seed, blue), augment(red, None, BOX, seed))


def test_the_plain_crop_is_the_box_with_what_counts() -> None:
    picture, mask = _noise(), _middle()
    crop = plain_crop(picture, mask, np.array([20, 10, 84, 74], np.float32), SIDE)
    np.testing.assert_array_equal(crop[..., :3], picture[10:74, 20:84])
    np.testing.assert_array_equal(crop[..., 3], mask[10:74, 20:84])
    assert (plain_crop(picture, None, BOX, SIDE)[..., 3] == 255).all()


def test_the_box_is_moved_by_a_little_only() -> None:
    random = np.random.default_rng(0)
    boxes = np.array([_jitter(BOX, random) for _ in range(300)])
    sides, moved = BOX[2:] - BOX[:2], (boxes[:, :2] + boxes[:, 2:]) / 2 - (BOX[:2] + BOX[2:]) / 2
    assert (np.abs(moved / sides) <= SHIFT + 1e-6).all()
    scales = (boxes[:, 2:] - boxes[:, :2]) / sides
    assert scales.min() >= SCALE[0] * np.exp(-0.1) - 1e-6
    assert scales.max() <= SCALE[1] * np.exp(0.1) + 1e-6
    assert scales.std() > 0.05
