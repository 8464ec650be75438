"""Tracks that a film shows again."""

import dataclasses

import numpy as np
import pytest
from castlist.clustering.evidence import repeats
from castlist.clustering.evidence.curves import ClothCurve, FaceCurve, VectorCurve

FACES = {"a": (0, 16), "b": (16, 24)}
CURVES = (
    FaceCurve({name: VectorCurve(9.0, 0.8, 0.2, 0.5) for name in FACES}, half_looks=1.0),
    ClothCurve({"c": VectorCurve(4.0, 0.6, 0.2, 0.5)}, lasting_s=100.0),
)


def _tracks(make_tracks, count=12, seed=0, **columns):
    random = np.random.default_rng(seed)
    return make_tracks(random.normal(size=(count, 24)), random.normal(size=(count, 6)), **columns)


def _twice(make_tracks, noise=0.02, **columns):
    """Twelve tracks, and the same twelve later, a little different, as of other pictures."""
    random, tracks = np.random.default_rng(1), _tracks(make_tracks)
    face, cloth = (
        np.concatenate([rows, rows + noise * random.normal(size=rows.shape)])
        for rows in (tracks.face_mean, tracks.cloth_mean)
    )
    return make_tracks(face, cloth, **columns)


def _first(tracks, never=None):
    return repeats.first_of_repeats(tracks, (FACES, {"c": (0, 6)}), CURVES, never).tolist()


BY_ITSELF, AGAIN = [*range(24)], [*range(12), *range(12)]


def test_a_film_that_is_shown_twice_repeats_each_track(make_tracks):
    assert _first(_twice(make_tracks)) == AGAIN


def test_the_first_is_the_one_that_is_seen_first_wherever_its_row_is(make_tracks):
    later = np.r_[np.arange(100.0, 112.0), np.arange(12.0)]
    assert _first(_twice(make_tracks, start_s=later)) == [*range(12, 24), *range(12, 24)]


def test_a_third_time_is_a_repetition_of_the_first(make_tracks):
    tracks = _tracks(make_tracks, 1)
    thrice = make_tracks(np.repeat(tracks.face_mean, 3, 0), np.repeat(tracks.cloth_mean, 3, 0))
    assert _first(thrice) == [0, 0, 0]


@pytest.mark.parametrize(
    "columns",
    [
        {"film": np.repeat([0, 1], 12)},
        {"pictures": [{row % 12} for row in range(24)]},  # both are in one picture
        {"num_faces": np.repeat([5, 7], 12)},  # longer
    ],
    ids=["of another film", "in the same pictures", "longer"],
)
def test_what_is_alike_and_no_repetition(make_tracks, columns):
    assert _first(_twice(make_tracks, **columns)) == BY_ITSELF


def test_two_of_one_picture_do_not_repeat_the_same_track(make_tracks):
    """A third and a fourth time beside each other, as in a picture that is divided in two."""
    tracks = _tracks(make_tracks, 1)
    face, cloth = np.repeat(tracks.face_mean, 4, 0), np.repeat(tracks.cloth_mean, 4, 0)
    pictures = [{0}, {1}, {2, 3}, {3, 4}]
    assert _first(make_tracks(face, cloth, pictures=pictures)) == [0, 0, 0, 3]


def test_a_repetition_may_have_a_look_more_or_a_fifth(make_tracks):
    for looks in ([3, 4], [4, 3], [50, 60], [60, 50]):
        assert _first(_twice(make_tracks, num_faces=np.repeat(looks, 12))) == AGAIN


def test_one_person_in_other_pictures_is_no_repetition(make_tracks):
    assert _first(_twice(make_tracks, noise=0.6)) == BY_ITSELF


def test_the_same_face_in_other_clothes_is_no_repetition(make_tracks):
    tracks = _twice(make_tracks)
    others = np.random.default_rng(5).normal(size=(12, 6))
    cloth = np.concatenate([tracks.cloth_mean[:12], others])
    assert _first(dataclasses.replace(tracks, cloth_mean=cloth)) == BY_ITSELF


def test_without_clothes_in_sight_faces_are_enough(make_tracks):
    tracks = _twice(make_tracks)
    nothing = np.full((24, 6), np.nan)
    assert _first(dataclasses.replace(tracks, cloth_mean=nothing)) == AGAIN
    half = np.concatenate([tracks.cloth_mean[:12], nothing[12:]])
    assert _first(dataclasses.replace(tracks, cloth_mean=half)) == BY_ITSELF


def test_a_track_that_the_user_decided_on_stays_by_itself(make_tracks):
    never = np.zeros(24, dtype=bool)
    never[[3, 16]] = True
    expected = list(AGAIN)
    expected[15], expected[16] = 15, 16  # 15 repeated track 3
    assert _first(_twice(make_tracks), never) == expected


def test_tracks_without_a_face_vector_stay_by_themselves(make_tracks):
    tracks = _twice(make_tracks)
    assert _first(dataclasses.replace(tracks, face_mean=np.full((24, 24), np.nan))) == BY_ITSELF


def test_no_tracks(make_tracks):
    assert _first(make_tracks(np.zeros((0, 24)), np.zeros((0, 6)))) == []


def test_repeats_are_found_as_one_by_one(make_tracks):
    """Six hundred tracks, more than are compared at once, of which some are like an earlier one."""
    random = np.random.default_rng(2)
    face, cloth = random.normal(size=(600, 24)), random.normal(size=(600, 6))
    repeated = {int(row): int(random.integers(0, row)) for row in random.integers(1, 600, 200)}
    for row in sorted(repeated):
        face[row], cloth[row] = face[repeated[row]], cloth[repeated[row]]
    expected = list(range(600))
    for row in sorted(repeated):
        expected[row] = expected[repeated[row]]
    assert _first(make_tracks(face, cloth)) == expected


def test_pairs_are_looked_at_part_by_part_where_many_may_be_alike(make_tracks, monkeypatch):
    monkeypatch.setattr(repeats, "_PAIRS_AT_ONCE", 7)
    assert _first(_twice(make_tracks)) == AGAIN
    one_face = np.repeat(_tracks(make_tracks, 1).face_mean, 20, 0)
    clothes = np.random.default_rng(3).normal(size=(20, 6))
    clothes[10:] = clothes[:10]
    assert _first(make_tracks(one_face, clothes)) == [*range(10), *range(10)]
