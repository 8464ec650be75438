import numpy as np
import pytest
from castlist.clustering.stages.votes import FLOOR, vote
from hypothesis import given
from hypothesis import strategies as st

INF = np.inf


def _naive(similarity, voter_person, allowed):
    """Row by row: (person, similarity, second_person, margin)."""
    rows = []
    for similar, may in zip(similarity, allowed, strict=True):
        standing = []
        for person in sorted(set(voter_person)):
            heard = [
                own
                for own, by, ok in zip(similar, voter_person, may, strict=True)
                if by == person and ok
            ]
            if heard:
                nearest = sorted(heard)[-2:]
                standing.append((-sum(nearest) / len(nearest), person))
        standing.sort()
        best, person = standing[0] if standing else (INF, -1)
        second, second_person = standing[1] if len(standing) > 1 else (INF, -1)
        margin = -best - max(-second, FLOOR) if standing else -INF
        rows.append((person, -best, second_person, margin))
    return rows


def _vote(similarity, voter_person, allowed=None):
    similarity = np.array(similarity, dtype=float)
    allowed = np.ones(similarity.shape, bool) if allowed is None else np.array(allowed, bool)
    votes = vote(similarity, np.array(voter_person, np.int64), allowed)
    columns = (votes.person, votes.similarity, votes.second_person, votes.margin)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_the_person_with_the_most_similar_clothes_wins():
    # person 3 has 0.9 and 0.7 nearest, 0.8 on average; person 5 has 0.6 and 0.4, 0.5 on average
    [row] = _vote([[0.9, 0.1, 0.7, 0.4, 0.6]], [3, 3, 3, 5, 5])
    assert row == pytest.approx((3, 0.8, 5, 0.3))


def test_one_track_alone_speaks_for_its_person():
    [row] = _vote([[0.9, 0.5, 0.8]], [0, 0, 1])
    assert row == pytest.approx((1, 0.8, 0, 0.1))


def test_the_margin_is_above_the_floor_where_the_second_is_below_it():
    [row] = _vote([[0.9, -0.5]], [0, 1])
    assert row == pytest.approx((0, 0.9, 1, 0.9 - FLOOR))


def test_the_margin_is_above_the_floor_where_there_is_no_second():
    [row] = _vote([[0.1]], [4])
    assert row == pytest.approx((4, 0.1, -1, 0.1 - FLOOR))


def test_of_equals_the_person_with_the_lower_number_is_taken_without_margin():
    assert _vote([[0.5, 0.5]], [7, 2]) == [(2, 0.5, 7, 0)]
    assert _vote([[0.5] * 40], range(40)) == [(0, 0.5, 1, 0)]


def test_voters_that_may_not_speak_are_not_heard():
    rows = _vote([[0.9, 0.8], [0.9, 0.8]], [0, 1], [[False, True], [True, False]])
    assert [row[0] for row in rows] == [1, 0]
    assert [row[2] for row in rows] == [-1, -1]


def test_nobody_is_chosen_where_nobody_may_speak():
    assert _vote([[0.9, 0.8]], [0, 1], [[False, False]]) == [(-1, -INF, -1, -INF)]


def test_nobody_is_chosen_where_there_are_no_voters():
    assert _vote(np.empty((2, 0)), []) == [(-1, -INF, -1, -INF)] * 2


@pytest.mark.parametrize("voters", [[], [0, 1]])
def test_nobody_asked_is_no_row(voters):
    assert _vote(np.empty((0, len(voters))), voters) == []


@given(st.data())
def test_votes_are_those_counted_one_by_one(data):
    num_rows, num_voters = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 7))

    def table(values):
        row = st.lists(values, min_size=num_voters, max_size=num_voters)
        return data.draw(st.lists(row, min_size=num_rows, max_size=num_rows))

    # eighths add up exactly, so that ties are ties
    similarity = np.array(table(st.integers(-8, 8)), float).reshape(num_rows, num_voters) / 8
    allowed = np.array(table(st.booleans()), bool).reshape(num_rows, num_voters)
    voters = data.draw(st.lists(st.integers(0, 3), min_size=num_voters, max_size=num_voters))
    expected = _naive(similarity.tolist(), voters, allowed.tolist())
    assert _vote(similarity, voters, allowed) == expected


def test_the_nearest_track_alone_may_speak_with_a_margin_over_the_floor_only():
    votes = vote(
        np.array([[0.9, 0.1, 0.85, 0.85]]),
        np.array([3, 3, 5, 5]),
        np.ones((1, 4), bool),
        nearest=1,
        against_second=False,
    )
    assert votes.person.tolist() == [3]
    assert votes.second_person.tolist() == [5]
    assert votes.margin == pytest.approx([0.9 - FLOOR])
