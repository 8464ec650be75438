"""Bad input: one clear line, exit code 1, nothing lost."""

import csv
import os
import re
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from castlist.clustering.analysis import entries
from cli_tools import facts_of, leftovers, picture, table_of, write_film, write_photo


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
        ("empty.mp4", lambda path: path.write_bytes(b""), "it is empty"),
        ("sound.mp4", write_sound, "sound only"),
        ("folder", lambda path: path.mkdir(), "it is empty"),
        ("text.jpg", lambda path: path.write_text("no photo\n"), "cannot be read as a photo"),
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


def test_what_was_decoded_of_a_truncated_film_is_used_and_the_loss_reported(
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
    assert run.code == 3
    (line,) = [line for line in run.out.splitlines() if line.startswith("! ")]
    assert line.startswith("! b.jpg: ")
    assert "left out" in line
    assert set(table_of(out).source) == {"a.jpg", "c.jpg"}
    assert {source["name"] for source in facts_of(out)["sources"] if source["loss"]} == {"b.jpg"}
    assert "b.jpg" in (out / "report.html").read_text()


def test_each_corrupt_photo_has_its_own_complaint(castlist, squares, tmp_path):
    write_photo(tmp_path / "good.jpg", picture("red"))
    (tmp_path / "a.jpg.png").write_text("x")
    shutil.copy(tmp_path / "good.jpg", tmp_path / "a.jpg")
    with (tmp_path / "a.jpg").open("r+b") as file:
        file.truncate(700)
    names = ["a.jpg.png", "a.jpg", "good.jpg"]
    castlist("cluster", *(tmp_path / name for name in names), "--out", tmp_path / "out")
    losses = {source["name"]: source["loss"] for source in facts_of(tmp_path / "out")["sources"]}
    assert losses["a.jpg.png"].endswith("(it is no photo, or of a kind that is not read)")
    assert losses["a.jpg"].startswith("cannot be read as a photo and is left out (")
    assert losses["a.jpg"] != losses["a.jpg.png"]
    assert losses["good.jpg"] == ""


def test_only_corrupt_photos_are_no_input(castlist, squares, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a.jpg", "b.png"):
        (photos / name).write_bytes(b"no picture")
    run = castlist("cluster", photos, "--out", tmp_path / "out")
    assert run.code == 1
    assert "none of 2 inputs can be read" in run.error
    assert not (tmp_path / "out").exists()


def test_a_start_beyond_the_end_is_refused(castlist, squares, film, tmp_path):
    run = castlist("cluster", film, "--out", tmp_path / "out", "--start", 99)
    assert run.code == 1
    assert "--from" in run.error


# One bad item never stops the rest


@pytest.fixture(name="folder")
def _folder(tmp_path):
    """A folder with a good photo, a good film, and one of each kind of thing that is bad."""
    folder = tmp_path / "in"
    write_photo(folder / "good.jpg", picture("red"))
    write_film(folder / "good.mp4", [picture("red")] * 10)
    (folder / "dangling.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("no film")
    write_sound(folder / "sound.mp4")
    os.mkfifo(folder / "pipe.mp4")
    (folder / "endless.jpg").symlink_to("/dev/zero")
    (folder / "raw.CR2").write_bytes(b"II*\0" + bytes(100))
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


BAD = {
    "dangling.jpg": "leads nowhere",
    "empty.mp4": "is empty",
    "text.mp4": "cannot open it",
    "sound.mp4": "sound only",
    "pipe.mp4": "named pipe",
    "endless.jpg": "device",
    "raw.CR2": "raw photo",
    "broken.png": "cannot be read as a photo",
}


def reasons(out):
    return {Path(source["name"]).name: source["reason"] for source in facts_of(out)["skipped"]}


def test_a_part_without_a_picture_to_look_at_is_reported_and_stops_no_other(
    castlist, squares, film, tmp_path
):
    photo = write_photo(tmp_path / "a.png", picture("red"))
    part = ["--fps", "0.1", "--start", "1"]
    for _ in range(2):  # from the cache too
        run = castlist("cluster", film, photo, *part, "--out", tmp_path / "out", "--overwrite")
        assert run.code == 3
        assert "expected a picture to look at between 1 s and its end" in run.out
    alone = castlist("cluster", film, *part, "--out", tmp_path / "other")
    assert alone.code == 1
    assert "give a higher --fps" in alone.error


def test_bad_items_are_named_and_the_rest_is_done(castlist, squares, folder, tmp_path):
    out = tmp_path / "out"
    run = castlist("cluster", folder, "--out", out)
    assert run.code == 3
    assert set(table_of(out).source) == {"good.jpg", "good.mp4"}
    found = reasons(out)
    assert {name for name in BAD if BAD[name] in found[name]} == set(BAD)
    assert len(found) == len(BAD)
    assert all(name in run.out for name in BAD)
    assert "\nNot looked at: 4 films, 4 photos\n" in run.out
    assert all(name in (out / "report.html").read_text() for name in BAD)


def test_nothing_but_bad_items_is_an_error(castlist, squares, folder, tmp_path):
    for name in ("good.jpg", "good.mp4"):
        (folder / name).unlink()
    run = castlist("cluster", folder, "--out", tmp_path / "out")
    assert run.code == 1
    assert not (tmp_path / "out").exists()
    assert len(run.error) <= 300
    assert "none of 8 inputs can be read: dangling.jpg (is a link that leads nowhere)" in run.error
    assert "empty.mp4 (is empty)" in run.error
    assert run.error.endswith("and 4 more; give other files")


def test_bad_films_are_named_when_the_photos_are_bad_too(castlist, squares, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "text.mp4").write_text("no film")
    (tmp_path / "in" / "text.jpg").write_text("no photo")
    run = castlist("cluster", tmp_path / "in", "--out", tmp_path / "out")
    assert run.code == 1
    assert run.error == (
        "none of 2 inputs can be read: text.mp4 (FFmpeg cannot open it), text.jpg (is no photo, or"
        " of a kind that is not read); give other files"
    )


def test_a_bad_path_among_good_ones_is_named(castlist, squares, film, tmp_path):
    run = castlist("cluster", film, tmp_path / "nowhere.mp4", "--out", tmp_path / "out")
    assert run.code == 3
    assert "there is nothing" in reasons(tmp_path / "out")["nowhere.mp4"]


@pytest.mark.parametrize("kind", ["film", "photo"])
def test_what_vanishes_after_it_was_found_is_named(
    castlist, squares, folder, tmp_path, monkeypatch, kind
):
    gone = folder / {"film": "good.mp4", "photo": "good.jpg"}[kind]
    real = entries.hash_source

    def vanish(path):
        if path == gone:
            path.unlink(missing_ok=True)
        return real(path)

    monkeypatch.setattr(entries, "hash_source", vanish)
    assert castlist("cluster", folder, "--out", tmp_path / "out").code == 3
    assert "No such file" in reasons(tmp_path / "out")[gone.name]


def test_what_may_not_be_read_is_named(castlist, squares, film, tmp_path, monkeypatch):
    photo = write_photo(tmp_path / "in" / "secret.jpg", picture("red"))
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != photo and real(path, mode))
    assert castlist("cluster", tmp_path / "in", "--out", tmp_path / "out").code == 3
    assert "Permission denied" in reasons(tmp_path / "out")["secret.jpg"]


def test_what_nobody_may_see_stops_no_other(castlist, squares, film, tmp_path, monkeypatch):
    closed, real = tmp_path / "closed" / "x.mp4", Path.stat

    def stat(path, **words):
        if closed.parent in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, **words)

    monkeypatch.setattr(Path, "stat", stat)
    assert castlist("find", closed, film, "-o", tmp_path / "out").code == 3
    assert "Permission denied" in reasons(tmp_path / "out")["x.mp4"]
    run = castlist("find", closed)
    assert run.code == 1
    assert f"{closed}: expected a film" in run.error


def test_a_broken_photo_is_named_by_where_it_is_now(castlist, squares, tmp_path):
    for folder in ("one", "two"):
        path = tmp_path / folder / f"{folder}.png"
        path.parent.mkdir()
        path.write_bytes(b"\x89PNG\r\n\x1a\n")
        run = castlist("cluster", path, "--out", tmp_path / "out")
        assert run.error.startswith(f"{path}: cannot be read as a photo")


def test_a_film_without_a_picture_stops_no_other(castlist, squares, film, tmp_path):
    bad = write_film(tmp_path / "in" / "bad.mp4", [picture("red")] * 5, movflags="faststart")
    content = bad.read_bytes()
    bad.write_bytes(content[: content.index(b"mdat") + 4])
    assert castlist("cluster", bad, film, "--out", tmp_path / "out").code == 3
    assert "none of its pictures" in reasons(tmp_path / "out")["bad.mp4"]


def test_what_is_left_out_by_design_is_reported_and_is_no_failure(castlist, squares, tmp_path):
    folder = tmp_path / "in"
    for name in ("a.jpg", "@eaDir/a.jpg", "#recycle/b.jpg"):
        write_photo(folder / name, picture("red"))
    run = castlist("cluster", folder, "--out", tmp_path / "out")
    assert run.code == 0
    assert set(table_of(tmp_path / "out").source) == {"a.jpg"}
    deleted, copies = "it holds what was deleted", "it holds copies that a system made"
    assert f"Left out by design: 1 folder ({deleted}); 1 folder ({copies})" in run.out


def test_names_that_differ_in_blanks_or_case_are_two_files(castlist, squares, tmp_path):
    names = ("a b.jpg", "a  b.jpg", "A b.jpg", "a\nb.jpg")
    colours = ("red", "green", "blue", "yellow")
    for name, colour in zip(names, colours, strict=True):
        write_photo(tmp_path / "in" / name, picture(colour))
    assert castlist("cluster", tmp_path / "in", "--out", tmp_path / "out").code == 0
    faces = table_of(tmp_path / "out")
    assert len(set(faces.source)) == 4
    assert len({tuple(row.argsort()[-1:]) for row in faces.face_vector[:, :4]}) == 4
    assert len(list((tmp_path / "out" / "people").rglob("*_f*.jpg"))) == 4


def test_a_file_named_like_a_formula_is_text_in_the_csv(castlist, squares, tmp_path):
    for name in ("=1+1.jpg", "+x.jpg", "@a.jpg", "-b.jpg", "=2+2/c.jpg"):
        write_photo(tmp_path / "in" / name, picture("red"))
    assert castlist("cluster", tmp_path / "in", "--out", tmp_path / "out").code == 0
    with (tmp_path / "out" / "faces.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=1+1.jpg" in cells
    assert not [cell for cell in cells if cell[:1] in "=+@" and cell]
    assert not [cell for cell in cells if cell.startswith("-b")]
    assert "=1+1.jpg" in table_of(tmp_path / "out").source


def test_a_link_to_itself_stops_no_other(castlist, squares, film, tmp_path):
    loop = tmp_path / "loop.mp4"
    loop.symlink_to(loop)
    assert castlist("cluster", loop, film, "--out", tmp_path / "out").code == 3
    assert "loop.mp4" in reasons(tmp_path / "out")
    run = castlist("cluster", film, "--out", tmp_path / "other", "--cache", loop)
    assert run.code == 1
    assert "Symlink loop" in run.error or "cannot keep a cache there" in run.error


def test_bare_streams_and_rarer_films_of_a_folder_are_looked_at(castlist, squares, tmp_path):
    film = write_film(tmp_path / "in" / "a.h264", [picture("red")] * 5)
    (film.parent / "b.rmvb").write_bytes(b"no film")
    assert castlist("cluster", film.parent, "--out", tmp_path / "out").code == 3
    assert set(table_of(tmp_path / "out").source) == {"a.h264"}
    assert "b.rmvb" in reasons(tmp_path / "out")


def test_an_empty_name_is_not_the_current_folder(castlist, squares, film, monkeypatch):
    monkeypatch.chdir(film.parent)
    run = castlist("find", "")
    assert run.code == 1
    assert "got an empty name" in run.error


def test_a_film_that_grows_while_it_is_read_is_reported(
    castlist, squares, film, tmp_path, monkeypatch
):
    real = entries.hash_source

    def grow(path):
        found = real(path)
        with path.open("ab") as file:
            file.write(b"more")
        return found

    monkeypatch.setattr(entries, "hash_source", grow)
    run = castlist("cluster", film, "--out", tmp_path / "out")
    assert run.code == 0
    assert "it changed while it was read" in run.out
    assert "it changed while it was read" in (tmp_path / "out" / "report.html").read_text()


def test_a_working_folder_that_is_gone_is_named(castlist, squares, film, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    run = castlist("find", film, "-o", "out")
    monkeypatch.chdir(tmp_path)
    assert run.code == 1
    assert "the folder you are in is no longer there" in run.error
