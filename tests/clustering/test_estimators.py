import warnings
from pathlib import Path

import numpy as np
import pytest
from castlist.clustering.estimators import FaceClusterer, TwoStageClusterer, table_of_vectors
from castlist.clustering.stages.cloth_stage import reassign_by_clothing
from castlist.clustering.stages.config import FaceConfig, ReassignConfig
from castlist.clustering.stages.face_stage import cluster_by_face
from castlist.data.tables.codes import NoticeCode, Reason
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

DOCS = Path(__file__).parents[2] / "docs"
DIM = 16


def rows_of(num_people=4, tracks_each=5, num_faces=6, noise=0.03, seed=0):
    """Return vectors, tracks, frames and the true person of each row, rows mixed."""
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(num_people), tracks_each * num_faces)
    track = np.arange(len(person)) // num_faces
    takes = np.eye(DIM)[np.arange(num_people)][:, None] + noise * random.normal(
        size=(num_people, tracks_each, DIM)
    )
    vectors = takes.reshape(-1, DIM)[track] + noise * random.normal(size=(len(person), DIM))
    frame = np.arange(len(person))
    order = random.permutation(len(person))
    return vectors[order], track[order], frame[order], person[order]


def partition(labels):
    return {frozenset(np.flatnonzero(labels == own).tolist()) for own in set(labels.tolist())}


@parametrize_with_checks([FaceClusterer()])
def test_scikit_learns_own_checks(estimator, check):
    # Most of their tables are far from faces; what the stage says of them is no failure.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=FutureWarning)
        check(estimator)


def test_people_are_found_by_their_vectors_alone():
    vectors, _, _, person = rows_of()
    clusterer = FaceClusterer()
    labels = clusterer.fit_predict(vectors)
    assert labels is clusterer.labels_
    assert partition(labels) == partition(person)
    assert (clusterer.strengths_ > 0.5).all()
    assert clusterer.n_features_in_ == DIM


def test_rows_of_one_track_are_one_person():
    vectors, track, _, _ = rows_of(noise=0.4)
    labels = FaceClusterer().fit_predict(vectors, tracks=track)
    assert all(len(set(labels[track == own].tolist())) == 1 for own in set(track.tolist()))


def test_rows_of_one_frame_are_different_people():
    vectors = np.repeat(np.eye(DIM)[:2], 4, axis=0)
    assert FaceClusterer().fit_predict(vectors).tolist() == [0] * 4 + [1] * 4
    labels = FaceClusterer().fit_predict(vectors, frames=[0, 1, 2, 3, 0, 1, 2, 2])
    assert len(set(labels[[6, 7]].tolist())) == 2
    labels = FaceClusterer(threshold=9.0).fit_predict(vectors, frames=np.zeros(8))
    assert (labels == -1).all()


def test_it_is_the_stage_itself():
    vectors, track, frame, _ = rows_of(noise=0.15)
    faces = table_of_vectors(vectors, track, frame)
    found, _ = cluster_by_face(faces, FaceConfig(threshold=0.9))
    clusterer = FaceClusterer(threshold=0.9).fit(vectors, tracks=track, frames=frame)
    assert clusterer.labels_.tolist() == found.person.tolist()
    assert clusterer.strengths_.tolist() == found.strength.tolist()
    assert clusterer.second_people_.tolist() == found.second_person.tolist()


@pytest.mark.parametrize("with_tracks", [False, True])
def test_the_order_of_rows_and_the_names_of_tracks_do_not_matter(with_tracks):
    vectors, track, frame, _ = rows_of(noise=0.2)
    columns = {"tracks": track, "frames": frame} if with_tracks else {}
    expected = FaceClusterer().fit_predict(vectors, **columns)
    order = np.random.default_rng(1).permutation(len(vectors))
    if with_tracks:
        names = np.array([f"track {number * 7 % 20}" for number in range(20)])
        columns = {"tracks": names[track[order]], "frames": frame[order]}
    labels = FaceClusterer().fit_predict(vectors[order], **columns)
    assert labels.tolist() == expected[order].tolist()


def test_a_nan_row_is_unknown_unless_its_track_is_somebody():
    vectors, track, _, person = rows_of()
    vectors[[3, 8]] = np.nan
    assert FaceClusterer().fit_predict(vectors)[[3, 8]].tolist() == [-1, -1]
    labels = FaceClusterer().fit_predict(vectors, tracks=track)
    assert partition(labels) == partition(person)


@pytest.mark.parametrize("num_rows", [1, 2, 3])
def test_nothing_but_nan_rows_is_unknown(num_rows):
    labels = FaceClusterer().fit_predict(np.full((num_rows, DIM), np.nan))
    assert labels.tolist() == [-1] * num_rows


def test_one_row_is_unknown():
    clusterer = FaceClusterer().fit(np.ones((1, DIM)))
    assert clusterer.labels_.tolist() == [-1]
    assert clusterer.strengths_.tolist() == [0]


def test_duplicates_of_one_row_are_one_person_where_it_is_known_where_people_lie():
    rows = np.ones((12, DIM))
    assert FaceClusterer(centre=np.zeros(DIM)).fit_predict(rows).tolist() == [0] * 12
    # Without, nothing of a film's only vector is left once the film's mean is taken off.
    assert FaceClusterer().fit_predict(rows).tolist() == [-1] * 12
    assert FaceClusterer(distance="cosine").fit_predict(rows).tolist() == [0] * 12


def test_one_person_only_is_one_person():
    rows = 1 + 0.02 * np.random.default_rng(0).normal(size=(20, DIM))
    assert set(FaceClusterer(centre=np.zeros(DIM)).fit_predict(rows)) == {0}


def test_poor_rows_found_nobody():
    vectors, *_ = rows_of()
    labels = FaceClusterer().fit_predict(vectors, qualities=np.full(len(vectors), 0.1))
    assert (labels == -1).all()


def test_what_is_worth_telling_is_kept():
    vectors, *_ = rows_of()
    clusterer = FaceClusterer(distance="calibrated").fit(vectors)
    [notice] = clusterer.notices_
    assert notice.code == NoticeCode.FILM_THRESHOLD_UNMEASURED
    assert (notice.numbers["num_tracks"], notice.numbers["num_pairs"]) == (0, 0)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"tracks": [0, 0]}, "tracks: expected one for each of 3 rows, got 2"),
        ({"frames": [0]}, "frames: expected one for each of 3 rows, got 1"),
        ({"tracks": [0, 0, 1], "frames": [5, 5, 5]}, "expected one row of a track in a frame"),
        ({"qualities": [0.1, 0.2, 1.5]}, "quality: expected values from 0 to 1"),
    ],
)
def test_columns_that_do_not_fit_are_errors(columns, words):
    with pytest.raises(ValueError, match=words):
        FaceClusterer().fit(np.eye(3), **columns)


def test_settings_are_those_of_the_stage_and_checked_when_fitting():
    with pytest.raises(ValueError, match=r"face\.distance: expected one of film"):
        FaceClusterer(distance="taxi").fit(np.eye(3))
    assert clone(TwoStageClusterer(threshold=0.5, precision=0.9)).get_params()["precision"] == 0.9


def dressed(seed=0):
    """Return a film in which a third of the tracks have no face, but everyone their clothes."""
    vectors, track, frame, person = rows_of(num_people=4, tracks_each=12, seed=seed)
    random = np.random.default_rng(seed)
    clothes = np.eye(24)[person] + 0.05 * random.normal(size=(len(person), 24))
    faceless = track % 3 == 0
    vectors[faceless] = np.nan
    return vectors, clothes, track, frame, person, faceless


def test_clothes_give_tracks_without_a_face_back_to_their_person():
    vectors, clothes, track, frame, person, faceless = dressed()
    clusterer = TwoStageClusterer()
    labels = clusterer.fit_predict(vectors, clothes, tracks=track, frames=frame)
    assert partition(labels) == partition(person)
    assert (clusterer.labels_before_[faceless] == -1).all()
    assert (clusterer.labels_before_[~faceless] == labels[~faceless]).all()
    assert (clusterer.reasons_[faceless] == Reason.SAME_CLOTHES).all()
    assert [notice.code for notice in clusterer.notices_] == [NoticeCode.CLOTH_TRUST]


def test_both_stages_are_the_stages_themselves():
    vectors, clothes, track, frame, *_ = dressed()
    faces = table_of_vectors(vectors, track, frame).replace(
        cloth_vector=clothes / np.linalg.norm(clothes, axis=1, keepdims=True)
    )
    found, *_ = reassign_by_clothing(cluster_by_face(faces)[0], ReassignConfig())
    clusterer = TwoStageClusterer().fit(vectors, clothes, tracks=track, frames=frame)
    assert clusterer.labels_.tolist() == found.person.tolist()
    assert clusterer.reasons_.tolist() == found.reason.tolist()


def test_clothes_are_compared_inside_a_window_only():
    vectors, clothes, track, frame, _, faceless = dressed()
    # Tracks without a face in a window of their own have nobody to be compared with.
    apart = TwoStageClusterer().fit(
        vectors, clothes, tracks=track, frames=frame, windows=np.where(faceless, "end", "begin")
    )
    known = set(apart.labels_before_[~faceless].tolist())
    assert not known & set(apart.labels_[faceless].tolist())
    together = TwoStageClusterer().fit(
        vectors, clothes, tracks=track, frames=frame, windows=np.zeros(len(track))
    )
    assert set(together.labels_[faceless].tolist()) == known


def test_a_row_without_clothes_keeps_what_its_face_says():
    vectors, clothes, track, frame, _, faceless = dressed()
    clothes[faceless] = np.nan
    clusterer = TwoStageClusterer().fit(vectors, clothes, tracks=track, frames=frame)
    assert clusterer.labels_.tolist() == clusterer.labels_before_.tolist()
    assert (clusterer.labels_[faceless] == -1).all()


def test_as_many_clothes_as_faces_are_needed():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        TwoStageClusterer().fit(np.eye(4), np.eye(3))


def test_the_examples_of_the_documentation_run():
    text = (DOCS / "own_vectors.md").read_text(encoding="utf-8")
    blocks = [part.split("```")[0] for part in text.split("```python")[1:]]
    names = {}
    exec("\n".join(blocks), names)
    assert set(names["people"].labels_.tolist()) == {0, 1, 2}
    assert (names["both"].labels_ >= 0).all()
