"""The cast of a table: who is meant by a text, and portraits that the user chose."""

import dataclasses

import numpy as np
import pytest
from castlist.data.errors import InputError
from castlist.data.result.cast import Cast
from castlist.data.result.result import StoredResult
from result_tools import result_of


def _result(make_faces):
    faces = make_faces(6, person=np.array([0, 0, 0, 0, 1, 1]), quality=np.linspace(0.1, 0.9, 6))
    cast = dataclasses.replace(Cast.of_ranks(faces), portraits={0: 1, 1: 0})
    return dataclasses.replace(result_of(faces), given_cast=cast)


def test_the_face_that_the_user_chose_stands_for_its_person(make_faces):
    first, second = _result(make_faces).people
    assert first.representative == 1
    assert second.representative == 5  # row 0 is somebody else by now: the best one


def test_a_portrait_stays_with_its_face_when_rows_are_left_out(make_faces):
    kept = _result(make_faces).keep(np.array([1, 2, 4]))
    assert kept.people[0].representative == 0
    gone = _result(make_faces).keep(np.array([2, 3, 4]))
    assert gone.people[0].representative == 1


def test_a_portrait_is_loaded_as_it_was_saved(make_faces, tmp_path):
    _result(make_faces).save(tmp_path / "result")
    assert StoredResult.load(tmp_path / "result").cast.portraits == {0: 1, 1: 0}


CAST = Cast(np.array([5, 2, 0]), names={2: "Zoë", 7: "gone"})


@pytest.mark.parametrize("text", ["zoë", " Zoe\u0308 ", "person_003", "3", "003"])
def test_a_person_is_found_by_name_id_and_number(text):
    assert CAST.find(text) == 2


@pytest.mark.parametrize("text", ["unknown", "gone", "person_002", "0", "-1", "9" * 5000])
def test_nobody_else_is_found(text):
    with pytest.raises(InputError, match="here are person_006, Zoë, person_001"):
        CAST.find(text)


def test_who_is_nearly_called_so_is_named():
    with pytest.raises(InputError, match='"zo": nobody has that name; did you mean "Zoë"'):
        CAST.find("zo")
