"""Where films and photos are after somebody moved them."""

import pytest
from castlist.data.errors import InputError
from castlist.data.result.facts import SourceFacts
from castlist.data.shots.where import one_moved, path_of, paths_of


@pytest.fixture(name="sources")
def _sources(tmp_path):
    """Two films and a photo where they were, and an empty folder called new."""
    names = ("a.mp4", "b.mp4", "in/c.jpg")
    (tmp_path / "in").mkdir()
    (tmp_path / "new").mkdir()
    for name in names:
        (tmp_path / name).touch()
    return [SourceFacts(name, path=str(tmp_path / name)) for name in names]


def test_a_file_is_the_film_of_its_name_and_no_other(sources, tmp_path):
    moved = (tmp_path / "a.mp4").rename(tmp_path / "new" / "a.mp4")
    paths = paths_of(sources, moved)
    assert paths == {
        "a.mp4": moved, "b.mp4": tmp_path / "b.mp4", "in/c.jpg": tmp_path / "in" / "c.jpg",
    }  # fmt: skip


def test_a_file_of_another_name_is_the_film_that_is_missing(sources, tmp_path):
    moved = (tmp_path / "b.mp4").rename(tmp_path / "new" / "other.mp4")
    assert one_moved(sources, moved) == "b.mp4"
    assert paths_of(sources, moved)["a.mp4"] == tmp_path / "a.mp4"


def test_the_only_film_may_have_any_name_and_be_a_copy(sources, tmp_path):
    copy = tmp_path / "new" / "large.mov"
    copy.touch()
    assert paths_of(sources[:1], copy) == {"a.mp4": copy}


@pytest.mark.parametrize("missing", [(), ("a.mp4", "b.mp4")], ids=["none", "two"])
def test_a_file_that_may_be_any_film_is_refused(sources, tmp_path, missing):
    for name in missing:
        (tmp_path / name).unlink()
    (tmp_path / "new" / "other.mp4").touch()
    with pytest.raises(InputError, match="or one of 3 films and photos by its name"):
        paths_of(sources, tmp_path / "new" / "other.mp4")


def test_a_film_that_is_not_in_the_folder_is_where_it_was(sources, tmp_path):
    moved = (tmp_path / "a.mp4").rename(tmp_path / "new" / "a.mp4")
    paths = paths_of(sources, tmp_path / "new")
    assert [paths[name] for name in ("a.mp4", "b.mp4")] == [moved, tmp_path / "b.mp4"]
    (tmp_path / "b.mp4").unlink()
    with pytest.raises(InputError, match=r"^b.mp4: expected it at .*new, found no such file"):
        path_of(sources[1], tmp_path / "new")
