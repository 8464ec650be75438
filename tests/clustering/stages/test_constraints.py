from itertools import combinations, product

import numpy as np
from castlist.clustering.stages.constraints import (
    Groups,
    LinkRule,
    count_violations,
    split_at_weakest_links,
)
from castlist.data.tables.codes import UNKNOWN
from castlist.data.tables.faces import Faces
from castlist.data.tables.tracks import pictures_of
from hypothesis import given
from hypothesis import strategies as st

PICTURES = st.sets(st.integers(0, 5), max_size=3)


@st.composite
def _trees(draw):
    """A tree over some items, and the pictures of each."""
    num_items = draw(st.integers(1, 12))
    tree = [
        (draw(st.integers(0, item - 1)), item, draw(st.integers(0, 4)))
        for item in range(1, num_items)
    ]
    return tree, draw(st.lists(PICTURES, min_size=num_items, max_size=num_items))


def _pictures_by_group(group, pictures):
    return [
        [own for label, own in zip(group, pictures, strict=True) if label == number]
        for number in range(max(group) + 1)
    ]


def test_the_pictures_of_each_group_are_gathered(make_faces):
    faces = make_faces(5, source=list("aabaa"), frame=[1, 2, 1, 1, 3])
    first, second, other_film, _, third = faces.picture.tolist()
    group = np.array([2, 2, 0, 2, -1])
    assert pictures_of(faces, group) == [{other_film}, set(), {first, second}]
    assert third not in set.union(*pictures_of(faces, group))


def test_no_groups_have_no_pictures(make_faces):
    assert pictures_of(make_faces(2), np.array([-1, -1])) == []
    assert pictures_of(Faces.empty(), np.empty(0, np.int64)) == []


def test_violations_are_pairs_of_known_faces_in_one_picture(make_faces):
    faces = make_faces(8, frame=[0, 0, 0, 0, 1, 1, 2, 2])
    person = np.array([5, 5, 5, 0, 0, 1, -1, -1])
    assert count_violations(faces, person) == 3


def test_violations_are_those_of_a_naive_loop(make_faces):
    rng = np.random.default_rng(3)
    faces = make_faces(40, frame=rng.integers(0, 6, 40))
    person = rng.integers(-1, 3, 40)
    expected = sum(
        faces.frame[i] == faces.frame[j] and person[i] == person[j] != UNKNOWN
        for i, j in combinations(range(40), 2)
    )
    assert expected > 10
    assert count_violations(faces, person) == expected


def test_nobody_known_violates_nothing(make_faces):
    assert count_violations(make_faces(2, frame=[0, 0]), np.array([-1, -1])) == 0
    assert count_violations(Faces.empty(), np.empty(0, np.int64)) == 0


def test_groups_that_share_a_picture_do_not_join():
    groups = Groups([{1}, {2}, {1, 3}])
    assert groups.join(0, 1)
    assert not groups.may_join(1, 2)
    assert not groups.join(2, 1)
    assert groups.labels().tolist() == [0, 0, 1]


def test_a_group_may_join_itself_and_stays_as_it_is():
    groups = Groups([{1}, {2}])
    assert groups.join(0, 0)
    assert groups.join(0, 1)
    assert groups.join(1, 0)
    assert groups.labels().tolist() == [0, 0]


def test_groups_leave_the_pictures_they_are_given_alone():
    pictures = [{1}, {2}]
    Groups(pictures).join(0, 1)
    assert pictures == [{1}, {2}]


def test_groups_are_numbered_by_first_appearance():
    groups = Groups([set() for _ in range(5)])
    groups.join(3, 1)
    groups.join(4, 2)
    assert groups.labels().tolist() == [0, 1, 2, 1, 2]
    assert Groups([]).labels().shape == (0,)


def test_a_tree_without_conflict_stays_whole():
    assert split_at_weakest_links([(0, 1, 9.0), (1, 2, 1.0)], [{0}, {1}, {2}]).tolist() == [0] * 3


def test_a_conflict_is_split_at_the_weakest_link_between_its_two_ends():
    # 0 -.1- 1 -.3- 2 -.2- 3 -.4- 4, and one picture shows 0 and 3
    tree = [(0, 1, 0.1), (1, 2, 0.3), (2, 3, 0.2), (3, 4, 0.4)]
    assert split_at_weakest_links(tree, [{7}, {1}, {2}, {7}, {4}]).tolist() == [0, 0, 1, 1, 1]


def test_three_faces_of_one_picture_end_in_three_groups():
    # a star round 0: the nearest of the three stays with it
    tree = [(0, 1, 0.3), (0, 2, 0.1), (0, 3, 0.2)]
    assert split_at_weakest_links(tree, [{1}, {7}, {7}, {7}]).tolist() == [0, 1, 0, 2]


def test_items_without_links_are_groups_of_their_own():
    assert split_at_weakest_links([], [{1}, {1}, {2}]).tolist() == [0, 1, 2]


def test_a_chain_is_cut_where_its_groups_are_too_far_apart_on_average():
    # 0 and 1 join at 1; from both of them to 2.1 it is the root of (2.1^2 + 1.1^2) / 2 = 1.68
    vectors = np.array([[0.0], [1.0], [2.1]])
    chain, pictures = [(0, 1, 1.0), (1, 2, 1.1)], [set(), set(), set()]
    assert split_at_weakest_links(chain, pictures, vectors, LinkRule(1.69)).tolist() == [0, 0, 0]
    assert split_at_weakest_links(chain, pictures, vectors, LinkRule(1.67)).tolist() == [0, 0, 1]


def test_groups_too_far_apart_as_plain_vectors_are_never_joined():
    vectors, plain = np.array([[0.0], [0.1], [0.2]]), np.array([[0.0], [1.0], [2.1]])
    chain, pictures = [(0, 1, 0.1), (1, 2, 0.1)], [set(), set(), set()]
    near, far = LinkRule(max_plain=1.69), LinkRule(max_plain=1.67)
    assert split_at_weakest_links(chain, pictures, vectors, near, plain).tolist() == [0, 0, 0]
    assert split_at_weakest_links(chain, pictures, vectors, far, plain).tolist() == [0, 0, 1]


def test_a_large_group_of_near_items_takes_in_nobody_who_is_far():
    # 0 to 3 in steps of 0.1, then 4 at 0.9: allowed is 0.1 + 2 / 4 from the left, 2 from the right
    chain = [(0, 1, 0.1), (1, 2, 0.1), (2, 3, 0.1), (3, 4, 0.9)]
    pictures = [set() for _ in range(5)]
    near = LinkRule(floor=0.1, slack=2.0)
    assert split_at_weakest_links(chain, pictures, rule=near).tolist() == [0, 0, 0, 0, 1]
    # ... but two of them would, 0.1 + 2 / 2, or links within that are no shorter
    assert split_at_weakest_links(chain[2:], pictures, rule=near).tolist() == [0, 1, 2, 2, 2]
    loose = LinkRule(floor=0.5, slack=2.0)
    assert split_at_weakest_links(chain, pictures, rule=loose).tolist() == [0] * 5


def test_copies_do_not_make_a_group_larger():
    # 0 to 3 in one place count as one
    chain = [(0, 1, 0.0), (1, 2, 0.0), (2, 3, 0.0), (3, 4, 0.9)]
    pictures = [set() for _ in range(5)]
    rule = LinkRule(floor=0.1, slack=2.0)
    assert split_at_weakest_links(chain, pictures, rule=rule).tolist() == [0] * 5


@given(_trees())
def test_no_group_ever_holds_two_items_that_share_a_picture(case):
    tree, pictures = case
    for members in _pictures_by_group(split_at_weakest_links(tree, pictures), pictures):
        assert all(own.isdisjoint(other) for own, other in combinations(members, 2))


@given(_trees())
def test_a_link_stays_cut_only_between_groups_that_share_a_picture(case):
    tree, pictures = case
    group = split_at_weakest_links(tree, pictures)
    together = [set.union(*members) for members in _pictures_by_group(group, pictures)]
    for item, other, _ in tree:
        if group[item] != group[other]:
            assert not together[group[item]].isdisjoint(together[group[other]])


@given(_trees(), st.randoms(use_true_random=False))
def test_the_order_of_links_does_not_matter(case, random):
    tree, pictures = case
    shuffled = random.sample(tree, len(tree))
    expected = split_at_weakest_links(tree, pictures).tolist()
    assert split_at_weakest_links(shuffled, pictures).tolist() == expected


@given(_trees(), st.floats(0.1, 3), st.integers(0, 1000))
def test_distant_groups_are_told_apart_as_by_all_pairs(case, max_spread, seed):
    tree, pictures = case
    vectors = np.random.default_rng(seed).normal(size=(len(pictures), 2))
    groups = [{item} for item in range(len(pictures))]
    for item, other, _ in sorted(tree, key=lambda link: (link[2], link[0], link[1])):
        first = next(own for own in groups if item in own)
        second = next(own for own in groups if other in own)
        pairs = list(product(first, second))
        spread = np.sqrt(np.mean([((vectors[a] - vectors[b]) ** 2).sum() for a, b in pairs]))
        if spread <= max_spread and all(pictures[a].isdisjoint(pictures[b]) for a, b in pairs):
            groups = [own for own in groups if own not in (first, second)] + [first | second]
    found = split_at_weakest_links(tree, pictures, vectors, LinkRule(max_spread))
    assert {frozenset(np.flatnonzero(found == number)) for number in set(found)} == {
        frozenset(own) for own in groups
    }
