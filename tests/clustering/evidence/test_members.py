import numpy as np
from castlist.clustering.evidence.members import (
    clearest_of_each,
    open_pairs,
    split_groups,
    stacked_pairs,
)


def test_the_clearest_of_each_group_come_by_group_the_clearest_first():
    group = np.array([1, 0, 1, -1, 0, 1])
    clearness = np.array([0.2, 0.1, 0.9, 1.0, 0.1, 0.5])
    assert clearest_of_each(group, clearness, 2).tolist() == [1, 4, 2, 5]


def test_rows_by_group_are_split():
    group = np.array([1, 0, 1, -1, 0, 1])
    parts = split_groups(group, np.array([1, 4, 2, 5]))
    assert [part.tolist() for part in parts] == [[1, 4], [2, 5]]


def test_open_pairs_come_once_the_lower_number_first():
    is_open = np.ones((3, 3), dtype=bool)
    needless = np.zeros((3, 3), dtype=bool)
    needless[0, 2] = needless[2, 0] = True
    assert open_pairs(is_open, needless).tolist() == [[0, 1], [1, 2]]


def test_every_pair_is_stacked_once_with_those_of_as_many_members():
    members = [np.array(rows) for rows in ([4], [7, 2], [3], [1, 5], [6, 0])]
    pairs = open_pairs(np.ones((5, 5), dtype=bool), None)
    found = {}
    for one, other, first, second in stacked_pairs(pairs, members):
        assert first.ndim == second.ndim == 2
        for pair, rows, others in zip(
            zip(one.tolist(), other.tolist(), strict=True), first, second, strict=True
        ):
            assert pair not in found
            found[pair] = rows.tolist(), others.tolist()
    assert found == {
        (one, other): (members[one].tolist(), members[other].tolist())
        for one, other in pairs.tolist()
    }
    assert not list(stacked_pairs(np.zeros((0, 2), np.int64), members))


def test_no_rows():
    nobody = clearest_of_each(np.array([-1, -1]), np.ones(2), 3)
    assert nobody.tolist() == []
    assert split_groups(np.array([-1, -1]), nobody) == []
