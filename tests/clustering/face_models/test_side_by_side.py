"""Several face networks together: columns, faces without a vector, cleaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from castlist.clustering.face_models.base import Detections
from castlist.clustering.face_models.cleaning import CleaningConfig, Condition, FaceCleaner
from castlist.clustering.face_models.side_by_side import FaceNetworks

SIDE = 40


class Cut:
    """Cuts boxes out as they are; a vector is the mean colour, times a factor."""

    def __init__(self, name: str, dim: int, apart: float, none_over: float = 256) -> None:
        self.card, self.dim, self.other_person_distance = name, dim, apart
        self._none_over = none_over

    def align(self, picture: Any, faces: Detections) -> Any:
        chips = np.zeros((len(faces), SIDE, SIDE, 3), np.uint8)
        for chip, (x, y) in zip(chips, faces.boxes[:, :2].round().astype(int), strict=True):
            part = picture[y : y + SIDE, x : x + SIDE]
            chip[: part.shape[0], : part.shape[1]] = part
        return chips

    def embed(self, chips: Sequence[Any]) -> Any:
        means = np.array([chip.mean() for chip in chips], np.float32)
        means[means > self._none_over] = np.nan
        return np.tile(means[:, None], self.dim)


@pytest.fixture
def networks() -> FaceNetworks:
    embedders = {"two": Cut("two v1", 2, 0.6), "three": Cut("three v1", 3, 0.8, none_over=150)}
    return FaceNetworks(embedders, FaceCleaner())


def faces(*corners: tuple[int, int]) -> Detections:
    boxes = np.array([[x, y, x + SIDE, y + SIDE] for x, y in corners], np.float32).reshape(-1, 4)
    nowhere = np.full((len(boxes), 5, 2), np.nan, np.float32)
    return Detections(boxes, nowhere, np.ones(len(boxes), np.float32))


def conditions(count: int) -> Condition:
    return Condition(np.zeros(count, np.float32), np.full(count, 100, np.float32))


def noisy() -> Any:
    shade = np.random.default_rng(0).normal(120, 12, (120, 160, 1)).clip(0, 255)
    return np.tile(shade.astype(np.uint8), 3)


def test_each_network_has_its_columns(networks: FaceNetworks) -> None:
    assert networks.columns == {"two": (0, 2), "three": (2, 5)}
    assert networks.dim == 5


def test_vectors_lie_side_by_side(networks: FaceNetworks) -> None:
    picture = np.full((60, 100, 3), 70, np.uint8)
    picture[:, 50:] = 90
    chips = networks.align(picture, faces((0, 0), (50, 0)), conditions(2))
    np.testing.assert_allclose(networks.embed(chips), [[70] * 5, [90] * 5])


def test_a_face_of_which_one_network_makes_nothing_has_no_vector(networks: FaceNetworks) -> None:
    picture = np.full((60, 100, 3), 70, np.uint8)
    picture[:, 50:] = 200
    found = networks.embed(networks.align(picture, faces((0, 0), (50, 0)), conditions(2)))
    np.testing.assert_array_equal(np.isnan(found), [[False] * 5, [True] * 5])


def test_no_faces(networks: FaceNetworks) -> None:
    assert networks.align(noisy(), faces(), conditions(0)) == []
    assert networks.embed([]).shape == (0, 5)


def test_a_clean_face_is_left_as_it_is(networks: FaceNetworks) -> None:
    (chips,) = networks.align(noisy(), faces((30, 40)), conditions(1))
    for chip in chips:
        np.testing.assert_array_equal(chip, noisy()[40 : 40 + SIDE, 30 : 30 + SIDE])


def test_a_grainy_face_is_cleaned_before_the_networks_see_it(networks: FaceNetworks) -> None:
    grainy = Condition(np.array([9], np.float32), np.array([100], np.float32))
    (chips,) = networks.align(noisy(), faces((30, 40)), grainy)
    (cleaned,) = networks.cleaner.clean(noisy(), faces((30, 40)), grainy)
    for chip, network in zip(chips, networks.embedders.values(), strict=True):
        np.testing.assert_array_equal(chip, network.align(cleaned.picture, cleaned.face)[0])
        assert chip.std() < 0.6 * noisy().std()


def test_only_the_grainy_one_of_two_faces_changes(networks: FaceNetworks) -> None:
    one = Condition(np.array([0, 9], np.float32), np.full(2, 100, np.float32))
    first, second = networks.align(noisy(), faces((30, 40), (90, 40)), one)
    np.testing.assert_array_equal(first[0], noisy()[40 : 40 + SIDE, 30 : 30 + SIDE])
    assert (second[0] != noisy()[40 : 40 + SIDE, 90 : 90 + SIDE]).any()


def test_the_card_names_networks_and_cleaning(networks: FaceNetworks) -> None:
    assert networks.card.startswith("two v1 + three v1, cleaning")
    other = FaceNetworks(networks.embedders, FaceCleaner(CleaningConfig(filter_px=7)))
    assert other.card != networks.card


def test_two_people_are_as_far_apart_as_all_networks_together_say(networks: FaceNetworks) -> None:
    assert networks.other_person_distance == pytest.approx(1.0)  # 0.6 and 0.8
