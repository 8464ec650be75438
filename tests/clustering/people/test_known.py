"""Known people: which reference faces count, who gets a name, and what the user said stays."""

import dataclasses

import numpy as np
import pytest
from castlist.clustering.config import Config
from castlist.clustering.known_people import apply_known
from castlist.clustering.people import deciding, undoing
from castlist.clustering.people.known import KnownPeople, Match, decide_names, find_known, screened
from castlist.clustering.pipeline import find_people, find_people_again
from castlist.data.result.decisions import Decision, Decisions, What
from castlist.data.tables.faces import Faces
from decision_tools import DIM, analysed, people_by_letter

ANY = {"any": (0, DIM)}
STRANGER = "Z"


def _direction(letter):
    if letter == STRANGER:
        return _unit(np.random.default_rng(99).normal(size=DIM))
    chance = np.random.default_rng(0)  # as analysed() draws them
    return [_unit(chance.normal(size=DIM)) for _ in "ABCD"]["ABCD".index(letter)]


def _unit(vector):
    return vector / np.linalg.norm(vector)


def known(seed=5, quality=0.9, **letters):
    """Make known people; ``Anna="AAA"`` is three photos of A, ``Bob="BA"`` one of B, one of A."""
    chance = np.random.default_rng(seed)
    names = [name for name, faces in letters.items() for _ in faces]
    vectors = [
        _unit(_direction(letter) + 0.4 * _unit(chance.normal(size=DIM)))
        for faces in letters.values()
        for letter in faces
    ]
    count = len(names)
    photos = tuple(f"{name}/{row}.jpg" for row, name in enumerate(names))
    faces = Faces.of_detections(
        source=np.array(photos),
        frame=np.zeros(count, np.int64),
        time_s=np.full(count, np.nan),
        shot=np.full(count, -1),
        box=np.tile([10, 10, 60, 70], (count, 1)),
        detection=np.full(count, 0.9),
        quality=np.full(count, quality),
        face_vector=np.array(vectors).reshape(count, DIM),
    )
    return KnownPeople(faces, tuple(names), photos)


@pytest.fixture(name="found", scope="module")
def _found():
    return find_people(analysed(), Config())


def names_of(result):
    """Return {letter: name} of those who have one."""
    names = result.cast.names
    ids = people_by_letter(result)
    return {letter: names[person_id] for letter, (person_id,) in ids.items() if person_id in names}


def test_people_get_the_name_of_the_known_person_that_they_are(found):
    result, _, _ = apply_known(found, Decisions(), known(Anna="AAA", Cleo="CCC"))
    assert names_of(result) == {"A": "Anna", "C": "Cleo"}


def test_whoever_is_not_known_gets_no_name(found):
    matches = find_known(found, known(Zoe="ZZZ"))
    assert len(matches) == 4
    assert max(match.probability for match in matches) < 0.5


def test_a_clear_photo_makes_a_name_surer_than_a_poor_one(found):
    clear, middling, poor = (
        find_known(found, known(quality=quality, Anna="A", Zoe="Z"))[0].probability
        for quality in (0.9, 0.1, 0.001)
    )
    assert clear > middling > poor
    assert poor < 0.9


def test_more_known_people_make_each_name_less_sure(found):
    few = find_known(found, known(Anna="A", Zoe="Z"))[0]
    many = find_known(found, known(Anna="A", **{f"Zoe{k}": "Z" for k in range(30)}))[0]
    assert few.name == many.name == "Anna"
    assert few.probability > many.probability


def test_the_order_of_the_photos_does_not_matter(found):
    everyone = known(Anna="AA", Bob="BB", Cleo="CC")
    backwards = everyone.keep(np.arange(6)[::-1])
    first, second = find_known(found, everyone), find_known(found, backwards)
    assert [(one.person, one.name) for one in first] == [(one.person, one.name) for one in second]
    np.testing.assert_allclose(
        [one.probability for one in first], [one.probability for one in second]
    )


def test_a_name_of_known_people_is_a_decision_that_says_so(found):
    _, decisions, new = apply_known(found, Decisions(), known(Anna="AAA"))
    (decision,) = new
    assert decisions.lines == new
    assert (decision.what, decision.name) == (What.NAME, "Anna")
    assert 0.9 < decision.known <= 1
    assert Decision.from_json(decision.to_json(), 1).known == decision.known


def test_a_second_run_decides_nothing_anew(found):
    everyone = known(Anna="AAA", Bob="BBB")
    result, decisions, _ = apply_known(found, Decisions(), everyone)
    again, same, new = apply_known(result, decisions, everyone)
    assert new == ()
    assert same is decisions
    assert again is result


def test_what_the_user_called_somebody_stays(found):
    person_id = people_by_letter(found)["A"].pop()
    decisions = Decisions().and_then(*deciding.name(found, person_id, "Mum", merge=False))
    result = find_people_again(found, Config(), decisions)
    result, _, new = apply_known(result, decisions, known(Anna="AAA"))
    assert new == ()
    assert names_of(result) == {"A": "Mum"}


def test_a_name_that_the_user_took_back_is_not_given_again(found):
    everyone = known(Anna="AAA")
    result, decisions, _ = apply_known(found, Decisions(), everyone)
    decisions = decisions.and_then(undoing.undo(decisions))
    result = find_people_again(result, Config(), decisions)
    _, _, new = apply_known(result, decisions, everyone)
    assert new == ()


def test_whom_the_user_took_the_name_off_gets_none(found):
    everyone = known(Anna="AAA")
    result, decisions, _ = apply_known(found, Decisions(), everyone)
    person_id = people_by_letter(result)["A"].pop()
    decisions = decisions.and_then(*deciding.name(result, person_id, "", merge=False))
    result = find_people_again(result, Config(), decisions)
    assert names_of(result) == {}
    assert apply_known(result, decisions, everyone)[2] == ()


def test_two_people_of_one_name_are_merged(found):
    ids = found.cast.ids
    apart = [number for number in range(4) if not _together(found, 0, number)]
    matches = [Match(0, "Anna", 0.99), Match(apart[1], "Anna", 0.95)]
    name, merge = decide_names(found, Decisions(), matches)
    assert (name.what, name.person) == (What.NAME, ids[0])
    assert (merge.what, merge.person, merge.other) == (What.MERGE, ids[0], ids[apart[1]])
    assert (name.known, merge.known) == (0.99, 0.95)


def test_the_surer_of_two_people_in_one_picture_has_the_name(found):
    other = next(number for number in range(1, 4) if _together(found, 0, number))
    matches = [Match(other, "Anna", 0.99), Match(0, "Anna", 0.98)]
    (only,) = decide_names(found, Decisions(), matches)
    assert (only.what, only.person) == (What.NAME, found.cast.ids[other])


def test_below_the_probability_nobody_is_named(found):
    assert decide_names(found, Decisions(), [Match(0, "Anna", 0.94)]) == []


def _together(result, one, other):
    picture, person = result.faces.picture, result.faces.person
    return one != other and bool(np.isin(picture[person == one], picture[person == other]).any())


def test_a_wrong_face_among_photos_is_left_out_and_reported():
    kept = screened(known(Anna="AAAAZ", Bob="BBB"), ANY)
    assert kept.names == ("Anna",) * 4 + ("Bob",) * 3
    assert kept.problems == (
        "Anna/4.jpg: left out, since it is not like the rest of Anna (turned away, or somebody"
        " else)",
    )


def test_neither_of_two_photos_that_show_two_people_is_used():
    kept = screened(known(Anna="AZ", Bob="BBB"), ANY)
    assert set(kept.names) == {"Bob"}
    assert kept.problems == ("Anna/0.jpg and Anna/1.jpg show two people; neither is used",)


def test_one_person_under_two_names_is_reported():
    kept = screened(known(Anna="AAAA", Ann="AAAA", Bob="BBB"), ANY)
    assert kept.people == ["Ann", "Anna", "Bob"]
    assert kept.problems == (
        "Ann and Anna look like one person under two names: delete one of them, else neither name"
        " may be given",
    )


def test_faces_without_a_vector_are_reported():
    some = known(Anna="AAA")
    vectors = some.faces.face_vector[:]
    vectors[1] = np.nan
    some = dataclasses.replace(some, faces=some.faces.replace(face_vector=vectors))
    kept = screened(some, ANY)
    assert len(kept.names) == 2
    assert kept.problems == ("Anna/1.jpg: no network could describe the face",)


def test_nobody_known_and_nobody_there(found):
    assert find_known(found, known()) == []
    nobody = found.keep(np.empty(0, np.int64))
    assert find_known(nobody, known(Anna="A")) == []
