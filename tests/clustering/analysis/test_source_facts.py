"""What is known of each film and photo once it was looked at, and kept in run.json."""

import shutil
from fractions import Fraction

import pytest
from castlist.clustering.analysis.analyse import analyse
from castlist.data.hashes.content import hash_source
from castlist.data.media.config import FramesConfig
from castlist.data.media.sources import find_sources
from castlist.data.progress import silent
from cli_tools import picture, shots, write_film, write_photo


@pytest.fixture
def look(squares, tmp_path):
    """Look at files; gives the run."""

    def run(*paths):
        cache = tmp_path / "cache"
        sources = find_sources(paths)
        return analyse(sources, squares, FramesConfig(), {}, cache, silent).run

    return run


def film_at(path, rate=10):
    return write_film(path, shots(["red"], ["blue"]), rate=rate)


def test_the_content_hash_is_the_same_wherever_the_file_lies(look, tmp_path):
    film = film_at(tmp_path / "a" / "film.mp4")
    moved = tmp_path / "b" / "other name.mp4"
    moved.parent.mkdir()
    shutil.copy(film, moved)
    [one], [other] = look(film).sources, look(moved).sources
    assert one.content == other.content == hash_source(film)
    assert (one.path, other.path) == (str(film), str(moved))
    assert one.name != other.name


def test_another_content_has_another_hash(look, tmp_path):
    photos = [
        write_photo(tmp_path / "1.png", picture("red")),
        write_photo(tmp_path / "2.png", picture("blue")),
    ]
    one, other = look(*photos).sources
    assert one.content == hash_source(photos[0])
    assert one.content != other.content
    assert [source.path for source in (one, other)] == list(map(str, photos))


def test_a_path_is_that_of_this_run_also_when_the_cache_knows_the_film(look, tmp_path):
    film = film_at(tmp_path / "a" / "film.mp4")
    look(film)
    moved = tmp_path / "b" / "film.mp4"
    moved.parent.mkdir()
    film.rename(moved)
    [source] = look(moved).sources
    assert source.path == str(moved)
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_the_input_hash_is_of_contents_and_names_in_any_order(look, tmp_path):
    red = write_photo(tmp_path / "1.png", picture("red"))
    blue = write_photo(tmp_path / "2.png", picture("blue"))
    one = look(red, blue).input_hash
    assert look(blue, red).input_hash == one
    write_photo(blue, picture("green"))
    assert look(red, blue).input_hash != one


def test_rate_and_time_base_of_a_film_are_exact_and_a_photo_has_none(look, tmp_path):
    film = film_at(tmp_path / "film.mp4", rate=Fraction(24000, 1001))
    photo = write_photo(tmp_path / "photo.png", picture("red"))
    of_film, of_photo = look(film, photo).sources
    assert of_film.rate == Fraction(24000, 1001)
    assert of_film.time_base == Fraction(1, 24000)
    assert of_film.start_timecode is None
    assert (of_photo.rate, of_photo.time_base, of_photo.start_timecode) == (None, None, None)


def test_the_cache_remembers_rate_and_time_base(look, tmp_path):
    film = film_at(tmp_path / "film.mp4")
    first, second = look(film), look(film)
    assert second.sources == first.sources
    assert isinstance(second.sources[0].rate, Fraction)
