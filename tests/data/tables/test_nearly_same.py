import numpy as np
import pytest
from castlist.data.tables.nearly_same import NearlySame, compatible, renumbered

PAIR = NearlySame(0, 1, -1.5, 2.0, 0.3)


def test_a_pair_follows_its_people_to_their_new_numbers(make_faces):
    before = np.array([0, 0, 1, 1, 2, 2])
    faces = make_faces(6, person=[2, 2, 0, 0, 1, 1])
    (pair,) = renumbered([PAIR], before, faces)
    assert (pair.first, pair.second) == (0, 2)
    assert pair.probability == PAIR.probability


@pytest.mark.parametrize(
    "now",
    [
        pytest.param([0, 0, 0, 0, 1, 1], id="one person now"),
        pytest.param([0, 0, -1, -1, 1, 1], id="nobody left"),
    ],
)
def test_a_pair_goes_with_its_people(make_faces, now):
    assert renumbered([PAIR], np.array([0, 0, 1, 1, 2, 2]), make_faces(6, person=now)) == ()


def test_a_pair_that_shares_a_picture_now_goes(make_faces):
    faces = make_faces(4, frame=[0, 1, 1, 2], person=[0, 0, 1, 1])
    assert renumbered([PAIR], np.array([0, 0, 1, 1]), faces) == ()


def test_what_is_no_pair_is_refused():
    with pytest.raises(KeyError):
        NearlySame.from_dict({"first": 1})
    with pytest.raises(TypeError):
        NearlySame.from_dict({**vars(PAIR), "probability": None})


def test_pairs_that_cannot_all_be_true_give_way_to_the_likelier(make_faces):
    # 1 and 2 are in one picture: 0 is one of them, or none
    faces = make_faces(5, frame=[0, 1, 2, 2, 3], person=[0, 1, 1, 2, 3])
    pairs = [
        NearlySame(*pair, 0.0, None, probability)
        for *pair, probability in [(0, 1, 0.2), (0, 2, 0.5), (2, 3, 0.1), (0, 3, 0.3)]
    ]
    kept = [(pair.first, pair.second) for pair in compatible(pairs, faces)]
    assert kept == [(0, 2), (0, 3)]  # which makes 2 and 3 one already
