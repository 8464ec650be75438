"""Dissolves, fades and wipes are cuts too, in their middle."""

from itertools import pairwise

import numpy as np
import pytest
from castlist.data.media.shots import CUT_DELAY, CutFinder

HEIGHT, WIDTH = 36, 64


def scene(seed):
    """Make a picture of soft blobs of many sizes, as films have."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((HEIGHT, WIDTH, 3))
    for size in (2, 3, 6, 9):
        blobs = rng.uniform(-60, 60, (HEIGHT // size + 1, WIDTH // size + 1, 3))
        picture += np.kron(blobs, np.ones((size, size, 1)))[:HEIGHT, :WIDTH]
    return np.clip(picture + rng.uniform(90, 160, 3), 0, 255)


def noisy(pictures, seed=0):
    rng = np.random.default_rng(seed)
    return [
        np.clip(picture + rng.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)
        for picture in pictures
    ]


def cuts_in(pictures):
    finder = CutFinder()
    for index, picture in enumerate(noisy(pictures)):
        finder.add(index, picture)
    return finder.cuts()


def dissolved(before, after, length):
    return [before + (after - before) * (step + 1) / (length + 1) for step in range(length)]


def wiped(before, after, length):
    edges = np.linspace(0, WIDTH, length + 2).round().astype(int)[1:-1]
    return [np.concatenate([after[:, :edge], before[:, edge:]], axis=1) for edge in edges]


@pytest.mark.parametrize("length", [6, 12, 25, 50])
@pytest.mark.parametrize("way", [dissolved, wiped])
def test_the_middle_of_a_dissolve_or_a_wipe_is_a_cut(way, length):
    first, second = scene(1), scene(2)
    pictures = [first] * 60 + way(first, second, length) + [second] * 60
    (cut,) = cuts_in(pictures)
    assert abs(cut - (60 + length / 2)) <= 2


def test_dissolves_that_follow_each_other_without_a_pause_are_cuts_each():
    scenes = [scene(seed) for seed in range(5)]
    pictures = [scenes[0]] * 30
    for before, after in pairwise(scenes):
        pictures += [*dissolved(before, after, 49), after]
    cuts = cuts_in(pictures + [scenes[-1]] * 30)
    assert len(cuts) == 4
    assert all(
        abs(cut - middle) <= 3 for cut, middle in zip(cuts, (55, 105, 155, 205), strict=True)
    )


def test_a_fade_to_black_is_a_cut():
    first, black = scene(1), np.zeros((HEIGHT, WIDTH, 3))
    (cut,) = cuts_in([first] * 40 + dissolved(first, black, 20) + [black] * 40)
    assert 40 < cut <= 60


def test_light_that_is_turned_up_is_no_cut():
    dark = scene(1) * 0.4
    assert cuts_in([dark] * 40 + dissolved(dark, dark * 2.2, 30) + [dark * 2.2] * 40) == []


@pytest.mark.parametrize("speed", [0.25, 0.5, 1, 2])  # pixels of the thumbnail a frame
def test_a_camera_that_moves_is_no_cut(speed):
    wide = np.concatenate([scene(seed) for seed in range(4)], axis=1)
    pictures = []
    for step in range(80):
        whole, part = divmod(step * speed, 1)
        left = wide[:, int(whole) : int(whole) + WIDTH]
        right = wide[:, int(whole) + 1 : int(whole) + 1 + WIDTH]
        pictures.append((1 - part) * left + part * right)
    assert cuts_in(pictures) == []


def test_somebody_who_walks_in_front_of_the_camera_is_no_cut():
    behind, coat = scene(1), scene(2)
    pictures = []
    for step in range(-40, WIDTH + 1):
        picture = behind.copy()
        left, right = max(step, 0), max(min(step + 40, WIDTH), 0)
        picture[4:, left:right] = coat[4:, left - step : right - step]
        pictures.append(picture)
    assert cuts_in([behind] * 20 + pictures + [behind] * 20) == []


def test_a_hard_cut_is_one_cut():
    assert cuts_in([scene(1)] * 50 + [scene(2)] * 50) == [50]


def test_a_flash_at_a_cut_is_no_shot():
    first, second, white = scene(1), scene(2), np.full((HEIGHT, WIDTH, 3), 250.0)
    pictures = (
        [first] * 50 + dissolved(first, white, 4) + dissolved(white, second, 4) + [second] * 50
    )
    assert len(cuts_in(pictures)) <= 2


def test_what_is_known_so_far_is_what_is_known_at_the_end():
    scenes = [scene(seed) for seed in range(4)]
    pictures = [scenes[0]] * 50
    for before, after in pairwise(scenes):
        pictures += dissolved(before, after, 25) + [after] * 75
    finder, known = CutFinder(), []
    for index, picture in enumerate(noisy(pictures)):
        finder.add(index, picture)
        known.append(finder.so_far())
    cuts = finder.cuts()
    assert len(cuts) == 3
    for index, at_picture in enumerate(known):
        assert at_picture == tuple(own_cut for own_cut in cuts if own_cut in at_picture)
        assert set(at_picture) >= {cut for cut in cuts if cut <= index - CUT_DELAY}
