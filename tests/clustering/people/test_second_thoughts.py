"""Users who change their minds: names, ids and what was said of faces outlast it."""

import numpy as np
import pytest
from castlist.clustering.config import Config
from castlist.clustering.people import deciding, finding
from castlist.clustering.pipeline import find_people, find_people_again
from castlist.data.result.decisions import Decisions
from castlist.data.tables.codes import UNKNOWN
from decision_tools import FOUR, analysed, people_by_letter, who


class Desk:
    """A result and its decisions, one after the other."""

    def __init__(self, result):
        self.result, self.decisions = result, Decisions()

    def decide(self, make, *arguments, **options):
        made = make(self.result, *arguments, **options)
        made = made if isinstance(made, list) else [made]
        self.decisions = self.decisions.and_then(*made)
        self.result = find_people_again(self.result, Config(), self.decisions)

    def undo(self):
        self.decide(lambda _: deciding.undo(self.decisions))

    def rerun(self, **options):
        self.result = find_people(analysed(**options), Config(), self.decisions, self.result)

    @property
    def ids(self):
        return self.result.cast.of_faces(self.result.faces)

    @property
    def letters(self):
        return people_by_letter(self.result)

    def rows(self, letter):
        return np.flatnonzero(who(self.result) == letter)

    def seen(self):
        cast, faces = self.result.cast, self.result.faces
        rest = [faces.decided_by.tolist(), np.round(faces.strength, 5).tolist()]
        return [self.ids.tolist(), dict(cast.names), cast.hidden, dict(cast.portraits), *rest]


@pytest.fixture(name="found", scope="module")
def _found():
    return find_people(analysed(), Config())


@pytest.fixture(name="desk")
def _desk(found):
    return Desk(found)


def test_whoever_most_faces_are_taken_from_keeps_id_and_name(desk):
    desk.decide(deciding.name, 3, "Dora", merge=False)
    desk.decide(deciding.denied, desk.rows("D")[[0, 5]])  # two of her three shots
    assert (desk.ids[desk.rows("D")[10:]] == 3).all()
    assert not (desk.ids[desk.rows("D")[:10]] == 3).any()
    assert desk.result.cast.names == {3: "Dora"}


@pytest.mark.parametrize("first", [0, 3])
def test_somebody_parted_by_one_face_of_a_shot_is_joined_again_by_a_merge(desk, first):
    desk.decide(deciding.denied, desk.rows("C")[[first]])
    apart = int(desk.ids[desk.rows("C")[first]])
    assert apart not in (2, UNKNOWN)
    desk.decide(deciding.merged, 2, apart)
    assert desk.letters == FOUR


def test_what_was_given_to_somebody_merged_since_can_be_taken_out(desk):
    face = desk.rows("C")[:1]
    desk.decide(deciding.moved, face, finding.next_id(desk.result, desk.decisions))
    desk.decide(deciding.merged, 0, 4)
    assert desk.ids[face].tolist() == [0]
    desk.decide(deciding.denied, face)
    assert desk.ids[face] != [0]


def test_faces_that_are_given_stay_given_though_their_shots_show_each_other(desk):
    """A's face of one moment and B's of another are C; in between both are in the picture."""
    given = np.array([desk.rows("A")[0], desk.rows("B")[3]])
    desk.decide(deciding.moved, given, 2)
    assert desk.ids[given].tolist() == [2, 2]
    picture = desk.result.faces.picture[desk.ids == 2]
    assert len(picture) == len(np.unique(picture))


def test_what_was_given_by_a_crop_that_is_no_face_stays_given(desk):
    shot = desk.rows("C")[:5]
    desk.decide(deciding.moved, shot[[2]], 1)
    assert set(desk.ids[shot]) == {1}
    desk.decide(deciding.no_face, shot[[2]])
    assert desk.ids[shot].tolist() == [1, 1, UNKNOWN, 1, 1]
    desk.undo()
    assert set(desk.ids[shot]) == {1}
