"""Work done ahead in a background thread."""

import threading
import time
import weakref

import pytest
from castlist.data.prefetch import Prefetch


def test_items_come_in_order_without_the_nones():
    with Prefetch(iter([1, None, 2, None, None, 3]), depth=2) as items:
        assert list(items) == [1, 2, 3]


def test_no_work_is_no_items():
    with Prefetch(iter([]), depth=1) as items:
        assert list(items) == []


def test_work_is_done_in_another_thread():
    def work():
        yield threading.get_ident()

    with Prefetch(work(), depth=1) as items:
        assert list(items) != [threading.get_ident()]


def test_an_error_comes_after_the_items_before_it():
    def work():
        yield 1
        raise LookupError("broke")

    with Prefetch(work(), depth=5) as items:
        iterator = iter(items)
        assert next(iterator) == 1
        with pytest.raises(LookupError, match="broke"):
            next(iterator)


def test_no_more_than_depth_items_wait():
    made = []

    def work():
        for number in range(100):
            made.append(number)
            yield number

    with Prefetch(work(), depth=3) as items:
        iterator = iter(items)
        assert next(iterator) == 0
        deadline = time.monotonic() + 5
        while len(made) < 5 and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.05)
        # One taken, three waiting, one in hand.
        assert made == [0, 1, 2, 3, 4]


def test_close_stops_endless_work_that_has_nothing_to_hand_over():
    def work():
        yield 1
        while True:
            yield None

    prefetch = Prefetch(work(), depth=1)
    assert next(iter(prefetch)) == 1
    prefetch.close()
    assert not prefetch._thread.is_alive()


def test_close_stops_work_that_waits_for_room():
    prefetch = Prefetch(iter(range(1000)), depth=1)
    assert next(iter(prefetch)) == 0
    prefetch.close()
    assert not prefetch._thread.is_alive()


def test_close_before_the_first_item_is_fine():
    prefetch = Prefetch(iter([1]), depth=1)
    prefetch.close()
    prefetch.close()


def test_an_item_that_is_used_up_is_gone_while_the_next_one_is_made():
    class Large:
        pass

    was_gone = []

    def work():
        made = [Large()]
        left = weakref.ref(made[0])
        yield made.pop()
        ends_s = time.monotonic() + 30
        while left() is not None and time.monotonic() < ends_s:
            time.sleep(0.001)
        was_gone.append(left() is None)
        yield None

    with Prefetch(work(), depth=1) as items:
        for item in items:
            del item
    assert was_gone == [True]


def test_nothing_is_made_while_a_large_item_waits():
    made = []

    def work():
        for number in range(6):
            made.append(number)
            yield number

    with Prefetch(work(), depth=3, is_large=lambda number: number >= 2) as items:
        iterator = iter(items)
        assert next(iterator) == 0
        for last_made in (2, 2, 3, 4):  # 1 and 2, which is large, wait after 0
            ends_s = time.monotonic() + 30
            while made[-1] < last_made and time.monotonic() < ends_s:
                time.sleep(0.001)
            time.sleep(0.02)
            assert made[-1] == last_made
            next(iterator)


def test_closing_ends_the_thread_while_a_large_item_waits():
    with Prefetch(iter(range(9)), depth=1, is_large=lambda _: True) as items:
        assert next(iter(items)) == 0
    assert not items._thread.is_alive()
