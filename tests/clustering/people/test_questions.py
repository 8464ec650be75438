"""Which questions are worth asking, on tracks whose evidence is written down."""

import dataclasses

import numpy as np
import pytest
from castlist.clustering.grouping.constraints import Constraints
from castlist.clustering.people.parts import Known, alike, people_and_parts
from castlist.clustering.people.questions import like_these, nearest_people, questions


class Pairs:
    """Evidence that is a table."""

    def __init__(self, table):
        self._table = np.array(table, dtype=np.float64)

    def between(self, rows, others):
        return self._table[np.ix_(rows, others)]


@pytest.fixture(name="make_known")
def _make_known(make_tracks):
    """Make what is known of tracks: one says ``person``, ``evidence`` and what differs."""

    def make(person, evidence, apart=(), **columns):
        count = len(person)
        of_state = {
            name: columns.pop(name)
            for name in ("strength", "decided_by_user", "named", "hidden")
            if name in columns
        }
        tracks = make_tracks(face=np.zeros((count, 2)), **columns)
        usual = {
            "strength": np.ones(count),
            "decided_by_user": np.zeros(count, dtype=bool),
            "named": frozenset(),
            "hidden": frozenset(),
        }
        return Known(
            tracks,
            np.array(person),
            face=Pairs(evidence),
            cloth=Pairs(np.zeros((count, count))),
            constraints=Constraints(tracks.pictures, apart),
            clearness=np.linspace(1, 0.5, count),
            **{**usual, **of_state},
        )

    return make


def pairs(asked):
    return [(question.first.tracks.tolist(), question.second.tracks.tolist()) for question in asked]


def table(count, **values):
    """Return evidence of -6 but for pairs such as ``_0_1=2``."""
    evidence = np.full((count, count), -6.0)
    for pair, value in values.items():
        first, second = map(int, pair.strip("_").split("_"))
        evidence[first, second] = evidence[second, first] = value
    return evidence


def test_a_question_is_worth_its_probability_times_the_faces_of_the_smaller_part(make_known):
    known = make_known([0, 1, 2], table(3, _0_1=1.0), num_faces=[50, 20, 30])
    (question,) = questions(known)
    assert pairs([question]) == [([0], [1])]
    # Evidence 1 of the first person and -6 of the third, less the 1.2 that speak for nobody.
    one, other = np.exp(1 - 1.2), np.exp(-6 - 1.2)
    assert question.probability == pytest.approx(one / (1 + one + other))
    assert question.gain == pytest.approx(question.probability * 20)


def test_the_answer_that_puts_most_faces_right_is_asked_for_first(make_known):
    evidence = table(4, _0_1=1.0, _0_2=0.8)
    known = make_known([0, 1, 2, 3], evidence, num_faces=[90, 10, 40, 5])
    assert pairs(questions(known)) == [([0], [2]), ([0], [1])]


def test_clothes_that_are_alike_make_no_question_of_two_people(make_known):
    known = make_known([0, 1, 2], table(3), num_faces=[50, 20, 30])
    alike = np.full((3, 3), 7.0)
    assert questions(dataclasses.replace(known, cloth=Pairs(alike))) == []


def test_clothes_that_differ_speak_against_a_question(make_known):
    known = make_known([0, 1], table(2, _0_1=1.0), num_faces=[50, 20])
    assert len(questions(known)) == 1
    other_clothes = dataclasses.replace(known, cloth=Pairs(table(2, _0_1=-3.0)))
    assert questions(other_clothes) == []


def test_clothes_that_are_alike_count_of_unknown_faces(make_known):
    known = make_known([0, 1, -1], table(3, _1_2=-4.0), num_faces=[50, 40, 30])
    (question,) = questions(dataclasses.replace(known, cloth=Pairs(table(3, _1_2=5.0))))
    assert pairs([question]) == [([1], [2])]


def test_people_whom_a_picture_shows_together_are_not_asked_about(make_known):
    known = make_known([0, 1], table(2, _0_1=-0.5), pictures=[{1}, {1}])
    assert questions(known) == []


def test_a_part_is_asked_about_without_those_in_a_picture_with_the_other(make_known):
    evidence = table(5, _1_2=3.0, _1_3=3.0, _1_4=3.0, _0_1=3.0, _0_2=2.0, _0_3=2.0, _0_4=2.0)
    known = make_known(
        [0, 0, 1, 1, 1],
        evidence,
        num_faces=[50, 50, 20, 20, 5],
        pictures=[{1}, {2}, {3}, {4}, {1, 5}],
    )
    (question,) = questions(known)
    assert pairs([question]) == [([0, 1], [2, 3])]
    assert not question.second.is_whole


def test_a_pair_that_was_answered_with_no_is_asked_about_no_more(make_known):
    evidence = table(3, _0_1=1.0, _1_2=0.5)
    known = make_known([0, 1, 2], evidence, apart=[(1, 0)], num_faces=[50, 20, 30])
    assert pairs(questions(known)) == [([2], [1])]


def test_two_people_with_names_are_two(make_known):
    evidence = table(2, _0_1=2.0)
    assert len(questions(make_known([0, 1], evidence, named=frozenset({0})))) == 1
    assert questions(make_known([0, 1], evidence, named=frozenset({0, 1}))) == []


def test_who_has_a_name_stays_though_the_other_has_more_faces(make_known):
    known = make_known([0, 1], table(2, _0_1=2.0), num_faces=[50, 20], named=frozenset({1}))
    assert pairs(questions(known)) == [([1], [0])]


def test_hidden_people_are_not_asked_about(make_known):
    known = make_known([0, 1], table(2, _0_1=2.0), hidden=frozenset({1}))
    assert questions(known) == []


def test_a_question_that_was_skipped_is_not_asked(make_known):
    known = make_known([0, 1], table(2, _0_1=2.0))
    assert len(questions(known)) == 1
    assert questions(known, skipped=[(1, 0)]) == []


def test_what_could_not_be_compared_is_no_question(make_known):
    known = make_known([0, -1], table(2, _0_1=0.0))
    assert questions(known) == []


def test_what_puts_less_than_a_face_right_is_not_worth_asking(make_known):
    known = make_known([0, 1], table(2, _0_1=0.5), num_faces=[50, 1])
    assert questions(known) == []


def test_unknown_faces_may_be_a_person(make_known):
    known = make_known([0, 1, -1], table(3, _1_2=0.5), num_faces=[50, 40, 30])
    (question,) = questions(known)
    assert pairs([question]) == [([1], [2])]


def test_a_doubtful_part_is_asked_about_only_where_somebody_else_is_likelier(make_known):
    person, strength = [0, 0, 0, 1], np.array([1, 1, 0.5, 1])
    like_own = table(4, _0_1=5.0, _0_2=2.0, _1_2=2.0, _2_3=1.0)
    like_other = table(4, _0_1=5.0, _0_2=0.0, _1_2=0.0, _2_3=2.0)
    assert questions(make_known(person, like_own, strength=strength)) == []
    asked = questions(make_known(person, like_other, strength=strength))
    assert pairs(asked) == [([3], [2])]


def test_a_person_of_whom_nothing_is_sure_is_one_part(make_known):
    known = make_known([0, 0, -1], table(3, _0_1=2.0), strength=np.array([0.4, 0.4, 0]))
    people, parts = people_and_parts(known)
    assert [part.tracks.tolist() for part in people] == [[0, 1]]
    assert [part.tracks.tolist() for part in parts] == [[2]]


def test_unknown_faces_that_are_alike_are_one_group_but_never_two_of_one_picture(make_known):
    evidence = table(4, _0_1=3.0, _0_2=3.0, _1_2=3.0)
    known = make_known([-1] * 4, evidence, pictures=[{1}, {2}, {2}, {3}])
    groups = sorted(rows.tolist() for rows in alike(known, np.arange(4)))
    assert groups in ([[0, 1], [2], [3]], [[0, 2], [1], [3]])


def test_the_nearest_people_come_first_without_those_who_cannot_be(make_known):
    evidence = table(4, _0_3=-1.0, _1_3=1.0, _2_3=2.0)
    known = make_known([0, 1, 2, -1], evidence, pictures=[{1}, {2}, {3}, {3}])
    people, (part,) = people_and_parts(known)
    assert nearest_people(known, people, part) == [1, 0]
    hidden = dataclasses.replace(known, hidden=frozenset({1}))
    assert nearest_people(hidden, people, part) == [0]


def test_what_is_more_like_the_chosen_shots_than_like_the_rest_goes_with_them(make_known):
    evidence = table(6, _0_1=4.0, _0_2=4.0, _1_2=4.0, _3_4=3.0, _0_5=9.0, _3_5=9.0)
    known = make_known([0, 0, 0, 0, 0, 1], evidence)
    assert like_these(known, np.array([3])).tolist() == [4]
    assert like_these(known, np.array([0])).tolist() == [1, 2]
    answered = dataclasses.replace(known, decided_by_user=np.arange(6) == 4)
    assert like_these(answered, np.array([3])).tolist() == []
    assert like_these(known, np.array([5])).tolist() == []


def test_large_results_are_asked_about_too(make_known):
    count = 1200
    known = make_known([-1] * count, np.full((count, count), -6.0))
    assert questions(known) == []
    assert len(people_and_parts(known)[1]) == 200
