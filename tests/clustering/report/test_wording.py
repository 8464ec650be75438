"""Sentences of reasons and notices: every code has one, and it holds the numbers of its row."""

import numpy as np
import pytest
from castlist.clustering.report.wording import notice_text, notices_text, reason_text
from castlist.data.clothes.colours import COLOUR_DIM, colours
from castlist.data.result.facts import ModelFacts, RunFacts, SourceFacts
from castlist.data.tables.codes import Notice, NoticeCode, Reason

NO_COLOURS = ModelFacts()
COLOURS = ModelFacts(cloth_columns={"network": (0, 2), "colours": (2, 2 + COLOUR_DIM)})


@pytest.fixture(name="sentence")
def _sentence(make_faces):
    """Write the reason of a face that is about person_003."""

    def write(reason, **numbers):
        numbers = {"cloth_similarity": 0.914, "cloth_margin": 0.123, "cloth_support": 12} | numbers
        faces = make_faces(1, reason=[reason], about=[2], **{k: [v] for k, v in numbers.items()})
        return reason_text(faces, np.array([0]), NO_COLOURS)

    return write


MEASURED = "known from 12 faces, similarity 0.91, margin 0.12"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason.NONE, ""),
        (Reason.CLOTHES_AGREE, f"clothes agree: {MEASURED}"),
        (
            Reason.SAME_CLOTHES,
            f"same clothes as person_003: {MEASURED}; the face does not contradict (distance 1.20)",
        ),
        (
            Reason.CLOTH_ONLY_PERSON,
            f"a new person by clothing alone: {MEASURED}; no known person has these clothes, and no"
            " face contradicts",
        ),
        (Reason.NO_CLOTHES, "no clothes in sight"),
        (Reason.NOBODY_NEAR, "no known person near in time is a candidate"),
        (Reason.CLOTHES_DO_NOT_TELL, "clothing does not separate people here"),
        (Reason.NOT_CLEAR, f"nearest is person_003, but not clearly: {MEASURED}"),
        (
            Reason.SAME_PICTURE,
            "same clothes as person_003, but the same picture shows person_003",
        ),
        (
            Reason.OTHER_FACE,
            "same clothes as person_003, but the face is too far away: distance 1.20",
        ),
    ],
)
def test_each_reason_has_a_sentence(sentence, reason, expected):
    assert sentence(reason, face_distance=1.2) == expected


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_is_without_a_sentence_but_the_one_that_there_is_none(sentence, reason):
    assert bool(sentence(reason)) == (reason != Reason.NONE)


def test_a_face_that_is_not_clear_says_so(sentence):
    assert sentence(Reason.SAME_CLOTHES).endswith("; the face is not clear enough to compare")


def test_one_face_is_one_face(sentence):
    assert "known from 1 face, similarity" in sentence(Reason.CLOTHES_AGREE, cloth_support=1)


def test_what_was_not_measured_is_left_out(sentence):
    nothing = {"cloth_similarity": np.nan, "cloth_margin": np.nan}
    counted = sentence(Reason.CLOTH_ONLY_PERSON, cloth_support=30, **nothing)
    assert counted.startswith("a new person by clothing alone: known from 30 faces; no known")


RED, BLUE = (200, 30, 30), (40, 80, 200)


def dressed(*tracks, make_faces):
    """Make unknown faces that wear one colour each: (track, colour)."""
    crops = np.array([np.full((32, 32, 4), [*colour, 255], np.uint8) for _, colour in tracks])
    clothes = np.concatenate([np.zeros((len(tracks), 2)), colours(crops)], axis=1)
    return make_faces(
        len(tracks),
        track=[track for track, _ in tracks],
        reason=[Reason.NOT_CLEAR] * len(tracks),
        about=[0] * len(tracks),
        cloth_vector=clothes,
    )


def test_colours_are_named_where_the_networks_say_which_columns_they_are(make_faces):
    faces = dressed((0, RED), (0, RED), make_faces=make_faces)
    start = "nearest is person_001, but not clearly: known from 3 faces"
    faces = faces.replace(cloth_support=[3, 3])
    named = reason_text(faces, np.array([0, 1]), COLOURS)
    assert named == "nearest is person_001, but not clearly: red, known from 3 faces"
    assert reason_text(faces, np.array([0, 1]), NO_COLOURS) == start


def test_the_colours_are_those_of_one_track_though_the_reason_is_that_of_many(make_faces):
    faces = dressed((0, RED), (1, BLUE), (1, BLUE), (-1, BLUE), make_faces=make_faces)
    start = "nearest is person_001, but not clearly: "
    assert reason_text(faces, np.arange(4), COLOURS) == start + "red"
    assert reason_text(faces, np.array([2, 0, 1]), COLOURS) == start + "blue"
    assert reason_text(faces, np.array([3, 0]), COLOURS) == start + "blue"


def test_of_several_reasons_the_most_frequent_is_written_with_its_own_numbers(make_faces):
    faces = make_faces(
        3,
        track=[0, 0, 0],
        reason=[Reason.NO_CLOTHES, Reason.NOT_CLEAR, Reason.NOT_CLEAR],
        about=[-1, 1, 1],
        cloth_similarity=[np.nan, 0.5, 0.5],
        cloth_margin=[np.nan, 0.02, 0.02],
        cloth_support=[-1, 3, 3],
    )
    assert reason_text(faces, np.arange(3), NO_COLOURS) == (
        "nearest is person_002, but not clearly: known from 3 faces, similarity 0.50, margin 0.02"
    )


def trust(**numbers):
    """Write the notice of a film in which 22 of 27 held-out tracks were voted for, all rightly."""
    usual = {
        "num_films": 1,
        "num_films_unmeasured": 0,
        "num_films_off": 0,
        "num_held_out": 27,
        "num_voted": 22,
        "precision": 1.0,
        "lower_bound": 0.988,
        "precision_asked": 0.95,
        "lowest_margin": 0.15,
        "highest_margin": 0.15,
    }
    return notice_text(Notice(NoticeCode.CLOTH_TRUST, {**usual, **numbers}))


def test_what_clothing_named_rightly_in_one_film():
    assert trust() == (
        "On 27 held-out tracks clothing named 22, all correctly (lower bound 99%)."
        " Votes count from a margin of 0.15."
    )
    assert "named 22, 97% correctly (lower bound 95%)." in trust(precision=0.97, lower_bound=0.95)
    assert trust(num_held_out=1, num_voted=1).startswith("On 1 held-out track clothing named 1,")


def test_where_nothing_could_be_measured_nothing_is_claimed():
    nothing = {"precision": None, "lower_bound": None, "num_films_unmeasured": 1}
    assert trust(**nothing, num_held_out=4, lowest_margin=0.3, highest_margin=0.3) == (
        "On 4 held-out tracks too few could be named by clothing to measure how right it is."
        " Votes count from a margin of 0.30."
    )


def test_where_clothing_does_not_tell_people_apart():
    off = {"num_films_off": 1, "lowest_margin": None, "highest_margin": None, "num_voted": 0}
    assert trust(**off, precision=0.5, lower_bound=0.44) == (
        "Clothing does not separate people here: on 27 held-out tracks it named 50% correctly"
        " (lower bound 44%), where 95% was asked for. Stage 2 made no change."
    )
    assert "it named 0% correctly" in trust(**off, precision=0.0, lower_bound=0.0)


def test_several_films_are_told_together_and_their_margins_as_a_range():
    films = {"num_films": 3, "num_held_out": 44, "highest_margin": 0.3}
    assert trust(**films, num_films_unmeasured=1, num_films_off=1) == (
        "On 44 held-out tracks of 3 films clothing named 22, all correctly (lower bound 99%)."
        " In 1 film too few to measure it."
        " In 1 film clothing does not separate people, and stage 2 made no change there."
        " Votes count from a margin of 0.15 to 0.30."
    )
    assert "In 2 films too few to measure it." in trust(**films, num_films_unmeasured=2)
    assert "In 2 films clothing does not separate" in trust(**films, num_films_off=2)


def test_several_films_of_which_none_could_be_measured():
    nothing = {"precision": None, "lower_bound": None, "num_films": 2, "num_films_unmeasured": 2}
    assert trust(**nothing, num_held_out=6).startswith(
        "On 6 held-out tracks of 2 films too few could be named by clothing to measure"
    )


@pytest.mark.parametrize(
    ("code", "numbers", "expected"),
    [
        (
            NoticeCode.CLOTH_ONLY_PEOPLE,
            {"num_people": 1},
            "1 person found by clothing alone, as low-confidence",
        ),
        (
            NoticeCode.CLOTH_ONLY_PEOPLE,
            {"num_people": 3},
            "3 people found by clothing alone, as low-confidence",
        ),
        (
            NoticeCode.SHARED_PICTURES,
            {"num_pairs": 1, "by": "both"},
            "1 pair of faces shares a picture and a person: two faces of one picture are two"
            " people",
        ),
        (
            NoticeCode.SHARED_PICTURES,
            {"num_pairs": 1204, "by": "face"},
            "1,204 pairs of faces share a picture and a person: two faces of one picture are two"
            " people",
        ),
        (
            NoticeCode.FILM_THRESHOLD,
            {"num_tracks": 40, "num_pairs": 20, "threshold": 1.1},
            "40 tracks and 20 pairs of tracks in one picture set the threshold to 1.10",
        ),
        (
            NoticeCode.FILM_THRESHOLD_UNMEASURED,
            {"num_tracks": 38, "num_pairs": 1, "num_needed": 20, "threshold": 1.05},
            "The film is too short to estimate a threshold: 20 long tracks and 20 pairs of"
            " tracks in one"
            " picture are needed, it has 38 and 1; the threshold is 1.05",
        ),
    ],
)
def test_each_other_notice_has_a_sentence(code, numbers, expected):
    assert notice_text(Notice(code, numbers)) == expected


@pytest.mark.parametrize("code", NoticeCode)
def test_no_notice_is_without_a_sentence(code):
    assert notice_text(Notice(code))


def test_a_run_tells_its_notices_in_order_and_a_loss_is_not_among_them():
    run = RunFacts(
        sources=(SourceFacts("a.mp4", loss="ends early"),),
        notices=(
            Notice(NoticeCode.CLOTH_ONLY_PEOPLE, {"num_people": 2}),
            Notice(NoticeCode.SHARED_PICTURES, {"num_pairs": 3, "by": "face"}),
        ),
    )
    people, pairs = notices_text(run)
    assert people.startswith("2 people found")
    assert pairs.startswith("3 pairs of faces")
    assert notices_text(RunFacts()) == []
