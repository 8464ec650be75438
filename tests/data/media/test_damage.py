"""What is said of damaged films."""

import pytest
from castlist.data.media.damage import Damage


def loss(num_corrupt, num_lost, num_pictures):
    damage = Damage()
    for _ in range(num_corrupt):
        damage.corrupt(0.5)
    for _ in range(num_lost):
        damage.lost(0.5)
    return damage.sentence(num_pictures, 1.0, 4.0, 0.04)


@pytest.mark.parametrize(
    ("num_corrupt", "num_lost", "num_pictures", "damaged"),
    [
        (3, 0, 3, "all of its 3 pictures are damaged"),
        (2, 1, 2, "all of its 3 pictures are damaged"),
        (0, 1, 0, "its only picture is damaged"),
    ],
)
def test_a_film_that_is_damaged_all_over_is_not_said_to_be_used(
    num_corrupt, num_lost, num_pictures, damaged
):
    stopped = "decoding stopped at 1.0 s of 4.0 s: the file is truncated or damaged"
    assert loss(num_corrupt, num_lost, num_pictures) == f"{damaged}; {stopped}"


def test_the_damaged_places_of_a_film_are_named():
    assert loss(1, 1, 9).startswith("2 of 10 pictures are damaged, near 0:00, and not looked at; ")
    assert loss(1, 1, 9).endswith("; what was read is used")
