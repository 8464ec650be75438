"""Drawn faces are told from people by their vectors, group by group."""

import numpy as np
import pytest
from castlist.clustering.evidence.drawn import DRAWN_FROM, DrawnFaces

COLUMNS = {"other": (0, 2), "net": (2, 4)}
DRAWN = DrawnFaces("net", np.array([3.0, -3.0]), offset=0.5)
PERSON, FIGURE = [1.0, 0.0, 0.0, 2.0], [1.0, 0.0, 2.0, 0.0]  # the second network says 0 1 and 1 0


def test_log_odds_are_the_discriminant_of_unit_vectors(make_tracks):
    tracks = make_tracks(np.array([PERSON, FIGURE]))
    assert DRAWN.log_odds(tracks, COLUMNS).tolist() == [-2.5, 3.5]


def test_nothing_is_said_of_tracks_without_a_vector(make_tracks):
    tracks = make_tracks(np.array([PERSON, [np.nan] * 4]))
    assert np.isnan(DRAWN.log_odds(tracks, COLUMNS)).tolist() == [False, True]
    assert not DRAWN.of_groups(tracks, COLUMNS, np.array([0, 1])).any()


@pytest.mark.parametrize("columns", [{"another": (0, 4)}, {"net": (0, 4)}])
def test_nothing_is_said_of_vectors_of_another_network(make_tracks, columns):
    tracks = make_tracks(np.array([FIGURE, FIGURE]))
    assert np.isnan(DRAWN.log_odds(tracks, columns)).all()
    assert not DRAWN.of_groups(tracks, columns, np.array([0, 0])).any()


def test_a_group_is_drawn_by_the_mean_of_its_tracks_clear_ones_first(make_tracks):
    vectors = np.array([PERSON, FIGURE, PERSON, FIGURE])
    group = np.array([0, 0, 1, 1])
    tracks = make_tracks(vectors, looks=np.array([3.0, 0.5, 0.5, 3.0]))
    means = [(-2.5 * 3 + 3.5 * 0.5) / (3.5 + 1), (-2.5 * 0.5 + 3.5 * 3) / (3.5 + 1)]
    assert [mean >= DRAWN_FROM for mean in means] == [False, True]
    assert DRAWN.of_groups(tracks, COLUMNS, group).tolist() == [False, False, True, True]


def test_it_comes_back_from_its_file_as_it_was():
    same = DrawnFaces.from_tensors(DRAWN.to_tensors())
    assert (same.network, same.weights.tolist(), same.offset) == ("net", [3.0, -3.0], 0.5)


def test_the_one_that_ships_reads_vectors_of_the_network_that_ships():
    shipped = DrawnFaces.load()
    assert shipped.network == "faceres"
    assert shipped.weights.shape == (1024,)


def test_one_short_look_makes_no_figure(make_tracks):
    tracks = make_tracks(np.array([FIGURE, FIGURE]), looks=np.array([0.3, 3.0]))
    assert DRAWN.of_groups(tracks, COLUMNS, np.array([0, 1])).tolist() == [False, True]
