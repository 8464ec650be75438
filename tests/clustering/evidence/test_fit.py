import numpy as np
import pytest
from castlist.clustering.evidence import fit
from castlist.clustering.evidence.fit import fit_cloth_curve, fit_face_curve
from castlist.clustering.evidence.labelled import LabelledTracks


def _films(make_tracks, alike, dim=24, people=12, tracks_each=4, num_films=3, **columns):
    """Films of people whose vectors have a cosine of about ``alike``."""
    rng = np.random.default_rng(0)
    films = []
    for film in range(num_films):
        person = np.repeat(np.arange(people), tracks_each)
        centre = rng.normal(size=(people, dim))[person] * np.sqrt(alike)
        vectors = centre + rng.normal(size=(len(person), dim)) * np.sqrt(1 - alike)
        tracks = make_tracks(face=vectors, cloth=vectors, **columns)
        films.append(LabelledTracks(tracks, person.astype(str), str(film)))
    return films


def test_likeness_of_one_person_is_found(make_tracks):
    looks = {"looks": np.full(48, 1e6)}  # known perfectly: only the likeness is left to be found
    for alike in (0.5, 0.8):
        films = _films(make_tracks, alike, **looks)
        curve = fit_face_curve(films, {"a": (0, 24)})
        assert curve.networks["a"].alike == pytest.approx(alike, abs=0.12)
        assert 10 < curve.networks["a"].dimensions < 40


def test_clothes_that_change_with_time_do_not_last(make_tracks):
    films = _films(make_tracks, 0.7, start_s=np.arange(48) * 2.0)
    lasting = fit_cloth_curve(films, {"a": (0, 24)}).lasting_s
    for film in films:  # whoever is seen later wears something else
        later = film.tracks.start_s > np.repeat(film.tracks.start_s[::4], 4) + 3
        film.tracks.cloth_mean[later] = np.random.default_rng(1).normal(size=(later.sum(), 24))
    assert fit_cloth_curve(films, {"a": (0, 24)}).lasting_s < lasting


def test_pairs_that_a_picture_shows_are_not_taught(make_tracks):
    tracks = make_tracks(np.eye(3), pictures=[{1}, {1}, {2}])
    first, second, same = LabelledTracks(tracks, np.array(["x", "y", "x"]), "f").pairs()
    assert list(zip(first, second, same, strict=True)) == [(0, 2, True), (1, 2, False)]


def test_tracks_without_a_label_are_not_taught(make_tracks):
    labelled = LabelledTracks(make_tracks(np.eye(3)), np.array(["x", "", "y"]), "f")
    assert [len(own) for own in labelled.pairs()] == [1, 1, 1]


@pytest.mark.parametrize("names", [["x", "x", "x"], ["x", "y", "z"], ["", "", ""]])
def test_pairs_of_one_kind_teach_nothing(make_tracks, names):
    labelled = LabelledTracks(make_tracks(np.eye(3)), np.array(names), "f")
    with pytest.raises(ValueError, match="of one person and of two"):
        fit_face_curve([labelled], {"a": (0, 3)})


def test_the_curve_keeps_the_directions_of_all_films(make_tracks):
    films, columns = _films(make_tracks, 0.8), {"a": (0, 24)}
    curve = fit_face_curve(films, columns)
    assert curve.nuisance["a"].shape == (fit.NUM_DIRECTIONS, 24)
    assert not fit_face_curve(films, columns, num_directions=0).nuisance


def test_a_film_is_fitted_without_directions_that_know_it(make_tracks, monkeypatch):
    films, columns = _films(make_tracks, 0.8), {"a": (0, 24)}
    seen = []

    def parts_of(means, columns, nuisance):
        seen.append(nuisance["a"])
        return {"a": means}

    monkeypatch.setattr(fit, "parts_of", parts_of)
    scatter = fit.PersonScatter(films, columns)
    fit._face_units(films, columns, scatter, 2)
    for number, own in enumerate(seen):
        rest = [film for place, film in enumerate(films) if place != number]
        expected = fit.PersonScatter(rest, columns).directions(2)["a"]
        np.testing.assert_allclose(own, expected)
