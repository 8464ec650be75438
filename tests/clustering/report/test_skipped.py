"""What was left out, in words."""

import numpy as np
import pytest
from castlist.clustering.report.skipped import faceless_text, losses, losses_text, skipped_text
from castlist.data.result.facts import RunFacts, SkippedFacts, SourceFacts
from castlist.data.tables.faces import Faces

DEEP = "/home/" + "folder/" * 20 + "in/film.mp4"
TOLD = "expected a film, but it is empty"


@pytest.mark.parametrize(
    ("name", "reason", "expected"),
    [
        ("film.mp4", f"/in/film.mp4: {TOLD}", ("film.mp4", TOLD)),
        ("/in/film.mp4", f"/in/film.mp4: {TOLD}", ("/in/film.mp4", TOLD)),
        (DEEP, f"{DEEP}: {TOLD}", (".../in/film.mp4", TOLD)),
        ("a.jpg", "/my photos/a.jpg is cut off", ("a.jpg", "is cut off")),
        ("a.jpg", "in/a.jpg is cut off", ("a.jpg", "is cut off")),
        ("film.mp4", TOLD, ("film.mp4", TOLD)),
        ("film.mp4", f"{TOLD}: my film.mp4 is none", ("film.mp4", f"{TOLD}: my film.mp4 is none")),
        ("film.mp4", "a reason: with a colon", ("film.mp4", "a reason: with a colon")),
    ],
)
def test_a_path_stands_once_before_its_reason_and_is_not_too_long(name, reason, expected):
    run = RunFacts(skipped=(SkippedFacts(name, "film", reason),))
    assert losses(run) == [expected]


def test_the_summary_names_the_first_of_each_kind_of_files_that_cannot_be_read():
    photos = [SkippedFacts(f"{number}.jpg", "photo", "it is empty") for number in range(100)]
    films = [SkippedFacts(f"{number}.mp4", "film", "it is empty") for number in range(6)]
    lines = losses_text(RunFacts(skipped=(*photos, *films)))
    assert [line.partition(":")[0] for line in lines if "and" not in line] == [
        *(f"! {number}.jpg" for number in range(5)),
        *(f"! {number}.mp4" for number in range(5)),
    ]
    assert lines[5] == "! and 95 more photos: run.json names them all"
    assert lines[-1] == "! and 1 more film: run.json names them all"


def test_what_is_left_out_by_design_is_counted_by_its_reason():
    own = [("a.mov", "film", "clip"), ("a.nef", "photo", "raw"), ("b.mov", "film", "clip")]
    run = RunFacts(skipped=tuple(SkippedFacts(*fact, is_meant=True) for fact in own))
    assert skipped_text(run) == ["Left out by design: 2 films (clip); 1 photo (raw)"]


def _photos_and_faces(num_photos, with_face):
    run = RunFacts(sources=tuple(SourceFacts(f"{n}.jpg", "photo") for n in range(num_photos)))
    names = np.array([f"{n}.jpg" for n in with_face], np.str_)
    nothing = np.zeros(len(names))
    faces = Faces.of_detections(
        source=names,
        frame=nothing.astype(int),
        time_s=nothing,
        shot=nothing.astype(int),
        track=np.arange(len(names)),
        box=np.tile([0.0, 0.0, 9.0, 9.0], (len(names), 1)),
        quality=nothing,
    )
    return run, faces


def test_photos_without_a_face_are_named():
    assert faceless_text(*_photos_and_faces(4, [0, 2])) == [
        "No face in 2 of 4 photos: 1.jpg, 3.jpg"
    ]


def test_of_many_photos_without_a_face_the_first_are_named():
    (line,) = faceless_text(*_photos_and_faces(1010, [9]))
    assert line == (
        "No face in 1,009 of 1,010 photos: 0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg and 1,004 more"
    )


@pytest.mark.parametrize("with_face", [[], [0, 1]])
def test_where_all_photos_have_a_face_or_none_has_no_photo_is_named(with_face):
    assert faceless_text(*_photos_and_faces(2, with_face)) == []
