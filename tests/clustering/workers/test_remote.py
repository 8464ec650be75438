"""Films at an address are fetched to be looked at, and known again."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from castlist.clustering.library.library import Library
from castlist.clustering.workers.remote import fetched, hash_at, is_url
from castlist.data.errors import InputError
from castlist.data.hashes.content import hash_source
from castlist.data.result.result import StoredResult
from cli_tools import shots, write_film

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")

SERVED = Path(__file__).parents[2] / "s3_films.py"


@pytest.fixture(name="films")
def _films(tmp_path):
    """Two films at addresses in memory."""
    system = fsspec.filesystem("memory")
    for name, colours in (("one", ["red", "green"]), ("two", ["blue"])):
        write_film(tmp_path / f"{name}.mp4", shots(colours))
        system.put_file(str(tmp_path / f"{name}.mp4"), f"/films/{name}.mp4")
    system.pipe_file("/films/notes.txt", b"no film")
    yield "memory://films/"
    system.rm("/films", recursive=True)


def add(tmp_path, *given, **more):
    return Library(tmp_path / "lib").add(given, cache=tmp_path / "cache", **more)


def test_films_at_an_address_are_looked_at_and_then_known(squares, films, tmp_path):
    done = add(tmp_path, films)
    assert done.looked_at == ("memory:///films/one.mp4", "memory:///films/two.mp4")
    again = add(tmp_path, films)
    assert (again.looked_at, again.num_known, again.copies) == ((), 2, ())
    assert Library(tmp_path / "lib").status().gone == ()


def test_a_result_says_at_which_address_its_film_is(squares, films, tmp_path):
    add(tmp_path, f"{films}one.mp4")
    (folder,) = (tmp_path / "lib" / "films").iterdir()
    result = StoredResult.load(folder)
    assert [source.path for source in result.sources] == ["memory:///films/one.mp4"]
    assert "castlist-" not in (folder / "report.html").read_text()


def test_a_file_of_the_same_content_is_the_same_film(squares, films, tmp_path):
    add(tmp_path, tmp_path / "one.mp4")
    done = add(tmp_path, films)
    assert done.looked_at == ("memory:///films/two.mp4",)
    assert [str(copy) for copy in done.copies] == ["memory:/films/one.mp4"]


def test_another_film_at_the_same_address_is_new(squares, films, tmp_path):
    add(tmp_path, f"{films}one.mp4")
    fsspec.filesystem("memory").put_file(str(tmp_path / "two.mp4"), "/films/one.mp4")
    assert add(tmp_path, f"{films}one.mp4").looked_at == ("memory:///films/one.mp4",)


def test_the_hash_is_that_of_the_file(films, tmp_path):
    assert hash_at(f"{films}one.mp4") == hash_source(tmp_path / "one.mp4")


def test_a_fetched_film_is_gone_at_the_end(films):
    with fetched(f"{films}one.mp4") as here:
        assert here.name == "one.mp4"
        assert here.stat().st_size > 0
    assert not here.exists()


@pytest.mark.parametrize("address", ["memory://films/none.mp4", "nothing://bucket/film.mp4"])
def test_what_is_not_there_is_reported_in_a_line(squares, films, tmp_path, address):
    with pytest.raises(InputError) as raised:
        add(tmp_path, address)
    assert "\n" not in str(raised.value)
    assert address.partition("://")[2] in str(raised.value)


def test_a_film_that_is_not_there_is_reported(squares, films, tmp_path):
    with pytest.raises(InputError, match=r"/none\.mp4: cannot be read \(there is no such file\)$"):
        add(tmp_path, f"{films}none.mp4")


def test_a_damaged_film_is_reported_by_its_address(squares, films, tmp_path):
    fsspec.filesystem("memory").pipe_file("/films/broken.mp4", b"no film" * 100)
    [message] = add(tmp_path, films).failed
    assert message.startswith("memory:///films/broken.mp4: expected a film")
    assert "castlist-" not in message


@pytest.mark.parametrize(
    ("place", "expected"), [("s3://a/b", True), ("a/b", False), ("C:/a", False)]
)
def test_addresses_are_told_from_paths(place, expected):
    assert is_url(place) is expected


@pytest.mark.slow
@pytest.mark.skipif(find_spec("moto") is None, reason="moto is not installed")
@pytest.mark.skipif(find_spec("s3fs") is None, reason="s3fs is not installed")
def test_films_in_a_bucket(tmp_path):
    command = [sys.executable, SERVED, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "looked at 1, then known 1; looked at in a process 1"
