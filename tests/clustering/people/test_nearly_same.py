"""Who is asked about follows the decisions of the user, and is kept with the result."""

import dataclasses

import numpy as np
import pytest
from castlist.__main__ import main
from castlist.clustering.config import Config
from castlist.clustering.people import deciding
from castlist.clustering.pipeline import find_people, find_people_again
from castlist.clustering.report.write import write_report
from castlist.data.result.decisions import Decisions
from castlist.data.result.result import StoredResult
from decision_tools import analysed, crops_of, who


def half_alike():
    """Return what the networks saw, with the face of C a little like that of B."""
    found = analysed()
    vectors, letters = found.faces.face_vector[:], who(found)
    b = vectors[letters == "B"].mean(axis=0)
    vectors[letters == "C"] += 0.36 * b / np.linalg.norm(b)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return dataclasses.replace(found, faces=found.faces.replace(face_vector=vectors))


def asked(result):
    """Return the pairs by letter."""
    letters = who(result)
    names = {number: str(letters[result.faces.person == number][0]) for number in range(4)}
    return [{names[pair.first], names[pair.second]} for pair in result.run.nearly_same]


@pytest.fixture(name="result")
def _result():
    return find_people(half_alike(), Config())


@pytest.fixture(name="folder")
def _folder(result, tmp_path):
    result.save(tmp_path / "result", write_pages=write_report)
    return tmp_path / "result"


def test_the_pairs_are_saved_and_loaded(result, folder):
    assert asked(result) == [{"B", "C"}]
    assert StoredResult.load(folder).run.nearly_same == result.run.nearly_same
    assert "Are these the same?" in (folder / "report.html").read_text()


def test_whoever_was_joined_is_asked_about_no_more_until_that_is_taken_back(result, folder):
    ids = [result.cast.id_of(number) for number in (1, 2)]
    assert main(["edit", str(folder), "merge", *ids]) == 0
    assert StoredResult.load(folder).run.nearly_same == ()
    assert "Are these the same?" not in (folder / "report.html").read_text()
    assert main(["edit", str(folder), "undo"]) == 0
    assert asked(StoredResult.load(folder)) == [{"B", "C"}]


def test_two_people_by_the_users_word_are_not_asked_about(result):
    person_of_b = int(result.faces.person[who(result) == "B"][0])
    rows = np.flatnonzero(who(result) == "C")
    person_id = int(result.cast.ids[person_of_b])
    decisions = Decisions().and_then(deciding.moved(result, rows, person_id))
    joined = find_people_again(result, Config(), decisions)
    parted = decisions.and_then(*deciding.denied(joined, rows))
    assert find_people_again(joined, Config(), parted).run.nearly_same == ()


def test_a_result_with_decisions_counts_people_as_its_table_does(folder):
    crop = crops_of(folder, "D")[0]
    assert main(["edit", str(folder), "move", crop, "--to", "new"]) == 0
    result = StoredResult.load(folder)
    letters = who(result)
    for pair in result.run.nearly_same:
        seen = {str(letters[result.faces.person == one][0]) for one in (pair.first, pair.second)}
        assert seen == {"B", "C"}
    assert len(result.run.nearly_same) == 1
