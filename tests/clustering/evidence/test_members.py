import numpy as np
from castlist.clustering.evidence.members import clearest_of_each, split_groups


def test_the_clearest_of_each_group_come_by_group_the_clearest_first():
    group = np.array([1, 0, 1, -1, 0, 1])
    clearness = np.array([0.2, 0.1, 0.9, 1.0, 0.1, 0.5])
    assert clearest_of_each(group, clearness, 2).tolist() == [1, 4, 2, 5]


def test_rows_by_group_are_split():
    group = np.array([1, 0, 1, -1, 0, 1])
    parts = split_groups(group, np.array([1, 4, 2, 5]))
    assert [part.tolist() for part in parts] == [[1, 4], [2, 5]]


def test_no_rows():
    nobody = clearest_of_each(np.array([-1, -1]), np.ones(2), 3)
    assert nobody.tolist() == []
    assert split_groups(np.array([-1, -1]), nobody) == []
