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


def kept(faces, *pairs):
    made = [NearlySame(first, second, 0.0, None, p) for first, second, p in pairs]
    return [(pair.first, pair.second) for pair in compatible(made, faces)]


def test_pairs_that_cannot_both_be_true_give_way_to_the_likelier(make_faces):
    faces = make_faces(4, frame=[0, 1, 1, 2], person=[0, 1, 2, 3])  # 1 and 2 are in one picture
    assert kept(faces, (0, 1, 0.2), (0, 2, 0.5)) == [(0, 2)]
    assert kept(faces, (0, 3, 0.2), (0, 2, 0.5)) == [(0, 2), (0, 3)]


def test_a_small_person_is_part_of_one_other_at_most(make_faces):
    faces = make_faces(4, person=[0, 1, 2, 3])
    assert kept(faces, (0, 2, 0.5), (1, 2, 0.4), (2, 3, 0.3)) == [(0, 2)]
