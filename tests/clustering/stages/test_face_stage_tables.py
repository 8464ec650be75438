"""What holds of stage 1 on any table, however odd."""

import numpy as np
import pytest
from castlist.clustering.stages.config import DISTANCES, FaceConfig
from castlist.clustering.stages.constraints import count_violations
from castlist.clustering.stages.face_stage import cluster_by_face
from castlist.clustering.stages.online import online_labels
from castlist.clustering.stages.people import by_first_row, picture_order
from castlist.data.tables.codes import UNKNOWN, Notice, NoticeCode
from castlist.data.tables.faces import Faces
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TRACK_METHODS = ["hdbscan", "agglomerative"]
METHODS = [*TRACK_METHODS, "online", "online-guarded"]
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def random_faces(seed, num_shots=8, noise=0.2, num_people=4, same=0.0):
    """Make a table of few people, several tracks a shot, some garbage, some photos.

    The tracks of a shot share pictures, though some end early. Nothing says that they are
    different people: only the picture does.

    same: share of faces whose vector is exactly their person's.
    """
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(num_people, 16))
    columns = {name: [] for name in ("source", "frame", "shot", "track", "quality", "face_vector")}
    track = 0
    for shot in range(num_shots):
        is_photo = rng.random() < 0.2
        for _ in range(rng.integers(1, 4)):
            person = people[rng.integers(num_people)] + noise * rng.normal(size=16)
            for step in range(1 if is_photo else rng.integers(1, 12)):
                exact = rng.random() < same
                columns["source"].append(f"{shot}.jpg" if is_photo else "film.mp4")
                columns["frame"].append(0 if is_photo else 100 * shot + step)
                columns["shot"].append(-1 if is_photo else shot)
                columns["track"].append(track)
                columns["quality"].append(1.0 if exact else rng.random())
                columns["face_vector"].append(
                    people[0] if exact else person + 2 * noise * rng.normal(size=16)
                )
            track += 1
    left = 100.0 * np.array(columns["track"])  # nobody stands in anybody's way
    faces = Faces.of_detections(
        time_s=np.array(columns["frame"]) / 5,
        box=np.stack([left, left * 0, left + 50, left * 0 + 60], axis=1),
        **columns,
    )
    blank = np.where(rng.random(len(faces)) < 0.1, np.nan, 1)[:, None]
    return faces.replace(face_vector=faces.face_vector * blank)


tables = st.builds(
    random_faces,
    seed=st.integers(0, 10**6),
    num_shots=st.integers(1, 12),
    noise=st.sampled_from([0.0, 0.05, 0.2, 0.6]),
    num_people=st.integers(1, 6),
    same=st.sampled_from([0.0, 0.3, 1.0]),
)


def partition(person):
    """Return {group of rows}, unknown rows each alone."""
    groups = {}
    for row, number in enumerate(person.tolist()):
        groups.setdefault((number, row if number == UNKNOWN else -1), set()).add(row)
    return {frozenset(own) for own in groups.values()}


@settings(UNTIMED, max_examples=150)
@given(
    faces=tables,
    method=st.sampled_from([*TRACK_METHODS, "online-guarded"]),
    distance=st.sampled_from(DISTANCES),
    threshold=st.none() | st.floats(0.01, 3),
    spread=st.none() | st.floats(0.5, 20),
    centre=st.sampled_from([None, np.zeros(16), np.ones(16)]),
)
def test_two_faces_of_one_picture_are_never_one_person(
    faces, method, distance, threshold, spread, centre
):
    config = FaceConfig(method, distance, threshold, spread, lone_faces=1)
    found, _ = cluster_by_face(faces, config, centre)
    assert count_violations(found, found.person) == 0


@settings(UNTIMED, max_examples=60)
@given(
    faces=tables,
    method=st.sampled_from(METHODS),
    distance=st.sampled_from(DISTANCES),
    order=st.randoms(use_true_random=False),
)
def test_the_order_of_rows_does_not_matter(faces, method, distance, order):
    rows = np.arange(len(faces))
    order.shuffle(rows)
    found, _ = cluster_by_face(faces, FaceConfig(method, distance))
    shuffled, _ = cluster_by_face(faces[rows], FaceConfig(method, distance))
    back = np.argsort(rows)
    assert shuffled.person[back].tolist() == found.person.tolist()
    assert shuffled.second_person[back].tolist() == found.second_person.tolist()
    assert shuffled.strength[back].tolist() == found.strength.tolist()


@settings(UNTIMED, max_examples=60)
@given(
    faces=tables,
    method=st.sampled_from(METHODS),
    distance=st.sampled_from(DISTANCES),
    order=st.randoms(use_true_random=False),
)
def test_the_numbering_of_tracks_does_not_matter(faces, method, distance, order):
    number = np.arange(2 * faces.track.max() + 1)  # twice as many: some tracks have no rows
    order.shuffle(number)
    found, _ = cluster_by_face(faces, FaceConfig(method, distance))
    other, _ = cluster_by_face(
        faces.replace(track=number[faces.track]), FaceConfig(method, distance)
    )
    assert other.person.tolist() == found.person.tolist()
    assert other.strength.tolist() == found.strength.tolist()
    assert (number[faces.track] == other.track).all()


@settings(UNTIMED, max_examples=60)
@given(faces=tables, method=st.sampled_from(METHODS))
def test_people_are_numbered_without_gaps_the_most_frequent_first(faces, method):
    found, _ = cluster_by_face(faces, FaceConfig(method=method))
    counts = np.bincount(found.person[found.is_known], minlength=found.num_people)
    assert (counts > 0).all()
    assert (np.diff(counts) <= 0).all()


@settings(UNTIMED, max_examples=60)
@given(faces=tables, method=st.sampled_from(TRACK_METHODS))
def test_the_rows_of_a_track_have_one_person_and_one_strength(faces, method):
    found, _ = cluster_by_face(faces, FaceConfig(method=method))
    for track in range(faces.track.max() + 1):
        rows = faces.track == track
        assert len(set(zip(found.person[rows], found.strength[rows], strict=True))) <= 1


def test_pictures_come_by_source_and_frame_and_faces_from_left_to_right():
    places = [("b.mp4", 0, 0), ("a.mp4", 10, 5), ("a.mp4", 9, 7), ("a.mp4", 10, 3)]
    source, frame, left = zip(*places, strict=True)
    faces = Faces.of_detections(
        source=source,
        frame=frame,
        time_s=np.zeros(4),
        box=[[x1, 0, x1 + 50, 60] for x1 in left],
    )
    assert picture_order(faces).tolist() == [2, 3, 1, 0]


def test_groups_are_numbered_as_they_come_and_none_stays_none():
    assert by_first_row(np.array([7, -1, 2, 7, 5])).tolist() == [0, -1, 1, 0, 2]
    assert by_first_row(np.array([7, 2, 7])).tolist() == [0, 1, 0]
    assert by_first_row(np.array([], np.int64)).tolist() == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("faces", [Faces.empty(16), Faces.empty()], ids=["16 numbers", "none"])
def test_a_table_without_faces_stays_empty(method, faces):
    found, notices = cluster_by_face(faces, FaceConfig(method=method))
    assert len(found) == 0
    assert notices == []


def one_track(vectors):
    """Make a table of one track, good faces."""
    num_faces = len(vectors)
    return Faces.of_detections(
        source=np.full(num_faces, "film.mp4"),
        frame=np.arange(num_faces),
        time_s=np.arange(num_faces) / 5,
        shot=np.zeros(num_faces),
        track=np.zeros(num_faces),
        box=np.full((num_faces, 4), [0, 0, 50, 60]),
        quality=np.full(num_faces, 0.8),
        face_vector=vectors,
    )


@pytest.mark.parametrize("method", METHODS)
def test_one_face_is_unknown(method):
    found, _ = cluster_by_face(one_track(np.ones((1, 16))), FaceConfig(method=method))
    assert found.person.tolist() == [UNKNOWN]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dim", [0, 16])
def test_faces_without_vectors_are_unknown(method, dim):
    faces = random_faces(0)
    faces = faces.replace(face_vector=np.full((len(faces), dim), np.nan))
    found, _ = cluster_by_face(faces, FaceConfig(method=method))
    assert not found.is_known.any()
    assert (found.strength == 0).all()
    assert (found.second_person == UNKNOWN).all()


@pytest.mark.parametrize("method", METHODS)
def test_one_track_of_one_person_is_one_person(method):
    vectors = 1 + 0.02 * np.random.default_rng(0).normal(size=(20, 16))
    found, _ = cluster_by_face(one_track(vectors), FaceConfig(method=method))
    assert set(found.person.tolist()) == {0}
    assert found.is_strong.all()


@pytest.mark.parametrize("method", METHODS)
def test_the_same_vector_many_times_is_clustered_as_any_other(method):
    # Two people, ten tracks each, without any noise: all distances are 0 or the same.
    vectors = np.eye(16)[np.arange(200) // 10 % 2]
    shot = np.arange(200) // 10
    faces = one_track(vectors).replace(track=shot, shot=shot)
    found, _ = cluster_by_face(faces, FaceConfig(method=method))
    assert partition(found.person) == partition(faces.track % 2)
    assert found.is_strong.all()


def test_online_is_the_original_rule_in_time_order():
    faces = random_faces(3, num_shots=12, noise=0.03)
    order = np.lexsort((faces.box[:, 0], faces.frame, faces.source))
    expected = online_labels(faces.face_vector[order], 0.44)
    assert len(set(expected.tolist())) > 3
    found, _ = cluster_by_face(faces[::-1], FaceConfig(method="online", threshold=0.44))
    assert partition(found.person[::-1][order]) == partition(expected)


def test_online_counts_the_pictures_it_gets_wrong():
    faces = random_faces(1, num_shots=12, noise=0.05, num_people=1)
    found, notices = cluster_by_face(faces, FaceConfig(method="online", threshold=1.0))
    violations = count_violations(found, found.person)
    assert violations > 0
    numbers = {"num_pairs": violations, "by": "face"}
    assert notices == [Notice(NoticeCode.SHARED_PICTURES, numbers)]
