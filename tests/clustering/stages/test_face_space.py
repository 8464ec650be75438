import numpy as np
import pytest
from castlist.clustering.stages.config import DISTANCES, FaceConfig
from castlist.clustering.stages.face_space import (
    LIMITS,
    MIN_PAIRS,
    calibrated_threshold,
    place_tracks,
)
from castlist.clustering.stages.face_stage import cluster_by_face
from castlist.data.tables.codes import NoticeCode
from castlist.data.tables.faces import Faces

DIM = 24
CENTRE = np.zeros(DIM)


def film(num_shots, people, cast, num_faces=9, noise=0.05, seed=0):
    """Make a table; cast(shot) are the people on screen, side by side, each a track."""
    random = np.random.default_rng(seed)
    rows = [
        (shot, 100 * shot + step, place, person)
        for shot in range(num_shots)
        for place, person in enumerate(cast(shot))
        for step in range(num_faces)
    ]
    shot, frame, place, person = np.array(rows).T
    _, track = np.unique(10 * shot + place, return_inverse=True)
    left = 100.0 * place
    faces = Faces.of_detections(
        source=np.full(len(rows), "film.mp4"),
        frame=frame,
        time_s=frame / 5,
        shot=shot,
        track=track,
        box=np.stack([left, left * 0, left + 50, left * 0 + 60], axis=1),
        quality=np.full(len(rows), 0.8),
        face_vector=people[person] + noise * random.normal(size=(len(rows), DIM)),
    )
    return faces, person


def two_of(num_people):
    return lambda shot: [shot % num_people, (shot + 1 + shot // num_people) % num_people]


def partition(labels):
    return {frozenset(np.flatnonzero(labels == own).tolist()) for own in set(labels.tolist())}


@pytest.mark.parametrize("distance", DISTANCES)
def test_people_far_apart_are_found_in_every_space(distance):
    faces, true = film(20, 0.4 * np.eye(DIM)[:5], two_of(5), noise=0.01)
    found, _ = cluster_by_face(faces, FaceConfig(distance=distance))
    assert partition(found.person) == partition(true)


def test_euclidean_compares_the_vectors_as_they_are_and_cosine_their_directions():
    people = np.eye(DIM)[[0, 0, 1]] * [[1.0], [3.0], [1.0]]
    faces, _ = film(3, people, lambda shot: [shot], noise=0)
    euclidean = place_tracks(faces, "euclidean", 0.2)
    cosine = place_tracks(faces, "cosine", 0.2)
    np.testing.assert_allclose(euclidean.tracks.face_vector, people)
    np.testing.assert_allclose(cosine.tracks.face_vector, np.eye(DIM)[[0, 0, 1]])
    assert euclidean.limits == LIMITS["euclidean"]
    assert cosine.limits == LIMITS["cosine"]


def test_a_film_of_one_person_is_one_person_where_it_is_known_where_people_lie():
    person = 3 * np.eye(DIM)[:1]
    faces, _ = film(12, person, lambda shot: [0], noise=0.02)
    # Each take a little different: about their own mean, tracks point in every direction.
    takes = np.random.default_rng(1).normal(size=(12, DIM)) / 10
    faces = faces.replace(face_vector=faces.face_vector + takes[faces.shot])
    alone, _ = cluster_by_face(faces)
    known, _ = cluster_by_face(faces, centre=CENTRE)
    assert alone.num_people != 1
    assert known.num_people == 1
    assert known.is_known.all()


def test_the_calibrated_threshold_lies_between_both_kinds_of_pairs():
    random = np.random.default_rng(0)
    same, different = 0.8 + 0.05 * random.normal(size=99), 0.2 * random.normal(size=99)
    threshold = calibrated_threshold(same, different)
    assert np.sqrt(2 - 2 * 0.8) < threshold < np.sqrt(2)
    assert calibrated_threshold(same, different + 0.2) < threshold


def test_the_calibrated_threshold_is_where_one_person_is_twenty_times_likelier():
    same, different = np.array([0.8, 0.9]), np.array([-0.2, 0.2])
    cosine = 1 - calibrated_threshold(same, different) ** 2 / 2

    def density(mean, spread):
        return np.exp(-(((cosine - mean) / spread) ** 2) / 2) / spread

    # Twice as far from 1 as 0.85, twice the spread of 0.05.
    assert density(0.7, 0.1) / density(0.0, 0.2) == pytest.approx(20, rel=0.05)


def test_a_film_with_enough_pairs_sets_its_threshold_and_says_so():
    faces, true = film(MIN_PAIRS, 0.4 * np.eye(DIM)[:5], two_of(5), noise=0.05)
    space = place_tracks(faces, "calibrated", 0.2)
    assert space.limits.threshold != LIMITS["film"].threshold
    [notice] = space.notices
    assert notice.code == NoticeCode.FILM_THRESHOLD
    assert notice.numbers == {
        "num_tracks": 2 * MIN_PAIRS,
        "num_pairs": MIN_PAIRS,
        "threshold": round(space.limits.threshold, 2),
    }
    found, notices = cluster_by_face(faces, FaceConfig(distance="calibrated"))
    assert notices == space.notices
    assert partition(found.person) == partition(true)


def test_a_film_with_too_few_pairs_says_so_and_uses_the_threshold_of_films():
    faces, _ = film(MIN_PAIRS - 1, 0.4 * np.eye(DIM)[:5], two_of(5))
    space = place_tracks(faces, "calibrated", 0.2)
    assert space.limits == LIMITS["film"]
    [notice] = space.notices
    assert notice.code == NoticeCode.FILM_THRESHOLD_UNMEASURED
    assert notice.numbers == {
        "num_tracks": 38,
        "num_pairs": 19,
        "num_needed": 20,
        "threshold": 1.05,
    }
