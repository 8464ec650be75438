"""Users who change their minds: names, ids and what was said of faces outlast it."""

from contextlib import suppress

import numpy as np
import pytest
from castlist.clustering.config import Config
from castlist.clustering.people import deciding, finding, undoing
from castlist.clustering.pipeline import find_people, find_people_again
from castlist.data.errors import InputError
from castlist.data.result.decisions import Decisions
from castlist.data.result.people_names import key_of
from castlist.data.result.result import StoredResult
from castlist.data.tables.codes import UNKNOWN
from decision_tools import FOUR, analysed, no_pages, people_by_letter, who


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
        self.decide(lambda _: undoing.undo(self.decisions))

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


def test_a_face_that_was_moved_and_is_not_theirs_either_goes_back_where_it_was(desk):
    before, face = desk.ids.tolist(), desk.rows("C")[:1]
    desk.decide(deciding.moved, face, 0)
    assert desk.ids[face].tolist() == [0]
    desk.decide(deciding.denied, face)
    assert desk.ids.tolist() == before


def test_a_face_that_was_moved_twice_goes_back_where_its_likeness_says(desk):
    before, face = desk.ids.tolist(), desk.rows("C")[:1]
    desk.decide(deciding.moved, face, 0)
    desk.decide(deciding.moved, face, 1)
    desk.decide(deciding.denied, face)
    assert desk.ids.tolist() == before


def test_a_face_does_not_go_back_to_whom_the_user_said_that_it_is_not(desk):
    face = desk.rows("C")[:1]
    desk.decide(deciding.denied, face)
    desk.decide(deciding.moved, face, 0)
    desk.decide(deciding.denied, face)
    assert desk.ids[face] not in ([0], [2])


def test_that_a_face_is_not_theirs_can_be_said_after_it_was_moved(desk):
    face = desk.rows("C")[:1]
    desk.decide(deciding.moved, face, 0)
    desk.decide(deciding.not_person, face, 2)
    desk.decide(deciding.denied, face)
    assert desk.ids[face] not in ([0], [2])


@pytest.mark.parametrize("rerun", [False, True])
@pytest.mark.parametrize("kept", [3, 0])
def test_undo_of_a_merge_gives_id_and_name_back_to_whom_a_decision_brought_about(desk, kept, rerun):
    desk.decide(deciding.denied, desk.rows("C")[:1])
    desk.decide(deciding.name, int(desk.ids[desk.rows("C")[0]]), "Eve", merge=False)
    before = desk.seen()
    desk.decide(deciding.merged, kept, 4)
    assert desk.result.cast.names == {kept: "Eve"}
    if rerun:
        desk.rerun()
    desk.undo()
    assert desk.seen()[:4] == before[:4]
    assert desk.result.name_of(desk.result.cast.number_of(4)) == "Eve"


def test_who_faces_were_is_kept_in_the_folder(desk, tmp_path):
    desk.decide(deciding.denied, desk.rows("C")[:1])
    desk.decide(deciding.merged, 3, 4)
    before = desk.result.cast.before
    desk.result.save(tmp_path / "result", write_pages=no_pages)
    loaded = StoredResult.load(tmp_path / "result").cast.before
    assert [step.to_json() for step in loaded] == [step.to_json() for step in before]
    assert [step.line for step in loaded] == [1, 2]
    kept = desk.result.keep(desk.rows("C")[::-1]).cast.before
    assert [step.rows for step in kept][1].keys() == {4}
    assert sorted(kept[1].rows[4].tolist()) == [15, 16, 17, 18, 19]


def test_faces_that_are_given_stay_given_though_their_shots_show_each_other(desk):
    """A's face of one moment and B's of another are C; in between both are in the picture."""
    given = np.array([desk.rows("A")[0], desk.rows("B")[3]])
    desk.decide(deciding.moved, given, 2)
    assert desk.ids[given].tolist() == [2, 2]
    picture = desk.result.faces.picture[desk.ids == 2]
    assert len(picture) == len(np.unique(picture))


def test_where_a_coarser_run_has_two_given_faces_in_one_picture_the_later_stays(desk):
    given = np.array([desk.rows("A")[2], desk.rows("B")[3]])  # at .4 and .6 seconds
    desk.decide(deciding.moved, given, 2)
    desk.rerun(fps=2)
    picture = desk.result.faces.picture[desk.ids == 2]
    assert len(picture) == len(np.unique(picture))
    assert desk.ids[desk.rows("B")[1]] == 2  # at .5 seconds


def test_what_was_given_by_a_crop_that_is_no_face_stays_given(desk):
    shot = desk.rows("C")[:5]
    desk.decide(deciding.moved, shot[[2]], 1)
    assert set(desk.ids[shot]) == {1}
    desk.decide(deciding.no_face, shot[[2]])
    assert desk.ids[shot].tolist() == [1, 1, UNKNOWN, 1, 1]
    desk.undo()
    assert set(desk.ids[shot]) == {1}


def _anything(desk, chance):
    """Decide something by chance; returns whether it can be."""
    ids = desk.result.cast.ids
    rows = np.unique(chance.integers(0, len(desk.ids), chance.integers(1, 4)))
    one, other = int(chance.choice(ids)), int(chance.choice(ids))
    name = str(chance.choice(["Anna", "Bo", "Zoë", "ANNA"]))
    new = finding.next_id(desk.result, desk.decisions)
    choice = [
        lambda: desk.decide(deciding.name, one, name, merge=bool(chance.integers(2))),
        lambda: desk.decide(deciding.merged, one, other),
        lambda: desk.decide(deciding.moved, rows, int(chance.choice([one, new, UNKNOWN]))),
        lambda: desk.decide(deciding.denied, rows),
        lambda: desk.decide(deciding.no_face, rows),
        lambda: desk.decide(deciding.hidden, one, hide=bool(chance.integers(2))),
        lambda: desk.decide(deciding.two_people, one, other),
    ]
    count = len(desk.decisions)
    with suppress(InputError):
        choice[chance.integers(len(choice))]()
    return len(desk.decisions) > count


@pytest.mark.parametrize("seed", range(2))
def test_after_any_decisions_undo_brings_back_each_state_exactly(desk, seed):
    chance = np.random.default_rng(seed)
    states = []
    while len(states) < 8:
        before, count = desk.seen(), len(desk.decisions)
        if _anything(desk, chance):
            states += [before] * (len(desk.decisions) - count)
            known = desk.ids != UNKNOWN
            seen = list(zip(desk.result.faces.picture[known], desk.ids[known], strict=True))
            assert len(seen) == len(set(seen))  # two faces of a picture are two people
            names = [key_of(name) for name in desk.result.cast.names.values()]
            assert len(names) == len(set(names))
    for place in reversed(range(len(states))):
        desk.undo()
        if place == 0 or states[place] != states[place - 1]:  # one of several lines of an action
            assert desk.seen() == states[place]
