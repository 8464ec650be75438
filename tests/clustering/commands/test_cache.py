"""What is kept, and used again."""

import shutil

import pytest
from castlist.clustering.analysis import cache, film_job, jobs
from cli_tools import contents, picture, shots, table_of, write_film, write_photo

pytestmark = pytest.mark.usefixtures("plain_pages")


def test_other_thresholds_decode_nothing_other_frames_do(
    castlist, squares, film, tmp_path, monkeypatch
):
    photo = write_photo(tmp_path / "in" / "photo.jpg", picture("red"))
    assert castlist("cluster", film, photo, "--out", tmp_path / "one").code == 0

    def refuse(*_arguments, **_settings):
        raise AssertionError("looked at a picture")

    monkeypatch.setattr(film_job, "open_film", refuse)
    monkeypatch.setattr(jobs, "read_photos", refuse)
    monkeypatch.setattr(squares.faces.embedders["colours"], "embed", refuse)
    again = castlist(
        "cluster", film, photo, "--out", tmp_path / "two", "--wrong-merge-cost", "9",
        "--face-method", "agglomerative", "--cloth-method", "none",
    )  # fmt: skip
    assert again.code == 0
    assert table_of(tmp_path / "two").frame.tolist() == table_of(tmp_path / "one").frame.tolist()
    other = castlist("cluster", film, photo, "--out", tmp_path / "three", "--fps", "2")
    assert other.code == 1
    assert "looked at a picture" in other.error


def test_a_copy_is_known_by_its_content_and_has_its_own_name(
    castlist, squares, film, tmp_path, monkeypatch
):
    photos = [write_photo(tmp_path / "in" / f"{n}.png", picture("red", grey=n)) for n in (90, 99)]
    castlist("cluster", film, *photos, "--out", tmp_path / "one")
    names = {film.name: "copy.mp4", "90.png": "x.png", "99.png": "y.png"}
    copies = [tmp_path / "other" / names[path.name] for path in (film, *photos)]
    copies[0].parent.mkdir()
    for path, copy in zip((film, *photos), copies, strict=True):
        shutil.copy(path, copy)

    def refuse(*_arguments, **_settings):
        raise AssertionError("looked at a picture")

    monkeypatch.setattr(film_job, "open_film", refuse)
    monkeypatch.setattr(jobs, "read_photos", refuse)
    assert castlist("cluster", *copies, "--out", tmp_path / "two").code == 0
    one, two = table_of(tmp_path / "one"), table_of(tmp_path / "two")
    assert [names[name] for name in one.source.tolist()] == two.source.tolist()
    assert one.box.tolist() == two.box.tolist()


def test_damage_in_the_cache_is_mended_and_said_once(castlist, squares, film, tmp_path):
    castlist("cluster", film, "--out", tmp_path / "one")
    (entry,) = (tmp_path / "cache").iterdir()
    content = bytearray((entry / "faces.parquet").read_bytes())
    content[len(content) // 2] ^= 8
    (entry / "faces.parquet").write_bytes(content)
    run = castlist("cluster", film, "--out", tmp_path / "two")
    assert run.code == 0
    assert sum("damaged" in line for line in run.progress) == 1
    assert contents(tmp_path / "two" / "people") == contents(tmp_path / "one" / "people")
    again = castlist("cluster", film, "--out", tmp_path / "three")
    assert not any("damaged" in line for line in again.progress)


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
