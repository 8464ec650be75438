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


def test_curves_ship():
    curves = Curves.load()
    assert {"faceres", "0095+faceres"} <= set(curves.face)
    assert curves.cloth
