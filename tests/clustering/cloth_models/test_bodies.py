"""What of a picture the network of person recognition sees, and its vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from castlist.clustering.cloth_models.bodies import NETWORK, BodyCrops, BodyNetwork
from store_tools import stored


class Cropper(BodyNetwork):
    """Cuts out as the network does, without the network."""

    def __init__(self) -> None:
        pass


def crop(picture: np.ndarray, *boxes: tuple[float, float, float, float]) -> BodyCrops:
    return Cropper().crop(picture, np.array(boxes, np.float32).reshape(-1, 4))


def rows_and_columns(height: int, width: int) -> np.ndarray:
    """A picture that says where its pixels are: red = row, green = column."""
    rows, columns = np.mgrid[:height, :width]
    return np.dstack([rows, columns, np.full_like(rows, 9)]).astype(np.uint8)


def extent(part: np.ndarray) -> list[int]:
    """Return first and last row, first and last column of the picture that a crop shows."""
    return [
        int(of.round())
        for plane in (0, 1)
        for of in (part[..., plane].min(), part[..., plane].max())
    ]


FACE = (100.0, 50.0, 120.0, 80.0)  # 20 wide, 30 high


def test_a_body_worked_by_hand() -> None:
    (body,) = crop(rows_and_columns(240, 240), FACE)
    assert body.shape == (256, 128, 3)
    # 1.6 widths to either side of 110: 78 to 142; 0.4 heights above 50: 38; down to 4.2 heights
    # below 50: 176; the ends are averages of a pixel or two
    np.testing.assert_allclose(extent(body), [38, 175, 78, 141], atol=1)


def test_the_picture_ends_before_the_body() -> None:
    (body,) = crop(rows_and_columns(120, 115), FACE)
    np.testing.assert_allclose(extent(body), [38, 119, 78, 114], atol=1)


def test_with_too_little_in_sight_a_body_is_black() -> None:
    (body,) = crop(rows_and_columns(240, 240), (-40, 50, -20, 80))  # 2 columns of it
    assert not body.any()


def test_a_face_outside_the_picture_is_black() -> None:
    assert not crop(rows_and_columns(60, 60), (200, 10, 220, 30)).any()


def test_no_faces() -> None:
    assert crop(rows_and_columns(60, 60)).shape == (0, 256, 128, 3)


@pytest.fixture(scope="module")
def network() -> BodyNetwork:
    there = stored(NETWORK)
    return BodyNetwork([Path(path).read_bytes() for path in there.paths], "0" * 64)


def test_vectors_of_the_network_are_unit_rows_in_their_order(network: BodyNetwork) -> None:
    picture = rows_and_columns(240, 240)
    crops = network.crop(picture, np.array([FACE, (30, 20, 60, 60)], np.float32))
    vectors = network.describe(crops)
    assert vectors.shape == (2, 256)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(network.describe(crops[1:]), vectors[1:], atol=1e-4)


def test_what_is_not_in_sight_has_no_vector(network: BodyNetwork) -> None:
    crops = network.crop(rows_and_columns(60, 60), np.array([(200, 10, 220, 30)], np.float32))
    assert np.isnan(network.describe(crops)).all()
