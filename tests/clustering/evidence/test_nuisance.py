import numpy as np
import pytest
from castlist.clustering.evidence.labelled import LabelledTracks
from castlist.clustering.evidence.nuisance import PersonScatter
from castlist.clustering.evidence.vectors import unit_rows

COLUMNS = {"a": (0, 16)}


def _film(make_tracks, name, axis, seed=0, people=8, tracks_each=5, **columns):
    """A film whose people's vectors differ from track to track along one axis."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), tracks_each)
    moved = np.zeros((len(person), 16))
    moved[:, axis] = rng.normal(size=len(person)) * 0.5
    centre = unit_rows(rng.normal(size=(people, 16)))[person]
    vectors = centre + moved + rng.normal(size=moved.shape) * 0.02
    return LabelledTracks(make_tracks(vectors, **columns), person.astype(str), name)


def test_a_planted_direction_is_found(make_tracks):
    films = [_film(make_tracks, name, axis=3, seed=seed) for seed, name in enumerate("xyz")]
    (found,) = PersonScatter(films, COLUMNS).directions(1)["a"]
    assert abs(found[3]) > 0.95


def test_directions_are_orthonormal_and_no_more_than_there_are(make_tracks):
    films = [_film(make_tracks, name, axis=3, seed=seed) for seed, name in enumerate("xy")]
    rows = PersonScatter(films, COLUMNS).directions(4)["a"]
    np.testing.assert_allclose(rows @ rows.T, np.eye(4), atol=1e-12)
    copies = LabelledTracks(make_tracks([[1.0, 0], [1, 0], [0, 1]]), np.array(["m", "m", "n"]), "x")
    assert len(PersonScatter([copies], {"a": (0, 2)}).directions(2)["a"]) == 0
    turned = LabelledTracks(make_tracks([[1.0, 0], [0, 1]]), np.array(["m", "m"]), "x")
    (only,) = PersonScatter([turned], {"a": (0, 2)}).directions(2)["a"]
    np.testing.assert_allclose(np.abs(only), [0.5**0.5] * 2)


def test_a_film_that_is_left_out_teaches_nothing(make_tracks):
    films = [_film(make_tracks, name, axis) for name, axis in (("x", 3), ("x", 3), ("y", 7))]
    scatter = PersonScatter(films, COLUMNS)
    np.testing.assert_allclose(
        scatter.directions(2, without="x")["a"],
        PersonScatter(films[2:], COLUMNS).directions(2)["a"],
    )
    assert abs(scatter.directions(1, without="y")["a"][0, 3]) > 0.95
    assert len(PersonScatter(films[:2], COLUMNS).directions(2, without="x")["a"]) == 0


def test_variants_of_a_film_show_one_person(make_tracks):
    # One track of each person in each variant: alone they have no scatter.
    light, dark = np.eye(3)[:2], np.eye(3)[:2] + np.array([0.0, 0.0, 1.0])
    names = np.array(["m", "n"])
    films = [LabelledTracks(make_tracks(own), names, "x") for own in (light, dark)]
    columns = {"a": (0, 3)}
    assert abs(PersonScatter(films, columns).directions(1)["a"][0, 2]) > 0.9
    assert len(PersonScatter(films[:1], columns).directions(1)["a"]) == 0


def test_long_films_count_no_more_than_others(make_tracks):
    long = [_film(make_tracks, "x", axis=3, seed=seed, tracks_each=40) for seed in range(3)]
    others = [_film(make_tracks, name, axis=7, seed=9) for name in "yz"]
    assert abs(PersonScatter([*long, *others], COLUMNS).directions(1)["a"][0, 7]) > 0.95


@pytest.mark.parametrize("columns", [{"looks": np.full(40, 0.2)}, {}])
def test_poor_tracks_and_strangers_teach_nothing(make_tracks, columns):
    film = _film(make_tracks, "x", axis=3, **columns)
    if not columns:
        film = LabelledTracks(film.tracks, np.full(40, ""), "x")
    assert len(PersonScatter([film], COLUMNS).directions(2)["a"]) == 0
