"""The command line: exit codes, one clear line when something is wrong, and nothing lost.

Most tests run with networks that know coloured squares as faces, so that it is certain who is who
and a run takes milliseconds; those under "The networks themselves" take the real ones.
"""

import csv
import errno
import functools
import io
import itertools
import json
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
from castlist import __main__ as command_line
from castlist.__main__ import main
from castlist.clustering import analyse, cache, crops, pipeline
from castlist.clustering.config import legal_keys, make_config
from castlist.clustering.engine import Engine, load_engine
from castlist.clustering.evaluation import recluster
from castlist.clustering.face_models.base import Detections
from castlist.clustering.progress import ProgressLines
from castlist.clustering.report import page, write
from castlist.data.faces import UNKNOWN
from castlist.data.store import read_faces
from PIL import Image
from scipy import ndimage

SCENE = Path(command_line.__file__).parent / "data" / "demo" / "scene.mp4"
COLOURS = {
    "red": (210, 40, 40),
    "green": (40, 190, 60),
    "blue": (50, 60, 220),
    "yellow": (220, 210, 40),
}
FACE_PX = 24
RESULT = {"faces.parquet", "faces.csv", "people.json", "run.json", "report.html", "people"}


# Films of coloured squares, and networks that know them


def picture(*faces, grey=128):
    """Return a grey picture with a row of square faces of the colours named."""
    pixels = np.full((96, 192, 3), grey, np.uint8)
    for place, name in enumerate(faces):
        left = 12 + 44 * place
        pixels[16 : 16 + FACE_PX, left : left + FACE_PX] = COLOURS[name]
    return pixels


def write_film(path, pictures, rate=10, **muxing):
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options=muxing) as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "12"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for pixels in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def shots(*casts, num_frames=10):
    """Return the pictures of shots: light and dark in turn, so that their cuts are seen."""
    return [
        picture(*faces, grey=80 + 90 * (number % 2))
        for number, faces in enumerate(casts)
        for _ in range(num_frames)
    ]


def write_photo(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=95)
    return path


class SquareDetector:
    card = "squares"

    def detect(self, pixels):
        boxes = []
        for colour in COLOURS.values():
            near = np.abs(pixels.astype(int) - colour).max(axis=2) < 50
            for rows, columns in ndimage.find_objects(ndimage.label(near)[0]):
                box = (columns.start, rows.start, columns.stop, rows.stop)
                if min(box[2] - box[0], box[3] - box[1]) > FACE_PX / 2:
                    boxes.append(box)
        found = np.array(boxes, np.float32).reshape(-1, 4)
        landmarks = np.full((len(found), 5, 2), np.nan, np.float32)
        return Detections(found, landmarks, np.full(len(found), 0.9, np.float32))


class ColourEmbedder:
    """A colour is a direction; how far off it is in the film, a little noise."""

    card = "colours"
    dim = 8
    other_person_distance = 0.6
    centre = None

    def align(self, pixels, found):
        centres = ((found.boxes[:, :2] + found.boxes[:, 2:]) / 2).astype(int)
        return np.stack([pixels[y - 4 : y + 4, x - 4 : x + 4] for x, y in centres])

    def embed(self, chips):
        vectors = np.zeros((len(chips), self.dim), np.float32)
        palette = np.array(list(COLOURS.values()), float)
        for row, chip in enumerate(chips):
            colour = chip.reshape(-1, 3).mean(axis=0)
            name = int(np.argmin(np.linalg.norm(palette - colour, axis=1)))
            vectors[row, name] = 0.6
            vectors[row, -3:] = (colour - palette[name]) / 255
        return vectors


class NoClothes:
    card = "none"
    dim = 4

    def crop(self, pixels, boxes):
        return np.full((len(boxes), 4), np.nan, np.float32), np.zeros((len(boxes), 2, 2, 4))

    def describe(self, cloths):
        return np.full((len(cloths), self.dim), np.nan, np.float32)

    def in_words(self, vectors):
        return [""] * len(vectors)


environment_once = functools.cache(page.environment)  # compiling its templates takes 0.3 s


@pytest.fixture
def squares(monkeypatch):
    """Run with the networks above; returns them."""
    engine = Engine(SquareDetector(), ColourEmbedder(), NoClothes())
    monkeypatch.setattr(page, "environment", environment_once)
    for module in (pipeline, recluster):
        monkeypatch.setattr(module, "load_engine", lambda _config: engine)
    monkeypatch.setattr(
        analyse, "face_quality", lambda chips, _found: np.full(len(chips), 0.9, np.float32)
    )
    return engine


load_engine_once = functools.cache(load_engine)


@pytest.fixture
def networks(monkeypatch):
    """Run with the real networks, loaded once for all tests."""
    monkeypatch.setattr(pipeline, "load_engine", load_engine_once)


# What a run leaves


@dataclass
class Run:
    code: int
    out: str
    progress: list
    error: str


@pytest.fixture
def castlist(capfd, tmp_path, monkeypatch):
    """Run a command and check what holds for all: at the most one line besides progress.

    stdout and stderr are taken from below Python, so that what libraries print counts too.
    """
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CASTLIST_DEBUG", raising=False)

    def run(*arguments):
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        *progress, last = captured.err.splitlines() or [""]
        if not last.startswith("castlist: error: "):
            progress, last = [*progress, *filter(None, [last])], ""
        assert bool(last) == (code != 0), captured.err
        assert code in (0, 1, 2)
        for line in progress:
            assert line.startswith("castlist: ")
            assert not line.startswith("castlist: error"), captured.err
        assert "Traceback" not in captured.out
        return Run(code, captured.out, progress, last.removeprefix("castlist: error: "))

    return run


@pytest.fixture
def film(tmp_path):
    """Four shots of a second: red and green, blue, and both again."""
    pictures = shots(["red", "green"], ["blue"], ["red", "green"], ["blue"])
    return write_film(tmp_path / "in" / "film.mp4", pictures)


def contents(folder):
    """Return {path: bytes} of all files in a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def leftovers(folder):
    return [path.name for path in folder.rglob("*") if "partial" in path.name]


def facts_of(out):
    return json.loads((out / "run.json").read_text())


def table_of(out):
    return read_faces(out / "faces.parquet")[0]


def colours_of(faces):
    return np.argmax(faces.face_vector, axis=1).tolist()


def violations(faces):
    """Count pairs of faces that share a picture and a person, the slow and certain way."""
    return sum(
        faces.person[a] == faces.person[b] != UNKNOWN
        and faces.source[a] == faces.source[b]
        and faces.frame[a] == faces.frame[b]
        for a in range(len(faces))
        for b in range(a)
    )


# What is found


def test_a_film_becomes_a_result(castlist, squares, film, tmp_path):
    out = tmp_path / "deep" / "result"
    run = castlist("cluster", film, "--out", out)
    assert run.code == 0
    assert {path.name for path in out.iterdir()} == RESULT
    assert run.out.splitlines()[0] == "3 people in film.mp4"
    assert run.out.splitlines()[-1] == f"Report: {out / 'report.html'}"
    assert run.progress[0] == "castlist: looking at film.mp4"
    faces = table_of(out)
    assert np.bincount(faces.person).tolist() == [10, 10, 10]
    assert all(len(set(colours_of(faces[faces.person == number]))) == 1 for number in range(3))
    assert facts_of(out)["sources"][0]["cuts"] == [10, 20, 30]


def test_the_input_is_not_touched(castlist, squares, film, tmp_path):
    before = film.read_bytes(), film.stat().st_mtime_ns
    assert castlist("cluster", film, "--out", tmp_path / "out").code == 0
    assert (film.read_bytes(), film.stat().st_mtime_ns) == before
    assert contents(film.parent).keys() == {"film.mp4"}


def test_a_film_and_photos_together(castlist, squares, film, tmp_path):
    photos = tmp_path / "photos"
    write_photo(photos / "1.jpg", picture("blue", "red"))
    write_photo(photos / "2.png", picture("green"))
    run = castlist("cluster", film, photos, "--out", tmp_path / "out")
    assert run.out.splitlines()[0] == "3 people in film.mp4 and 2 photos"
    faces = table_of(tmp_path / "out")
    assert set(faces.source) == {"film.mp4", "1.jpg", "2.png"}
    photographed = faces.source != "film.mp4"
    for row in np.flatnonzero(photographed):
        same = faces.person == faces.person[row]
        assert (same & ~photographed).any()
        assert len(set(colours_of(faces[same]))) == 1


def test_two_films_of_one_name_stay_apart(castlist, squares, tmp_path):
    films = [
        write_film(tmp_path / "a" / "x.mp4", shots(["red"], ["blue"])),
        write_film(tmp_path / "b" / "x.mp4", shots(["blue"], ["red"])),
    ]
    run = castlist("cluster", *films, "--out", tmp_path / "out")
    assert run.out.splitlines()[0] == "2 people in 2 films"
    assert set(table_of(tmp_path / "out").source) == {"a/x.mp4", "b/x.mp4"}
    for number in (1, 2):
        crops_of_one = (tmp_path / "out" / "people" / f"person_{number:03}").glob("*.jpg")
        assert len(list(crops_of_one)) == 10


@pytest.mark.parametrize("name", [b"caf\xe9.mp4", b"two\nlines.mp4"])
def test_a_name_that_is_no_text_is_written_as_one(castlist, squares, film, tmp_path, name):
    odd = tmp_path / "odd" / name.decode("utf-8", "surrogateescape")
    odd.parent.mkdir()
    shutil.copy(film, odd)
    run = castlist("cluster", odd, "--out", tmp_path / "out")
    assert run.code == 0
    assert {"caf\\xe9.mp4", "two lines.mp4"} > set(table_of(tmp_path / "out").source)
    assert re.fullmatch(r"3 people in (caf\\xe9|two lines).mp4", run.out.splitlines()[0])


@pytest.mark.parametrize("method", ["hdbscan", "agglomerative", "online", "online-guarded"])
def test_no_face_at_all_is_a_result_too(castlist, squares, tmp_path, method):
    film = write_film(tmp_path / "in" / "grey.mp4", [picture()] * 10)
    out = tmp_path / "out"
    run = castlist("cluster", film, "--out", out, "--face-method", method)
    assert run.code == 0
    assert run.out.splitlines()[0] == "No face was found in grey.mp4"
    assert {path.name for path in out.iterdir()} == RESULT
    assert "No face was found" in (out / "report.html").read_text()
    assert len(pd.read_parquet(out / "faces.parquet")) == 0
    assert len((out / "faces.csv").read_text().splitlines()) == 1
    assert json.loads((out / "people.json").read_text())["people"] == []


@pytest.mark.parametrize("method", ["hdbscan", "agglomerative", "online", "online-guarded"])
@pytest.mark.parametrize("cloth_method", ["window", "none"])
def test_twins_of_one_picture_are_one_person_to_the_online_rule_only(
    castlist, squares, tmp_path, method, cloth_method
):
    film = write_film(tmp_path / "in" / "twins.mp4", shots(["red", "red", "green"], ["green"]))
    out = tmp_path / "out"
    settings = ["--face-method", method, "--cloth-method", cloth_method]
    run = castlist("cluster", film, "--out", out, *settings)
    assert run.code == 0
    pairs = violations(table_of(out))
    if method == "online":
        assert pairs == 5  # in each of the five frames of them that are looked at
        assert f"into one person {pairs} times" in run.out
        assert f"into one person {pairs} times" in " ".join(facts_of(out)["messages"])
    else:
        assert pairs == 0


# Options


def test_start_and_end_bound_what_is_looked_at(castlist, squares, film, tmp_path):
    run = castlist("cluster", film, "--out", tmp_path / "out", "--start", 1, "--end", "2.2")
    assert run.code == 0
    own = facts_of(tmp_path / "out")["sources"][0]
    assert own["frames"] == [10, 12, 14, 16, 18, 20]
    assert own["frames_s"] == [1.0, 1.2, 1.4, 1.6, 1.8, 2.0]
    assert (own["start_s"], own["end_s"]) == (1.0, 2.2)


def test_frames_of_labels_are_looked_at_too(castlist, squares, film, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("source,frame,person\nfilm.mp4,3,ana\nfilm.mp4,7,ana\n")
    castlist("cluster", film, "--out", tmp_path / "out", "--also-frames", labels, "--end", 1)
    assert facts_of(tmp_path / "out")["sources"][0]["frames"] == [0, 2, 3, 4, 6, 7, 8]


def test_frames_of_another_film_are_refused(castlist, squares, film, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("source,frame,person\nother.mp4,3,ana\n")
    run = castlist("cluster", film, "--out", tmp_path / "out", "--also-frames", labels)
    assert run.code == 1
    assert "film.mp4" in run.error
    assert "other.mp4" in run.error


def test_frames_beyond_the_end_are_refused(castlist, squares, film, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("source,frame,person\nfilm.mp4,40,ana\n")
    run = castlist("cluster", film, "--out", tmp_path / "out", "--also-frames", labels)
    assert run.code == 1
    assert "39" in run.error
    assert not (tmp_path / "out").exists()


def test_short_names_outrank_set_and_set_the_file(castlist, squares, film, tmp_path):
    settings = tmp_path / "run.toml"
    settings.write_text("[frames]\nfps = 1\nend_s = 2\n[cloth]\nmethod = 'none'\nprecision = 0.9")
    run = castlist(
        "cluster", film, "--out", tmp_path / "out", "--config", settings,
        "--set", "frames.fps=2", "--set", "frames.end_s=3", "--fps", "4",
    )  # fmt: skip
    assert run.code == 0
    used = facts_of(tmp_path / "out")["configuration"]
    assert used["frames"] == {"fps": 4.0, "start_s": None, "end_s": 3.0}
    assert (used["cloth"]["method"], used["cloth"]["precision"]) == ("none", 0.9)


# What is kept, and used again


def test_other_thresholds_decode_nothing_other_frames_do(
    castlist, squares, film, tmp_path, monkeypatch
):
    photo = write_photo(tmp_path / "in" / "photo.jpg", picture("red"))
    assert castlist("cluster", film, photo, "--out", tmp_path / "one").code == 0

    def refuse(*_arguments, **_settings):
        raise AssertionError("looked at a picture")

    monkeypatch.setattr(analyse, "open_film", refuse)
    monkeypatch.setattr(analyse, "read_photos", refuse)
    monkeypatch.setattr(squares.embedder, "embed", refuse)
    again = castlist(
        "cluster", film, photo, "--out", tmp_path / "two", "--face-threshold", "0.9",
        "--face-method", "agglomerative", "--cloth-method", "none",
    )  # fmt: skip
    assert again.code == 0
    assert table_of(tmp_path / "two").frame.tolist() == table_of(tmp_path / "one").frame.tolist()
    other = castlist("cluster", film, photo, "--out", tmp_path / "three", "--fps", "2")
    assert other.code == 1
    assert "looked at a picture" in other.error


def test_a_copy_is_looked_at_under_its_own_name(castlist, squares, film, tmp_path):
    castlist("cluster", film, "--out", tmp_path / "one")
    copy = shutil.copy(film, tmp_path / "in" / "copy.mp4")
    castlist("cluster", copy, "--out", tmp_path / "two")
    assert set(table_of(tmp_path / "two").source) == {"copy.mp4"}


def test_a_damaged_cache_is_filled_anew(castlist, squares, film, tmp_path):
    castlist("cluster", film, "--out", tmp_path / "one")
    (entry,) = (tmp_path / "cache").iterdir()
    for file in entry.iterdir():
        file.write_bytes(file.read_bytes()[:-100])
    assert castlist("cluster", film, "--out", tmp_path / "two").code == 0
    assert contents(tmp_path / "two" / "people") == contents(tmp_path / "one" / "people")


def test_a_cache_forgets_nothing_that_the_run_still_needs(
    castlist, squares, film, tmp_path, monkeypatch
):
    monkeypatch.setattr(cache, "KEEP_BYTES", 1)
    other = write_film(tmp_path / "in" / "other.mp4", shots(["red"]))
    run = castlist("cluster", film, other, "--out", tmp_path / "out")
    assert run.code == 0
    assert len(list((tmp_path / "out" / "people").rglob("*_f*.jpg"))) == 35


def test_a_cache_forgets_nothing_that_is_not_its_own(
    castlist, squares, film, tmp_path, monkeypatch
):
    monkeypatch.setattr(cache, "KEEP_BYTES", 1)
    mine = tmp_path / "home" / "holidays" / "beach.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    run = castlist("cluster", film, "--out", tmp_path / "out", "--cache", tmp_path / "home")
    assert run.code == 0
    assert mine.read_text() == "mine"


def test_a_cache_that_cannot_be_written_is_named(castlist, squares, film, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "cache"):
        run = castlist("cluster", film, "--out", tmp_path / "out", "--cache", folder)
        assert run.code == 1
        assert run.error.startswith(f"{folder}: cannot keep a cache there")
        assert "--cache" in run.error
        assert not (tmp_path / "out").exists()


# Bad input


def write_sound(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        sound = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
        )
        sound.sample_rate, sound.pts = 44100, 0
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        ("missing.mp4", lambda path: None, "there is nothing"),
        ("text.mp4", lambda path: path.write_text("no film\n"), "cannot open it"),
        ("empty.mp4", lambda path: path.write_bytes(b""), "cannot open it"),
        ("sound.mp4", write_sound, "sound only"),
        ("folder", lambda path: path.mkdir(), "it is empty"),
        ("text.jpg", lambda path: path.write_text("no photo\n"), "none of 1 can"),
    ],
)
def test_what_is_no_film_is_named_and_leaves_nothing(
    castlist, squares, tmp_path, name, make, expected
):
    path = tmp_path / "in" / name
    path.parent.mkdir()
    make(path)
    run = castlist("cluster", path, "--out", tmp_path / "result" / "out")
    assert run.code == 1
    assert str(path) in run.error
    assert expected in run.error
    assert not (tmp_path / "result" / "out").exists()
    assert not leftovers(tmp_path)


def test_of_a_truncated_film_what_was_decoded_is_used_and_the_loss_is_said(
    castlist, squares, tmp_path
):
    rng = np.random.default_rng(0)
    noisy = [picture("red") + rng.integers(0, 20, (96, 192, 1), np.uint8) for _ in range(40)]
    whole = write_film(tmp_path / "whole.mp4", noisy, movflags="faststart")
    film = tmp_path / "cut.mp4"
    film.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    out = tmp_path / "out"
    run = castlist("cluster", film, "--out", out)
    assert run.code == 0
    loss = facts_of(out)["sources"][0]["loss"]
    assert re.fullmatch(r"decoding stopped at \d\.\d s of 4\.0 s: .*truncated.*", loss)
    assert f"! cut.mp4: {loss}" in run.out.splitlines()
    assert loss in (out / "report.html").read_text()
    assert 5 <= len(table_of(out)) < 20
    again = castlist("cluster", film, "--out", tmp_path / "again")  # said from the cache too
    assert loss in again.out


def test_a_film_cut_off_before_its_index_is_named(castlist, squares, film, tmp_path):
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(film.read_bytes()[: film.stat().st_size // 2])  # the index is at the end
    run = castlist("cluster", cut, "--out", tmp_path / "out")
    assert run.code == 1
    assert "cut.mp4" in run.error


def test_a_corrupt_photo_among_good_ones_is_left_out_and_named(castlist, squares, tmp_path):
    photos = tmp_path / "photos"
    good = [write_photo(photos / f"{name}.jpg", picture("red")) for name in "ac"]
    (photos / "b.jpg").write_bytes(good[0].read_bytes()[:700])
    out = tmp_path / "out"
    run = castlist("cluster", photos, "--out", out)
    assert run.code == 0
    (line,) = [line for line in run.out.splitlines() if line.startswith("! ")]
    assert line.startswith("! b.jpg: ")
    assert "left out" in line
    assert set(table_of(out).source) == {"a.jpg", "c.jpg"}
    assert {own["name"] for own in facts_of(out)["sources"] if own["loss"]} == {"b.jpg"}
    assert "b.jpg" in (out / "report.html").read_text()


def test_each_corrupt_photo_has_its_own_complaint(castlist, squares, tmp_path):
    write_photo(tmp_path / "good.jpg", picture("red"))
    (tmp_path / "a.jpg.png").write_text("x")
    shutil.copy(tmp_path / "good.jpg", tmp_path / "a.jpg")
    with (tmp_path / "a.jpg").open("r+b") as file:
        file.truncate(700)
    names = ["a.jpg.png", "a.jpg", "good.jpg"]
    castlist("cluster", *(tmp_path / name for name in names), "--out", tmp_path / "out")
    losses = {own["name"]: own["loss"] for own in facts_of(tmp_path / "out")["sources"]}
    assert f"{tmp_path / 'a.jpg.png'} cannot" in losses["a.jpg.png"]
    assert f"{tmp_path / 'a.jpg'} cannot" in losses["a.jpg"]
    assert losses["good.jpg"] == ""


def test_only_corrupt_photos_are_no_input(castlist, squares, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a.jpg", "b.png"):
        (photos / name).write_bytes(b"no picture")
    run = castlist("cluster", photos, "--out", tmp_path / "out")
    assert run.code == 1
    assert "none of 2 can" in run.error
    assert not (tmp_path / "out").exists()


def test_a_start_beyond_the_end_is_refused(castlist, squares, film, tmp_path):
    run = castlist("cluster", film, "--out", tmp_path / "out", "--start", 99)
    assert run.code == 1
    assert "--start" in run.error


# The folder of the result


def test_an_out_that_cannot_be_written_is_named_before_any_work(
    castlist, squares, film, tmp_path, monkeypatch
):
    monkeypatch.setattr(pipeline, "load_engine", lambda _config: pytest.fail("worked"))
    file = tmp_path / "file"
    file.write_text("mine")
    for out in (file, file / "out", file / "deep" / "out"):
        run = castlist("cluster", film, "--out", out)
        assert run.code == 1
        assert run.error.startswith(str(out))
    assert file.read_text() == "mine"


def test_an_out_with_other_files_is_refused(castlist, squares, film, tmp_path):
    out = tmp_path / "out"
    (out / "holidays").mkdir(parents=True)
    (out / "holidays" / "beach.jpg").write_bytes(b"mine")
    before = contents(out)
    for extra in ([], ["--overwrite"]):
        run = castlist("cluster", film, "--out", out, *extra)
        assert run.code == 1
        assert "they stay as they are" in run.error
    assert contents(out) == before


def test_an_earlier_result_is_replaced_only_when_asked(castlist, squares, film, tmp_path):
    out = tmp_path / "out"
    castlist("cluster", film, "--out", out)
    before = contents(out)
    run = castlist("cluster", film, "--out", out, "--end", 1)
    assert run.code == 1
    assert "--overwrite" in run.error
    assert contents(out) == before
    assert castlist("cluster", film, "--out", out, "--end", 1, "--overwrite").code == 0
    assert len(table_of(out)) == 10
    assert not any(path.endswith("f000010_0.jpg") for path in contents(out))
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("what", ["film", "link", "labels", "settings", "cache"])
def test_an_out_that_holds_what_the_run_needs_is_refused(castlist, squares, film, tmp_path, what):
    out = tmp_path / "out"
    castlist("cluster", film, "--out", out)
    given, extra = film, []
    if what == "film":
        given = Path(shutil.copy(film, out / "film.mp4"))
    elif what == "link":
        given = out / "film.mp4"
        given.symlink_to(film)
    elif what == "labels":
        (out / "labels.csv").write_text("source,frame,person\nfilm.mp4,3,ana\n")
        extra = ["--also-frames", out / "labels.csv"]
    elif what == "settings":
        (out / "run.toml").write_text("[frames]\nfps = 1\n")
        extra = ["--config", out / "run.toml"]
    else:
        shutil.copytree(tmp_path / "cache", out / "cache")
        extra = ["--cache", out / "cache"]
    before = contents(out)
    run = castlist("cluster", given, "--out", out, "--overwrite", *extra)
    assert run.code == 1
    assert "stays as it is" in run.error
    assert contents(out) == before


def test_an_out_that_is_the_folder_of_photos_is_refused(castlist, squares, tmp_path):
    photos = write_photo(tmp_path / "photos" / "a.jpg", picture("red")).parent
    before = contents(photos)
    assert castlist("cluster", photos, "--out", photos, "--overwrite").code == 1
    assert contents(photos) == before


def test_a_result_among_the_photos_is_no_input_the_next_time(castlist, squares, tmp_path):
    photos = write_photo(tmp_path / "photos" / "a.jpg", picture("red")).parent
    out = photos / "result"
    assert castlist("cluster", photos, "--out", out).code == 0
    assert castlist("cluster", photos, "--out", out, "--overwrite").code == 0
    assert set(table_of(out).source) == {"a.jpg"}


def test_the_demo_replaces_its_own_folder_and_no_other(castlist, squares, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        run = castlist("demo", "--end", "0.5")
        assert run.code == 0
        assert run.out.splitlines()[-1] == "Report: castlist-demo/report.html"
    assert castlist("demo", "--end", "0.5", "--out", "mine").code == 0
    before = contents(tmp_path / "mine")
    assert castlist("demo", "--end", "0.5", "--out", "mine").code == 1
    assert contents(tmp_path / "mine") == before


# Runs that end early


def fail_at(monkeypatch, owner, name, error, call):
    """Let a function raise, or an interrupt arrive, at its call of that number."""
    original, calls = getattr(owner, name), []

    def failing(*arguments, **settings):
        calls.append(1)
        if len(calls) == call:
            if error is KeyboardInterrupt:
                signal.raise_signal(signal.SIGINT)
            else:
                raise error
        return original(*arguments, **settings)

    monkeypatch.setattr(owner, name, failing)


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("error", [KeyboardInterrupt, FULL], ids=["Ctrl-C", "disk full"])
@pytest.mark.parametrize(
    ("owner", "name", "call"),
    [
        (crops.CropWriter, "append", 3),  # while looking at the film
        (cache, "write_faces", 1),  # at the end of it
        (write, "write_faces_csv", 1),
        (write, "contact_sheet", 2),
        (Path, "write_text", 2),  # the page, the last but one
    ],
    ids=["looking", "cache", "tables", "sheets", "page"],
)
def test_a_run_that_ends_early_leaves_an_earlier_result_and_nothing_half(
    castlist, squares, film, tmp_path, monkeypatch, error, owner, name, call
):
    out = tmp_path / "results" / "out"
    (out / "people").mkdir(parents=True)
    (out / "people" / "person_001.jpg").write_bytes(b"earlier")
    (out / "run.json").write_text("{}")  # by which a result is known
    before = contents(out)
    fail_at(monkeypatch, owner, name, error, call)
    run = castlist("cluster", film, "--out", out, "--overwrite")
    assert run.code == 1
    said = "interrupted" if error is KeyboardInterrupt else "the disk is full"
    assert run.error.startswith(f"{said}; nothing that existed was changed")
    assert contents(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert not leftovers(tmp_path)


def test_an_interrupted_run_can_be_made_again(castlist, squares, film, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        fail_at(patch, crops.CropWriter, "append", KeyboardInterrupt, 3)
        assert castlist("cluster", film, "--out", tmp_path / "out").code == 1
    assert not (tmp_path / "out").exists()
    assert castlist("cluster", film, "--out", tmp_path / "out").code == 0
    assert len(table_of(tmp_path / "out")) == 30


def test_an_interrupt_stops_the_decoding_thread(castlist, squares, film, tmp_path, monkeypatch):
    import threading

    fail_at(monkeypatch, squares.embedder, "align", KeyboardInterrupt, 2)
    before = set(threading.enumerate())
    assert castlist("cluster", film, "--out", tmp_path / "out").code == 1
    assert not (tmp_path / "out").exists()
    assert {own.name for own in set(threading.enumerate()) - before} == set()


def test_being_told_to_stop_is_an_interrupt(monkeypatch):
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(command_line, "main", lambda: signal.raise_signal(signal.SIGTERM))
    try:
        with pytest.raises(KeyboardInterrupt):
            command_line.run()
    finally:
        signal.signal(signal.SIGTERM, handler)


def test_what_nobody_foresaw_is_one_line_that_says_how_to_see_more(
    castlist, squares, film, tmp_path, monkeypatch
):
    fail_at(monkeypatch, squares.embedder, "embed", ZeroDivisionError("by\nzero"), 1)
    run = castlist("cluster", film, "--out", tmp_path / "out")
    assert run.code == 1
    assert run.error == "unexpected ZeroDivisionError: by zero; CASTLIST_DEBUG=1 shows where"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["missing.mp4"], 1), (["missing.mp4", "--set", "face.bogus=1"], 2)],
)
def test_debug_shows_the_traceback_and_keeps_the_code(
    capsys, tmp_path, monkeypatch, arguments, code
):
    monkeypatch.setenv("CASTLIST_DEBUG", "1")
    assert main(["cluster", *arguments, "--out", str(tmp_path / "out")]) == code
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-1].startswith("castlist: error: ")


def test_a_reader_who_leaves_is_no_error_worth_words(capsys, monkeypatch, tmp_path):
    class Closed(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Closed())
    assert main(["info", "--cache", str(tmp_path)]) == 1
    assert capsys.readouterr().err == ""


# Misuse


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "command"),
        (["cluster"], "INPUT"),
        (["dance"], "dance"),
        (["cluster", "x.mp4"], "--out"),
        (["cluster", "x.mp4", "--out", "y", "--bogus"], "--bogus"),
        (["cluster", "x.mp4", "--out", "y", "--fps", "fast"], "fast"),
        (["cluster", "x.mp4", "--out", "y", "--fps", "0"], "frames.fps"),
        (["cluster", "x.mp4", "--out", "y", "--fps", "nan"], "frames.fps"),
        (["cluster", "x.mp4", "--out", "y", "--start", "nan"], "frames.start_s"),
        (["cluster", "x.mp4", "--out", "y", "--start", "-1"], "frames.start_s"),
        (["cluster", "x.mp4", "--out", "y", "--start", "3", "--end", "2"], "frames.end_s"),
        (["cluster", "x.mp4", "--out", "y", "--detector", "eyes"], "centerface"),
        (["cluster", "x.mp4", "--out", "y", "--face-backend", "eyes"], "dlib"),
        (["cluster", "x.mp4", "--out", "y", "--face-method", "guess"], "agglomerative"),
        (["cluster", "x.mp4", "--out", "y", "--face-threshold", "-1"], "face.threshold"),
        (["cluster", "x.mp4", "--out", "y", "--cloth-method", "guess"], "window"),
        (["cluster", "x.mp4", "--out", "y", "--cloth-precision", "2"], "cloth.precision"),
        (["cluster", "x.mp4", "--out", "y", "--set", "face.threshold"], "="),
        (["cluster", "x.mp4", "--out", "y", "--set", "face.threshold=high"], "high"),
        (["cluster", "x.mp4", "--out", "y", "--set", "face.threshold=nan"], "nan"),
        (["cluster", "x.mp4", "--out", "y", "--set", "face.min_good_faces=1.5"], "1.5"),
        (["demo", "--set", "nothing=1"], "nothing"),
        (["evaluate", "result"], "--labels"),
        (["evaluate", "x.mp4", "--labels", "x.csv", "--set", "nothing=1"], "nothing"),
        (["evaluate", "result", "--labels", "x.csv", "--require", "recall"], "recall"),
    ],
)
def test_misuse_is_told_in_one_line(castlist, tmp_path, monkeypatch, arguments, expected):
    monkeypatch.chdir(tmp_path)
    run = castlist(*arguments)
    assert run.code == 2
    assert expected in run.error
    assert run.out == ""
    assert not list(tmp_path.iterdir())


def test_an_unknown_setting_names_the_legal_ones(castlist, tmp_path):
    settings = tmp_path / "run.toml"
    settings.write_text("[face]\nthreshhold = 0.4\n")
    for extra in (["--set", "face.threshhold=0.4"], ["--config", settings]):
        run = castlist("cluster", "x.mp4", "--out", tmp_path / "out", *extra)
        assert run.code == 2
        assert run.error.startswith("face.threshhold: ")
        assert set(re.findall(r"[a-z]+\.[a-z_0-9]+", run.error)) >= set(legal_keys())


@pytest.mark.parametrize("option", ["--detector", "--face-model"])
def test_a_network_that_is_not_there_is_named(castlist, film, tmp_path, option):
    path = tmp_path / "nowhere.onnx"
    run = castlist("cluster", film, "--out", tmp_path / "out", option, path)
    assert run.code == 1
    assert str(path) in run.error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", [None, "[face", "\xff"])
def test_settings_that_cannot_be_read_are_named(castlist, tmp_path, text):
    settings = tmp_path / "run.toml"
    if text is not None:
        settings.write_bytes(text.encode("latin-1"))
    run = castlist("cluster", "x.mp4", "--out", tmp_path / "out", "--config", settings)
    assert run.code == 1
    assert str(settings) in run.error


# Help


@pytest.mark.parametrize(
    "arguments",
    [["--help"], *([name, "--help"] for name in ("cluster", "demo", "evaluate", "label"))],
)
def test_help_explains_itself(castlist, arguments):
    run = castlist(*arguments)
    assert run.code == 0
    assert run.out.startswith("usage: castlist")


def test_version_is_the_packages(castlist):
    from castlist import __version__

    assert castlist("--version").out == f"castlist {__version__}\n"


def test_help_and_version_load_nothing_heavy():
    script = (
        "import sys\n"
        "from castlist.__main__ import main\n"
        "codes = [main(words) for words in (['--help'], ['cluster', '--help'], ['--version'])]\n"
        "print(codes, [name for name in sys.modules if '.' not in name], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr.startswith("[0, 0, 0]")
    loaded = set(re.findall(r"'(\w+)'", done.stderr))
    assert "castlist" in loaded
    heavy = {"torch", "torchvision", "pytorch_lightning", "lightning", "albumentations", "cv2"}
    assert not loaded & (heavy | {"av", "hdbscan", "matplotlib", "numpy", "pyarrow", "scipy"})


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "castlist", "cluster"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("castlist: error: ")


def test_info_names_versions_weights_licences_and_the_cache(castlist, tmp_path):
    run = castlist("info", "--cache", tmp_path / "nowhere")
    assert run.code == 0
    for expected in ("torch", "centerface", "MIT", "CC0-1.0", "Apache-2.0", "face_recognition"):
        assert expected in run.out
    assert f"{tmp_path / 'nowhere'} (0 MB)" in run.out
    assert not (tmp_path / "nowhere").exists()


# evaluate


@pytest.fixture
def labelled(castlist, squares, film, tmp_path):
    """A result, and labels of the first shot."""
    out = tmp_path / "result"
    castlist("cluster", film, "--out", out, "--cloth-method", "none")
    labels = tmp_path / "labels.csv"
    with labels.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["source", "frame", "x", "y", "w", "h", "person"])
        for frame in range(0, 10, 2):
            for place, name in enumerate(["rita", "greta"]):
                writer.writerow(["film.mp4", frame, 12 + 44 * place, 16, FACE_PX, FACE_PX, name])
    return out, labels


def test_evaluate_prints_figures(castlist, labelled):
    out, labels = labelled
    run = castlist("evaluate", out, "--labels", labels)
    assert run.code == 0
    assert run.out.startswith("10 labelled faces: 10 found")
    figures = json.loads(castlist("evaluate", out, "--labels", labels, "--json").out)
    assert figures["after"]["one_to_one"] == 1.0


def test_evaluate_requires_figures(castlist, labelled):
    out, labels = labelled
    evaluate = ["evaluate", out, "--labels", labels]
    assert castlist(*evaluate, "--require", "wcp_known>=1", "--require", "after.known>=1").code == 0
    run = castlist(*evaluate, "--require", "wcp_known>1", "--require", "recovery>=0.5")
    assert run.code == 1
    assert (
        run.error == "required wcp_known>1, got 1; required recovery>=0.5, got n/a (over no faces)"
    )
    assert run.out.startswith("10 labelled faces")


def test_evaluate_names_a_figure_that_does_not_exist(castlist, labelled):
    out, labels = labelled
    run = castlist("evaluate", out, "--labels", labels, "--require", "beauty>=1")
    assert run.code == 2
    assert "wcp_known" in run.error


def test_evaluate_refuses_what_does_not_belong_together(castlist, labelled, tmp_path):
    out, labels = labelled
    other = tmp_path / "other.csv"
    other.write_text("source,frame,x,y,w,h,person\nother.mp4,0,1,1,9,9,ana\n")
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    shutil.copy(out / "run.json", damaged)
    beyond, outside = tmp_path / "beyond.csv", tmp_path / "outside.csv"
    beyond.write_text("source,frame,x,y,w,h,person\nfilm.mp4,40,1,1,9,9,ana\n")
    outside.write_text("source,frame,x,y,w,h,person\nfilm.mp4,0,1,97,9,9,ana\n")
    for result, csv_file, expected in (
        (out, other, "other.mp4"),
        (out, beyond, "beyond.csv line 2: expected a frame below 40"),
        (out, outside, "outside.csv line 2: expected a box in the 192x96 picture"),
        (out, tmp_path / "none.csv", "none.csv"),
        (tmp_path / "nowhere", labels, "nowhere"),
        (damaged, labels, "no faces.parquet"),
    ):
        run = castlist("evaluate", result, "--labels", csv_file)
        assert run.code == 1
        assert expected in run.error


def test_evaluate_clusters_a_film_and_writes_no_result(castlist, labelled, film, tmp_path):
    _, labels = labelled
    before = contents(tmp_path / "in")
    folders = {path for path in tmp_path.rglob("*") if path.is_dir() and "cache" not in path.parts}
    run = castlist("evaluate", film, "--labels", labels)
    assert run.code == 0
    # The grid of five frames a second meets every other frame: the labelled ones.
    assert run.out.startswith("10 labelled faces: 10 found (1.000), 0 missed, 0 not looked at.")
    assert "\nNote: clothing, asked who" in run.out
    assert contents(tmp_path / "in") == before
    assert folders == {
        path for path in tmp_path.rglob("*") if path.is_dir() and "cache" not in path.parts
    }


def test_evaluate_always_looks_at_the_labelled_frames_of_a_film(castlist, squares, film, tmp_path):
    labels = tmp_path / "labels.csv"
    rows = [f"film.mp4,{frame},12,16,{FACE_PX},{FACE_PX},rita" for frame in (1, 3, 5)]
    labels.write_text("\n".join(["source,frame,x,y,w,h,person", *rows]))
    run = castlist("evaluate", film, "--labels", labels, "--fps", "1")
    assert run.out.startswith("3 labelled faces: 3 found (1.000), 0 missed, 0 not looked at.")


def test_evaluate_takes_the_settings_of_cluster_for_a_film(castlist, labelled, film):
    _, labels = labelled
    words = ["evaluate", film, "--labels", labels, "--json"]
    usual = json.loads(castlist(*words).out)
    other = json.loads(castlist(*words, "--face-method", "online", "--face-threshold", "1.9").out)
    assert usual["after"]["one_to_one"] == 1.0
    assert other["after"]["one_to_one"] < 1.0


def test_evaluate_takes_films_and_results_together(castlist, labelled, squares, film, tmp_path):
    out, labels = labelled
    other = tmp_path / "more" / "other.mp4"
    other.parent.mkdir()
    shutil.copy(film, other)
    of_other = tmp_path / "other.csv"
    of_other.write_text(labels.read_text().replace("film.mp4", "other.mp4"))
    run = castlist("evaluate", out, other, "--labels", of_other, labels)
    assert run.out.startswith("## All 2 results\n\n20 labelled faces: 20 found")
    assert f"\n## {other}\n" in run.out


def test_evaluate_sweeps_the_thresholds_of_a_film(castlist, labelled, film):
    _, labels = labelled
    run = castlist("evaluate", film, "--labels", labels, "--sweep", "--json")
    assert run.code == 0
    sweeps = json.loads(run.out)["sweep"]
    assert list(sweeps) == ["cloth.margin", "face.threshold"]
    own = next(point for point in sweeps["face.threshold"] if point["value"] == 1.05)
    assert own["after"]["one_to_one"] == 1.0


def test_evaluate_draws_plots(castlist, labelled, film, tmp_path):
    out, labels = labelled
    run = castlist("evaluate", out, "--labels", labels, "--plots", tmp_path / "plots")
    assert run.code == 0
    names = {path.name for path in (tmp_path / "plots").iterdir()}
    assert names == {"unknown.png", "confusion.png"}
    castlist("evaluate", film, "--labels", labels, "--sweep", "--plots", tmp_path / "more")
    assert "sweep.png" in {path.name for path in (tmp_path / "more").iterdir()}


def test_evaluate_adds_to_the_report_of_a_result_and_to_nothing_else(castlist, labelled, film):
    out, labels = labelled
    before = contents(out)
    assert castlist("evaluate", out, "--labels", labels, "--report").code == 0
    after = contents(out)
    assert {name for name in after if after[name] != before.get(name)} == {"report.html"}
    assert b"10 labelled faces: 10 found" in after["report.html"]
    run = castlist("evaluate", film, "--labels", labels, "--report")
    assert run.code == 2
    assert str(film) in run.error


def test_evaluate_sweeps_the_thresholds_of_a_result(castlist, labelled):
    out, labels = labelled
    run = castlist("evaluate", out, "--labels", labels, "--sweep", "--report", "--json")
    assert run.code == 0
    figures = json.loads(run.out)
    own = next(point for point in figures["sweep"]["face.threshold"] if point["value"] == 1.05)
    for section in ("before", "after", "stage_2"):
        assert own[section] == {name: figures[section][name] for name in own[section]}
    assert "Precision against recovery as thresholds move" in (out / "report.html").read_text()


def test_a_result_with_settings_of_another_version_is_not_swept(castlist, labelled, monkeypatch):
    out, labels = labelled
    monkeypatch.setattr(recluster, "make_config", lambda _: make_config({"face.charm": 1}))
    run = castlist("evaluate", out, "--labels", labels, "--sweep")
    assert run.code == 1
    assert "face.charm: no such setting" in run.error
    assert "cluster it again" in run.error


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (["--set", "face.threshold=1"], "a result"),
        (["--fps", "2"], "a result"),
    ],
)
def test_evaluate_changes_nothing_about_a_result(castlist, labelled, extra, expected):
    out, labels = labelled
    run = castlist("evaluate", out, "--labels", labels, *extra)
    assert run.code == 2
    assert expected in run.error
    assert str(out) in run.error


def test_evaluate_refuses_labels_of_another_film_before_looking(
    castlist, squares, film, tmp_path, monkeypatch
):
    monkeypatch.setattr(pipeline, "analyse", None)
    for row, expected in (
        ("other.mp4,0,1,1,9,9,ana", "line 2: expected one of the sources film.mp4, got other.mp4"),
        ("film.mp4,40,1,1,9,9,ana", "line 2: expected a frame below 40"),
    ):
        labels = tmp_path / "labels.csv"
        labels.write_text(f"source,frame,x,y,w,h,person\n{row}\n")
        run = castlist("evaluate", film, "--labels", labels)
        assert run.code == 1
        assert expected in run.error


def test_evaluate_clusters_a_folder_of_photos(castlist, squares, tmp_path):
    for number, name in enumerate(["red", "blue", "red", "blue"]):
        write_photo(tmp_path / "photos" / f"{number}.png", picture(name))
    labels = tmp_path / "labels.csv"
    labels.write_text("file,person\n0.png,rita\n1.png,bo\n2.png,rita\n3.png,bo\n")
    run = castlist("evaluate", tmp_path / "photos", "--labels", labels)
    assert run.out.startswith("4 labelled faces: 4 found (1.000), 0 missed, 0 not looked at.")


def test_evaluate_takes_photos_with_labels_of_the_largest_face(castlist, squares, tmp_path):
    for number, name in enumerate(["red", "blue", "red", "blue"]):
        write_photo(tmp_path / "photos" / f"{number}.png", picture(name))
    castlist("cluster", tmp_path / "photos", "--out", tmp_path / "out")
    labels = tmp_path / "labels.csv"
    labels.write_text("file,person\n0.png,rita\n1.png,bo\n2.png,rita\n3.png,bo\n")
    run = castlist("evaluate", tmp_path / "out", "--labels", labels)
    assert run.code == 0
    assert run.out.startswith("4 labelled faces: 4 found (1.000), 0 missed, 0 not looked at.")


# Progress


# label


def test_labels_of_sorted_crops_make_a_result_right(castlist, squares, film, tmp_path):
    out, labels = tmp_path / "result", tmp_path / "labels.csv"
    castlist("cluster", film, "--out", out)
    (out / "people" / "person_001").rename(out / "people" / "rita")
    run = castlist("label", out, "--out", labels)
    assert run.out == f"{labels}: 30 faces of 3 people, 0 left out, 0 no face\n"
    figures = json.loads(castlist("evaluate", out, "--labels", labels, "--json").out)
    assert figures["after"]["one_to_one"] == figures["after"]["bcubed_f"] == 1.0
    again = json.loads(castlist("evaluate", film, "--labels", labels, "--json").out)
    assert again["after"] == figures["after"]


def test_labels_of_untouched_crops_are_called_so(castlist, squares, film, tmp_path, monkeypatch):
    castlist("cluster", film, "--out", tmp_path / "result")
    monkeypatch.chdir(tmp_path)
    run = castlist("label", "result")
    assert run.out.startswith("labels.csv: 30 faces of 3 people")
    assert "castlist's own answers" in run.out
    assert (tmp_path / "labels.csv").is_file()


def test_earlier_labels_are_replaced_only_when_asked(castlist, squares, film, tmp_path):
    out, labels = tmp_path / "result", tmp_path / "labels.csv"
    castlist("cluster", film, "--out", out)
    labels.write_text("precious")
    run = castlist("label", out, "--out", labels)
    assert run.code == 1
    assert "--overwrite" in run.error
    assert labels.read_text() == "precious"
    assert castlist("label", out, "--out", labels, "--overwrite").code == 0
    assert labels.read_text().startswith("source,frame,x,y,w,h,person,outfit")


def test_what_cannot_be_read_as_labels_is_told_in_one_line(castlist, squares, film, tmp_path):
    out = tmp_path / "result"
    castlist("cluster", film, "--out", out)
    (out / "people" / "person_001" / "me.jpg").write_bytes(b"")
    for folder, expected in ((out, "me.jpg"), (tmp_path / "in", "no faces.parquet")):
        run = castlist("label", folder, "--out", tmp_path / "labels.csv")
        assert run.code == 1
        assert expected in run.error
        assert not (tmp_path / "labels.csv").exists()


def test_progress_counts_from_the_start_that_was_asked_for(
    castlist, squares, film, tmp_path, monkeypatch
):
    told = []
    monkeypatch.setattr(ProgressLines, "__call__", lambda _self, *arguments: told.append(arguments))
    castlist("cluster", film, "--out", tmp_path / "out", "--start", 1, "--end", 2)
    looking = [entry[1:] for entry in told if entry[0] == "looking at film.mp4"]
    assert [round(done, 3) for done, total in looking if total == 1.0][:3] == [0, 0, 0.2]


# The networks themselves


@pytest.fixture(scope="module")
def close_up():
    """Twelve frames of one face, of the film that ships."""
    with av.open(str(SCENE)) as container:
        frames = itertools.islice(container.decode(video=0), 78, 90)
        return [frame.to_ndarray(format="rgb24") for frame in frames]


def test_a_film_of_one_face(castlist, networks, close_up, tmp_path):
    film = write_film(tmp_path / "one.mp4", close_up, rate=12)
    run = castlist("cluster", film, "--out", tmp_path / "out", "--fps", 12)
    assert run.code == 0
    assert run.out.splitlines()[0] == "1 person in one.mp4"
    faces = table_of(tmp_path / "out")
    assert faces.frame.tolist() == list(range(12))
    assert set(faces.person) == {0}
    assert np.isfinite(faces.face_vector).all()
    assert np.isfinite(faces.cloth_vector).all()


def test_a_photo_of_one_face(castlist, networks, close_up, tmp_path):
    photo = write_photo(tmp_path / "one.jpg", close_up[0])
    for method in ("hdbscan", "online"):
        out = tmp_path / method
        run = castlist("cluster", photo, "--out", out, "--face-method", method)
        assert run.code == 0
        assert run.out.splitlines()[1].startswith("1 face, ")
        assert len(table_of(out)) == 1
        assert len(list((out / "people").glob("*/one_*.jpg"))) == 1


def test_a_film_of_no_face(castlist, networks, tmp_path):
    grey = np.full((90, 160, 3), 100, np.uint8)
    film = write_film(tmp_path / "grey.mp4", [grey] * 4)
    run = castlist("cluster", film, "--out", tmp_path / "out")
    assert run.code == 0
    assert run.out.splitlines()[0] == "No face was found in grey.mp4"
    assert table_of(tmp_path / "out").face_vector.shape == (0, 128)
