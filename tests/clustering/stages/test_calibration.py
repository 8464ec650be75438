import math

import numpy as np
import pytest
from castlist.clustering.stages.calibration import (
    _Z,
    CAUTIOUS_MARGIN,
    DEFAULT_MARGIN,
    MIN_HELD_OUT,
    Trust,
    measure_trust,
    together,
    trust_at,
    wilson_bound,
)
from hypothesis import given
from hypothesis import strategies as st

ANSWERS = st.lists(
    st.tuples(st.sampled_from([-math.inf, -0.1, 0.0, 0.1, 0.2, 0.3, 0.5, 0.8]), st.booleans()),
    max_size=60,
)


def _measure(margins, right, precision=0.8):
    return measure_trust(np.array(margins, float), np.array(right, bool), precision)


def _bound(num_right, num):
    return float(wilson_bound(np.array([num_right / num]), np.array([num]))[0])


def test_the_bound_of_nothing_but_right_answers():
    # there Wilson's bound is n / (n + z^2)
    assert _bound(20, 20) == pytest.approx(20 / (20 + _Z**2))


@pytest.mark.parametrize(("num_right", "num"), [(8, 10), (1, 3), (99, 100), (5, 10)])
def test_the_bound_is_where_the_rate_is_z_deviations_above(num_right, num):
    # Wilson: (rate - bound)^2 = z^2 * bound * (1 - bound) / n, on the lower side
    rate, bound = num_right / num, _bound(num_right, num)
    assert bound < rate
    assert (rate - bound) ** 2 == pytest.approx(_Z**2 * bound * (1 - bound) / num)


def test_the_bound_of_nothing_but_wrong_answers_is_zero():
    assert _bound(0, 20) == pytest.approx(0)


def test_a_margin_above_the_wrong_answers_is_chosen():
    # 30 sure answers are right, of the 30 others every second one is wrong
    margins = np.linspace(0.9, 0.31, 60)
    right = [True] * 30 + [False, True] * 15
    trust = _measure(margins, right, 0.95)
    kept = margins >= trust.margin
    assert kept[:30].all()
    assert not kept[32:].any()
    assert (trust.num_held_out, trust.num_voted) == (60, int(kept.sum()))
    assert trust.precision == pytest.approx(np.mean(right, where=kept))


def test_where_all_answers_are_right_less_sure_ones_than_seen_count_too():
    trust = _measure([0.9] * 40, [True] * 40, 0.9)
    assert trust.margin == DEFAULT_MARGIN
    assert (trust.precision, trust.num_voted) == (1, 40)
    assert trust.bound == pytest.approx(_bound(40, 40))


def test_where_all_answers_are_wrong_no_vote_counts():
    trust = _measure(np.linspace(0.1, 0.9, 40), [False] * 40)
    assert trust == Trust(math.inf, 0.0, trust.bound, 40, 0)


def test_too_few_answers_claim_nothing():
    margins = [0.9] * (MIN_HELD_OUT - 1)
    trust = _measure(margins, [True] * len(margins))
    assert trust == Trust(CAUTIOUS_MARGIN, None, None, len(margins), len(margins))


def test_tracks_without_an_answer_are_hidden_but_not_answered():
    margins = [0.9] * 3 + [CAUTIOUS_MARGIN / 2] + [0.0, -0.2, -math.inf] * 20
    trust = _measure(margins, [True] * len(margins))
    assert trust == Trust(CAUTIOUS_MARGIN, None, None, 64, 3)


def test_no_hidden_tracks_claim_nothing():
    assert _measure([], []) == Trust(CAUTIOUS_MARGIN, None, None, 0, 0)


def test_answers_of_one_margin_count_together_whatever_their_order():
    margins, right = [0.5] * 60, [True] * 30 + [False] * 30
    assert _measure(margins, right) == _measure(margins, right[::-1])
    assert _measure(margins, right).margin == math.inf


@given(ANSWERS, st.sampled_from([0.3, 0.5, 0.7, 0.9]))
def test_the_precision_asked_for_is_reached_on_the_answers_that_count(answers, precision):
    margins = np.array([margin for margin, _ in answers])
    right = np.array([hit for _, hit in answers], dtype=bool)
    trust = measure_trust(margins, right, precision)
    counts = (margins > 0) & (margins >= trust.margin)
    assert trust.num_voted == counts.sum()
    if trust.precision is not None and trust.num_voted:
        assert trust.precision == pytest.approx(right[counts].mean())
        assert trust.bound == pytest.approx(_bound(right[counts].sum(), counts.sum()))
        assert precision <= trust.bound <= trust.precision


@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(answers, random):
    shuffled = random.sample(answers, len(answers))
    first, second = (
        _measure([margin for margin, _ in own], [hit for _, hit in own])
        for own in (answers, shuffled)
    )
    assert first == second


def test_with_few_answers_only_margins_above_the_surest_wrong_one_count():
    trust = _measure([0.9, 0.6, 0.4], [True, False, True])
    assert 0.6 < trust.margin < 0.61
    assert (trust.precision, trust.num_voted) == (None, 1)


def test_at_a_margin_that_somebody_chose_the_answers_from_there_on_count():
    margins, right = [0.1] * 4 + [0.3] * 10, [False] * 4 + [True] * 9 + [False]
    trust = trust_at(0.2, np.array(margins), np.array(right))
    assert (trust.margin, trust.num_held_out, trust.num_voted) == (0.2, 14, 10)
    assert trust.precision == pytest.approx(0.9)
    assert trust.bound == pytest.approx(_bound(9, 10))
    assert trust_at(0.3, np.array(margins), np.array(right)).num_voted == 10


def test_at_a_chosen_margin_too_few_answers_measure_nothing():
    trust = trust_at(0.2, np.full(MIN_HELD_OUT - 1, 0.5), np.ones(MIN_HELD_OUT - 1, bool))
    assert trust == Trust(0.2, None, None, MIN_HELD_OUT - 1, MIN_HELD_OUT - 1)


def test_films_are_added_up_by_their_answers():
    one, other = Trust(0.1, 1.0, 0.9, 40, 30), Trust(0.2, 0.8, 0.7, 20, 10)
    both = together([one, other])
    assert (both.margin, both.num_held_out, both.num_voted) == (0.1, 60, 40)
    assert both.precision == pytest.approx(38 / 40)
    assert both.bound == pytest.approx(_bound(38, 40))


def test_films_without_votes_or_measurement_do_not_count_as_right_or_wrong():
    measured, nothing = Trust(0.1, 1.0, 0.9, 40, 30), Trust(0.3, None, None, 5, 2)
    no_votes = Trust(math.inf, 0.4, 0.3, 20, 0)
    both = together([no_votes, measured, nothing])
    assert (both.precision, both.num_voted, both.num_held_out) == (1.0, 30, 65)
    assert together([no_votes, nothing]) == Trust(0.3, None, None, 25, 0)
    assert together([]) == Trust(CAUTIOUS_MARGIN, None, None, 0, 0)


def test_what_was_measured_of_a_single_film_stays_as_it_is():
    no_votes = Trust(math.inf, 0.4, 0.3, 20, 0)
    assert together([no_votes]) is no_votes
