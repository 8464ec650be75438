"""Both stages on a table."""

import numpy as np
import pytest
from castlist.clustering.running import run_stages
from castlist.clustering.stages.config import PeopleConfig
from castlist.data.result.facts import ModelFacts
from castlist.data.tables.faces import Faces


def _film(make_faces, num_people=6, num_tracks=30):
    """Tracks of five looks of people who are not always much alike."""
    random = np.random.default_rng(4)
    people = random.normal(size=(num_people, 64))
    person = random.integers(0, num_people, num_tracks)
    mean = people[person] + random.uniform(0.3, 2.5, num_tracks)[:, None] * random.normal(
        size=(num_tracks, 64)
    )
    track = np.repeat(np.arange(num_tracks), 5)
    vectors = mean[track] + 0.3 * random.normal(size=(len(track), 64))
    return make_faces(
        len(track),
        track=track,
        shot=track,
        face_vector=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        quality=np.repeat(random.uniform(0.0, 0.6, num_tracks), 5),
    )


@pytest.mark.parametrize("times", [2, 5])
def test_a_film_many_times_over_has_the_people_of_one_time(make_faces, times):
    once = _film(make_faces)
    again = [
        once.replace(
            frame=once.frame + 1000 * number,
            time_s=once.time_s + 200.0 * number,
            shot=once.shot + 30 * number,
            track=once.track + 30 * number,
        )
        for number in range(times)
    ]
    plain, _ = run_stages(once, ModelFacts(), PeopleConfig())
    found, _ = run_stages(Faces.concatenate(again), ModelFacts(), PeopleConfig())
    assert 1 < plain.num_people < 30
    assert (plain.person < 0).any()
    for column in ("person", "person_before", "strength", "reason"):
        for number in range(times):
            rows = slice(150 * number, 150 * (number + 1))
            np.testing.assert_array_equal(getattr(found, column)[rows], getattr(plain, column))
