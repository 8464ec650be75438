"""Names of files and folders that are no text, that steer a terminal, or that are very long."""

import os
import shutil

import pytest
from castlist.clustering.exports.catalogue import BUILT_IN
from castlist.clustering.library.library import Library
from cli_tools import picture, table_of, write_film, write_photo
from review_tools import Browser, session_of

pytestmark = pytest.mark.usefixtures("plain_pages")

LATIN = os.fsdecode(b"vid\xe9os")  # as disks of older systems have it


@pytest.fixture
def odd(film, tmp_path):
    """The film under a name of bytes that are no UTF-8, in a folder of such a name."""
    path = tmp_path / LATIN / os.fsdecode(b"caf\xe9.mp4")
    path.parent.mkdir()
    return shutil.copy(film, path)


def test_a_film_in_a_folder_whose_name_is_no_text_has_its_result_beside_it(castlist, squares, odd):
    run = castlist("find", odd)
    assert run.code == 0
    assert r"vid\xe9os/caf\xe9.castlist/report.html" in run.out
    assert set(table_of(odd.with_suffix(".castlist")).source) == {r"caf\xe9.mp4"}
    assert castlist("show", odd).code == 0
    assert castlist("name", odd.with_suffix(".castlist"), "person_001", "Anna").code == 0
    assert "Anna" in castlist("find", odd).out


def test_every_export_names_such_a_film(castlist, squares, odd, tmp_path):
    out = odd.with_suffix(".castlist")
    castlist("find", odd)
    for name in BUILT_IN.keys() - {"xmp", "xmp-in-photos", "otio"}:
        path = odd.with_name(f"a{BUILT_IN[name].ending}")
        assert castlist("export", out, path, "--as", name).code == 0, name
        assert path.read_bytes()
    assert b"vid%E9os/caf%E9.mp4" in odd.with_name("a.xml").read_bytes()


def test_such_films_and_photos_are_in_a_library(castlist, squares, odd):
    write_photo(odd.with_name("b.jpg"), picture("red")).rename(odd.with_suffix(".jpg"))
    lib = odd.parent / "lib"
    assert castlist("library", lib, "add", odd.parent).code == 0
    rows = Library(lib).catalogue.rows.values()
    assert {row.path for row in rows} == {str(odd), str(odd.with_suffix(".jpg"))}
    assert "0 films and folders looked at" in castlist("library", lib, "add", odd.parent).out
    assert r"caf\xe9" in castlist("library", lib, "show", "1").out
    assert castlist("library", lib, "status").code == 0


@pytest.mark.parametrize("letter", ["x", "ä"])
def test_a_name_as_long_as_a_disk_allows_is_shortened_for_the_result(
    castlist, squares, film, letter
):
    path = film.with_name(letter * (251 // len(letter.encode())) + ".mp4")
    film.rename(path)
    assert castlist("find", path).code == 0
    assert castlist("find", path).out.startswith("Already done")
    (out,) = path.parent.glob("*.castlist")
    assert path.name.startswith(out.stem)
    assert castlist("clips", path, "1", "-o", path.parent / "clips").code == 0
    assert castlist("show", path, "1", "--copy-to", path.parent / "album").code == 0
    assert [*(path.parent / "album").rglob("*.mp4")]


@pytest.mark.parametrize("is_film", [True, False])
def test_no_name_steers_the_terminal(castlist, squares, tmp_path, is_film):
    path = tmp_path / "in" / "red\x1b[31m.mp4"
    write_film(path, [picture("red")] * 10)
    if not is_film:
        path.write_text("no film")
    run = castlist("find", path)
    assert r"red\x1b[31m" in run.out + run.error
    assert "\x1b" not in run.out + run.error + "".join(run.progress)


def test_such_a_result_is_reviewed_in_the_browser(castlist, squares, odd):
    castlist("find", odd)
    with session_of(odd.with_suffix(".castlist")) as session:
        browser = Browser(session)
        for page in ("/people", "/person/person_001", "/same", "/leftovers"):
            assert r"caf\xe9" in browser.html(page)
        assert browser.do("name", person="person_001", name="Anna").status_code == 200
