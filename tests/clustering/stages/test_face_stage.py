from dataclasses import dataclass

import numpy as np
import pytest
from castlist.clustering.stages.config import FaceConfig
from castlist.clustering.stages.face_stage import cluster_by_face
from castlist.data.tables.codes import UNKNOWN, DecidedBy
from castlist.data.tables.faces import STRONG_FROM, Faces

DIM = 16
TRACK_METHODS = ["hdbscan", "agglomerative"]
METHODS = [*TRACK_METHODS, "online", "online-guarded"]
AXES = np.vstack([np.eye(DIM), -np.eye(DIM)])  # people who are 1.4 apart and more, centred on 0


@dataclass
class Shot:
    cast: list[int]  # the people on screen, side by side; each is a track
    num_faces: int = 10
    quality: float = 0.8


def film(shots, people=AXES, noise=0.05, shot_noise=0.02, poor=0.0, seed=0):
    """Make a table of faces, and the true person of each row.

    noise, shot_noise: spread per axis of a face around its track, of a track around its person.
    poor: share of faces with little quality and a vector that points anywhere.
    """
    rng = np.random.default_rng(seed)
    rows = []
    true = []
    num_tracks = 0
    for number, shot in enumerate(shots):
        for place, person in enumerate(shot.cast):
            centre = people[person] + shot_noise * rng.normal(size=DIM)
            for step in range(shot.num_faces):
                bad = rng.random() < poor
                vector = rng.normal(size=DIM) if bad else centre + noise * rng.normal(size=DIM)
                quality = 0.05 if bad else shot.quality
                rows.append((number, 100 * number + step, num_tracks, place, quality, vector))
                true.append(person)
            num_tracks += 1
    shot_number, frame, track, place, quality, vector = zip(*rows, strict=True)
    left = 100.0 * np.array(place)
    faces = Faces.of_detections(
        source=np.full(len(rows), "film.mp4"),
        frame=frame,
        time_s=np.array(frame) / 5,
        shot=shot_number,
        track=track,
        box=np.stack([left, left * 0, left + 50, left * 0 + 60], axis=1),
        quality=quality,
        face_vector=vector,
    )
    return faces, np.array(true)


def random_shots(num_shots, num_people, seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 4, num_shots)
    return [Shot(sorted(rng.choice(num_people, size, replace=False).tolist())) for size in sizes]


def by_first_appearance(labels):
    """Number groups as they come, so that two partitions can be compared; -1 stays."""
    numbers = {UNKNOWN: UNKNOWN}
    return [numbers.setdefault(label, len(numbers) - 1) for label in labels.tolist()]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_well_separated_people_are_found_exactly(method, seed):
    faces, true = film(random_shots(30, 8, seed), noise=0.02, shot_noise=0.01, seed=seed)
    found, _ = cluster_by_face(faces, FaceConfig(method=method))
    assert by_first_appearance(found.person) == by_first_appearance(true)


@pytest.mark.parametrize("method", TRACK_METHODS)
def test_faces_of_poor_quality_go_with_their_track(method):
    faces, true = film(random_shots(30, 8, 0), poor=0.4, seed=1)
    assert (faces.quality < 0.2).mean() > 0.3
    found, _ = cluster_by_face(faces, FaceConfig(method=method))
    assert by_first_appearance(found.person) == by_first_appearance(true)


@pytest.mark.parametrize("method", METHODS)
def test_person_0_is_the_most_frequent(method):
    shots = [Shot([0])] + [Shot([1])] * 4 + [Shot([2])] * 6 + [Shot([0, 3])] * 2
    found, _ = cluster_by_face(film(shots, noise=0.02)[0], FaceConfig(method=method))
    counts = np.bincount(found.person[found.is_known])
    assert counts.tolist() == [60, 40, 30, 20]


@pytest.mark.parametrize("method", METHODS)
def test_both_person_columns_say_the_same_and_evidence_says_face(method):
    faces, _ = film([*random_shots(20, 6, 0), Shot([7], num_faces=1)], noise=0.06, seed=3)
    found, _ = cluster_by_face(faces, FaceConfig(method=method))
    assert found.person_before.tolist() == found.person.tolist()
    assert not found.is_known.all()
    assert (found.decided_by[found.is_known] == DecidedBy.FACE).all()
    assert (found.decided_by[~found.is_known] == DecidedBy.NONE).all()


def test_a_person_of_one_shot_far_from_the_others_is_a_person_alone():
    faces, true = film([*random_shots(20, 6, 0), Shot([9])])
    found, _ = cluster_by_face(faces)
    lone = found.person[true == 9]
    assert len(set(lone.tolist())) == 1
    assert lone[0] != UNKNOWN
    assert lone[0] not in found.person[true != 9]


def test_a_person_of_one_shot_needs_many_good_faces_to_be_a_person_alone():
    faces, true = film([*random_shots(20, 6, 0), Shot([9], num_faces=7)])
    found, _ = cluster_by_face(faces)
    assert (found.person[true == 9] == UNKNOWN).all()
    found, _ = cluster_by_face(faces, FaceConfig(lone_faces=7))
    assert (found.person[true == 9] != UNKNOWN).all()


def beside_person_0(distance):
    """People, the last of them so far from person 0 and 1.4 and more from everyone else."""
    cosine = 1 - distance**2 / 2
    # The fifteenth axis is nobody's: people 0..13 and 16..29 are on the others.
    near = cosine * np.eye(DIM)[0] + np.sqrt(1 - cosine**2) * np.eye(DIM)[14]
    return np.vstack([AXES, near])


EVERYONE = [Shot([number]) for number in (*range(14), *range(16, 30))] * 2
NEAR = len(AXES)


def test_a_person_of_one_shot_near_another_stays_unknown():
    faces, true = film([*EVERYONE, Shot([NEAR])], beside_person_0(1.18))
    found, _ = cluster_by_face(faces)
    assert (found.person[true == NEAR] == UNKNOWN).all()
    assert (found.second_person[true == NEAR] == found.person[true == 0][0]).all()
    assert found.is_strong[true != NEAR].all()


def test_a_person_that_may_be_the_same_as_a_larger_one_is_low_confidence():
    shots = [*EVERYONE, Shot([NEAR]), Shot([NEAR], num_faces=9)]
    faces, true = film(shots, beside_person_0(1.18))
    found, _ = cluster_by_face(faces)
    near, larger = found.person[true == NEAR], found.person[true == 0]
    assert found.is_known.all()
    assert near[0] != larger[0]
    assert not found.is_strong[true == NEAR].any()
    assert found.is_strong[true != NEAR].all()


def test_a_person_of_many_tracks_near_to_each_other_is_sure_beside_a_larger_one():
    shots = [*EVERYONE, *[Shot([0])] * 6, *[Shot([NEAR])] * 6]
    faces, true = film(shots, beside_person_0(1.18))
    found, _ = cluster_by_face(faces)
    assert found.person[true == NEAR][0] != found.person[true == 0][0]
    assert found.is_strong[np.isin(true, [0, NEAR])].all()
    # ... but not a copy of few tracks, which says nothing new
    shots = [*EVERYONE, Shot([NEAR]), Shot([NEAR], num_faces=9)]
    faces, true = film(shots, beside_person_0(1.18))
    copies = [faces.replace(source=[f"{copy}.mp4"] * len(faces)) for copy in range(4)]
    number = faces.track.max() + 1
    copies = [own.replace(track=own.track + copy * number) for copy, own in enumerate(copies)]
    found, _ = cluster_by_face(Faces.concatenate(copies))
    assert not found.is_strong[np.tile(true, 4) == NEAR].any()


def test_the_same_two_people_are_both_strong_once_a_picture_shows_them_together():
    shots = [*EVERYONE, Shot([0]), Shot([NEAR]), Shot([0, NEAR])]
    faces, _ = film(shots, beside_person_0(1.18))
    assert cluster_by_face(faces)[0].is_strong.all()


def between(to_person_0, to_near, apart):
    """People, the last two of them person 0's neighbour and somebody between the two."""
    with_0, with_near = 1 - to_person_0**2 / 2, 1 - to_near**2 / 2
    *_, near = people = beside_person_0(apart)
    middle = with_0 * np.eye(DIM)[0] + (with_near - with_0 * near[0]) / near[14] * np.eye(DIM)[14]
    middle[15] = np.sqrt(1 - middle @ middle)
    return np.vstack([people, middle])


def test_a_track_nearly_as_near_to_another_person_is_low_confidence():
    people = between(to_person_0=0.8, to_near=0.83, apart=1.2)
    shots = [*EVERYONE, Shot([0, NEAR]), Shot([NEAR]), Shot([NEAR + 1])]
    faces, true = film(shots, people, noise=0.01, shot_noise=0)
    found, _ = cluster_by_face(faces)
    middle = true == NEAR + 1
    assert (found.person[middle] == found.person[true == 0][0]).all()
    assert (found.second_person[middle] == found.person[true == NEAR][0]).all()
    assert (found.strength[middle] < STRONG_FROM).all()
    found, _ = cluster_by_face(faces[true != NEAR])
    assert (found.strength[middle[true != NEAR]] > 0.65).all()


def test_a_person_that_may_be_the_same_as_a_larger_one_does_not_weaken_it():
    people = between(to_person_0=1.0, to_near=1.08, apart=1.18)
    shots = [*EVERYONE, Shot([0]), Shot([NEAR]), Shot([NEAR]), Shot([NEAR + 1])]
    faces, true = film(shots, people, noise=0.01, shot_noise=0)
    found, _ = cluster_by_face(faces)
    assert (found.person[true == NEAR + 1] == found.person[true == 0][0]).all()
    assert not found.is_strong[true == NEAR].any()
    assert found.is_strong[true != NEAR].all()


def test_a_chain_of_near_pairs_does_not_make_one_person_of_two():
    # Two axes that nobody else is on; from one end to the other in steps of 20 degrees.
    angle = np.linspace(0, np.pi, 10)
    chain = np.zeros((10, DIM))
    chain[:, 14], chain[:, 15] = np.cos(angle), np.sin(angle)
    shots = [Shot([number]) for number in (*range(14), *range(16, 30))] * 2
    shots += [Shot([len(AXES) + link]) for link in range(10)]
    faces, true = film(shots, np.vstack([AXES, chain]))

    def ends(config):
        person = cluster_by_face(faces, config)[0].person
        return person[true == len(AXES)][0], person[true == len(AXES) + 9][0]

    first, last = ends(FaceConfig(spread=2.0))
    assert first == last != UNKNOWN  # single links alone would chain
    first, last = ends(FaceConfig())
    assert first != last


def test_groups_that_the_network_calls_two_people_are_never_one():
    faces, true = film([*random_shots(20, 6, 0)], 3 * AXES, noise=0.1, shot_noise=0.2)
    # Tracks of a person are about 1.1 apart as they are, and near in the film's own space.
    found, _ = cluster_by_face(faces)
    assert by_first_appearance(found.person) == by_first_appearance(true)
    found, _ = cluster_by_face(faces, FaceConfig(another_person=2.0))
    assert by_first_appearance(found.person) == by_first_appearance(true)
    found, _ = cluster_by_face(faces, FaceConfig(another_person=0.5))
    assert found.num_people > 6


def test_tracks_without_a_good_face_do_not_found_people():
    hidden = [Shot([9], quality=0.1), Shot([9], quality=0.1)]
    faces, true = film([*random_shots(20, 6, 0), *hidden])
    found, _ = cluster_by_face(faces)
    assert (found.person[true == 9] == UNKNOWN).all()
    found, _ = cluster_by_face(faces, FaceConfig(good_quality=0.1))
    assert (found.person[true == 9] != UNKNOWN).all()


def test_a_track_needs_two_good_faces_but_a_photo_one():
    shots = [Shot([number % 6], num_faces=1) for number in range(24)]
    faces, true = film(shots)
    found, _ = cluster_by_face(faces)
    assert not found.is_known.any()
    photos = faces.replace(
        source=[f"{number}.jpg" for number in range(24)], frame=[0] * 24, shot=[-1] * 24
    )
    found, _ = cluster_by_face(photos)
    assert by_first_appearance(found.person) == by_first_appearance(true)


def ambiguous():
    shots = random_shots(30, 25, 0)
    for number, shot in enumerate(shots):
        shot.num_faces = 3 + number % 7
    return film(shots, noise=0.15, shot_noise=0.2, poor=0.3, seed=5)[0]


@pytest.mark.parametrize("method", METHODS)
def test_strength_runs_from_0_to_1_and_says_which_rows_are_strong(method):
    found, _ = cluster_by_face(ambiguous(), FaceConfig(method=method))
    assert ((found.strength >= 0) & (found.strength <= 1)).all()
    assert (found.strength[~found.is_known] == 0).all()
    assert ((found.strength >= STRONG_FROM) == found.is_strong).all()


@pytest.mark.parametrize("method", TRACK_METHODS)
def test_ambiguous_faces_are_of_all_three_kinds_and_the_runner_up_is_somebody_else(method):
    found, _ = cluster_by_face(ambiguous(), FaceConfig(method=method))
    low = found.is_known & ~found.is_strong
    assert found.is_strong.any()
    assert low.any()
    assert not found.is_known.all()
    has_runner_up = found.second_person != UNKNOWN
    assert has_runner_up.any()
    assert (found.second_person[has_runner_up] != found.person[has_runner_up]).all()
    assert np.isin(found.second_person[has_runner_up], found.person).all()


def test_a_row_without_a_track_is_an_error():
    faces, _ = film([Shot([0])])
    with pytest.raises(ValueError, match="expected a track for every row"):
        cluster_by_face(faces.replace(track=np.full(len(faces), -1)))


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"method": "kmeans"}, "expected one of hdbscan, agglomerative, online"),
        ({"distance": "taxi"}, "expected one of film, cosine, euclidean, calibrated"),
        ({"doubt": 0.0}, "face.doubt: expected more than 0, got 0.0"),
        ({"another_person": -1.0}, "face.another_person: expected more than 0, got -1.0"),
        ({"threshold": 0.0}, "face.threshold: expected more than 0, got 0.0"),
        ({"good_quality": 1.5}, "face.good_quality: expected 0 to 1, got 1.5"),
        ({"min_good_faces": 0}, "1 or more"),
        ({"lone_faces": 0}, "1 or more"),
    ],
)
def test_settings_out_of_range_are_errors(setting, words):
    with pytest.raises(ValueError, match=words):
        FaceConfig(**setting)
