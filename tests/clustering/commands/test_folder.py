"""The folder of the result."""

import shutil
from pathlib import Path

import pytest
from castlist import find
from castlist.clustering.analysis import engine as engine_module
from castlist.data.errors import InputError
from castlist.data.result.result import StoredResult
from cli_tools import contents, leftovers, picture, table_of, write_photo


def test_an_out_that_cannot_be_written_is_named_before_any_work(
    castlist, squares, film, tmp_path, monkeypatch
):
    monkeypatch.setattr(engine_module, "load_engine", lambda *_: pytest.fail("worked"))
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


def test_what_the_user_put_into_a_result_stays_when_it_is_replaced(
    castlist, squares, film, tmp_path
):
    out = tmp_path / "out"
    castlist("cluster", film, "--out", out)
    (out / "people" / "Anna").mkdir()
    (out / "people" / "Anna" / "photo.jpg").write_bytes(b"hers")
    (out / "edits.jsonl").write_text('{"what": "name", "person": "person_009", "name": "Bo"}\n')
    assert castlist("cluster", film, "--out", out, "--end", 1, "--overwrite").code == 0
    castlist("cluster", film, "--out", tmp_path / "fresh", "--end", 1)
    kept = {"people/Anna/photo.jpg", "edits.jsonl"}
    crops = [
        {Path(name).name for name in contents(folder) if name.count("/") == 2} - {"photo.jpg"}
        for folder in (out, tmp_path / "fresh")
    ]
    assert crops[0] == crops[1]  # in folders of other ids: those of the earlier result last
    assert kept <= contents(out).keys()
    assert (out / "people" / "Anna" / "photo.jpg").read_bytes() == b"hers"


def test_a_result_of_more_films_is_not_replaced_by_one_of_fewer_unless_asked(
    castlist, squares, film, tmp_path
):
    out = tmp_path / "out"
    other = Path(shutil.copy(film, tmp_path / "other.mp4"))
    photo = write_photo(tmp_path / "photos" / "a.jpg", picture("red"))
    castlist("find", film, other, photo.parent, "-o", out)
    person = next(iter(StoredResult.load(out).people)).id
    castlist("name", out, person, "Anna")
    before = contents(out)
    run = castlist("find", film, photo.parent, "-o", out)
    assert run.code == 1
    assert run.error.startswith(f"{out}: is also the result of other.mp4; give these too, ")
    with pytest.raises(InputError, match=r"is also the result of other\.mp4, a\.jpg; "):
        find(film).save(out)
    assert contents(out) == before
    photo.unlink()  # what was taken away is missed by nobody
    assert castlist("find", film, other, photo.parent.parent, "-o", out).code == 0
    assert castlist("find", film, "-o", out, "--overwrite").code == 0
    assert "Anna" in (out / "edits.jsonl").read_text()


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
        assert run.out.splitlines()[-2:] == [
            f"Report: {tmp_path / 'castlist-demo' / 'report.html'}",
            "Next: castlist YOUR-FILM.mp4",
        ]
    mine = write_photo(tmp_path / "photos" / "a.jpg", picture("red"))
    assert castlist("find", mine, "--out", "mine").code == 0
    before = contents(tmp_path / "mine")
    run = castlist("demo", "--end", "0.5", "--out", "mine")
    assert (run.code, "a.jpg" in run.error) == (1, True)
    assert contents(tmp_path / "mine") == before
