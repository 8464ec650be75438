"""In a crowd, two people who look alike are more often two: the more people, the more evidence.

Evidence says how many times likelier two tracks are if they are one person. How likely that was
before anything was seen depends on the film: of 40 tracks of a conversation each is one of a few
people, of 40 tracks of a street each is somebody else, and among so many some look alike.
"""

from __future__ import annotations

import math

import numpy as np

from ...data.tables.faces import IntArray

FEW = 3.0
"""Concentration up to which a film is what the curves of evidence assume: one whose people come
back. Chosen on labelled films of both kinds (docs/evidence.md)."""

_STEPS = 60


def crowd_evidence(person: IntArray) -> float:
    """Return how much more evidence than usual one person needs, natural logarithm, 0 or more.

    It is the logarithm of how many times likelier a track is somebody new than at ``FEW``.

    Args:
        person: (num_tracks,) int64, who each clear track is more likely than not.
    """
    found = concentration(len(person), len(np.unique(person)))
    return math.log(max(found, FEW) / FEW)


def concentration(num_tracks: int, num_people: int) -> float:
    """Return the concentration with which so many tracks are expected to be of so many people.

    In the sampling formula of Ewens (Theoretical Population Biology 1972; the Chinese restaurant
    process), the next track is somebody new with odds of concentration : tracks so far. Of n
    tracks, concentration * log(1 + n / concentration) people are expected.
    """
    if num_tracks < 2:
        return 0.0
    people = min(float(num_people), num_tracks - 0.5)  # as many people as tracks has no solution
    low, high = 1e-3, 1e6
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        if middle * math.log1p(num_tracks / middle) < people:
            low = middle
        else:
            high = middle
    return math.sqrt(low * high)
