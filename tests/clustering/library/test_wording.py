"""Sentences about a library."""

from castlist.clustering.library.film_names import NameConflict
from castlist.clustering.library.wording import asked_lines, conflict_lines, people_lines
from castlist.clustering.library_files.people import LibraryPerson

ANNA = LibraryPerson(0, "Anna", False, 2, 26, 4.9)
ON_PHOTOS = LibraryPerson(1, None, False, 1, 8, 0.0, 1)
ON_BOTH = LibraryPerson(2, "Carl", False, 3, 30, 4.9, 1)


def test_a_person_of_photos_alone_has_no_time_on_screen():
    assert people_lines([ANNA, ON_PHOTOS]) == [
        "Anna           2 films       26 faces         4.9 s  person_001",
        "person_002    1 folder        8 faces",
    ]


def test_folders_of_photos_are_not_called_films():
    assert people_lines([ON_BOTH]) == [
        "Carl  2 films, 1 folder       30 faces         4.9 s  person_003"
    ]


def test_a_question_writes_per_cent_as_everything_else_does():
    first, command = asked_lines([(ANNA, ON_PHOTOS, 0.284)], "our archive")
    assert first == "Anna (2 films) and person_002 (1 folder): 28 % sure that they are the same"
    assert command.startswith("  castlist library 'our archive' same person_001 person_002 ")


def test_a_conflict_has_commands_that_a_shell_understands():
    conflict = NameConflict("key", 1, 1, "Zoe", "Anna Berg", "my film.mp4")
    [line] = conflict_lines([conflict])
    assert """name 'Anna Berg' "Zoe".""" in line
    assert line.endswith("apart 'Anna Berg' 'Anna Berg@my film.mp4'")
