import math

import numpy as np
import pytest
from castlist.clustering.grouping.crowd import FEW, concentration, crowd_evidence


def test_the_concentration_expects_as_many_people_as_there_are():
    for num_tracks, num_people in ((10, 2), (98, 48), (500, 60), (40, 39)):
        found = concentration(num_tracks, num_people)
        assert found * math.log1p(num_tracks / found) == pytest.approx(num_people, rel=1e-3)


def test_more_people_among_equally_many_tracks_make_a_new_one_likelier():
    found = [concentration(40, num_people) for num_people in range(1, 41)]
    assert found == sorted(found)
    assert np.isfinite(found).all()


def test_a_cast_that_comes_back_needs_no_more_evidence():
    assert crowd_evidence(np.repeat([0, 1, 2, 3], 10)) == 0


def test_a_crowd_needs_the_logarithm_of_how_much_likelier_somebody_is_new():
    person = np.arange(60) % 40
    expected = math.log(concentration(60, 40) / FEW)
    assert crowd_evidence(person) == pytest.approx(expected)
    assert expected > 2


@pytest.mark.parametrize("num_tracks", [0, 1])
def test_one_track_is_no_crowd(num_tracks):
    assert crowd_evidence(np.zeros(num_tracks, np.int64)) == 0
