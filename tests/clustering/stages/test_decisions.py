"""Why each track has its person, or none: every reason by a table of a few tracks."""

import numpy as np
import pytest
from castlist.clustering.grouping.groups import Groups
from castlist.clustering.stages.decisions import _means, after_clothing, after_faces
from castlist.data.tables.codes import DecidedBy, Reason

NAN = np.nan


class Evidence:
    """Evidence that is there already; of clothes, with the weight of the film."""

    def __init__(self, pairs, count, weight=1.0):
        self.weight = np.full(2, weight)  # of two films
        self._all = np.zeros((count, count))
        for (one, other), value in pairs.items():
            self._all[one, other] = self._all[other, one] = value

    def between(self, rows, others):
        return self._all[np.ix_(rows, others)]


@pytest.fixture(name="decide")
def _decide(make_tracks):
    """Decide on tracks: strong ones, all others not; faces and clothes of all are in sight."""

    def decide(before, after, face=None, cloth=None, strong=None, weight=1.0, **columns):
        count = len(after)
        vectors = {"face": np.ones((count, 1)), "cloth": np.ones((count, 1)), **columns}
        blank = np.full(count, NAN)
        after = np.array(after)
        groups = Groups(after, np.linspace(0.5, 0.9, count), blank, np.full(count, -1), blank)
        return after_clothing(
            make_tracks(**vectors),
            np.array(before),
            after,
            np.zeros(count, dtype=bool) if strong is None else np.array(strong),
            groups,
            Evidence(face or {}, count),
            Evidence(cloth or {}, count, weight),
        )

    return decide


def _decision(people, row):
    return (
        Reason(people.reason[row]), int(people.about[row]), DecidedBy(people.decided_by[row]),
        float(people.face_evidence[row]), float(people.cloth_evidence[row]),
    )  # fmt: skip


def test_clothes_that_speak_for_the_person_of_stage_1_agree(decide):
    people = decide([0, 0], [0, 0], face={(0, 1): 2.0}, cloth={(0, 1): 1.5})
    assert _decision(people, 0) == (Reason.CLOTHES_AGREE, 0, DecidedBy.FACE, 2.0, 1.5)


def test_clothes_that_do_not_speak_for_the_person_of_stage_1_give_no_reason(decide):
    people = decide([0, 0], [0, 0], face={(0, 1): 9.0}, cloth={(0, 1): -1.0})
    reason, about, decided_by, *evidence = _decision(people, 0)
    assert (reason, about, decided_by) == (Reason.NONE, -1, DecidedBy.FACE)
    assert np.isnan(evidence).all()


def test_the_same_clothes_give_a_person_back(decide):
    # Two tracks of person 3: faces 1 and 2, clothes 3 and 1 for it; person 5 is another.
    people = decide(
        [3, 3, -1, 5], [3, 3, 3, 5],
        face={(2, 0): 1.0, (2, 1): 2.0, (2, 3): -7.0},
        cloth={(2, 0): 3.0, (2, 1): 1.0, (2, 3): -2.0},
    )  # fmt: skip
    assert _decision(people, 2) == (Reason.SAME_CLOTHES, 3, DecidedBy.CLOTH, 1.5, 2.0)
    assert people.strength[2] == pytest.approx(0.5 + 0.4 * 2 / 3)


def test_a_track_without_a_face_has_no_evidence_of_faces(decide):
    people = decide([0, -1], [0, 0], cloth={(0, 1): 2.0}, face_mean=np.array([[1.0], [NAN]]))
    reason, about, _, face, cloth = _decision(people, 1)
    assert (reason, about, cloth) == (Reason.SAME_CLOTHES, 0, 2.0)
    assert np.isnan(face)


def test_clothes_make_a_new_person(decide):
    people = decide([-1, -1, 0], [4, 4, 0], cloth={(0, 1): 3.0})
    for row in (0, 1):
        assert _decision(people, row) == (Reason.CLOTH_ONLY_PERSON, 4, DecidedBy.CLOTH, 0.0, 3.0)


def test_a_face_may_decide_once_clothes_have_settled_the_others(decide):
    people = decide([0, -1], [0, 0], face={(0, 1): 2.0}, cloth={(0, 1): -0.25})
    assert _decision(people, 1) == (Reason.FACES_AGREE, 0, DecidedBy.FACE, 2.0, -0.25)


def test_without_clothes_there_is_nothing_to_compare(decide):
    people = decide([0, -1], [0, -1], cloth_mean=np.array([[1.0], [NAN]]))
    assert _decision(people, 1)[:3] == (Reason.NO_CLOTHES, -1, DecidedBy.NONE)


def test_where_clothes_weigh_next_to_nothing_they_do_not_tell(decide):
    people = decide([0, -1], [0, -1], cloth={(0, 1): 1.0}, weight=0.05)
    assert _decision(people, 1)[:3] == (Reason.CLOTHES_DO_NOT_TELL, -1, DecidedBy.NONE)


def test_other_clothes_cast_doubt_on_who_stage_1_took_it_for(decide):
    people = decide([0, 0], [0, -1], face={(0, 1): 0.5}, cloth={(0, 1): -2.0})
    assert _decision(people, 1) == (Reason.OTHER_CLOTHES, 0, DecidedBy.NONE, 0.5, -2.0)


def test_nobody_is_near_whose_clothes_can_be_compared(decide):
    people = decide([0, -1], [0, -1], face={(0, 1): 0.9}, cloth={(0, 1): 0.0})
    assert _decision(people, 1)[:3] == (Reason.NOBODY_NEAR, -1, DecidedBy.NONE)


def test_who_is_in_the_same_picture_is_another(decide):
    people = decide([0, -1], [0, -1], cloth={(0, 1): 3.0}, pictures=[{5, 6}, {6}])
    assert _decision(people, 1) == (Reason.SAME_PICTURE, 0, DecidedBy.NONE, 0.0, 3.0)


def test_another_face_in_the_same_clothes_is_another(decide):
    people = decide([0, -1], [0, -1], face={(0, 1): -2.0}, cloth={(0, 1): 1.5})
    assert _decision(people, 1) == (Reason.OTHER_FACE, 0, DecidedBy.NONE, -2.0, 1.5)


def test_who_is_nearest_but_not_clearly_is_named(decide):
    face = {(2, 0): 0.5, (2, 1): 0.0}
    people = decide([0, 1, -1], [0, 1, -1], face=face, cloth={(2, 0): 0.25, (2, 1): 0.5})
    assert _decision(people, 2) == (Reason.NOT_CLEAR, 0, DecidedBy.NONE, 0.5, 0.25)


def test_strong_tracks_give_no_reason(decide):
    people = decide([0, 0], [0, 0], cloth={(0, 1): 1.5}, strong=[True, False])
    assert people.reason.tolist() == [Reason.NONE, Reason.CLOTHES_AGREE]


def test_strong_tracks_whose_person_became_anothers_give_one(decide):
    people = decide([0, 1], [0, 0], face={(0, 1): 3.0}, cloth={(0, 1): 1.5}, strong=[True, True])
    assert people.reason.tolist() == [Reason.NONE, Reason.SAME_CLOTHES]
    assert people.about.tolist() == [-1, 0]
    assert people.person_before.tolist() == [0, 1]


def test_tracks_of_another_film_do_not_count(decide):
    people = decide(
        [0, 0, -1], [0, 0, -1], cloth={(2, 0): 2.0, (2, 1): 9.0}, film=np.array([0, 1, 0]),
    )  # fmt: skip
    assert people.cloth_evidence[2] == 2.0


def test_stage_1_alone_gives_no_reasons():
    groups = Groups(
        np.array([2, 2, 5]), np.array([0.9, 0.4, 0.2]), np.zeros(3), np.array([5, 7, 2]),
        np.zeros(3),
    )  # fmt: skip
    people = after_faces(np.array([2, 2, -1]), groups)
    assert people.person.tolist() == people.person_before.tolist() == [2, 2, -1]
    np.testing.assert_allclose(people.strength, [0.9, 0.4, 0.0])
    assert people.second_person.tolist() == [-1, -1, 2]  # the others are no people
    assert people.decided_by.tolist() == [DecidedBy.FACE, DecidedBy.FACE, DecidedBy.NONE]
    assert set(people.reason.tolist()) == {Reason.NONE}
    assert set(people.about.tolist()) == {-1}


@pytest.mark.parametrize("seed", range(5))
def test_means_are_as_one_by_one(seed):
    rng = np.random.default_rng(seed)
    values, code = rng.normal(size=(7, 12)), rng.integers(0, 4, 12)
    use = rng.random((7, 12)) < 0.4
    values[~use] = rng.choice([NAN, 3.0], (~use).sum())  # what is not used does not matter
    means = _means(values, use, code, 5)
    for row in range(7):
        for person in range(5):
            of_person = [values[row, k] for k in range(12) if use[row, k] and code[k] == person]
            expected = sum(of_person) / len(of_person) if of_person else NAN
            assert means[row, person] == pytest.approx(expected, nan_ok=True)


def test_no_tracks_and_nobody_have_no_means():
    assert _means(np.zeros((2, 0)), np.zeros((2, 0), bool), np.zeros(0, int), 0).shape == (2, 0)
    assert _means(np.zeros((0, 1)), np.zeros((0, 1), bool), np.zeros(1, int), 1).shape == (0, 1)
