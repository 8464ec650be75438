import numpy as np
import pytest
from castlist.data.tables.pose import nose_aside

FRONTAL = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], dtype=np.float32)


def test_turn_does_not_depend_on_tilt_place_or_size():
    turned = FRONTAL + np.array([[0, 0], [0, 0], [9, 0], [0, 0], [0, 0]])
    tilt = np.radians(30)
    rotation = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    tilted = (turned @ rotation.T * 3 + [200, -50]).astype(np.float32)
    both = nose_aside(np.stack([turned.astype(np.float32), tilted]))
    np.testing.assert_allclose(both, [9 / 40, 9 / 40], rtol=1e-5)


def test_turn_is_the_same_to_either_side():
    shift = np.array([[0, 0], [0, 0], [9, 0], [0, 0], [0, 0]], dtype=np.float32)
    left, right = nose_aside(np.stack([FRONTAL - shift, FRONTAL + shift]))
    assert left == pytest.approx(right)
