"""Which people a user is asked about: nearly one person, and never against what is certain."""

import dataclasses

import numpy as np
import pytest
from castlist.clustering.evidence.curves import ClothCurve, Curves, FaceCurve, VectorCurve
from castlist.clustering.grouping.constraints import Constraints
from castlist.clustering.stages import nearly_same as module
from castlist.clustering.stages.both import cloth_evidence, people_by_face
from castlist.clustering.stages.config import PeopleConfig
from castlist.clustering.stages.nearly_same import MOST_PAIRS, find_nearly_same
from castlist.data.tables.nearly_same import ASKED_FROM, LEAST_GAIN

DIM = 48
FACE = FaceCurve({"a": VectorCurve(30.0, 0.8, 0.05, 0.2)}, half_looks=1.5)
CLOTH = ClothCurve({"c": VectorCurve(8.0, 0.6, 0.3, 0.5)}, lasting_s=400.0)
CURVES = Curves({"a": FACE}, {"c": CLOTH})


def half_alike(make_tracks, alike, each=3, dressed=None, **columns):
    """Two tracks in a row are one person; the first two people are alike by that cosine."""
    rng = np.random.default_rng(0)
    people = np.linalg.qr(rng.normal(size=(DIM, DIM)))[0][:6]
    people[1] = alike * people[0] + np.sqrt(1 - alike**2) * people[1]
    person = np.repeat(np.arange(len(people)), each)
    noise = rng.normal(size=(len(person), DIM)) / np.sqrt(DIM)
    face = people[person] + 0.45 * noise
    cloth = people[person if dressed is None else np.array(dressed)[person]]
    cloth = cloth + 0.45 * rng.normal(size=cloth.shape) / np.sqrt(DIM)
    return make_tracks(face, cloth, **columns), person


def questions(tracks, person, constraints=None, cloth_method="hdbscan"):
    config = PeopleConfig(cloth_method=cloth_method)
    by_face = people_by_face(tracks, {"a": (0, DIM)}, CURVES, config, constraints)
    cloth = cloth_evidence(tracks, by_face, {"c": (0, DIM)}, CURVES, config)
    return find_nearly_same(tracks, person, by_face, cloth), by_face, cloth


def test_people_with_faces_that_are_half_alike_are_asked_about(make_tracks):
    tracks, person = half_alike(make_tracks, alike=0.45)
    (pair,), *_ = questions(tracks, person, cloth_method="none")
    assert (pair.first, pair.second) == (0, 1)
    assert ASKED_FROM <= pair.probability < 1
    assert pair.cloth_evidence is None


def test_people_who_are_not_alike_are_not_asked_about(make_tracks):
    tracks, person = half_alike(make_tracks, alike=0.0)
    assert questions(tracks, person)[0] == ()


def test_the_evidence_is_the_mean_over_pairs_of_tracks(make_tracks):
    tracks, person = half_alike(make_tracks, alike=0.45, dressed=[0, 0, 2, 3, 4, 5])
    (pair, *_), by_face, cloth = questions(tracks, person)
    face, clothes = 0.0, 0.0
    for row in range(3):
        for other in range(3, 6):
            face += by_face.evidence.between(np.array([row]), np.array([other]))[0, 0] / 9
            clothes += cloth.between(np.array([row]), np.array([other]))[0, 0] / 9
    assert pair.face_evidence == pytest.approx(face, abs=1e-3)
    assert pair.cloth_evidence == pytest.approx(clothes, abs=1e-3)
    assert pair.probability == pytest.approx(1 / (1 + np.exp(1.8 - face)), abs=1e-3)


def test_clothes_that_are_alike_make_no_question(make_tracks):
    tracks, person = half_alike(make_tracks, alike=0.0, dressed=[0, 0, 2, 3, 4, 5])
    pairs, by_face, cloth = questions(tracks, person)
    first, second = np.arange(3), np.arange(3, 6)
    assert by_face.evidence.between(first, second).mean() < 0
    assert cloth.between(first, second).mean() > 0
    assert pairs == ()


def test_an_answer_that_would_put_hardly_a_face_right_is_not_asked_for(make_tracks):
    tracks, person = half_alike(make_tracks, alike=0.45)
    (pair,) = questions(tracks, person, cloth_method="none")[0]
    few = int(LEAST_GAIN / pair.probability)  # of the smaller person, in three tracks
    tracks = dataclasses.replace(tracks, num_faces=np.where(person == 1, few / 3, 9.0))
    assert questions(tracks, person, cloth_method="none")[0] == ()


def test_people_whom_a_picture_shows_together_are_not_asked_about(make_tracks):
    pictures = [{row} for row in range(18)]
    pictures[5] = {0}
    tracks, person = half_alike(make_tracks, alike=0.45, pictures=pictures)
    assert questions(tracks, person, cloth_method="none")[0] == ()


def test_people_whom_the_user_called_two_are_not_asked_about(make_tracks):
    tracks, person = half_alike(make_tracks, alike=0.45)
    apart = Constraints(tracks.pictures, apart=[(0, 4)])
    assert questions(tracks, person, apart, cloth_method="none")[0] == ()


def test_the_unknown_are_nobody_to_ask_about(make_tracks):
    tracks, person = half_alike(make_tracks, alike=0.45)
    person = np.where(person == 1, -1, person - (person > 1))
    assert questions(tracks, person, cloth_method="none")[0] == ()
    assert questions(tracks, np.full(len(tracks), -1))[0] == ()


def test_what_would_put_most_faces_right_comes_first_and_not_all_is_asked(make_tracks):
    rng = np.random.default_rng(1)
    shared = rng.normal(size=DIM)
    face = np.repeat(0.75 * shared + rng.normal(size=(12, DIM)), 2, axis=0)
    num_faces = np.repeat(np.arange(12, 0, -1) * 10, 2)
    tracks = make_tracks(face, None, num_faces=num_faces)
    person = np.repeat(np.arange(12), 2)
    by_face = people_by_face(tracks, {"a": (0, DIM)}, CURVES, PeopleConfig())
    by_face = dataclasses.replace(by_face, evidence=Even(by_face.evidence))
    pairs = find_nearly_same(tracks, person, by_face, None)
    assert len(pairs) == MOST_PAIRS
    assert {(pair.first, pair.second) for pair in pairs[:3]} <= {(0, 1), (0, 2), (1, 2), (0, 3)}
    gains = [pair.probability * 20 * (12 - pair.second) for pair in pairs]
    assert gains == sorted(gains, reverse=True)


class Even:
    """Evidence that says nothing of any pair."""

    def __init__(self, evidence):
        self.clearness = evidence.clearness

    def between(self, rows, others):
        return np.zeros((len(rows), len(others)))


def test_only_the_most_frequent_of_very_many_people_are_compared(make_tracks, monkeypatch):
    monkeypatch.setattr(module, "_MOST_PEOPLE", 2)
    tracks, person = half_alike(make_tracks, alike=0.45)
    swapped = np.array([2, 1, 0, 3, 4, 5])[person]  # who is alike is now 1 and 2
    assert questions(tracks, swapped, cloth_method="none")[0] == ()
    assert len(questions(tracks, person, cloth_method="none")[0]) == 1
