import numpy as np
import pytest
from castlist.clustering.stages.adaptation import fit_film_space
from castlist.data.tables.vectors import unit_rows


def _film(num_tracks=30, per_track=6, dim=4, seed=0):
    """Tracks that differ within mostly along the first axis; rows mixed."""
    random = np.random.default_rng(seed)
    track = random.permutation(np.repeat(np.arange(num_tracks), per_track))
    people = random.normal(size=(num_tracks, dim))
    noise = random.normal(size=(len(track), dim)) * np.array([3.0, 1.0, 0.5, 0.2])[:dim]
    return people[track] + noise + 5, track


def _all(rows):
    return np.ones(len(rows), dtype=bool)


def _naive_within(rows, track):
    """The mean of the covariances of tracks of two rows and more, and how many those are."""
    covariances = [
        np.atleast_2d(np.cov(rows[track == own], rowvar=False))
        for own in np.unique(track)
        if (track == own).sum() > 1
    ]
    return np.mean(covariances, axis=0), len(covariances)


def test_what_differs_within_tracks_is_a_sphere_afterwards():
    rows, track = _film()
    rows, track = np.vstack([rows, [[9, 9, 9, 9]]]), np.append(track, 99)  # one row: no covariance
    within, num_tracks = _naive_within(rows, track)
    trust = 0.5 * num_tracks / (num_tracks + 10)
    shrunk = trust * within + (1 - trust) * np.eye(4) * np.trace(within) / 4
    matrix = fit_film_space(rows, track, _all(rows)).matrix
    np.testing.assert_allclose(matrix.T @ shrunk @ matrix, np.eye(4), atol=1e-9)


def test_the_more_tracks_there_are_the_more_noise_is_shortened():
    def stretch(num_tracks):
        rows, track = _film(num_tracks)
        matrix = fit_film_space(rows, track, _all(rows)).matrix
        lengths = np.linalg.norm(matrix, axis=1)
        return lengths[3] / lengths[0]  # the quietest axis against the loudest

    assert 1 < stretch(2) < stretch(20) < stretch(200)


def test_faces_of_one_track_come_closer_to_each_other_than_to_others():
    rows, track = _film()
    same = track[:, None] == track[None]

    def ratio(vectors):
        distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
        return distances[same].mean() / distances[~same].mean()

    mapped = fit_film_space(rows, track, _all(rows)).transform(rows)
    assert ratio(mapped) < ratio(unit_rows(rows - rows.mean(axis=0)))


def test_mapped_rows_are_unit_rows_around_the_centre():
    rows, track = _film()
    space = fit_film_space(rows, track, _all(rows))
    np.testing.assert_allclose(np.linalg.norm(space.transform(rows), axis=1), 1)
    np.testing.assert_allclose(space.mean, rows.mean(axis=0))


def test_only_rows_in_use_are_learnt_from():
    rows, track = _film()
    use = track % 2 == 0
    few = fit_film_space(rows, track, use)
    only = fit_film_space(rows[use], track[use], _all(rows[use]))
    np.testing.assert_array_equal(few.matrix, only.matrix)


def test_the_numbers_of_tracks_do_not_matter():
    rows, track = _film()
    names = np.random.default_rng(1).permutation(1000)[track]
    space, renamed = (fit_film_space(rows, own, _all(rows)) for own in (track, names))
    distances, others = (
        np.linalg.norm(own.transform(rows)[:, None] - own.transform(rows)[None], axis=2)
        for own in (space, renamed)
    )
    np.testing.assert_allclose(distances, others, atol=1e-6)


def test_the_order_of_rows_does_not_matter():
    rows, track = _film()
    order = np.random.default_rng(1).permutation(len(rows))
    space = fit_film_space(rows, track, _all(rows))
    other = fit_film_space(rows[order], track[order], _all(rows))
    mapped, moved = space.transform(rows), other.transform(rows)
    np.testing.assert_allclose(mapped @ mapped.T, moved @ moved.T, atol=1e-9)


def test_rows_of_nan_stay_nan_and_change_no_others():
    rows, track = _film()
    space = fit_film_space(rows, track, _all(rows))
    holes = rows.copy()
    holes[3] = np.nan
    mapped = space.transform(holes)
    assert np.isnan(mapped[3]).all()
    np.testing.assert_allclose(np.delete(mapped, 3, 0), np.delete(space.transform(rows), 3, 0))


def test_without_rows_to_learn_from_vectors_only_get_unit_length():
    rows = np.array([[3.0, 4], [0, 2]])
    space = fit_film_space(rows, np.array([0, 0]), np.zeros(2, dtype=bool))
    np.testing.assert_allclose(space.transform(rows), [[0.6, 0.8], [0, 1]])


def test_no_rows_at_all():
    space = fit_film_space(np.empty((0, 3)), np.empty(0, np.int64), np.empty(0, dtype=bool))
    assert space.transform(np.empty((0, 3))).shape == (0, 3)


def test_vectors_of_no_length_stay_so():
    space = fit_film_space(np.empty((2, 0)), np.array([0, 1]), np.zeros(2, dtype=bool))
    assert space.transform(np.empty((2, 0))).shape == (2, 0)


def test_one_row_is_its_own_centre_and_points_nowhere():
    space = fit_film_space(np.array([[1.0, 2]]), np.array([0]), np.array([True]))
    assert np.isnan(space.transform(np.array([[1.0, 2]]))).all()
    np.testing.assert_allclose(space.transform(np.array([[1.0, 4]])), [[0, 1]])


@pytest.mark.parametrize("tracks", [[0, 1, 2], [0, 0, 1]])
def test_where_nothing_differs_within_tracks_vectors_are_centred_only(tracks):
    # no track of two rows, or one whose two rows are the same
    rows = np.array([[1.0, 0, 0], [1, 0, 0], [0, 2, 1]])
    space = fit_film_space(rows, np.array(tracks), _all(rows))
    np.testing.assert_array_equal(space.matrix, np.eye(3))
    np.testing.assert_allclose(space.transform(rows), unit_rows(rows - rows.mean(axis=0)))


def test_long_vectors_are_projected_on_their_main_axes():
    random = np.random.default_rng(0)
    track = np.repeat(np.arange(10), 5)
    # 300 numbers, but all that happens happens along three directions
    directions = np.linalg.qr(random.normal(size=(300, 3)))[0].T
    low = random.normal(size=(10, 3))[track] * 3 + random.normal(size=(50, 3))
    space = fit_film_space(low @ directions, track, _all(low), max_dim=3)
    assert space.matrix.shape == (300, 3)
    mapped = space.transform(low @ directions)
    # the same angles as when learnt from the three numbers alone
    expected = fit_film_space(low, track, _all(low)).transform(low)
    np.testing.assert_allclose(mapped @ mapped.T, expected @ expected.T, atol=1e-6)


def test_fewer_rows_than_axes_are_projected_on_as_many_axes_as_rows():
    rows = np.random.default_rng(0).normal(size=(4, 300))
    space = fit_film_space(rows, np.array([0, 0, 1, 1]), _all(rows), max_dim=128)
    assert space.transform(rows).shape == (4, 4)
    assert np.isfinite(space.transform(rows)).all()


def test_learning_twice_gives_the_same_space():
    rows = np.random.default_rng(0).normal(size=(40, 200))
    track = np.arange(40) // 4
    first, second = (fit_film_space(rows, track, _all(rows), max_dim=16) for _ in range(2))
    np.testing.assert_array_equal(first.matrix, second.matrix)


def test_a_row_of_zeros_has_no_direction():
    unit = unit_rows(np.array([[0.0, 0], [0, -3]]))
    assert np.isnan(unit[0]).all()
    assert unit[1].tolist() == [0, -1]


def test_a_film_of_one_person_keeps_that_person_together_when_the_centre_of_people_is_known():
    rng = np.random.default_rng(0)
    person, centre = np.zeros(16), np.zeros(16)
    person[0], centre[1] = 1.0, 1.0
    tracks = np.repeat(np.arange(12), 3)
    vectors = person + rng.normal(0, 0.1, (36, 16))
    use = np.ones(36, dtype=bool)

    def apart(space):
        return np.linalg.norm(np.diff(space.transform(vectors)[::3], axis=0), axis=1).mean()

    assert apart(fit_film_space(vectors, tracks, use)) > 1.2
    assert apart(fit_film_space(vectors, tracks, use, centre=centre)) < 0.9


@pytest.mark.parametrize(("people", "share"), [(1, 0.5), (2, 0.5), (3, 0.35), (8, 0.35)])
def test_the_fewer_people_a_film_has_the_nearer_its_origin_is_to_the_centre(people, share):
    """The mean of k orthogonal people is 1 / k off the centre, squared; 1/2 and 0.35 are limits."""
    vectors = np.repeat(np.eye(8)[:people], 2, axis=0)
    tracks = np.repeat(np.arange(people), 2)
    space = fit_film_space(vectors, tracks, _all(vectors), centre=np.zeros(8))
    np.testing.assert_allclose(space.mean, (1 - share) * vectors.mean(axis=0))


def test_between_its_limits_the_share_of_the_centre_is_one_over_the_number_of_people():
    # Of 2.5 people: two tracks of somebody, two of another, one of a third, each 1 from the centre.
    vectors = np.eye(8)[[0, 0, 1, 1, 2]]
    mean = vectors.mean(axis=0)
    off = mean @ mean
    space = fit_film_space(vectors, np.arange(5), _all(vectors), centre=np.zeros(8))
    # Spread around the mean and what the mean is off make 1 together.
    np.testing.assert_allclose(space.mean, (1 - off) * mean)
    assert 0.35 < off < 0.5


def test_rows_that_are_not_to_be_used_say_nothing_of_the_number_of_people():
    vectors = np.vstack([np.eye(8)[[0, 0]], np.full((1, 8), np.nan), 5 * np.eye(8)[[1]]])
    use = np.array([True, True, False, False])
    space = fit_film_space(vectors, np.array([0, 0, 1, 1]), use, centre=np.zeros(8))
    np.testing.assert_allclose(space.mean, 0.5 * vectors[0])


def test_a_film_whose_only_vector_is_the_centre_itself_has_its_origin_there():
    vectors = np.ones((1, 8))
    space = fit_film_space(vectors, np.array([0]), _all(vectors), centre=np.ones(8))
    np.testing.assert_allclose(space.mean, np.ones(8))
