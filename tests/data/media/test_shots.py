"""Cuts, and which shot a frame is in."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from castlist.data.media.frames import open_film
from castlist.data.media.shots import CutFinder, shot_of
from hypothesis import given
from hypothesis import strategies as st

DATA = Path(os.environ.get("CASTLIST_DATA", Path(__file__).parents[4] / "shared" / "data"))


def test_shot_of_by_hand():
    shots = shot_of(np.array([0, 9, 10, 11, 25, 3]), cuts=[10, 25])
    assert shots.tolist() == [0, 0, 1, 1, 2, 0]
    assert shots.dtype == np.int64


def test_shot_of_without_cuts_or_without_frames():
    assert shot_of(np.array([0, 7]), cuts=[]).tolist() == [0, 0]
    assert shot_of(np.empty(0, np.int64), cuts=[3]).shape == (0,)


@given(
    st.lists(st.integers(0, 50), max_size=20), st.sets(st.integers(1, 50), max_size=10).map(sorted)
)
def test_shot_of_counts_the_cuts_at_or_before_each_frame(frames, cuts):
    expected = [sum(cut <= frame for cut in cuts) for frame in frames]
    assert shot_of(np.array(frames, np.int64), cuts).tolist() == expected


def blocks(rng, lowest, highest):
    """(36, 48, 3): what a camera sees is larger than grain."""
    return np.kron(rng.integers(lowest, highest, (6, 8, 3)), np.ones((6, 6, 1), int))


def scene(seed):
    return blocks(np.random.default_rng(seed), 0, 255).astype(np.uint8)


def cuts_in(pictures, first_index=0):
    finder = CutFinder()
    for index, picture in enumerate(pictures):
        finder.add(first_index + index, np.asarray(picture, np.uint8))
    return finder.cuts()


def test_a_cut_is_the_first_frame_of_the_new_shot():
    assert cuts_in([scene(1)] * 10 + [scene(2)] * 10 + [scene(1)] * 10) == [10, 20]


def test_indices_may_begin_anywhere():
    assert cuts_in([scene(1)] * 10 + [scene(2)] * 10, first_index=1000) == [1010]


def test_a_shot_of_two_frames_is_found():
    assert cuts_in([scene(1)] * 10 + [scene(2)] * 2 + [scene(3)] * 10) == [10, 12]


def test_a_cut_between_two_dark_and_similar_pictures_is_found():
    rng = np.random.default_rng(0)
    dark = blocks(rng, 10, 40)
    other = np.clip(dark + blocks(rng, -12, 13), 0, 255)
    noise = rng.integers(-1, 2, (20, *dark.shape))
    pictures = [np.clip(dark + n, 0, 255) for n in noise[:10]]
    pictures += [np.clip(other + n, 0, 255) for n in noise[10:]]
    assert cuts_in(pictures) == [10]


def grain(rng, picture, sigma):
    return np.clip(picture + rng.normal(0, sigma, picture.shape), 0, 255)


def test_strong_grain_is_no_cut():
    rng = np.random.default_rng(0)
    assert cuts_in([grain(rng, blocks(rng, 20, 21), 20) for _ in range(30)]) == []


def test_a_cut_in_black_and_white_film_with_grain_is_found():
    rng = np.random.default_rng(0)
    one, other = (np.repeat(blocks(rng, 5, 60)[..., :1], 3, axis=2) for _ in range(2))
    assert cuts_in([grain(rng, picture, 6) for picture in [one] * 10 + [other] * 10]) == [10]


def test_movement_in_a_still_shot_is_no_cut():
    background = scene(1)
    pictures = []
    for step in range(30):
        picture = background.copy()
        picture[10:30, step : step + 12] = (200, 150, 120)
        pictures.append(picture)
    assert cuts_in(pictures) == []


def test_movement_is_no_cut_where_frames_are_repeated():
    moving = [np.roll(scene(1), step, axis=1) for step in range(12)]
    other = [np.roll(scene(2), step, axis=1) for step in range(12)]
    assert cuts_in(moving + other) == [12]
    assert cuts_in([picture for picture in moving + other for _ in range(3)]) == [36]


def test_a_small_change_between_stills_is_a_cut():
    rng = np.random.default_rng(0)
    slides = [scene(1)]
    for _ in range(3):
        slides.append(np.clip(slides[-1] + blocks(rng, -25, 26), 0, 255).astype(np.uint8))
    assert cuts_in([slide for slide in slides for _ in range(50)]) == [50, 100, 150]


def test_no_frames_and_one_frame_have_no_cuts():
    assert cuts_in([]) == []
    assert cuts_in([scene(1)]) == []


def true_cuts(path):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    column = "first_frame" if "first_frame" in rows[0] else "start_frame"
    return [int(row[column]) for row in rows if int(row[column]) > 0]


def cuts_of_film(path, end_s):
    with open_film(path, source="film", fps=0.01, end_s=end_s) as film:
        list(film)
        return film.cuts


@pytest.mark.slow  # benchmarks/shots.py has the whole films
@pytest.mark.parametrize(
    ("name", "end_s", "end"), [("friends_scene", 42, 1006), ("intel_asl", 24, 720)]
)
def test_all_cuts_of_the_first_seconds_of_real_films_are_found(name, end_s, end):
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"needs {folder}; set CASTLIST_DATA")
    found = cuts_of_film(folder / "video.mp4", end_s)
    true = [cut for cut in true_cuts(folder / "shots.csv") if cut < end]
    assert len(true) > 9
    assert [cut for cut in true if not any(abs(cut - other) <= 1 for other in found)] == []
    assert len(found) - len(true) <= 1
