"""Two heaps for all threads of the command."""

import ctypes
import sys

import pytest
from castlist.data.runtime import heap


class Library:
    """The C library; ``asked`` has what it was asked for."""

    def __init__(self):
        self.asked = []

    def mallopt(self, name, value):
        self.asked.append((name, value))
        return 1


@pytest.fixture(name="library")
def _library(monkeypatch):
    library = Library()
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    return library


def test_threads_share_two_heaps(library):
    heap.share_heaps()
    assert library.asked == [(-8, 2)]


def test_a_users_own_number_of_heaps_stands(library, monkeypatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "4")
    heap.share_heaps()
    assert library.asked == []


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_are_left_alone(library, monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    heap.share_heaps()
    assert library.asked == []


def test_a_c_library_without_heaps_to_set_is_left_alone(library, monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    heap.share_heaps()
    assert library.asked == []
