import numpy as np
import pytest
from castlist.clustering.stages.calibration import Trust
from castlist.clustering.stages.cloth_tracks import ClothTracks
from castlist.clustering.stages.decisions import decide, face_distance
from castlist.clustering.stages.windows import Window
from castlist.data.tables.codes import UNKNOWN, Reason
from castlist.data.tables.tracks import Tracks

RED, BLUE = np.eye(2)
NAKED = np.full(2, np.nan)
ANA, BEN = 0, 1
TRUSTED = Trust(margin=0.15, precision=0.98, bound=0.96, num_held_out=50, num_voted=50)
VETO = 1.3
ANAS_FACE, BENS_FACE = np.eye(2)
NO_FACE = np.full(2, np.nan)


def nearly(clothes, cosine):
    """Return clothes so alike to RED or BLUE, leaning to the other one."""
    return cosine * clothes + np.sqrt(1 - cosine**2) * clothes[::-1]


def clothes(*pieces):
    """Make a clothes of pieces {clothes, person, strong, face, pictures}, all in one window.

    A piece is red, unknown, without a clear face and in a picture of its own if not said otherwise.
    """
    blank = {"clothes": RED, "person": UNKNOWN, "face": NO_FACE}
    rows = [
        {**blank, "strong": "person" in own, "pictures": {100 + number}, **own}
        for number, own in enumerate(pieces)
    ]
    column = {name: np.array([row[name] for row in rows]) for name in (*blank, "strong")}
    everything = np.arange(len(rows))
    tracks = Tracks(
        num_faces=np.ones(len(rows), np.int64),
        num_good=np.isfinite(column["face"]).all(axis=1).astype(np.int64),
        face_vector=column["face"],
        cloth_vector=column["clothes"],
        source=np.zeros(len(rows), np.int64),
        shot=everything,
        start_s=np.zeros(len(rows)),
        end_s=np.zeros(len(rows)),
        pictures=[row["pictures"] for row in rows],
    )
    windows = [Window(everything, everything)]
    return ClothTracks(tracks, column["person"], column["strong"], windows)


def numbers_of(decisions, piece):
    """Return similarity and margin of clothes, and on how many faces they are known."""
    return (
        round(float(decisions.cloth_similarity[piece]), 2),
        round(float(decisions.cloth_margin[piece]), 2),
        int(decisions.cloth_support[piece]),
    )


ANA_IN_RED = {"person": ANA, "clothes": RED, "face": ANAS_FACE}
BEN_IN_BLUE = {"person": BEN, "clothes": BLUE, "face": BENS_FACE}


def test_an_unknown_piece_goes_to_whoever_wears_the_same():
    decisions = decide(clothes(ANA_IN_RED, BEN_IN_BLUE, {"clothes": RED}), [TRUSTED], VETO)
    assert decisions.person.tolist() == [ANA, BEN, ANA]
    assert decisions.second_person.tolist() == [UNKNOWN, UNKNOWN, BEN]
    assert decisions.about.tolist() == [UNKNOWN, UNKNOWN, ANA]
    assert decisions.reason.tolist() == [Reason.NONE, Reason.NONE, Reason.SAME_CLOTHES]
    assert numbers_of(decisions, 2) == (1.0, 0.8, 1)
    assert np.isnan(decisions.face_distance[2])  # its face is not clear
    for nothing_to_decide in (0, 1):
        assert np.isnan(numbers_of(decisions, nothing_to_decide)[:2]).all()
        assert decisions.cloth_support[nothing_to_decide] == -1


def test_strength_is_never_above_what_clothing_was_measured_to_be_right():
    # Alike by 0.96 and 0.28: a margin of 0.68, where 0.5 is enough for all that can be had.
    sure = clothes(ANA_IN_RED, BEN_IN_BLUE, {"clothes": nearly(RED, 0.96)})
    assert decide(sure, [TRUSTED], VETO).strength.tolist() == [0, 0, 0.96]
    # Alike by 0.8 and 0.6: a margin of 0.2.
    unsure = clothes(ANA_IN_RED, BEN_IN_BLUE, {"clothes": nearly(RED, 0.8)})
    assert decide(unsure, [TRUSTED], VETO).strength[2] == pytest.approx(0.96 * 0.7)
    nothing_measured = Trust(0.15, None, None, 3, 3)
    assert decide(sure, [nothing_measured], VETO).strength[2] == 0.5


def test_a_vote_below_the_margin_does_not_count_and_its_margin_is_noted():
    worn = clothes(ANA_IN_RED, BEN_IN_BLUE, {"clothes": nearly(RED, 0.75)})
    decisions = decide(worn, [TRUSTED], VETO)
    assert decisions.person[2] == UNKNOWN
    assert decisions.strength[2] == 0
    assert decisions.about[2] == ANA
    assert decisions.reason[2] == Reason.NOT_CLEAR
    assert numbers_of(decisions, 2) == (0.75, 0.09, 1)
    assert decisions.cloth_margin[2] < TRUSTED.margin


def test_nothing_is_given_where_clothing_does_not_tell_people_apart():
    no_trust = Trust(float("inf"), 0.5, 0.4, 50, 0)
    decisions = decide(clothes(ANA_IN_RED, BEN_IN_BLUE, {}), [no_trust], VETO)
    assert decisions.person[2] == UNKNOWN
    assert decisions.reason[2] == Reason.CLOTHES_DO_NOT_TELL


def test_it_is_noted_on_how_many_faces_the_clothes_are_known():
    worn = clothes(ANA_IN_RED, ANA_IN_RED, BEN_IN_BLUE, {"clothes": RED}, {"clothes": BLUE})
    decisions = decide(worn, [TRUSTED], VETO)
    assert (decisions.reason[3:] == Reason.SAME_CLOTHES).all()
    assert decisions.about[3:].tolist() == [ANA, BEN]
    assert [numbers_of(decisions, piece) for piece in (3, 4)] == [(1.0, 0.8, 2), (1.0, 0.8, 1)]


def test_a_clear_face_of_someone_else_in_the_same_clothes_is_left_alone():
    decisions = decide(clothes(ANA_IN_RED, BEN_IN_BLUE, {"face": -ANAS_FACE}), [TRUSTED], VETO)
    assert decisions.person[2] == UNKNOWN
    assert decisions.reason[2] == Reason.OTHER_FACE
    assert decisions.about[2] == ANA
    assert decisions.face_distance[2] == pytest.approx(2.0)
    assert decisions.face_distance[2] > VETO


def test_a_clear_face_near_the_person_does_not_contradict():
    face = nearly(ANAS_FACE, 0.28)  # 1.2 from Ana's
    decisions = decide(clothes(ANA_IN_RED, BEN_IN_BLUE, {"face": face}), [TRUSTED], VETO)
    assert decisions.person[2] == ANA
    assert decisions.reason[2] == Reason.SAME_CLOTHES
    assert decisions.face_distance[2] == pytest.approx(1.2)
    assert decide(clothes(ANA_IN_RED, {"face": face}), [TRUSTED], 1.1).person[1] == UNKNOWN


def test_the_nearest_strong_face_of_a_person_decides_how_far_a_face_is():
    worn = clothes(
        ANA_IN_RED,
        {"person": ANA, "face": nearly(ANAS_FACE, 0.6)},
        {"person": ANA, "face": BENS_FACE, "strong": False},
        {"person": ANA},  # strong, but not clear
        {"face": BENS_FACE},
    )
    assert face_distance(worn, 4, ANA) == pytest.approx(np.sqrt(2 - 2 * 0.8))


@pytest.mark.parametrize(
    "pieces",
    [
        [ANA_IN_RED, {}],  # the face asked about is not clear
        [{"person": ANA}, {"face": ANAS_FACE}],  # none of the person's is
    ],
)
def test_faces_that_are_not_clear_say_nothing(pieces):
    assert np.isnan(face_distance(clothes(*pieces), 1, ANA))


def test_of_two_unknown_faces_in_one_picture_the_surer_one_gets_the_person():
    worn = clothes(
        ANA_IN_RED,
        BEN_IN_BLUE,
        {"clothes": nearly(RED, 0.9), "pictures": {7, 8}},
        {"clothes": RED, "pictures": {8, 9}},
    )
    decisions = decide(worn, [TRUSTED], VETO)
    assert decisions.person.tolist() == [ANA, BEN, UNKNOWN, ANA]
    assert decisions.reason[2] == Reason.SAME_PICTURE
    assert decisions.about[2] == ANA


def test_a_person_beside_the_face_does_not_come_into_question():
    beside = {**ANA_IN_RED, "pictures": {1}}
    decisions = decide(clothes(beside, {"pictures": {1}}), [TRUSTED], VETO)
    assert decisions.person.tolist() == [ANA, UNKNOWN]
    assert decisions.reason[1] == Reason.NOBODY_NEAR
    assert decisions.about[1] == UNKNOWN


def test_a_low_confidence_piece_beside_forbids_too():
    worn = clothes(
        ANA_IN_RED,
        {"person": ANA, "clothes": NAKED, "strong": False, "pictures": {1}},
        {"pictures": {1}},
    )
    assert decide(worn, [TRUSTED], VETO).person[2] == UNKNOWN


def test_a_low_confidence_piece_moves_to_whoever_wears_the_same():
    worn = clothes(ANA_IN_RED, BEN_IN_BLUE, {"person": BEN, "strong": False})
    decisions = decide(worn, [TRUSTED], VETO)
    assert decisions.person.tolist() == [ANA, BEN, ANA]
    assert decisions.second_person[2] == BEN


def test_a_low_confidence_piece_that_clothes_agree_with_keeps_its_person():
    worn = clothes(ANA_IN_RED, BEN_IN_BLUE, {"person": ANA, "strong": False})
    decisions = decide(worn, [TRUSTED], VETO)
    assert decisions.person[2] == ANA
    assert decisions.strength[2] == 0  # nothing new is said
    assert decisions.reason[2] == Reason.CLOTHES_AGREE
    assert numbers_of(decisions, 2) == (1.0, 0.8, 1)


def test_a_low_confidence_piece_keeps_its_person_when_the_vote_is_refused():
    worn = clothes(ANA_IN_RED, BEN_IN_BLUE, {"person": BEN, "strong": False, "face": -ANAS_FACE})
    decisions = decide(worn, [TRUSTED], VETO)
    assert decisions.person[2] == BEN
    assert decisions.reason[2] == Reason.OTHER_FACE
    assert decisions.about[2] == ANA


def test_strong_pieces_are_not_asked_about():
    worn = clothes(ANA_IN_RED, {"person": BEN, "clothes": RED, "face": BENS_FACE})
    decisions = decide(worn, [TRUSTED], VETO)
    assert decisions.person.tolist() == [ANA, BEN]
    assert decisions.reason.tolist() == [Reason.NONE, Reason.NONE]


def test_a_piece_without_clothes_in_sight_says_so():
    decisions = decide(clothes(ANA_IN_RED, {"clothes": NAKED}), [TRUSTED], VETO)
    assert decisions.person[1] == UNKNOWN
    assert decisions.reason[1] == Reason.NO_CLOTHES


def test_nobody_is_given_anything_when_nobody_is_known():
    decisions = decide(clothes({}, {}), [TRUSTED], VETO)
    assert decisions.person.tolist() == [UNKNOWN, UNKNOWN]
    assert decisions.reason.tolist() == [Reason.NOBODY_NEAR] * 2


def test_deciding_leaves_the_wardrobe_as_it_was():
    worn = clothes(ANA_IN_RED, {"pictures": {3}})
    decide(worn, [TRUSTED], VETO)
    assert worn.person.tolist() == [ANA, UNKNOWN]
    assert worn.tracks.pictures == [{100}, {3}]
