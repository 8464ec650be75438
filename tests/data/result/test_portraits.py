import numpy as np
import pytest
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.people import gather_people
from castlist.data.result.portraits import HEAD_UNITS, portrait_scores, portrait_units
from castlist.data.tables.codes import Reason

FRONTAL = np.array([[35, 40], [55, 40], [45, 50], [37, 60], [53, 60]], dtype=np.float32)
NOSE_ASIDE = np.array([[0, 0], [0, 0], [5, 0], [0, 0], [0, 0]], dtype=np.float32)
ALONE, BESIDE = [100, 100, 180, 200], [190, 100, 270, 200]
FILM = SourceFacts("film.mp4", size_px=(640, 360))


def two(make_faces, **columns):
    usual = {
        "quality": [0.8, 0.8],
        "landmarks": np.stack([FRONTAL, FRONTAL]),
        "box": [[100, 100, 180, 200]] * 2,
        "brightness": [120.0, 120.0],
    }
    return make_faces(2, **{**usual, **columns})


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"quality": [0.9, 0.5]}, id="sharp"),
        pytest.param({"box": [[100, 100, 180, 200], [100, 300, 180, 400]]}, id="whole"),
        pytest.param({"box": [[100, 100, 180, 200], [100, 2, 180, 102]]}, id="with its hair"),
        pytest.param({"box": [[100, 100, 180, 200], [100, 100, 120, 126]]}, id="large"),
        pytest.param({"brightness": [100.0, 40.0]}, id="in the light"),
        pytest.param({"brightness": [180.0, 240.0]}, id="not in a flash"),
        pytest.param({"landmarks": np.stack([FRONTAL, FRONTAL + NOSE_ASIDE])}, id="frontal"),
    ],
)
def test_a_portrait_is(make_faces, columns):
    better, worse = portrait_scores(two(make_faces, **columns), [FILM])
    assert better > worse


def test_the_hair_is_where_it_is_in_a_picture_on_its_side(make_faces):
    """Turned with the clock, what is at the left of the picture as shown is at its top."""
    film = SourceFacts("film.mp4", size_px=(640, 360), turned_deg=90)
    boxes = [[100, 100, 200, 180], [10, 100, 110, 180]]  # the second without its hair
    better, worse = portrait_scores(two(make_faces, box=boxes), [film])
    assert better > worse
    boxes = [[100, 100, 200, 180], [100, 10, 200, 90]]  # near to the edge beside an ear
    better, worse = portrait_scores(two(make_faces, box=boxes), [film])
    assert better == pytest.approx(worse)


def test_what_is_not_known_of_a_face_does_not_count_against_it(make_faces):
    plain = two(make_faces)
    unknown = two(make_faces, landmarks=np.full((2, 5, 2), np.nan), brightness=[np.nan, np.nan])
    np.testing.assert_allclose(
        portrait_scores(unknown, [SourceFacts("film.mp4")]), portrait_scores(plain, [FILM])
    )


def test_a_person_is_shown_by_a_good_portrait_rather_than_a_sure_blur(make_faces):
    columns = {"person": [0, 0], "person_before": [0, 0], "decided_by": [1, 2]}
    run = RunFacts(sources=(FILM,))
    faces = two(make_faces, quality=[0.1, 0.7], strength=[0.99, 0.9], **columns)
    assert gather_people(faces, run)[0].representative == 1
    alike = two(make_faces, quality=[0.6, 0.7], strength=[0.99, 0.9], **columns)
    assert gather_people(alike, run)[0].representative == 0


@pytest.mark.parametrize(
    ("strength", "side", "shown"), [(0.95, 100, 1), (0.8, 100, 0), (0.95, 45, 0)]
)
def test_a_face_by_clothing_is_shown_where_it_is_sure_and_much_larger(
    make_faces, strength, side, shown
):
    faces = two(
        make_faces,
        person=[0, 0],
        person_before=[0, -1],
        decided_by=[1, 2],
        strength=[0.99, strength],
        box=[[100, 100, 130, 130], [100, 100, 100 + side, 100 + side]],
        quality=[0.8, 0.7],
    )
    assert gather_people(faces, RunFacts(sources=(FILM,)))[0].representative == shown


def test_a_portrait_is_cut_so_that_nobody_else_is_in_it(make_faces):
    """The inner half of the face beside, from x = 210 on, is 70 px from the middle."""
    faces = make_faces(3, frame=[0, 0, 1], box=[ALONE, BESIDE, ALONE])
    unit = np.sqrt(80 * 100)
    np.testing.assert_allclose(portrait_units(faces), [2 * 70 / unit, 2 * 70 / unit, HEAD_UNITS])


def test_a_portrait_keeps_its_face_however_near_somebody_else_is(make_faces):
    before = [120, 110, 200, 210]  # half hides the other one
    side = portrait_units(make_faces(2, frame=[0, 0], box=[ALONE, before]))
    assert side.min() * np.sqrt(80 * 100) > 100


def test_a_head_found_twice_and_what_is_no_face_are_nobody_else(make_faces):
    again = [105, 102, 183, 205]
    np.testing.assert_array_equal(
        portrait_units(make_faces(2, frame=[0, 0], box=[ALONE, again])), HEAD_UNITS
    )
    carving = make_faces(2, frame=[0, 0], box=[ALONE, BESIDE], reason=[0, Reason.NOT_A_FACE])
    np.testing.assert_array_equal(portrait_units(carving), HEAD_UNITS)


def test_a_person_is_shown_alone_where_a_picture_as_good_is_there(make_faces):
    run = RunFacts(sources=(FILM,))
    columns = {"frame": [0, 0, 1], "box": [ALONE, BESIDE, ALONE], "person": [0, 1, 0]}
    columns["person_before"] = columns["person"]
    person, _ = gather_people(make_faces(3, quality=[0.8, 0.8, 0.7], **columns), run)
    assert person.representative == 2
    person, _ = gather_people(make_faces(3, quality=[0.8, 0.8, 0.3], **columns), run)
    assert person.representative == 0
