from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from castlist.data.clothes.cloth_crop import ClothCropper
from castlist.data.errors import InputError
from castlist.data.garments.labelled_films import (
    LabelledFilm,
    find_labelled_films,
    read_labelled_film,
)
from castlist.train.film_retrieval import film_recall

DEMO = Path(__file__).parents[3] / "data" / "demo"
HEADER = "source,frame,x,y,w,h,person,outfit\n"


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """Put the demo film where its first two shots have three labelled frames."""
    folder = tmp_path / "one"
    folder.mkdir()
    shutil.copy(DEMO / "scene.mp4", folder / "video.mp4")
    shutil.copy(DEMO / "shots.csv", folder / "shots.csv")
    with (DEMO / "labels.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["frame"]) in (0, 30, 80)]
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path


def _film(heights: list[float], shots: list[int] | None, people: str) -> LabelledFilm:
    box = np.array([[0, 0, 30, height] for height in heights], np.float32)
    frame = np.arange(len(people)) * 50
    person = np.array(list(people))
    shot = None if shots is None else np.array(shots)
    return LabelledFilm("film", Path("film.mp4"), frame, shot, person, person, box)


def test_hard_faces_are_searched_among_easy_ones_of_other_shots() -> None:
    film = _film([60, 30, 40, 60, 60], [0, 1, 1, 1, 2], "aaaba")
    rows, candidates = film.questions(np.ones(5, bool))
    assert rows.tolist() == [1]
    assert np.flatnonzero(candidates[1]).tolist() == [0, 4]


def test_without_hard_faces_all_are_searched_among_all_of_other_shots() -> None:
    film = _film([60, 60, 60, 60], [0, 0, 1, 1], "aaab")
    rows, candidates = film.questions(np.array([True, True, False, True]))
    assert rows.tolist() == [2]  # b is nowhere else, and the face at 2 cannot be searched among
    assert candidates.tolist()[2] == [True, True, False, False]


def test_where_no_hard_face_can_be_found_among_easy_ones_all_are_searched_among_all() -> None:
    film = _film([60, 30, 60, 60], [0, 0, 1, 1], "acba")
    assert film.questions(np.ones(4, bool))[0].tolist() == [0, 3]


def test_without_shots_faces_far_apart_in_time_count_as_of_different_ones() -> None:
    film = _film([60, 60, 60], None, "aaa")  # 50 frames apart
    assert film.apart().tolist() == [
        [False, False, True],
        [False, False, False],
        [True, False, False],
    ]


def test_recall_is_the_share_whose_nearest_is_the_same_person() -> None:
    film = _film([60, 60, 60, 60], [0, 0, 1, 1], "abab")
    angles = np.radians([0, 90, 10, 30])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert film_recall(film, vectors) == 3 / 4  # the last b is nearer to the first a


def test_faces_without_clothes_in_sight_count_as_not_found() -> None:
    film = _film([60, 60, 60, 60], [0, 0, 1, 1], "abab")
    vectors = np.eye(2, dtype=np.float32)[[0, 1, 0, 1]]
    assert film_recall(film, vectors) == 1
    vectors[3] = np.nan
    assert film_recall(film, vectors) == 2 / 3  # b has no answer left; its own question is wrong


def test_a_film_that_asks_nothing_has_no_recall() -> None:
    assert np.isnan(film_recall(_film([60, 60], [0, 0], "ab"), np.eye(2, dtype=np.float32)))


def test_films_are_found_with_their_labels_and_shots(films: Path) -> None:
    (films / "no film").mkdir()
    (film,) = find_labelled_films(films)
    assert film.name == "one"
    assert film.shot is not None
    assert np.unique(film.shot).tolist() == [0, 1]
    assert "ana/ana_1" in film.outfit.tolist()
    crops = film.crop(ClothCropper(32, None).crop)
    assert crops.shape == (len(film.frame), 32, 32, 4)
    assert crops[..., 3].any()


def test_only_every_so_many_frames_are_taken_when_asked_for(films: Path) -> None:
    film = read_labelled_film(films / "one" / "video.mp4", "one", every=60)
    assert np.unique(film.frame).tolist() == [0]


def test_what_cannot_be_used_is_said(films: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected sub-folders with video.mp4 and labels.csv"):
        find_labelled_films(tmp_path / "nothing")
    labels = films / "one" / "labels.csv"
    labels.write_text(HEADER + "video.mp4,100000,1,1,40,40,ana,red\n")
    (film,) = find_labelled_films(films)
    with pytest.raises(
        InputError, match="got 100000 to look at too; check that these frame numbers"
    ):
        film.crop(ClothCropper(32, None).crop)
    labels.write_text(HEADER + "video.mp4,0,1,1,40,40,not_a_face,\n")
    with pytest.raises(InputError, match="expected labelled faces, found none"):
        find_labelled_films(films)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clip,first\na,0\n", "line 1: expected a column first_frame"),
        (
            "clip,first_frame\na,0\nb,late\n",
            "line 3: expected a first_frame of 0, 1 ..., got 'late'",
        ),
    ],
)
def test_a_wrong_list_of_shots_is_refused(films: Path, text: str, message: str) -> None:
    (films / "one" / "shots.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        find_labelled_films(films)
