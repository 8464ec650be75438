"""Sentences of reasons and notices: every code has one, and it holds the numbers of its row."""

import numpy as np
import pytest
from castlist.clustering.report.wording import (
    notice_text,
    notices_text,
    reason_text,
    times_likelier,
)
from castlist.data.clothes.colours import COLOUR_DIM, colours
from castlist.data.result.facts import ModelFacts, RunFacts, SourceFacts
from castlist.data.tables.codes import Notice, NoticeCode, Reason

NO_COLOURS = RunFacts()
COLOURS = RunFacts(
    models=ModelFacts(cloth_columns={"network": (0, 2), "colours": (2, 2 + COLOUR_DIM)})
)


@pytest.fixture(name="sentence")
def _sentence(make_faces):
    """Write the reason of a face that is about person_003."""

    def write(reason, **numbers):
        numbers = {"face_evidence": -1.1, "cloth_evidence": 3.0} | numbers
        faces = make_faces(1, reason=[reason], about=[2], **{k: [v] for k, v in numbers.items()})
        return reason_text(faces, np.array([0]), NO_COLOURS)

    return write


SAYS = "the clothes make it 20 times likelier, the face makes it 3 times less likely"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Reason.NONE, ""),
        (Reason.CLOTHES_AGREE, f"clothes agree: {SAYS}"),
        (Reason.SAME_CLOTHES, f"same clothes as person_003: {SAYS}"),
        (
            Reason.CLOTH_ONLY_PERSON,
            f"a new person by clothing: {SAYS}; no known person has these clothes, and no face"
            " contradicts",
        ),
        (Reason.FACES_AGREE, f"by its face, once clothing had settled the others: {SAYS}"),
        (Reason.NO_CLOTHES, "no clothes in sight"),
        (Reason.NOBODY_NEAR, "no known person near in time is a candidate"),
        (Reason.CLOTHES_DO_NOT_TELL, "clothing does not separate people here"),
        (Reason.NOT_CLEAR, f"nearest is person_003, but not clearly: {SAYS}"),
        (Reason.SAME_PICTURE, "nearest is person_003, but the same picture shows person_003"),
        (Reason.OTHER_FACE, f"same clothes as person_003, but another face: {SAYS}"),
        (
            Reason.OTHER_CLOTHES,
            f"the face is like that of person_003, but other clothes: {SAYS}",
        ),
        (Reason.IN_A_PICTURE, "in a picture that the film shows: nothing in it moves"),
    ],
)
def test_each_reason_has_a_sentence(sentence, reason, expected):
    assert sentence(reason) == expected


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_is_without_a_sentence_but_the_one_that_there_is_none(sentence, reason):
    assert bool(sentence(reason)) == (reason != Reason.NONE)


def test_what_cannot_be_compared_says_so(sentence):
    blind = sentence(Reason.SAME_CLOTHES, face_evidence=np.nan)
    assert blind.endswith("the clothes make it 20 times likelier, the face cannot be compared")
    bare = sentence(Reason.FACES_AGREE, cloth_evidence=np.nan)
    assert "the clothes cannot be compared, the face makes it 3 times less likely" in bare


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (0.0, "no likelier"),
        (0.2, "no likelier"),
        (-0.2, "no likelier"),
        (0.25, "1.3 times likelier"),
        (np.log(2), "2.0 times likelier"),
        (-np.log(2), "2.0 times less likely"),
        (np.log(2.94), "2.9 times likelier"),
        (np.log(2.96), "3 times likelier"),
        (np.log(20), "20 times likelier"),
        (-np.log(20), "20 times less likely"),
        (np.log(989.4), "989 times likelier"),
        (7.0, "1,000 times likelier"),
        (12.0, "1,000 times likelier"),
        (-12.0, "1,000 times less likely"),
    ],
)
def test_evidence_is_written_as_how_many_times_likelier_it_makes_it(evidence, expected):
    assert times_likelier(evidence) == expected


RED, BLUE = (200, 30, 30), (40, 80, 200)


@pytest.mark.parametrize(
    ("cloth_evidence", "second", "why"),
    [
        (1.0, -1, "3 times is the least that is enough"),
        (3.7, -1, "somebody unknown fits as well"),
        (3.7, 2, "somebody unknown fits as well"),
        (3.7, 1, "person_002 fits as well"),
    ],
)
def test_what_is_not_clear_says_what_was_missing(make_faces, cloth_evidence, second, why):
    faces = make_faces(
        1,
        reason=[Reason.NOT_CLEAR],
        about=[2],
        second_person=[second],
        face_evidence=[0.0],
        cloth_evidence=[cloth_evidence],
    )
    run = RunFacts(configuration={"people": {"wrong_merge_cost": 3.0}})
    text = reason_text(faces, np.array([0]), run)
    assert text.startswith("nearest is person_003, but not clearly: the clothes make it ")
    assert text.endswith(f"; {why}")


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
    says = "the clothes cannot be compared, the face cannot be compared"
    start = "nearest is person_001, but not clearly:"
    assert reason_text(faces, np.array([0, 1]), COLOURS) == f"{start} red, {says}"
    assert reason_text(faces, np.array([0, 1]), NO_COLOURS) == f"{start} {says}"


def test_the_colours_are_those_of_one_track_though_the_reason_is_that_of_many(make_faces):
    faces = dressed((0, RED), (1, BLUE), (1, BLUE), (-1, BLUE), make_faces=make_faces)
    start = "nearest is person_001, but not clearly: "
    for rows, colour in ((np.arange(4), "red"), ([2, 0, 1], "blue"), ([3, 0], "blue")):
        assert reason_text(faces, np.array(rows), COLOURS).startswith(f"{start}{colour}, ")


def test_the_most_frequent_of_several_reasons_is_written_with_its_numbers(make_faces):
    faces = make_faces(
        3,
        track=[0, 0, 0],
        reason=[Reason.NO_CLOTHES, Reason.NOT_CLEAR, Reason.NOT_CLEAR],
        about=[-1, 1, 1],
        face_evidence=[np.nan, 0.0, 0.0],
        cloth_evidence=[np.nan, 1.4, 1.4],
    )
    assert reason_text(faces, np.arange(3), NO_COLOURS) == (
        "nearest is person_002, but not clearly: the clothes make it 4 times likelier, the face"
        " makes it no likelier"
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
            {"num_pairs": 1},
            "1 pair of faces shares a picture and a person: two faces of one picture are two"
            " people",
        ),
        (
            NoticeCode.SHARED_PICTURES,
            {"num_pairs": 1204},
            "1,204 pairs of faces share a picture and a person: two faces of one picture are two"
            " people",
        ),
        (
            NoticeCode.CLOTH_WEIGHT,
            {"num_films": 1, "lowest": 0.85, "highest": 0.85},
            "Clothing counts 0.85 times as much here as usual (0 = it tells nothing)",
        ),
        (
            NoticeCode.CLOTH_WEIGHT,
            {"num_films": 3, "lowest": 0.0, "highest": 1.25},
            "Clothing counts 0.00 to 1.25 times as much here as usual (0 = it tells nothing)",
        ),
        (
            NoticeCode.OUT_OF_SCALE,
            {"num_faces": 1, "num_clothes": 0},
            "1 vector of faces counts as none: more than 100 times longer or shorter than most",
        ),
        (
            NoticeCode.OUT_OF_SCALE,
            {"num_faces": 2, "num_clothes": 1},
            "2 vectors of faces and 1 vector of clothes count as none: more than 100 times longer"
            " or shorter than most",
        ),
        (
            NoticeCode.IN_PICTURES,
            {"num_faces": 41, "num_tracks": 1},
            "41 faces are in 1 picture that the film shows, such as posters, screens or insets:"
            " nobody of the cast, for nothing in them moves while people beside them do",
        ),
    ],
)
def test_each_notice_has_a_sentence(code, numbers, expected):
    assert notice_text(Notice(code, numbers)) == expected


@pytest.mark.parametrize("code", NoticeCode)
def test_no_notice_is_without_a_sentence(code):
    assert notice_text(Notice(code))


def test_that_clothing_counts_as_usual_is_not_told():
    usual, less = (
        Notice(NoticeCode.CLOTH_WEIGHT, {"num_films": 1, "lowest": weight, "highest": 1.0})
        for weight in (1.0, 0.9)
    )
    assert notices_text(RunFacts(notices=(usual,))) == []
    assert notices_text(RunFacts(notices=(less,))) == [notice_text(less)]


def test_a_run_tells_its_notices_in_order_and_a_loss_is_not_among_them():
    run = RunFacts(
        sources=(SourceFacts("a.mp4", loss="ends early"),),
        notices=(
            Notice(NoticeCode.CLOTH_ONLY_PEOPLE, {"num_people": 2}),
            Notice(NoticeCode.SHARED_PICTURES, {"num_pairs": 3}),
        ),
    )
    people, pairs = notices_text(run)
    assert people.startswith("2 people found")
    assert pairs.startswith("3 pairs of faces")
    assert notices_text(RunFacts()) == []


@pytest.mark.parametrize(
    ("films", "photos", "expected"),
    [
        (1, 0, "The faces of 1 film lie on the side or upside down; they"),
        (0, 3, "The faces of 3 photos lie on the side or upside down; they"),
        (1, 1, "The faces of 1 film and 1 photo lie on the side"),
    ],
)
def test_what_was_turned_is_named(films, photos, expected):
    numbers = {"num_films": films, "num_photos": photos, "names": "a.mp4, b.jpg"}
    told = notice_text(Notice(NoticeCode.TURNED, numbers))
    assert told.startswith(expected)
    assert told.endswith(": a.mp4, b.jpg")
