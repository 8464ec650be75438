"""Which faces can be given to a person together."""

import dataclasses

import numpy as np
import pytest
from castlist.clustering.config import Config
from castlist.clustering.people.deciding import conflict, without_conflict
from castlist.clustering.pipeline import find_people
from castlist.data.tables.codes import DecidedBy
from decision_tools import analysed, who

A, B = 0, 1


@pytest.fixture(name="found", scope="module")
def _found():
    """Every picture of the first shot shows A and B, and the user gave A's face in the first."""
    found = find_people(analysed(), Config())
    decided_by = found.faces.decided_by.copy()
    decided_by[np.flatnonzero(who(found) == "A")[0]] = DecidedBy.USER
    return dataclasses.replace(found, faces=found.faces.replace(decided_by=decided_by))


def rows_of(found, letter):
    return np.flatnonzero(who(found) == letter)


def test_a_face_beside_one_that_the_user_gave_is_left_out(found):
    rows = rows_of(found, "B")
    assert conflict(found, rows, A)
    free = without_conflict(found, rows, A)
    assert free.tolist() == rows[1:].tolist()
    assert not conflict(found, free, A)


def test_the_clearer_of_two_faces_in_a_picture_stays(found):
    rows = rows_of(found, "C")[:1]
    beside = rows_of(found, "A")[3], rows_of(found, "B")[3]
    quality = found.faces.quality.copy()
    quality[list(beside)] = 0.2, 0.9
    other = dataclasses.replace(found, faces=found.faces.replace(quality=quality))
    free = without_conflict(other, np.array([*beside, *rows]), 3)
    assert free.tolist() == sorted([beside[1], *rows])


def test_faces_that_can_all_be_the_persons_stay(found):
    rows = rows_of(found, "C")
    assert without_conflict(found, rows, B).tolist() == rows.tolist()
