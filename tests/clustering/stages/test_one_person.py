"""A track is one person: it is split where the face becomes another's."""

import numpy as np
import pytest
from castlist.clustering.evidence.curves import FaceCurve, VectorCurve
from castlist.clustering.stages.one_person import split_two_people

DIM = 40
COLUMNS = {"a": (0, DIM)}
CURVE = FaceCurve({"a": VectorCurve(40.0, 0.8, 0.05, 0.2)}, half_looks=1.0)


def people(count, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, DIM))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def looks_at(shares, who, seed=1):
    """Return a vector per look: a mix of people plus noise that is new in each look."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.35 / np.sqrt(DIM), (len(shares), DIM))
    return np.asarray(shares) @ who + noise


@pytest.fixture(name="track")
def _track(make_faces):
    def make(vectors, **columns):
        usual = {"shot": np.zeros(len(vectors)), "track": np.zeros(len(vectors))}
        usual["quality"] = np.full(len(vectors), 0.9)
        return make_faces(len(vectors), **{**usual, "face_vector": vectors, **columns})

    return make


def split(faces):
    return split_two_people(faces, COLUMNS, CURVE).track


def test_a_track_of_two_people_is_split_where_the_second_begins(track):
    shares = [[1, 0]] * 15 + [[0, 1]] * 15
    assert split(track(looks_at(shares, people(2)))).tolist() == [0] * 15 + [1] * 15


def test_a_face_that_becomes_another_little_by_little_is_split_within_the_change(track):
    along = np.clip((np.arange(40) - 15) / 10, 0, 1)
    parts = split(track(looks_at(np.stack([1 - along, along], axis=1), people(2))))
    assert set(parts[:15]).isdisjoint(parts[25:])


def test_six_people_in_a_row_are_six_tracks(track):
    shares = np.repeat(np.eye(6), 15, axis=0)
    parts = split(track(looks_at(shares, people(6))))
    assert len(set(parts)) == 6
    assert all(len(set(parts[15 * number : 15 * number + 15])) == 1 for number in range(6))


def test_one_person_stays_one_track_however_long_and_alone(track):
    vectors = looks_at([[1.0]] * 600, people(1))
    assert split(track(vectors)).tolist() == [0] * 600


def test_one_person_who_turns_away_stays_one_track(track):
    # the profile is like nobody, and is known badly
    shares = [[1, 0]] * 15 + [[0.3, 0.3]] * 15
    quality = [0.9] * 15 + [0.1] * 15
    assert split(track(looks_at(shares, people(2)), quality=quality)).tolist() == [0] * 30


def test_looks_without_a_vector_go_where_the_face_moved(track):
    vectors = looks_at([[1, 0]] * 15 + [[0, 1]] * 15, people(2))
    vectors[12:20] = np.nan
    box = np.tile([10.0, 10, 50, 60], (30, 1))
    box[17:] += 6
    assert split(track(vectors, box=box)).tolist() == [0] * 17 + [1] * 13


def test_photos_and_tracks_without_vectors_stay_as_they_are(track):
    vectors = looks_at([[1, 0], [0, 1]], people(2))
    photos = track(vectors, shot=[-1, -1], source=["a.jpg", "b.jpg"], frame=[0, 0], track=[0, 1])
    assert split(photos).tolist() == [0, 1]
    assert split(track(np.full((4, DIM), np.nan))).tolist() == [0] * 4
    assert split(track(np.zeros((0, DIM)))).tolist() == []


def test_other_tracks_keep_their_numbers(track):
    vectors = looks_at([[1, 0]] * 15 + [[0, 1]] * 15 + [[1, 0]] * 5, people(2))
    numbers = [1] * 30 + [0] * 5
    parts = split(track(vectors, track=numbers, frame=[*range(30), *range(60, 65)]))
    assert parts.tolist() == [1] * 15 + [2] * 15 + [0] * 5


def test_somebody_else_in_the_last_two_looks_is_split_off(track):
    shares = [[1, 0]] * 20 + [[0, 1]] * 2
    assert split(track(looks_at(shares, people(2)))).tolist() == [0] * 20 + [1] * 2


def test_somebody_else_in_the_first_two_looks_is_split_off(track):
    shares = [[1, 0]] * 2 + [[0, 1]] * 20
    assert split(track(looks_at(shares, people(2)))).tolist() == [0] * 2 + [1] * 20


def test_somebody_else_after_a_gap_is_split_off(track):
    vectors = looks_at([[1, 0]] * 3 + [[0, 1]] * 3, people(2))
    assert split(track(vectors, time_s=[0, 0.2, 0.4, 1.4, 1.6, 1.8])).tolist() == [0] * 3 + [1] * 3
