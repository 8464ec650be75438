"""Which groups are people, their numbers, and their way into the table of faces."""

import numpy as np
import pytest
from castlist.clustering.grouping.groups import Groups
from castlist.clustering.stages.people import TrackPeople, as_after, known_groups
from castlist.data.tables.faces import Faces

NAN = np.nan


def _groups(group, probability):
    group = np.array(group, np.int64)
    blank = np.full(len(group), NAN)
    return Groups(group, np.array(probability, float), blank, np.full(len(group), -1), blank)


def _people(person, before=None, second=None, about=None):
    """Make what was decided; nobody is second, and no reason is about anybody, unless given."""
    count, none = len(person), [-1] * len(person)
    return TrackPeople(
        person_before=np.array(person if before is None else before, np.int64),
        person=np.array(person, np.int64),
        second_person=np.array(none if second is None else second, np.int64),
        strength=np.linspace(0.5, 1, count),
        decided_by=np.arange(count, dtype=np.uint8) % 3,
        reason=np.arange(count, dtype=np.uint8) % 12,
        about=np.array(none if about is None else about, np.int64),
        face_evidence=np.arange(count) / 2,
        cloth_evidence=np.full(count, NAN),
    )


# Who is a person


def test_what_is_not_likely_enough_is_unknown(make_tracks):
    tracks = make_tracks(np.ones((2, 1)))
    assert known_groups(tracks, _groups([0, 0], [0.9, 0.19])).tolist() == [0, -1]


def test_one_poor_look_shows_a_person_and_a_blur_does_not(make_tracks):
    tracks = make_tracks(np.ones((2, 1)), looks=np.array([0.15, 0.14]))
    assert known_groups(tracks, _groups([0, 1], [1, 1])).tolist() == [0, -1]


def test_a_group_of_blurs_is_a_person_when_it_is_seen_for_a_while(make_tracks):
    tracks = make_tracks(np.ones((4, 1)), looks=np.full(4, 0.1), num_looks=np.array([3, 4, 3, 3]))
    assert known_groups(tracks, _groups([0, 0, 1, 1], [1, 1, 1, 1])).tolist() == [0, 0, -1, -1]


def test_another_film_makes_nobody_known(make_tracks):
    tracks = make_tracks(np.ones((2, 1)), looks=np.array([0.1, 3.0]), film=np.array([0, 1]))
    assert known_groups(tracks, _groups([0, 0], [1, 1])).tolist() == [-1, 0]


def test_a_clear_track_that_is_not_likely_a_member_makes_nobody_known(make_tracks):
    tracks = make_tracks(np.ones((2, 1)), looks=np.array([0.1, 3.0]))
    assert known_groups(tracks, _groups([0, 0], [1, 0.1])).tolist() == [-1, -1]


def test_looks_are_counted_of_likely_members_only(make_tracks):
    tracks = make_tracks(np.ones((3, 1)), looks=np.full(3, 0.1), num_looks=np.array([3, 3, 3]))
    assert known_groups(tracks, _groups([0, 0, 0], [1, 1, 0.1])).tolist() == [-1, -1, -1]
    assert known_groups(tracks, _groups([0, 0, 0], [1, 1, 0.3])).tolist() == [0, 0, 0]


def test_frames_nearer_than_a_look_make_nobody_known(make_tracks):
    columns = {"looks": np.full(1, 0.1), "num_faces": np.array([100])}
    for num_looks, person in ((6, -1), (7, 0)):
        tracks = make_tracks(np.ones((1, 1)), num_looks=np.array([num_looks]), **columns)
        assert known_groups(tracks, _groups([0], [1])).tolist() == [person]


def test_no_tracks_are_nobody(make_tracks):
    assert known_groups(make_tracks(np.ones((0, 1))), _groups([], [])).tolist() == []


# People of stage 1 as they became


def test_people_of_stage_1_have_the_number_of_whom_they_share_most_faces_with():
    # 3 shares 9 faces with 4, so 7 is not 4, with which it shares 6, but 2, with which it shares 5.
    before, after = np.array([7, 7, 3, 3]), np.array([4, 2, 4, 2])
    assert as_after(before, after, np.array([6, 5, 9, 1])).tolist() == [2, 2, 4, 4]


def test_a_person_without_a_successor_has_a_number_of_its_own():
    before, after = np.array([0, 1, 1, 2]), np.array([0, 0, 0, -1])
    assert as_after(before, after, np.array([1, 2, 2, 5])).tolist() == [1, 0, 0, 2]


def test_whom_stage_1_did_not_know_stays_unknown():
    assert as_after(np.array([-1, 0]), np.array([3, 3]), np.array([9, 1])).tolist() == [-1, 3]
    assert as_after(np.array([-1, -1]), np.array([0, -1]), np.array([1, 1])).tolist() == [-1, -1]
    assert as_after(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)).tolist() == []


def _naive_as_after(before, after, num_faces):
    """The largest share of faces first, by looking through all pairs again and again."""
    became, people = {}, {was for was in before if was >= 0}
    while True:
        best, pair = 0, None
        for was in sorted(people - set(became)):
            for now in sorted({now for now in after if now >= 0} - set(became.values())):
                rows = [k for k in range(len(before)) if (before[k], after[k]) == (was, now)]
                if sum(num_faces[k] for k in rows) > best:
                    best, pair = sum(num_faces[k] for k in rows), (was, now)
        if pair is None:
            break
        became[pair[0]] = pair[1]
    return became


@pytest.mark.parametrize("seed", range(20))
def test_successors_are_those_of_the_rule_with_lists(seed):
    rng = np.random.default_rng(seed)
    before, after = rng.integers(-1, 4, 12), rng.integers(-1, 4, 12)
    num_faces = rng.permutation(2 ** np.arange(12))  # no two sums are alike
    found = as_after(before, after, num_faces)
    naive = _naive_as_after(before.tolist(), after.tolist(), num_faces.tolist())
    for was, now in zip(before.tolist(), found.tolist(), strict=True):
        if was < 0:
            assert now == -1
        elif was in naive:
            assert now == naive[was]
        else:
            assert now > after.max()
    known = before >= 0
    assert len(set(before[known].tolist())) == len(set(found[known].tolist()))


# Numbers


def test_the_person_with_the_most_faces_is_the_first():
    people = _people([5, 9, 5, -1]).numbered_by_faces(np.array([2, 8, 3, 99]))
    assert people.person.tolist() == [1, 0, 1, -1]


def test_people_with_equally_many_faces_are_in_the_order_of_their_tracks():
    people = _people([8, 2, 8, 2]).numbered_by_faces(np.array([1, 2, 3, 2]))
    assert people.person.tolist() == [0, 1, 0, 1]


def test_all_columns_that_name_people_are_numbered_alike():
    people = _people([7, 3, 7], before=[3, -1, 7], second=[3, 7, -1], about=[-1, 3, 7])
    people = people.numbered_by_faces(np.array([1, 1, 1]))
    assert people.person.tolist() == [0, 1, 0]
    assert people.person_before.tolist() == [1, -1, 0]
    assert people.second_person.tolist() == [1, 0, -1]
    assert people.about.tolist() == [-1, 1, 0]


def test_people_of_stage_1_that_are_gone_have_the_last_numbers():
    people = _people([4, 4, -1], before=[1, 4, 0]).numbered_by_faces(np.array([1, 1, 50]))
    assert people.person.tolist() == [0, 0, -1]
    assert people.person_before.tolist() == [2, 0, 1]


def test_a_second_person_or_whom_it_is_about_is_nobody_where_nobody_has_that_number():
    people = _people([2, 2], second=[9, 0], about=[5, 2]).numbered_by_faces(np.array([1, 1]))
    assert people.second_person.tolist() == [-1, -1]
    assert people.about.tolist() == [-1, 0]


def test_other_columns_stay_as_numbers_change():
    plain = _people([5, 9, 5])
    people = plain.numbered_by_faces(np.array([1, 1, 1]))
    for name in ("strength", "decided_by", "reason", "face_evidence", "cloth_evidence"):
        assert getattr(people, name) is getattr(plain, name)


def test_nobody_has_no_number():
    assert _people([-1, -1]).numbered_by_faces(np.array([1, 1])).person.tolist() == [-1, -1]
    assert _people([]).numbered_by_faces(np.zeros(0, np.int64)).person.tolist() == []


# Into the table of faces


def test_every_face_has_what_its_track_has(make_faces):
    people = _people([0, -1, 0], before=[0, 0, -1], second=[-1, 0, -1], about=[0, -1, 0])
    track = np.array([2, 0, 1, 0])
    faces = people.written_to(make_faces(4, track=track))
    for name in vars(people):
        expected = getattr(people, name)[track].astype(getattr(faces, name).dtype)
        np.testing.assert_array_equal(getattr(faces, name), expected, err_msg=name)


def test_what_tracks_do_not_decide_stays(make_faces):
    before = make_faces(2, track=[0, 1], quality=[0.5, 1.0])
    faces = _people([0, -1]).written_to(before)
    decided = set(vars(_people([])))
    for name, column in before.columns().items():
        if name not in decided:
            np.testing.assert_array_equal(getattr(faces, name), column, err_msg=name)


def test_no_faces_get_nothing():
    assert len(_people([]).written_to(Faces.empty(3, 2))) == 0
