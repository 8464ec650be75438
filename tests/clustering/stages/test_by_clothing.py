"""What faces and clothes say together."""

import numpy as np
import pytest
from castlist.clustering.evidence.cloth import ClothEvidence
from castlist.clustering.evidence.curves import ClothCurve, FaceCurve, VectorCurve
from castlist.clustering.evidence.face import FaceEvidence
from castlist.clustering.stages.by_clothing import JointEvidence

COLUMNS = {"a": (0, 2)}
FACE = FaceCurve({"a": VectorCurve(6.0, 0.8, 0.0, 0.5)}, half_looks=1.0)
CLOTH = ClothCurve({"a": VectorCurve(4.0, 0.6, 0.0, 0.5)}, lasting_s=100.0)


def _evidence(make_tracks, looks, other_face):
    """Of faces, clothes and both, for two tracks in the same clothes."""
    tracks = make_tracks([[1.0, 0.0], other_face], [[1.0, 0.0], [1.0, 0.0]], looks=np.array(looks))
    face, cloth = FaceEvidence(tracks, COLUMNS, FACE), ClothEvidence(tracks, COLUMNS, CLOTH)
    rows = np.arange(2)
    both = JointEvidence(face, cloth, np.full(2, -1))
    joint, pairs = both.between(rows, rows), both.pairs(rows)
    np.testing.assert_allclose(joint, pairs.evidence + pairs.clothes)
    return [
        float(evidence[0, 1])
        for evidence in (face.between(rows, rows), cloth.between(rows, rows), joint)
    ]


@pytest.mark.parametrize(("looks", "other_face"), [([3.0, 0.5], [0, 1]), ([3.0, 3.0], [1, 0])])
def test_faces_and_clothes_are_added(make_tracks, looks, other_face):
    face, clothes, joint = _evidence(make_tracks, looks, other_face)
    assert clothes > 0
    assert joint == pytest.approx(face + clothes)


def test_the_same_clothes_do_not_outweigh_two_faces_known_well(make_tracks):
    face, clothes, joint = _evidence(make_tracks, [3.0, 3.0], [0, 1])
    assert face < 0 < clothes
    assert joint == face


def test_two_people_of_whom_stage_1_is_sure_need_more(make_tracks):
    tracks = make_tracks(np.eye(4), np.eye(4))
    columns = {"a": (0, 4)}
    face, cloth = FaceEvidence(tracks, columns, FACE), ClothEvidence(tracks, columns, CLOTH)
    usual, sure = (
        JointEvidence(face, cloth, np.array(groups)).pairs(np.arange(4)).evidence
        for groups in ([-1, -1, -1, -1], [0, 0, 1, -1])
    )
    less = np.zeros((4, 4))
    less[:2, 2] = less[2, :2] = np.log(10)
    np.testing.assert_allclose(usual - sure, less, atol=1e-12)


@pytest.mark.parametrize("num_films", [1, 3])
def test_groups_add_the_mean_of_their_tracks_clothes_to_what_faces_leave_open(
    make_tracks, num_films
):
    random = np.random.default_rng(3)
    vectors = np.array([1.0, 0.3]) + 0.5 * random.normal(size=(24, 2))
    film, group = np.arange(24) * num_films // 24, np.arange(24) // 2
    tracks = make_tracks(vectors, random.normal(size=(24, 2)), film=film, looks=np.full(24, 2.0))
    face, cloth = FaceEvidence(tracks, COLUMNS, FACE), ClothEvidence(tracks, COLUMNS, CLOTH)
    expected = face.of_groups(group)
    members = [np.flatnonzero(group == number) for number in range(12)]
    for one, other in np.argwhere(np.triu(expected > 0, 1)):
        expected[one, other] += cloth.between(members[one], members[other]).mean()
        expected[other, one] = expected[one, other]
    assert (expected != face.of_groups(group)).any()
    both = JointEvidence(face, cloth, np.full(24, -1))
    np.testing.assert_allclose(both.of_groups(group), expected)
    needless = np.triu(random.random((12, 12)) < 0.5)
    needless |= needless.T
    found = both.of_groups(group, needless)
    np.testing.assert_allclose(found[~needless], expected[~needless])
