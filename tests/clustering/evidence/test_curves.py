import dataclasses

import numpy as np
import pytest
from castlist.clustering.evidence.curves import (
    ClothCurve,
    Curves,
    FaceCurve,
    VectorCurve,
    curve_name,
)

VECTOR = VectorCurve(10.0, 0.5, 0.1, 0.3)
CURVES = Curves(
    {"a+b": FaceCurve({"a": VECTOR, "b": VECTOR}, 1.5)}, {"c": ClothCurve({"c": VECTOR}, 300.0)}
)


def test_curves_are_read_as_they_were_written():
    assert Curves.from_dict(CURVES.to_dict()) == CURVES


def test_directions_are_kept_beside_the_numbers():
    rows = {"a": np.eye(3)[:2]}
    alone = {"a": FaceCurve({"a": VECTOR}, 1.0, rows), "any": FaceCurve({"any": VECTOR}, 1.0)}
    face = {**CURVES.face, **alone}
    curves = dataclasses.replace(CURVES, face=face)
    assert set(curves.nuisance()) == {"a/a"}
    again = Curves.from_dict(curves.to_dict(), curves.nuisance())
    np.testing.assert_array_equal(again.face["a"].nuisance["a"], rows["a"])
    assert not again.face["a+b"].nuisance
    # Networks that were not fitted together bring their own.
    assert set(again.of_faces({"a": 0, "other": 0}).nuisance) == {"a"}


def test_an_unknown_number_is_refused():
    content = CURVES.to_dict()
    content["cloth"]["c"]["more"] = 1
    with pytest.raises(TypeError, match="more"):
        Curves.from_dict(content)


@pytest.mark.parametrize(
    "numbers", [(0, 0.5, 0, 0.3), (9, 0, 0, 0.3), (9, 1, 0, 1), (9, 0.5, 0, 1)]
)
def test_numbers_out_of_range_are_refused(numbers):
    with pytest.raises(ValueError, match="expected"):
        VectorCurve(*numbers)


def test_scales_are_above_nothing():
    with pytest.raises(ValueError, match="half_looks"):
        FaceCurve({}, 0.0)
    with pytest.raises(ValueError, match="lasting_s"):
        ClothCurve({}, -1.0)


def test_the_name_of_a_curve_does_not_hang_on_the_order():
    assert curve_name({"b": 0, "a": 0}) == curve_name({"a": 0, "b": 0}) == "a+b"


def test_vectors_that_were_fitted_together_have_their_curve():
    assert CURVES.of_faces({"b": 0, "a": 0}) is CURVES.face["a+b"]
    assert CURVES.of_clothes({"c": 0}) is CURVES.cloth["c"]


ALONE = Curves(
    {
        "any": FaceCurve({"any": VECTOR}, 1.0),
        "a": FaceCurve({"a": VectorCurve(30.0, 0.8, 0.0, 0.2)}, 2.5),
    },
    {"any": ClothCurve({"any": VECTOR}, 250.0)},
)


def test_networks_that_were_not_fitted_together_share_the_evidence():
    curve = ALONE.of_faces({"a": 0, "new": 0})
    assert curve.networks["a"] == VectorCurve(15.0, 0.8, 0.0, 0.2)
    assert curve.networks["new"] == VectorCurve(5.0, 0.5, 0.1, 0.3)
    assert curve.half_looks == 2.5  # of the one that needs more looks


def test_a_network_that_was_not_fitted_counts_as_any():
    assert ALONE.of_faces({"new": 0}) == FaceCurve({"new": VECTOR}, 1.0)
    assert ALONE.of_clothes({"new": 0}) == ClothCurve({"new": VECTOR}, 250.0)


def test_clothes_that_were_not_fitted_together_share_the_evidence_of_any():
    curve = ALONE.of_clothes({"x": 0, "y": 0})
    half = VectorCurve(5.0, 0.5, 0.1, 0.3)
    assert curve == ClothCurve({"x": half, "y": half}, 250.0)


def test_no_network_says_nothing():
    assert (ALONE.of_faces({}).networks, ALONE.of_clothes({}).parts) == ({}, {})


def test_curves_ship():
    curves = Curves.load()
    assert {"any", "faceres", "face-reidentification-retail-0095+faceres"} <= set(curves.face)
    assert "any" in curves.cloth
    # four of nuisance, one of what children have in common
    assert {len(rows) for rows in curves.face["faceres"].nuisance.values()} == {5}
    assert not curves.face["any"].nuisance


def test_curves_are_loaded_once():
    assert Curves.load() is Curves.load()
    assert Curves.load(childhood=True) is not Curves.load()
