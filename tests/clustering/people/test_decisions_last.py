"""Decisions hold on to faces: at another rate, with other settings, in a longer cut."""

import dataclasses

import numpy as np
import pytest
from castlist.clustering.config import Config, make_config
from castlist.clustering.people import deciding, finding, undoing
from castlist.clustering.people.limits import limits_of
from castlist.clustering.people.standing import Standing, split_tracks
from castlist.clustering.pipeline import find_people, find_people_again
from castlist.data.result.decisions import Decisions, What
from castlist.data.result.marks import FaceFinder, Mark, marks_from_json, marks_of, marks_to_json
from castlist.data.tables.boxes import iou
from castlist.data.tables.tracks import Tracks
from decision_tools import SHOTS, analysed, people_by_letter, who

NOBODY = Decisions()


def decided(result, *makers):
    """Decide one thing after the other; returns the result and the decisions."""
    decisions = NOBODY
    for make in makers:
        decisions = decisions.and_then(*make(result, decisions))
        result = find_people_again(result, Config(), decisions)
    return result, decisions


def rows(result, letter):
    return np.flatnonzero(who(result) == letter)


def last_of(result, letter):
    """Return the last face in time of somebody, as the rows of a decision."""
    of_letter = rows(result, letter)
    return of_letter[[np.argmax(result.faces.time_s[of_letter])]]


MAKERS = [
    lambda result, _: deciding.name(result, 0, "Anna", False),
    lambda result, _: [deciding.merged(result, 2, 0)],
    lambda result, so_far: [
        deciding.moved(result, last_of(result, "D"), finding.next_id(result, so_far))
    ],
    lambda result, _: [deciding.moved(result, last_of(result, "B"), -1)],
    lambda result, _: [deciding.hidden(result, 1, hide=True)],
]


@pytest.fixture(scope="module", name="before")
def _before():
    """The result of those decisions, and the decisions."""
    return decided(find_people(analysed(), Config()), *MAKERS)


def shot_people(result):
    """Return {(letter, shot): ids} of a result."""
    ids, letters, shots = result.cast.of_faces(result.faces), who(result), result.faces.shot
    found = {}
    for letter, shot, person_id in zip(letters.tolist(), shots.tolist(), ids.tolist(), strict=True):
        found.setdefault((letter, shot), set()).add(person_id)
    return found


VARIANTS = {
    "another rate": {"fps": 8},
    "a lower rate": {"fps": 3},
    "another order": {"order": np.random.default_rng(1).permutation(85)},
    "a longer cut": {"shots": (*SHOTS, "AB", "C", "D")},
    "another name": {"name": "moved/film.mp4"},
}


@pytest.mark.parametrize("with_earlier", [True, False])
@pytest.mark.parametrize("variant", VARIANTS)
def test_decisions_outlast_another_table_of_the_film(before, variant, with_earlier):
    result, decisions = before
    earlier = result if with_earlier else None
    after = find_people(analysed(**VARIANTS[variant]), Config(), decisions, earlier)
    was, now = shot_people(result), shot_people(after)
    assert {place: now[place] for place in was} == was
    assert (after.cast.names, after.cast.hidden) == ({2: "Anna"}, {1})


def test_decisions_outlast_other_settings(before):
    result, decisions = before
    config = make_config({"people.face_method": "agglomerative", "people.wrong_merge_cost": 5})
    after = find_people(analysed(), config, decisions, result)
    assert shot_people(after) == shot_people(result)


def test_a_result_clustered_anew_without_decisions_keeps_its_ids():
    result = find_people(analysed(), Config())
    more = (*SHOTS, "D", "D", "D", "D")  # D is the most frequent now
    after = find_people(analysed(shots=more), Config(), NOBODY, result)
    assert people_by_letter(after) == {"A": {0}, "B": {1}, "C": {2}, "D": {3}}
    assert after.cast.ids.tolist()[0] == 3
    assert after.cast.id_of(0) == "person_004"


def test_people_who_are_new_never_get_an_id_that_was_somebodys():
    result = find_people(analysed(), Config())
    fewer = find_people(analysed(shots=("AB", "AB")), Config(), NOBODY, result)
    assert fewer.cast.next_id == 4
    other = analysed(shots=("AB", "AB", "CD"), seed=0)
    film = dataclasses.replace(other.run.sources[0], content="another film")
    other = dataclasses.replace(other, run=dataclasses.replace(other.run, sources=(film,)))
    after = find_people(other, Config(), NOBODY, fewer)
    assert sorted(after.cast.ids.tolist()) == [4, 5, 6, 7]


def test_undo_after_a_new_run_gives_back_who_was_merged_before_it():
    result, decisions = decided(find_people(analysed(), Config()), MAKERS[1])
    after = find_people(analysed(), Config(), decisions, result)
    assert people_by_letter(after)["A"] == people_by_letter(after)["C"] == {2}
    decisions = decisions.and_then(undoing.undo(decisions))
    again = find_people_again(after, Config(), decisions)
    assert people_by_letter(again) == {"A": {0}, "B": {1}, "C": {2}, "D": {3}}


def test_the_forgotten_do_not_come_back_in_a_new_run():
    result = find_people(analysed(), Config())
    decisions = NOBODY.and_then(deciding.forgotten(result, 3))
    for fps in (5, 8, 3):
        after = find_people(analysed(fps=fps), Config(), decisions, None)
        assert "D" not in people_by_letter(after)
        assert set(people_by_letter(after)) == {"A", "B", "C"}


def test_the_later_of_two_contradictory_decisions_holds():
    def part(result, _):
        return deciding.denied(result, last_of(result, "C"))

    def give_back(result, _):
        return [deciding.moved(result, last_of(result, "C"), 2)]

    result, _ = decided(find_people(analysed(), Config()), part, give_back)
    assert people_by_letter(result)["C"] == {2}
    result, _ = decided(find_people(analysed(), Config()), give_back, part)
    assert people_by_letter(result)["C"] != {2}


def test_both_stages_agree_with_the_constraints(before):
    result, decisions = before
    standing = Standing.of(decisions, result.faces, result.sources)
    track = split_tracks(result.faces, standing)
    tracks = Tracks.of(result.faces.replace(track=track))
    limits = limits_of(tracks, track, standing)
    number = dict(zip(track.tolist(), result.cast.of_faces(result.faces).tolist(), strict=True))
    assert limits.together
    for first, second in limits.together:
        assert number[first] == number[second]
        assert tracks.pictures[first].isdisjoint(tracks.pictures[second])
    assert limits.apart
    for first, second in limits.apart:
        assert number[first] != number[second] or number[first] == -1


# Marks


def test_marks_are_found_again_in_their_own_table():
    result = find_people(analysed(), Config())
    marks = marks_of(result.faces, result.sources, np.arange(85))
    assert marks_from_json(marks_to_json(marks)) == marks
    finder = FaceFinder(result.faces, result.sources)
    assert finder.find(marks).tolist() == list(range(85))


def test_marks_in_their_picture_are_found_as_one_by_one():
    result = find_people(analysed(), Config())
    chance = np.random.default_rng(0)
    faces = result.faces
    marks = marks_of(faces, result.sources, np.arange(85))
    moved = [
        dataclasses.replace(
            mark, box=tuple(np.array(mark.box) + np.tile(chance.normal(0, 12, 2), 2))
        )
        for mark in marks
    ]
    found = FaceFinder(faces.replace(track=np.full(85, -1)), result.sources).find(moved)
    for mark, row in zip(moved, found.tolist(), strict=True):
        here = [
            (float(iou([mark.box], [faces.box[other]])[0, 0]), other)
            for other in range(85)
            if abs(faces.time_s[other] - mark.time_s) < 1e-3
        ]
        best = max(here)
        if best[0] >= 0.4:
            assert row == best[1]
        else:
            assert row == -1 or faces.time_s[row] != mark.time_s or best[0] >= 0.3


def test_a_mark_is_not_found_in_another_shot_place_or_film():
    result = find_people(analysed(), Config())
    finder = FaceFinder(result.faces, result.sources)
    box = tuple(result.faces.box[rows(result, "A")[0]].tolist())
    content = result.sources[0].content
    there = Mark(content, "any.mp4", 0.1, box)  # between two analysed pictures
    assert who(result)[finder.find([there])[0]] == "A"
    nowhere = [
        Mark(content, "film.mp4", 1.1, box),  # the next shot shows C alone
        Mark(content, "film.mp4", 0.0, (900.0, 900.0, 950.0, 960.0)),
        Mark("other", "film.mp4", 0.0, box),
        Mark(content, "film.mp4", 500.0, box),
    ]
    assert finder.find(nowhere).tolist() == [-1] * 4


def test_lines_come_back_as_they_were(before, tmp_path):
    _, decisions = before
    decisions = decisions.and_then(undoing.undo(decisions))
    (tmp_path / "edits.jsonl").write_text(decisions.to_text(), encoding="utf-8")
    assert Decisions.read(tmp_path) == decisions
    assert decisions.lines[-1].what is What.UNDO
    assert [decision.line for decision in decisions.lines] == [1, 2, 3, 4, 5, 6]
    assert len(decisions.in_force) == 4
