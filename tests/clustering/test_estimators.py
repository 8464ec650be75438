import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from castlist.clustering.estimators import FaceClusterer, TwoStageClusterer
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.own_vectors import tracks_of_vectors
from castlist.clustering.stages.both import people_by_clothing, people_by_face
from castlist.clustering.stages.config import PeopleConfig
from castlist.data.tables.codes import UNKNOWN, Notice, NoticeCode, Reason
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
    together = FaceClusterer().fit_predict(vectors)
    assert partition(together) == {frozenset(range(4)), frozenset(range(4, 8))}
    labels = FaceClusterer().fit_predict(vectors, frames=[0, 1, 2, 3, 0, 1, 2, 2])
    assert len(set(labels[[6, 7]].tolist())) == 2
    labels = FaceClusterer().fit_predict(vectors, frames=np.zeros(8))
    assert len(set(labels.tolist())) == 8


@pytest.mark.parametrize("method", ["hdbscan", "agglomerative"])
def test_it_is_the_stage_itself(method):
    vectors, track, frame, _ = rows_of(noise=0.15)
    table, row = tracks_of_vectors(vectors, np.empty((len(vectors), 0)), track, frame)
    config = PeopleConfig(method, "none", 5.0)
    by_face = people_by_face(table, {"any": (0, DIM)}, Curves.load(), config)
    found, _ = people_by_clothing(table, by_face, {}, Curves.load(), config)
    clusterer = FaceClusterer(method, 5.0).fit(vectors, tracks=track, frames=frame)
    assert clusterer.labels_.tolist() == found.person[row].tolist()
    assert clusterer.strengths_.tolist() == found.strength[row].tolist()
    assert clusterer.second_people_.tolist() == found.second_person[row].tolist()


def test_a_wrong_merge_that_costs_more_joins_fewer():
    vectors, track, *_ = rows_of(noise=0.35, seed=3)
    cheap, dear = (
        FaceClusterer(wrong_merge_cost=cost).fit_predict(vectors, tracks=track)
        for cost in (1.0, 1e4)
    )
    pairs = [
        int(((own[:, None] == own[None]) & (own >= 0) & (track[:, None] != track[None])).sum())
        for own in (cheap, dear)
    ]
    assert pairs[0] > pairs[1]


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


def test_what_is_masked_is_no_vector_and_no_code():
    vectors, track, _, _ = rows_of()
    masked = np.ma.array(vectors, mask=False)
    masked[[3, 8]] = np.ma.masked
    gone = vectors.copy()
    gone[[3, 8]] = np.nan
    labels = FaceClusterer().fit_predict(masked)
    assert labels.tolist() == FaceClusterer().fit_predict(gone).tolist()
    both = TwoStageClusterer().fit_predict(masked, masked, tracks=track)
    assert both.tolist() == TwoStageClusterer().fit_predict(gone, gone, tracks=track).tolist()
    with pytest.raises(ValueError, match="tracks: expected a value for each row, got masked ones"):
        FaceClusterer().fit(vectors, tracks=np.ma.array(track, mask=track == 3))


@pytest.mark.parametrize("factor", [1e3, 1e6])
def test_a_vector_out_of_scale_merges_nobody_and_is_reported(factor):
    vectors, track, _, person = rows_of()
    vectors[3] *= factor
    clusterer = FaceClusterer()
    with pytest.warns(UserWarning, match="1 of .* vectors of faces count as none: more than 100"):
        alone = clusterer.fit_predict(vectors)
    assert alone[3] == UNKNOWN
    assert clusterer.notices_ == [
        Notice(NoticeCode.OUT_OF_SCALE, {"num_faces": 1, "num_clothes": 0})
    ]
    with pytest.warns(UserWarning, match="vectors of faces"):
        labels = FaceClusterer().fit_predict(vectors, tracks=track)
    assert partition(labels) == partition(person)


def test_clothes_out_of_scale_say_nothing_and_are_reported():
    vectors, clothes, track, frame, *_ = dressed()
    clothes[5] *= 1e6
    without = clothes.copy()
    without[5] = np.nan
    clusterer = TwoStageClusterer()
    with pytest.warns(UserWarning, match="vectors of clothes count as none"):
        labels = clusterer.fit_predict(vectors, clothes, tracks=track, frames=frame)
    expected = TwoStageClusterer().fit_predict(vectors, without, tracks=track, frames=frame)
    assert labels.tolist() == expected.tolist()
    assert clusterer.notices_[-1].numbers == {"num_faces": 0, "num_clothes": 1}


@pytest.mark.parametrize("cost", [np.nan, np.inf, -1.0, 0.5, "3", None, 10**400])
def test_a_cost_that_is_no_number_of_one_or_more_is_refused(cost):
    with pytest.raises(ValueError, match="wrong_merge_cost: expected 1 or more, got"):
        FaceClusterer(wrong_merge_cost=cost).fit(rows_of()[0])


@pytest.mark.parametrize("name", ["tracks", "frames", "windows"])
@pytest.mark.parametrize(
    ("kind", "code"),
    [(float, np.nan), (object, np.nan), (object, None), ("datetime64[s]", np.datetime64("NaT"))],
)
def test_a_code_that_is_nan_is_refused(name, kind, code):
    vectors, clothes, *_ = dressed()
    codes = np.arange(len(vectors)).astype(kind)
    codes[2] = code
    with pytest.raises(
        ValueError, match=f"^{name}: expected a value for each row, got NaN or None$"
    ):
        TwoStageClusterer().fit(vectors, clothes, **{name: codes})


def test_a_code_that_pandas_lacks_is_refused():
    vectors, *_ = rows_of()
    codes = pd.array([None, *map(str, range(1, len(vectors)))], dtype="string")
    with pytest.raises(
        ValueError, match=r"^tracks: expected a value for each row, got NaN or None$"
    ):
        FaceClusterer().fit(vectors, tracks=codes)


def test_codes_of_several_types_are_refused():
    vectors, *_ = rows_of()
    codes = np.arange(len(vectors)).astype(object)
    codes[2] = "a"
    with pytest.raises(ValueError, match="tracks: expected values of one type, got several"):
        FaceClusterer().fit(vectors, tracks=codes)


@pytest.mark.parametrize("quality", [np.nan, -0.1])
def test_a_quality_that_is_nan_or_negative_is_refused(quality):
    vectors, *_ = rows_of()
    qualities = np.ones(len(vectors))
    qualities[1] = quality
    with pytest.raises(ValueError, match="qualities: expected values from 0 to 1, got others"):
        FaceClusterer().fit(vectors, qualities=qualities)


@pytest.mark.parametrize("num_rows", [1, 2, 3])
def test_nothing_but_nan_rows_is_unknown(num_rows):
    clusterer = FaceClusterer().fit(np.full((num_rows, DIM), np.nan))
    assert clusterer.labels_.tolist() == [-1] * num_rows
    assert clusterer.strengths_.tolist() == [0] * num_rows


def test_one_clear_row_is_a_person():
    clusterer = FaceClusterer().fit(np.ones((1, DIM)))
    assert clusterer.labels_.tolist() == [0]
    assert 0.5 < clusterer.strengths_[0] < 1
    assert clusterer.second_people_.tolist() == [-1]


def test_duplicates_of_one_row_are_one_person():
    assert FaceClusterer().fit_predict(np.ones((12, DIM))).tolist() == [0] * 12


def test_one_person_only_is_one_person():
    rows = 1 + 0.02 * np.random.default_rng(0).normal(size=(20, DIM))
    assert set(FaceClusterer().fit_predict(rows)) == {0}


def test_every_row_twice_gives_the_same_people():
    vectors, track, _, _ = rows_of(noise=0.3)
    once = FaceClusterer().fit_predict(vectors, tracks=track)
    twice = FaceClusterer().fit_predict(np.tile(vectors, (2, 1)), tracks=np.tile(track, 2))
    assert partition(twice[: len(once)]) == partition(once)
    assert twice[: len(once)].tolist() == twice[len(once) :].tolist()


def test_rows_worth_nothing_are_nobody():
    vectors, *_ = rows_of()
    labels = FaceClusterer().fit_predict(vectors, qualities=np.zeros(len(vectors)))
    assert (labels == -1).all()


def test_poor_rows_are_less_sure():
    vectors, track, *_ = rows_of(noise=0.1)
    clear, poor = (
        FaceClusterer().fit(vectors, tracks=track, qualities=np.full(len(vectors), quality))
        for quality in (1.0, 0.1)
    )
    assert poor.strengths_.mean() < clear.strengths_.mean()


def test_by_face_alone_there_is_nothing_to_remark():
    assert FaceClusterer().fit(rows_of()[0]).notices_ == []


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"tracks": [0, 0]}, "tracks: expected one for each of 3 rows, got 2"),
        ({"frames": [0]}, "frames: expected one for each of 3 rows, got 1"),
        ({"tracks": [0, 0, 1], "frames": [5, 5, 5]}, "expected one row of a track in a frame"),
        ({"qualities": [0.1, 0.2, 1.5]}, "qualities: expected values from 0 to 1"),
        ({"qualities": [0.1, 0.2, np.nan]}, "qualities: expected values from 0 to 1"),
        ({"qualities": [0.1]}, "qualities: expected one for each of 3 rows, got 1"),
        ({"qualities": [{}, {}, {}]}, "qualities: expected values from 0 to 1"),
        ({"qualities": 0.5}, r"qualities: expected one value for each of 3 rows, got .*\(\)"),
        (
            {"tracks": [("a", 1)] * 3},
            r"tracks: expected one value for each of 3 rows, got .*\(3, 2\)",
        ),
    ],
)
def test_columns_that_do_not_fit_are_errors(columns, words):
    with pytest.raises(ValueError, match=words):
        FaceClusterer().fit(np.eye(3), **columns)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"method": "taxi"}, "method: expected one of hdbscan, agglomerative, got 'taxi'"),
        ({"method": "online"}, "method: expected one of hdbscan, agglomerative, got 'online'"),
        ({"wrong_merge_cost": 0.5}, r"wrong_merge_cost: expected 1 or more, got 0\.5"),
        ({"network": "mine"}, "network: expected one of any, .*faceres.*, got 'mine'"),
    ],
)
@pytest.mark.parametrize("kind", [FaceClusterer, TwoStageClusterer])
def test_settings_are_checked_when_fitting(kind, settings, words):
    tables = [np.eye(3)] * (1 + (kind is TwoStageClusterer))
    with pytest.raises(ValueError, match=words):
        kind(**settings).fit(*tables)


def test_settings_are_kept_in_a_clone():
    settings = {"method": "agglomerative", "wrong_merge_cost": 9.0, "network": "faceres"}
    assert clone(TwoStageClusterer(**settings)).get_params() == settings


@pytest.mark.parametrize("cost", [5, np.float32(5), np.float16(5), np.int8(5)])
def test_numbers_of_numpy_are_numbers(cost):
    vectors, track, *_ = rows_of(noise=0.3)
    expected = FaceClusterer(wrong_merge_cost=5.0).fit_predict(vectors, tracks=track)
    found = FaceClusterer(wrong_merge_cost=cost).fit_predict(vectors, tracks=track)
    assert found.tolist() == expected.tolist()


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
    assert [notice.code for notice in clusterer.notices_] == [NoticeCode.CLOTH_WEIGHT]


@pytest.mark.parametrize("method", ["hdbscan", "agglomerative"])
def test_both_stages_are_the_stages_themselves(method):
    vectors, clothes, track, frame, *_ = dressed()
    table, row = tracks_of_vectors(vectors, clothes, track, frame)
    config, curves = PeopleConfig(method, method), Curves.load()
    by_face = people_by_face(table, {"any": (0, DIM)}, curves, config)
    found, _ = people_by_clothing(table, by_face, {"any": (0, 24)}, curves, config)
    clusterer = TwoStageClusterer(method).fit(vectors, clothes, tracks=track, frames=frame)
    assert clusterer.labels_.tolist() == found.person[row].tolist()
    assert clusterer.labels_before_.tolist() == found.person_before[row].tolist()
    assert clusterer.reasons_.tolist() == found.reason[row].tolist()


@pytest.mark.parametrize("with_tracks", [False, True])
def test_the_order_of_rows_does_not_matter_to_both_stages(with_tracks):
    vectors, clothes, track, frame, *_ = dressed()
    order = np.random.default_rng(1).permutation(len(vectors))

    def fit(rows):
        columns = {"tracks": track[rows], "frames": frame[rows]} if with_tracks else {}
        return TwoStageClusterer().fit(vectors[rows], clothes[rows], **columns)

    plain, mixed = fit(np.arange(len(vectors))), fit(order)
    for name in ("labels_", "labels_before_", "strengths_", "second_people_", "reasons_"):
        np.testing.assert_allclose(getattr(mixed, name), getattr(plain, name)[order], err_msg=name)


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


def test_the_tracks_of_a_window_lie_together():
    table, track = tracks_of_vectors(
        np.eye(6), np.eye(6), frames=[5, 4, 3, 2, 1, 0], windows=list("abaabb")
    )
    assert table.event[track].tolist() == [0, 1, 0, 0, 1, 1]
    rows = np.argsort(track)[table.in_time_order]  # by window, then by frame
    assert rows.tolist() == [3, 2, 0, 5, 4, 1]


def test_a_track_belongs_to_the_window_of_its_first_frame():
    columns = {"tracks": [0, 0, 1], "frames": [7, 3, 5], "windows": ["late", "early", "late"]}
    table, track = tracks_of_vectors(np.eye(3), np.eye(3), **columns)
    assert table.event[track].tolist() == [0, 0, 1]


def test_a_row_without_clothes_keeps_what_its_face_says():
    vectors, clothes, track, frame, _, faceless = dressed()
    clothes[faceless] = np.nan
    clusterer = TwoStageClusterer().fit(vectors, clothes, tracks=track, frames=frame)
    assert clusterer.labels_.tolist() == clusterer.labels_before_.tolist()
    assert (clusterer.labels_[faceless] == -1).all()


def test_as_many_clothes_as_faces_are_needed():
    with pytest.raises(ValueError, match="cloth_vectors: expected one for each of 4 rows, got 3"):
        TwoStageClusterer().fit(np.eye(4), np.eye(3))


def test_fit_predict_takes_what_fit_takes():
    vectors, clothes, track, frame, *_ = dressed()
    columns = (track, frame, track // 4, np.ones(len(track)))
    expected = TwoStageClusterer().fit(vectors, clothes, *columns).labels_
    assert TwoStageClusterer().fit_predict(vectors, clothes, *columns).tolist() == expected.tolist()


def test_the_examples_of_the_documentation_run():
    text = (DOCS / "own_vectors.md").read_text(encoding="utf-8")
    blocks = [part.split("```")[0] for part in text.split("```python")[1:]]
    names = {}
    exec("\n".join(blocks), names)
    assert set(names["people"].labels_.tolist()) == {0, 1, 2}
    assert (names["both"].labels_ >= 0).all()
