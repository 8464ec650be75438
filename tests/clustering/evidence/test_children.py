import numpy as np
import pytest
from castlist.clustering.evidence.children import fit_children, load_children, with_directions
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.evidence.vectors import unit_rows, without_directions


def test_the_direction_that_children_share_comes_first():
    rng = np.random.default_rng(0)
    others, children = rng.normal(size=(2, 400, 6))
    children[:, 4] += 3.0
    (found,) = fit_children(unit_rows(children), unit_rows(others), 1)
    assert abs(found[4]) > 0.95


def test_where_others_vary_as_much_there_is_no_direction_of_children():
    # Along the first axis all are 3 from the middle; along the second children 2 and others 1.
    others = np.array([[3.0, 1.0, 0.0], [-3.0, 1.0, 0.0], [3.0, -1.0, 0.0], [-3.0, -1.0, 0.0]])
    children = others * [1.0, 2.0, 1.0]
    (found,) = fit_children(children, others, 1)
    assert np.abs(found).tolist() == pytest.approx([0, 1, 0])


def test_directions_are_orthonormal():
    rng = np.random.default_rng(1)
    found = fit_children(rng.normal(size=(30, 5)), rng.normal(size=(40, 5)), 3)
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-12)


def test_both_kinds_of_directions_are_taken_off():
    nuisance, more = {"a": np.eye(4)[:1]}, {"a": np.array([[0.6, 0.8, 0.0, 0.0]])}
    left = without_directions(np.ones((1, 4)) / 2, with_directions(nuisance, more)["a"])
    np.testing.assert_allclose(left, [[0, 0, np.sqrt(0.5), np.sqrt(0.5)]], atol=1e-12)


def test_networks_without_one_kind_keep_the_other():
    kept = with_directions({"a": np.eye(3)[:1]}, {"b": np.eye(3)[1:2]})
    assert list(kept) == ["a"]
    np.testing.assert_array_equal(kept["a"], np.eye(3)[:1])


def test_the_curves_that_ship_take_off_what_children_have_in_common():
    directions = load_children()
    for curve in Curves.load().face.values():
        for network in set(curve.nuisance) & set(directions):
            rows, taken = directions[network], curve.nuisance[network]
            np.testing.assert_allclose(rows @ taken.T @ taken, rows, atol=1e-5)
    assert {"faceres", "sface"} <= set(directions)
