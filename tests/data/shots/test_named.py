import numpy as np
import pytest
from castlist.clustering.exports.options import ExportOptions
from castlist.clustering.exports.selection import chosen_people
from castlist.data.errors import InputError
from castlist.data.result.cast import Cast
from castlist.data.result.result import StoredResult
from castlist.data.shots.named import find_person, shown_people
from shot_tools import film_of, result_at


@pytest.fixture
def result():
    """Two people whose ids are not their ranks any more: person_006 and person_003, called Ana."""
    found = result_at(film_of())
    cast = Cast(np.array([5, 2]), names={2: "Ana"}, first_ids=found.faces.person, next_id=9)
    return StoredResult(found.faces, found.run, found.crops, given_cast=cast)


def test_a_person_is_found_by_id_number_and_name(result):
    assert [find_person(result, text) for text in ("person_003", "3", "ana")] == [1, 1, 1]
    with pytest.raises(InputError, match="person_001"):
        find_person(result, "person_001")


def test_exports_have_the_ids(result):
    assert shown_people(result) == [0, 1]
    assert [person.id for person in chosen_people(result, ExportOptions())] == [
        "person_006", "person_003",
    ]  # fmt: skip
