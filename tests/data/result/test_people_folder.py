"""Which crops lie in the folder of people."""

from pathlib import Path

import pytest
from castlist.data.result.people_folder import files_in, find_crops, pictures_in

FILES = (
    "people/a-b/2.jpg",
    "people/a/1.jpg",
    "people/a/outfit/2.jpg",
    "people/a/not a crop.txt",
    "people/a/.hidden.jpg",
    "people/a/@eaDir/1.jpg",
    "people/.trash/3.jpg",
    "people/person_001.jpg",
    "run.json",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a result with crops, a contact sheet, and what systems and users left there."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to(tmp_path / "people")
    return tmp_path


def test_pictures_come_in_the_order_of_paths_without_what_systems_leave(folder: Path) -> None:
    assert pictures_in(folder / "people") == [
        ("a", "1.jpg"),
        ("a", "outfit", "2.jpg"),
        ("a-b", "2.jpg"),
        ("person_001.jpg",),
    ]


def test_the_first_of_crops_of_one_name_counts_and_contact_sheets_do_not(folder: Path) -> None:
    people = folder / "people"
    assert find_crops(folder) == {
        "1.jpg": people / "a" / "1.jpg",
        "2.jpg": people / "a" / "outfit" / "2.jpg",
    }


def test_a_link_is_a_file_and_nobody_looks_behind_it(folder: Path) -> None:
    assert files_in(folder) == sorted(Path(name) for name in (*FILES, "link"))


def test_a_folder_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    assert (pictures_in(tmp_path / "gone"), files_in(tmp_path / "gone")) == ([], [])
