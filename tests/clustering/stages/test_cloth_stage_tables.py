"""What holds after both stages on any table, and how true stage 2's own forecast is."""

import numpy as np
import pytest
from castlist.clustering.stages.cloth_stage import pieces_of, reassign_by_clothing
from castlist.clustering.stages.config import FaceConfig, ReassignConfig
from castlist.clustering.stages.constraints import count_violations
from castlist.clustering.stages.face_stage import cluster_by_face
from castlist.data.tables.codes import UNKNOWN, DecidedBy, Reason
from castlist.data.tables.faces import STRONG_FROM, Faces
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

METHODS = ["hdbscan", "agglomerative", "online-guarded"]
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
BOLD = ReassignConfig(precision=0.01, veto=2.0, window_s=500)
"""Believes clothing nearly always, so that only the pictures hold it back."""


def random_faces(seed, num_shots, num_people, num_outfits, garbage=0.3, cloth_dim=24, noise=0.1):
    """Make a table of people who wear one of a few outfits in each shot, and who is who.

    garbage: share of tracks whose faces are of little quality and look like anybody.
    """
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(num_people, 16))
    outfits = rng.normal(size=(num_outfits, cloth_dim)) / np.sqrt(cloth_dim)
    names = ("source", "frame", "time_s", "shot", "track", "quality", "face_vector", "cloth_vector")
    columns = {name: [] for name in names}
    true = []
    track = 0
    for shot in range(num_shots):
        is_photo = rng.random() < 0.1
        present = rng.permutation(num_people)[: rng.integers(1, 4)]
        for person in present.tolist():
            clear = rng.random() >= garbage
            # Mostly dressed as usual, sometimes as somebody else.
            outfit = person if rng.random() < 0.9 else rng.integers(num_outfits)
            worn = outfits[outfit % num_outfits] + noise * rng.normal(size=cloth_dim)
            for step in range(1 if is_photo else rng.integers(1, 9)):
                columns["source"].append(f"{shot}.jpg" if is_photo else "film.mp4")
                columns["frame"].append(0 if is_photo else 100 * shot + step)
                columns["time_s"].append(5.0 * shot + step / 5)
                columns["shot"].append(-1 if is_photo else shot)
                columns["track"].append(track)
                columns["quality"].append(0.8 if clear else 0.1)
                face = people[person] if clear else 0.5 * rng.normal(size=16)
                columns["face_vector"].append(face + 0.2 * rng.normal(size=16))
                columns["cloth_vector"].append(worn + noise * rng.normal(size=cloth_dim))
                true.append(person)
            track += 1
    left = 100.0 * np.array(columns["track"])
    box = np.stack([left, left * 0, left + 50, left * 0 + 60], axis=1)
    return Faces.of_detections(**columns, box=box), np.array(true)


tables = st.builds(
    random_faces,
    seed=st.integers(0, 10**6),
    num_shots=st.integers(1, 25),
    num_people=st.integers(1, 6),
    num_outfits=st.integers(1, 6),
    garbage=st.sampled_from([0.0, 0.3, 0.7]),
).map(lambda table: table[0])


@settings(UNTIMED, max_examples=120)
@given(faces=tables, method=st.sampled_from(METHODS), threshold=st.none() | st.floats(0.05, 3))
def test_two_faces_of_one_picture_are_never_one_person(faces, method, threshold):
    before, _ = cluster_by_face(faces, FaceConfig(method=method, threshold=threshold))
    after, _, _ = reassign_by_clothing(before, BOLD)
    assert count_violations(after, after.person_before) == 0
    assert count_violations(after, after.person) == 0


@settings(UNTIMED, max_examples=60)
@given(faces=tables, threshold=st.floats(0.05, 3))
def test_clothing_adds_nothing_to_the_faults_of_the_online_method(faces, threshold):
    before, _ = cluster_by_face(faces, FaceConfig(method="online", threshold=threshold))
    after, _, _ = reassign_by_clothing(before, BOLD)
    assert count_violations(after, after.person) <= count_violations(after, after.person_before)


@settings(UNTIMED, max_examples=60)
@given(faces=tables, method=st.sampled_from([*METHODS, "online"]))
def test_people_stay_who_they_were_and_every_column_says_the_same(faces, method):
    before, _ = cluster_by_face(faces, FaceConfig(method=method))
    after, _, _ = reassign_by_clothing(before, BOLD)
    # One new number for each old one, and unknown stays unknown.
    pairs = set(zip(before.person.tolist(), after.person_before.tolist(), strict=True))
    assert len(pairs) == len({old for old, _ in pairs}) == len({new for _, new in pairs})
    assert ((before.person == UNKNOWN) == (after.person_before == UNKNOWN)).all()
    # The most frequent first, and nobody without a face among those who have one.
    counts = np.bincount(after.person[after.is_known], minlength=after.num_people)
    assert (counts > 0).all()
    assert (np.diff(counts) <= 0).all()
    # What is strong stays; what moved was moved by clothing, and nothing else was.
    strong, moved = before.is_strong, after.person != after.person_before
    assert not moved[strong].any()
    assert ((after.decided_by == DecidedBy.CLOTH) == moved).all()
    assert after.strength[~moved].tolist() == before.strength[~moved].tolist()
    assert ((after.strength >= 0) & (after.strength <= 1)).all()
    by_face = after.decided_by == DecidedBy.FACE
    assert (after.is_strong == (by_face & (after.strength >= STRONG_FROM))).all()
    assert (after.person[moved] != UNKNOWN).all()
    known = after.is_known & (after.second_person != UNKNOWN)
    assert (after.second_person[known] != after.person[known]).all()
    assert ((after.reason == Reason.NONE) == strong).all()


@settings(UNTIMED, max_examples=40)
@given(faces=tables, method=st.sampled_from([*METHODS, "online"]), seed=st.integers(0, 1000))
def test_neither_the_order_of_rows_nor_the_numbering_of_tracks_matters(faces, method, seed):
    rng = np.random.default_rng(seed)
    rows, number = rng.permutation(len(faces)), rng.permutation(faces.track.max() + 1)

    def both_stages(table):
        return reassign_by_clothing(cluster_by_face(table, FaceConfig(method=method))[0])

    expected, expected_notices, _ = both_stages(faces)
    found, notices, _ = both_stages(faces[rows].replace(track=number[faces.track[rows]]))
    assert notices == expected_notices
    for name in ("person_before", "person", "second_person", "strength", "decided_by", "reason"):
        assert getattr(found, name).tolist() == getattr(expected, name)[rows].tolist()


def test_the_order_of_rows_does_not_matter_for_many_long_cloth_vectors():
    # Long vectors are first projected on main axes, and only some of the rows decide those.
    faces, _ = random_faces(0, num_shots=250, num_people=6, num_outfits=6, cloth_dim=200)
    assert len(faces) > 1600
    before, _ = cluster_by_face(faces)
    rows = np.random.default_rng(1).permutation(len(faces))
    after, notices, _ = reassign_by_clothing(before)
    other, other_notices, _ = reassign_by_clothing(before[rows])
    assert other_notices == notices
    assert other.reason.tolist() == after.reason[rows].tolist()


@pytest.mark.parametrize("noise", [0.12, 0.2])
def test_the_precision_foretold_is_about_the_truth(noise):
    """Half of the tracks show no clear face; every tenth person is dressed as somebody else."""
    right = moved = 0
    predicted = []
    for seed in range(3):
        faces, true = random_faces(
            seed, num_shots=350, num_people=8, num_outfits=8, garbage=0.5, noise=noise
        )
        before, _ = cluster_by_face(faces)
        # It is predicted of votes; nothing is of new people.
        config = ReassignConfig(precision=0.8, new_people=False)
        after, _, trust = reassign_by_clothing(before, config)
        name_of = {
            person: np.bincount(true[after.is_strong & (after.person == person)]).argmax()
            for person in set(after.person[after.is_strong].tolist())
        }
        first = np.unique(pieces_of(before), return_index=True)[1]
        given_by_clothing = first[after.decided_by[first] == DecidedBy.CLOTH]
        right += sum(name_of[after.person[row]] == true[row] for row in given_by_clothing)
        moved += len(given_by_clothing)
        predicted.append(trust.precision)
    assert moved > 300
    assert right / moved < 0.99  # there was something to foretell
    assert np.mean(predicted) == pytest.approx(right / moved, abs=0.04)
