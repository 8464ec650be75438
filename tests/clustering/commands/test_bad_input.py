"""Bad input: one clear line, exit code 1, nothing lost."""

import re
import shutil

import av
import numpy as np
import pytest
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
