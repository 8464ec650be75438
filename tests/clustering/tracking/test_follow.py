import numpy as np
import pytest
from castlist.clustering.tracking.config import TrackConfig
from castlist.clustering.tracking.follow import follow_tracks, is_supported, link_cost
from castlist.data.tables.faces import Faces
from hypothesis import given
from hypothesis import strategies as st

FAR = 1e6
SPREAD = np.log((0.5 + 1.5 * 0.2) / 0.5)  # of a face that was seen 0.2 s ago
CONFIG = TrackConfig(
    max_gap_s=1.0,
    reach=0.5,
    reach_per_s=1.5,
    max_growth=1.6,
    max_face_distance=0.6,
    known=0.85,
    jump=3.0,
    strong_detection=0.5,
)


def _follow(faces):
    return follow_tracks(faces, CONFIG)


def _boxes(lefts, size=40):
    lefts = np.asarray(lefts, dtype=float)
    return np.stack([lefts, 0 * lefts, lefts + size, 0 * lefts + size], axis=1)


@pytest.fixture(scope="module", name="shot")
def _shot(make_faces):
    """Make the faces of one shot, (time in s, left edge) each; 40 pixels unless said."""

    def make(places, **columns):
        times, lefts = np.array(places, dtype=float).T
        frame = np.unique(times, return_inverse=True)[1]
        usual = {"time_s": times, "box": _boxes(lefts), "shot": np.zeros(len(frame))}
        return make_faces(len(frame), frame=frame, **{**usual, **columns})

    return make


def test_two_faces_that_walk_are_followed(shot):
    # one walks right from 0, one left from 300, 10 pixels a picture; the second looks away once
    places = [(0.0, 0), (0.0, 300), (0.2, 10), (0.2, 290), (0.4, 20), (0.6, 30), (0.6, 270)]
    assert _follow(shot(places)).track.tolist() == [0, 1, 0, 1, 0, 0, 1]


def test_all_faces_of_a_picture_are_matched_together_not_the_nearest_first(shot):
    # both went 11 to the right, and the first is only 9 from where the second was
    places = [(0.0, 0), (0.0, 20), (0.2, 11), (0.2, 31)]
    assert _follow(shot(places)).track.tolist() == [0, 1, 0, 1]


def test_a_face_is_never_followed_over_a_cut(shot):
    faces = shot([(0.0, 0), (0.2, 0), (0.4, 0)], shot=[0, 0, 1])
    assert _follow(faces).track.tolist() == [0, 0, 1]


def test_a_face_is_never_followed_into_another_film(shot):
    faces = shot([(0.0, 0), (0.2, 0)], source=["a", "b"])
    assert _follow(faces).track.tolist() == [0, 1]


@pytest.mark.parametrize(("gap_s", "tracks"), [(1.0, [0, 0]), (1.01, [0, 1])])
def test_a_gap_of_a_second_is_bridged_and_a_longer_one_is_not(shot, gap_s, tracks):
    assert _follow(shot([(0.0, 0), (gap_s, 0)])).track.tolist() == tracks


def test_the_gap_counts_from_the_last_sight(shot):
    faces = shot([(time_s, 0) for time_s in (0.0, 0.75, 1.5, 2.25)])
    assert _follow(faces).track.tolist() == [0, 0, 0, 0]


def test_a_face_may_move_further_the_longer_it_was_gone(shot):
    # 40 pixels wide: (0.5 + 1.5 * 0.2) * 40 = 32 in one picture, (0.5 + 1.5) * 40 = 80 in a second
    assert _follow(shot([(0.0, 0), (0.2, 31)])).track.tolist() == [0, 0]
    assert _follow(shot([(0.0, 0), (0.2, 33)])).track.tolist() == [0, 1]
    assert _follow(shot([(0.0, 0), (1.0, 79)])).track.tolist() == [0, 0]
    assert _follow(shot([(0.0, 0), (1.0, 81)])).track.tolist() == [0, 1]


def test_a_face_goes_to_the_track_seen_last_not_to_one_that_was_lost(shot):
    # of the two faces one is hidden from 0.2 s on; the other moves 10 pixels to where it stood
    places = [(0.0, 0), (0.0, 24), (0.2, 20), (0.4, 10)]
    assert _follow(shot(places)).track.tolist() == [0, 1, 1, 1]


def test_how_far_a_face_may_move_counts_in_sizes_of_the_smaller(shot):
    # from 40 to 60 pixels in one picture: 0.8 * 40 = 32, not 0.8 * 60 = 48
    for moved, tracks in ((31, [0, 0]), (33, [0, 1])):
        boxes = [[0.0, 0, 40, 40], [moved - 10, -10, moved + 50, 50]]
        assert _follow(shot([(0.0, 0), (0.2, 0)], box=boxes)).track.tolist() == tracks


@pytest.mark.parametrize(("size", "tracks"), [(63, [0, 0]), (65, [0, 1])])
@pytest.mark.parametrize("grows", [True, False])
def test_a_face_that_grows_or_shrinks_too_fast_is_another(shot, size, tracks, grows):
    # 1.6 * 40 = 64; centres stay where they are
    boxes = [[0.0, 0, 40, 40], [20 - size / 2, 20 - size / 2, 20 + size / 2, 20 + size / 2]]
    faces = shot([(0.0, 0), (0.2, 0)], box=boxes if grows else boxes[::-1])
    assert _follow(faces).track.tolist() == tracks


def test_a_track_ends_where_the_face_vector_jumps(shot):
    places = [(0.0, 0), (0.2, 0), (0.4, 0), (0.6, 0)]
    vectors = [[0.0, 0], [0, 0.1], [1, 0], [1, 0.1]]  # a cut that nobody saw
    assert _follow(shot(places, face_vector=vectors)).track.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(("distance", "tracks"), [(0.59, [0, 0]), (0.61, [0, 1])])
def test_over_a_gap_a_face_whose_vector_is_another_persons_begins_a_track(shot, distance, tracks):
    faces = shot([(0.0, 0), (0.4, 0)], face_vector=[[0.0], [distance]])
    assert _follow(faces).track.tolist() == tracks


def test_without_a_gap_a_face_that_stays_in_its_place_may_look_like_another_person(shot):
    faces = shot([(0.0, 0), (0.2, 0)], face_vector=[[0.0], [0.61]])
    assert _follow(faces).track.tolist() == [0, 0]


def test_over_a_gap_without_a_vector_a_face_is_followed_by_place(shot):
    faces = shot([(0.0, 0), (0.4, 0)], face_vector=[NONE, [1.0, 0]])
    assert _follow(faces).track.tolist() == [0, 0]


def test_faces_that_cross_are_told_apart_by_their_vectors(shot):
    # after 0.2 s each stands where the other stood
    faces = shot(
        [(0.0, 0), (0.0, 20), (0.2, 0), (0.2, 20)], face_vector=[[0.0], [0.5], [0.5], [0.0]]
    )
    assert _follow(faces).track.tolist() == [0, 1, 1, 0]


def test_a_face_without_a_vector_is_followed_by_place(shot):
    vectors = [[1.0, 0], [np.nan, np.nan], [1, 0]]
    faces = shot([(0.0, 0), (0.2, 5), (0.4, 10)], face_vector=vectors)
    assert _follow(faces).track.tolist() == [0, 0, 0]


NONE = [np.nan, np.nan]


def test_a_track_goes_on_comparing_with_its_last_described_face(shot):
    # between the first and the last nothing is described, and another person has come
    vectors = [[0.0, 0], NONE, NONE, [1, 0]]
    faces = shot([(0.2 * number, 0) for number in range(4)], face_vector=vectors)
    assert _follow(faces).track.tolist() == [0, 0, 0, 1]


def test_a_face_that_comes_after_some_without_vectors_is_known_again(shot):
    vectors = [[0.0, 0], NONE, NONE, [0.1, 0]]
    faces = shot([(0.2 * number, 0) for number in range(4)], face_vector=vectors)
    assert _follow(faces).track.tolist() == [0, 0, 0, 0]


def test_a_track_that_begins_without_a_vector_compares_with_its_first_one(shot):
    vectors = [NONE, [0.0, 0], NONE, [1, 0]]
    faces = shot([(0.2 * number, 0) for number in range(4)], face_vector=vectors)
    assert _follow(faces).track.tolist() == [0, 0, 0, 1]


def test_the_last_described_face_counts_not_the_first(shot):
    # it turns: each is near the one before, the last is 0.8 of the first
    vectors = [[0.0, 0], NONE, [0.4, 0], NONE, [0.8, 0]]
    faces = shot([(0.2 * number, 0) for number in range(5)], face_vector=vectors)
    assert _follow(faces).track.tolist() == [0] * 5


# What is known again: within 0.85 * 0.6 = 0.51, and no further than 3 * 32 = 96 pixels.


def test_in_a_pan_two_people_side_by_side_keep_their_tracks(shot):
    # all move left by their size, so that one comes to stand where the other was; they are 0.55
    # apart: a link in place would cost 0.92, one along the pan 1 + 0.1 / 0.6
    places = [(0.0, 200), (0.0, 240), (0.2, 160), (0.2, 200), (0.4, 120), (0.4, 160)]
    vectors = [[0.0, 0], [0.55, 0], [0, 0.1], [0.55, 0.1], [0, 0], [0.55, 0]]
    assert _follow(shot(places, face_vector=vectors)).track.tolist() == [0, 1, 0, 1, 0, 1]


def test_a_face_that_crosses_the_picture_is_known_again_by_its_vector(shot):
    places = [(0.2 * number, 60 * number) for number in range(4)]
    vectors = [[0.1 * number, 0] for number in range(4)]
    assert _follow(shot(places, face_vector=vectors)).track.tolist() == [0, 0, 0, 0]
    assert _follow(shot(places, face_vector=[NONE] * 4)).track.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("moved", "apart", "tracks"),
    [(95, 0.5, [0, 0]), (97, 0.5, [0, 1]), (95, 0.52, [0, 1]), (20, 0.5, [0, 0])],
)
def test_how_far_a_face_that_is_known_again_may_go(shot, moved, apart, tracks):
    faces = shot([(0.0, 0), (0.2, moved)], face_vector=[[0.0, 0], [apart, 0]])
    assert _follow(faces).track.tolist() == tracks


def test_a_face_that_is_known_again_may_grow_no_more_than_another(shot):
    boxes = [[0.0, 0, 40, 40], [60, 0, 125, 65]]
    faces = shot([(0.0, 0), (0.2, 0)], box=boxes, face_vector=[[0.0], [0.0]])
    assert _follow(faces).track.tolist() == [0, 1]


def test_a_face_is_not_known_again_elsewhere_after_a_gap(shot):
    # two pictures are missing: (0.5 + 1.5 * 0.6) * 40 = 56 pixels, whatever the vectors say
    for moved, tracks in ((55, [0, 0]), (57, [0, 1])):
        faces = shot([(0.0, 0), (0.6, moved)], face_vector=[[0.0], [0.0]])
        assert _follow(faces).track.tolist() == tracks


def test_people_who_stand_keep_their_tracks_while_one_walks_past(shot):
    # the walker comes to stand where the second was close by, and is like the first
    places = [(0.0, 0), (0.0, 100), (0.0, 180), (0.2, 0), (0.2, 100), (0.2, 120)]
    vectors = [[0.0, 0], [1, 0], [0, 0.5], [0, 0.1], [1, 0.1], [0, 0.5]]
    assert _follow(shot(places, face_vector=vectors)).track.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_stranger_who_comes_while_another_goes_is_not_known_again(shot):
    faces = shot([(0.0, 0), (0.2, 60)], face_vector=[[0.0, 0], [0.6, 0]])
    assert _follow(faces).track.tolist() == [0, 1]


def test_a_face_that_was_missed_while_others_were_seen_must_be_known_again(shot):
    # 0.55 of 0.6 apart; the other face, far away, is seen in each picture
    alone, others = [(0.0, 0), (0.4, 0)], [(0.0, 500), (0.2, 500), (0.4, 500)]
    vectors = [[0.0, 0], [0.55, 0]]
    assert _follow(shot(alone, face_vector=vectors)).track.tolist() == [0, 0]
    faces = shot(alone + others, face_vector=[*vectors, [0, 5], [0, 5], [0, 5]])
    assert _follow(faces).track.tolist() == [0, 2, 1, 1, 1]


def test_a_link_without_a_vector_costs_half_the_limit_besides(shot):
    faces = shot([(0.0, 0), (0.2, 16)], face_vector=[NONE, [0.3, 0]])
    cost = link_cost(faces, np.array([0]), np.array([1]), CONFIG)
    np.testing.assert_allclose(cost, [[0.5 + 0.5 + SPREAD]], rtol=1e-6)


def test_what_a_link_costs(shot):
    # moved 16 of (0.5 + 1.5 * 0.2) * 40 = 32, or further, or more than 96; vectors 0.3 of 0.6 apart
    places = [(0.0, 0), (0.2, 16), (0.2, 50), (0.2, 97)]
    faces = shot(places, face_vector=[[0.0], [0.3], [0.3], [0.3]])
    cost = link_cost(faces, np.array([0]), np.array([1, 2, 3]), CONFIG)
    np.testing.assert_allclose(cost, [[0.5 + 0.5 + SPREAD, 1 + 0.5 + SPREAD, FAR]], rtol=1e-6)


def test_a_link_that_is_long_and_changes_the_face_is_forbidden(shot):
    # each is within its own limit: 31 of 32 and 0.54 of 0.6, but together 1.87
    faces = shot([(0.0, 0), (0.2, 31)], face_vector=[[0.0], [0.54]])
    assert _follow(faces).track.tolist() == [0, 1]


def test_each_face_of_a_photo_is_a_track_of_its_own(make_faces):
    faces = make_faces(
        3, source=["a.jpg", "a.jpg", "b.jpg"], frame=[0, 0, 0], box=_boxes([0, 9, 0])
    )
    assert _follow(faces).track.tolist() == [0, 1, 2]


def test_tracks_are_numbered_by_first_appearance(make_faces):
    faces = make_faces(
        4, source=list("baab"), frame=[0, 5, 0, 1], shot=[0, 3, 4, 0], time_s=[0, 1, 0, 0.2]
    )
    assert _follow(faces).track.tolist() == [2, 1, 0, 2]


def test_no_faces_make_no_tracks():
    assert _follow(Faces.empty(3)).track.shape == (0,)
    assert is_supported(Faces.empty(3)).shape == (0,)


def test_one_face_is_a_track(shot):
    assert _follow(shot([(0.0, 0)])).track.tolist() == [0]


def test_faces_without_a_time_are_tracks_of_their_own(shot):
    faces = shot([(0.0, 0), (0.2, 0)], time_s=[np.nan, np.nan])
    assert _follow(faces).track.tolist() == [0, 1]


@st.composite
def _scenes(draw):
    """Faces of two films: (film, shot, frame, left edge, vector), no two in one place."""
    face = st.tuples(
        st.sampled_from("ab"), st.integers(-1, 1), st.integers(0, 6), st.integers(0, 12)
    )
    places = draw(st.lists(face, min_size=1, max_size=25, unique=True))
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    return places, random.random((len(places), 2)) / 2


def _scene(make_faces, places, vectors):
    film, shot, frame, left = zip(*places, strict=True)
    jitter = np.random.default_rng(0).random(200)  # keeps distances free of ties
    lefts = [10 * number + jitter[7 * at + number] for number, at in zip(left, frame, strict=True)]
    return make_faces(
        len(places),
        source=film,
        shot=shot,
        frame=np.array(frame) + 100 * (1 + np.array(shot)),  # a frame is in one shot only
        time_s=np.array(frame) / 5,
        box=_boxes(lefts),
        face_vector=vectors,
    )


@given(_scenes())
def test_no_track_holds_two_faces_of_one_picture_or_two_shots(make_faces, scene):
    faces = _follow(_scene(make_faces, *scene))
    for number in range(faces.track.max() + 1):
        of_track = faces[faces.track == number]
        assert len(set(of_track.picture.tolist())) == len(of_track)
        assert len(set(zip(of_track.source.tolist(), of_track.shot.tolist(), strict=True))) == 1
        assert of_track.shot[0] >= 0 or len(of_track) == 1


@given(_scenes(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(make_faces, scene, random):
    faces = _scene(make_faces, *scene)
    order = np.array(random.sample(range(len(faces)), len(faces)))
    assert _follow(faces[order]).track.tolist() == _follow(faces).track[order].tolist()


def test_a_track_is_supported_by_one_strong_detection(make_faces):
    faces = make_faces(5, shot=[0] * 5, track=[0, 1, 0, 2, 1], detection=[0.5, 0.4, 0.3, 0.9, 0.49])
    assert is_supported(faces, CONFIG).tolist() == [True, False, True, True, False]


def test_support_needs_tracks(make_faces):
    with pytest.raises(ValueError, match="expected a track for every row"):
        is_supported(make_faces(2, track=[0, -1]))
