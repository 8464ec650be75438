import numpy as np
from castlist.clustering.evidence.compared import Compared
from castlist.clustering.evidence.curves import VectorCurve
from castlist.clustering.evidence.vectors import unit_rows

CURVES = {"a": VectorCurve(dimensions=30.0, alike=0.8, strangers=0.1, most_common=0.25)}


def _compared(tracks_of_each):
    """Return tracks of several people, whose cosines are about .7, those of two people about 0."""
    rng, count = np.random.default_rng(0), sum(tracks_of_each)
    person = np.repeat(np.arange(len(tracks_of_each)), tracks_of_each)
    centres = 1.5 * rng.normal(size=(len(tracks_of_each), 64))
    units = unit_rows(centres[person] + rng.normal(size=(count, 64)))
    use, film = np.ones(count, dtype=bool), np.zeros(count, np.int64)
    before = Compared.of({"a": units}, use, film, CURVES)
    return person, before, before.without_own(use, np.full(count, 0.9))


def test_the_likeness_of_who_is_seen_most_of_the_time_is_not_what_strangers_have_in_common():
    person, before, after = _compared([24, 3, 3])
    most_seen = person == 0
    assert (before.common["a"][most_seen] == 0.25).all()  # the lower 30 % are mostly that person
    assert after.common["a"][most_seen].mean() < 0.15
    np.testing.assert_array_equal(after.common["a"][~most_seen], before.common["a"][~most_seen])


def test_among_many_people_nothing_changes():
    _, before, after = _compared([5] * 6)
    np.testing.assert_array_equal(after.common["a"], before.common["a"])
