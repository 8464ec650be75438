import dataclasses

import numpy as np
import pytest
from castlist.clustering.stages.likeness import METHODS
from castlist.data.tables.tracks import Tracks

EAST, NORTH = np.eye(2)
NONE = np.full(2, np.nan)


def tracks(*pieces):
    """Make pieces (face, clothes)."""
    faces, clothes = (np.array(own) for own in zip(*pieces, strict=True))
    some = np.ones(len(pieces), np.int64)
    nowhere = np.zeros(len(pieces))
    return Tracks(some, some, faces, clothes, some, some, nowhere, nowhere, [set()] * len(pieces))


def alike(method, *pieces):
    """Return how alike the first piece is to the second."""
    rows, others = np.array([0]), np.array([1])
    return float(METHODS[method].likeness(tracks(*pieces), rows, others)[0, 0])


def turned(cosine):
    return np.array([cosine, np.sqrt(1 - cosine**2)])


# Faces at a distance of 1 (cosine 0.5), clothes at 0.6 (cosine 0.82).
PAIR = ((EAST, EAST), (turned(0.5), turned(0.82)))


@pytest.mark.parametrize(
    ("method", "distance"),
    [
        ("window", 0.6),
        ("nearest", 0.6),
        ("fusion-sum", (1 + 0.6) / 2),
        ("fusion-concat", np.sqrt((1 + 0.36) / 2)),
        ("fusion-min", (1 + 0.6) / 2),  # less than the face distance
    ],
)
def test_a_pair_worked_by_hand(method, distance):
    assert alike(method, *PAIR) == pytest.approx(1 - distance**2 / 2)


def test_the_minimum_is_the_face_distance_where_clothes_are_further():
    pair = (EAST, EAST), (turned(0.82), turned(0.5))
    assert alike("fusion-min", *pair) == pytest.approx(0.82)


@pytest.mark.parametrize("method", METHODS)
def test_without_a_face_clothes_speak_alone(method):
    assert alike(method, (NONE, EAST), (EAST, turned(0.3))) == pytest.approx(0.3)
    assert alike(method, (EAST, EAST), (NONE, turned(0.3))) == pytest.approx(0.3)


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_pieces_changes_nothing(method):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(6, 2, 2))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    own = tracks(*[(face, clothes) for face, clothes in vectors])
    order = rng.permutation(6)
    shuffled = dataclasses.replace(
        own, face_vector=own.face_vector[order], cloth_vector=own.cloth_vector[order]
    )
    every = np.arange(6)
    here = METHODS[method].likeness(own, every, every)
    assert np.allclose(METHODS[method].likeness(shuffled, every, every), here[order][:, order])
    assert np.allclose(here, here.T)
