import dataclasses

import numpy as np
import pytest
from castlist.clustering.stages.cloth_tracks import (
    ClothTracks,
    describe_clothes,
    held_out_votes,
    votes_in,
)
from castlist.clustering.stages.windows import Window
from castlist.data.tables.codes import UNKNOWN, DecidedBy
from castlist.data.tables.faces import Faces
from castlist.data.tables.tracks import Tracks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
RED, BLUE, GREEN = np.eye(3)
NAKED = np.full(3, np.nan)
ANA, BEN, EVA = 0, 1, 2


def clothes(*pieces, windows=None):
    """Make a clothes of pieces (clothes, person, shot), or (clothes, person, shot, pictures).

    Every known piece is strong; a piece is seen in a picture of its own if nothing else is said.
    """
    clothes, person, shot = (np.array(own) for own in zip(*(p[:3] for p in pieces), strict=True))
    everything = np.arange(len(pieces))
    tracks = Tracks(
        num_faces=np.ones(len(pieces), np.int64),
        num_good=np.ones(len(pieces), np.int64),
        face_vector=np.full((len(pieces), 2), np.nan),
        cloth_vector=clothes,
        source=np.zeros(len(pieces), np.int64),
        shot=shot,
        start_s=shot.astype(float),
        end_s=shot.astype(float),
        pictures=[
            piece[3] if len(piece) > 3 else {100 + number} for number, piece in enumerate(pieces)
        ],
    )
    return ClothTracks(
        tracks, person, person != UNKNOWN, windows or [Window(everything, everything)]
    )


def everyone(rows, voters):
    return np.ones((len(rows), len(voters)), dtype=bool)


def test_strong_pieces_with_clothes_in_sight_vote():
    worn = clothes((RED, ANA, 0), (NAKED, ANA, 1), (RED, UNKNOWN, 2))
    assert worn.votes_for.tolist() == [True, False, False]


def test_a_piece_may_be_whoever_shares_no_picture_with_it():
    worn = clothes(
        (RED, ANA, 0, {1, 2}),
        (RED, BEN, 0, {2, 3}),
        (RED, ANA, 1, {5}),
        (RED, UNKNOWN, 0, {3}),  # beside Ben
        (RED, UNKNOWN, 1, {5}),  # beside Ana, in her other piece
        (RED, UNKNOWN, 2, {9}),
    )
    allowed = worn.may_be(np.array([3, 4, 5]), np.array([ANA, BEN]))
    assert allowed.tolist() == [[True, False], [False, True], [True, True]]


def test_a_piece_may_be_its_own_person():
    worn = clothes((RED, ANA, 0, {1, 2}), (RED, BEN, 0, {2}))
    assert worn.may_be(np.array([0]), np.array([ANA, BEN])).tolist() == [[True, False]]


def test_similarity_is_the_cosine_of_clothes():
    worn = clothes((RED, ANA, 0), ((RED + BLUE) / np.sqrt(2), BEN, 1), (NAKED, UNKNOWN, 2))
    similarity = worn.similarity(np.array([0, 2]), np.array([0, 1]))
    assert similarity[0] == pytest.approx([1, np.sqrt(0.5)])
    assert np.isnan(similarity[1]).all()


def test_clothes_vote_for_the_person_with_the_most_similar_ones():
    worn = clothes((RED, ANA, 0), (BLUE, BEN, 1), (0.8 * RED + 0.6 * BLUE, UNKNOWN, 2))
    rows, voters = np.array([2]), np.array([0, 1])
    votes = votes_in(worn, rows, voters, everyone(rows, voters))
    assert votes.person.tolist() == [ANA]
    assert votes.second_person.tolist() == [BEN]
    assert votes.margin == pytest.approx([0.2])


def test_nobody_votes_for_a_person_beside_the_one_voted_for():
    worn = clothes((RED, ANA, 0, {1}), (BLUE, BEN, 1), (RED, UNKNOWN, 0, {1}))
    rows, voters = np.array([2]), np.array([0, 1])
    votes = votes_in(worn, rows, voters, everyone(rows, voters))
    assert votes.person.tolist() == [BEN]  # the most similar of those who came into question
    assert votes.similarity.tolist() == [0]


def test_a_picture_forbids_a_person_in_all_of_its_pieces():
    # Ana stands beside the unknown in shot 0, in other clothes; in shot 1 she wears the same.
    worn = clothes((BLUE, ANA, 0, {1}), (RED, ANA, 1), (RED, UNKNOWN, 0, {1}))
    rows, voters = np.array([2]), np.array([0, 1])
    votes = votes_in(worn, rows, voters, everyone(rows, voters))
    assert votes.person.tolist() == [UNKNOWN]
    assert votes.margin.tolist() == [-np.inf]


def test_hidden_pieces_are_named_by_other_shots():
    worn = clothes((RED, ANA, 0), (RED, ANA, 1), (BLUE, BEN, 2), (BLUE, BEN, 3))
    margin, right = held_out_votes(worn, worn.windows)
    assert right.tolist() == [True] * 4
    assert margin == pytest.approx([0.8] * 4)  # above "just other clothes", 0.2


def test_hidden_pieces_are_never_named_by_their_own_shot():
    # Ana's other piece in blue is in the same shot; Ben's, in nearly the same blue, is not.
    near_blue = 0.8 * BLUE + 0.6 * GREEN
    worn = clothes((BLUE, ANA, 0), (BLUE, ANA, 0), (near_blue, BEN, 1))
    margin, right = held_out_votes(worn, worn.windows)
    assert right.tolist() == [False, False, False]
    assert margin == pytest.approx([0.6] * 3)


def test_a_piece_alone_in_its_window_gets_no_answer():
    alone = clothes((BLUE, ANA, 0))
    margin, right = held_out_votes(alone, alone.windows)
    assert margin.tolist() == [-np.inf]
    assert right.tolist() == [False]


def test_other_photos_may_name_a_hidden_one_though_no_photo_has_a_shot():
    worn = clothes((RED, ANA, -1), (RED, ANA, -1), (BLUE, ANA, -1))
    of_photos = dataclasses.replace(worn.tracks, source=np.array([0, 1, 1]))
    margin, right = held_out_votes(dataclasses.replace(worn, tracks=of_photos), worn.windows)
    assert right.tolist() == [True, True, True]
    # The last one is like nothing in another photo: Ana is the nearest, without a margin.
    assert margin == pytest.approx([(1 + 0) / 2 - 0.2, 0.8, -0.2])


def test_only_strong_pieces_with_clothes_are_hidden_each_in_its_window():
    context = np.arange(5)
    windows = [Window(context, np.array([0, 3])), Window(context, np.array([1, 2, 4]))]
    worn = clothes(
        (RED, ANA, 0),
        (RED, ANA, 1),
        (NAKED, ANA, 2),
        (BLUE, BEN, 3),
        (RED, UNKNOWN, 4),
        windows=windows,
    )
    margin, right = held_out_votes(worn, worn.windows)
    assert right.tolist() == [True, False, True]  # pieces 0, 3 and 1; Ben wears his blue once
    assert margin == pytest.approx([0.8, -0.2, 0.8])


def faces_of(rows):
    """Make a table of rows (source, shot, time, track, person, quality, cloth vector)."""
    source, shot, time_s, track, person, quality, clothes = zip(*rows, strict=True)
    return Faces.of_detections(
        source=source,
        frame=np.arange(len(rows)),
        time_s=time_s,
        shot=shot,
        track=track,
        box=np.full((len(rows), 4), [0, 0, 50, 60]),
        quality=quality,
        face_vector=np.random.default_rng(0).normal(size=(len(rows), 4)),
        cloth_vector=clothes,
        person=person,
        strength=[0.8 if number != UNKNOWN else 0 for number in person],
        decided_by=[DecidedBy.FACE if number != UNKNOWN else DecidedBy.NONE for number in person],
    )


def test_pieces_know_what_stage_1_said_and_how_many_of_their_faces_are_clear():
    faces = faces_of(
        [
            ("a.mp4", 0, 0.0, 0, ANA, 0.9, RED),
            ("a.mp4", 0, 0.2, 0, ANA, 0.1, RED),
            ("a.mp4", 0, 0.4, 0, UNKNOWN, 0.1, BLUE),  # the same track, another piece
            ("a.mp4", 1, 9.0, 1, BEN, 0.9, NAKED),
        ]
    )
    faces = faces.replace(strength=[0.8, 0.8, 0.0, 0.4])
    worn = describe_clothes(faces, np.array([0, 0, 1, 2]), good_quality=0.2, window_s=60)
    assert worn.person.tolist() == [ANA, UNKNOWN, BEN]
    assert worn.strong.tolist() == [True, False, False]
    assert worn.tracks.num_good.tolist() == [1, 0, 1]
    assert worn.tracks.has_cloth_vector.tolist() == [True, True, False]
    lengths = np.linalg.norm(worn.tracks.face_vector, axis=1)
    assert lengths == pytest.approx([1, 1, 1])


def test_clothes_of_other_films_and_of_other_times_are_not_compared():
    rows = [("a.mp4", 0, 10.0), ("a.mp4", 1, 50.0), ("a.mp4", 2, 500.0), ("b.mp4", 0, 10.0)]
    faces = faces_of(
        [(*row, track, ANA, 0.9, BLUE) for track, row in enumerate(rows)],
    )
    worn = describe_clothes(faces, np.arange(4), good_quality=0.2, window_s=120)
    together = {tuple(window.context.tolist()) for window in worn.windows}
    assert together == {(0, 1), (2,), (3,)}


def test_photos_without_a_time_are_compared_within_their_folder():
    names = ["trip/1.jpg", "trip/2.jpg", "home/1.jpg", "3.jpg", "4.jpg"]
    faces = faces_of(
        [(name, -1, np.nan, track, ANA, 0.9, BLUE) for track, name in enumerate(names)]
    )
    worn = describe_clothes(faces, np.arange(5), good_quality=0.2, window_s=120)
    together = {tuple(window.context.tolist()) for window in worn.windows}
    assert together == {(0, 1), (2,), (3, 4)}


@settings(UNTIMED, max_examples=40)
@given(seed=st.integers(0, 10**6), window_s=st.floats(0.5, 500))
def test_every_piece_is_decided_in_one_window_that_it_is_part_of(seed, window_s):
    rng = np.random.default_rng(seed)
    rows = []
    for track in range(rng.integers(1, 30)):
        kind = rng.choice(["a.mp4", "b.mp4", "timed.jpg", "untimed.jpg"])
        time_s = np.nan if kind == "untimed.jpg" else rng.uniform(0, 1000)
        shot = -1 if kind.endswith("jpg") else track
        rows.append((f"{track}/{kind}" if shot < 0 else kind, shot, time_s, track, ANA, 0.9, BLUE))
    worn = describe_clothes(faces_of(rows), np.arange(len(rows)), 0.2, window_s)
    decided = np.concatenate([window.decided for window in worn.windows])
    assert sorted(decided.tolist()) == list(range(len(rows)))
    assert all(np.isin(window.decided, window.context).all() for window in worn.windows)


def test_each_film_has_its_windows_and_all_photos_together_are_one():
    windows = [Window(np.array(own), np.array(own)) for own in ([0], [1], [2, 3])]
    worn = clothes(*[(RED, ANA, shot) for shot in (0, 1, -1, -1)], windows=windows)
    tracks = dataclasses.replace(worn.tracks, source=np.array([5, 7, 2, 3]))
    worn = dataclasses.replace(worn, tracks=tracks)
    assert worn.film.tolist() == [1, 2, 0, 0]
    assert worn.windows_of_films == [[windows[2]], [windows[0]], [windows[1]]]
