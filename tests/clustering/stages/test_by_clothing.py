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
    both = JointEvidence(face, cloth)
    joint, _ = both.between_and_apart(rows, rows)
    np.testing.assert_allclose(joint, both.between(rows, rows))
    return [
        float(own[0, 1]) for own in (face.between(rows, rows), cloth.between(rows, rows), joint)
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
