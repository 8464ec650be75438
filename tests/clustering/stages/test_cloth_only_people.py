import numpy as np
import pytest
from castlist.clustering.stages.calibration import Trust
from castlist.clustering.stages.cloth_only_people import (
    MIN_FACES,
    MIN_LIKENESS,
    add_cloth_only_people,
    likeness_from,
)
from castlist.clustering.stages.cloth_tracks import ClothTracks
from castlist.clustering.stages.decisions import decide
from castlist.clustering.stages.windows import Window
from castlist.data.tables.codes import UNKNOWN, Reason
from castlist.data.tables.tracks import Tracks

DIM = 24
RED, BLUE, GREEN, GREY, PINK, *FOLDS = np.eye(DIM)
ANA, BEN, EVA = range(3)
NO_FACE = np.full(2, np.nan)
TRUSTED = Trust(margin=0.15, precision=0.98, bound=0.96, num_held_out=50, num_voted=50)
VETO = 1.3


def clothes(*pieces, known=((ANA, RED), (BEN, BLUE), (EVA, GREEN)), windows=None):
    """Make a clothes of known people, four strong pieces each, and of pieces (clothes, shot).

    Two pieces of a known person are as alike as 0.8, for each falls into folds of its own.
    A third item of a piece is a dict of what is different: faces, face, pictures.
    """
    rows = [
        (np.sqrt(0.8) * clothes + np.sqrt(0.2) * FOLDS[4 * person + shot], 10 * person + shot,
         {"person": person})
        for person, clothes in known
        for shot in range(4)
    ]  # fmt: skip
    rows += [(*piece[:2], piece[2] if len(piece) > 2 else {}) for piece in pieces]
    person = np.array([own.get("person", UNKNOWN) for *_, own in rows])
    face = np.array([own.get("face", NO_FACE) for *_, own in rows])
    shot = np.array([shot for _, shot, _ in rows])
    everything = np.arange(len(rows))
    tracks = Tracks(
        num_faces=np.array([own.get("faces", MIN_FACES) for *_, own in rows]),
        num_good=np.isfinite(face).all(axis=1).astype(np.int64),
        face_vector=face,
        cloth_vector=np.array([clothes for clothes, *_ in rows]),
        source=np.zeros(len(rows), np.int64),
        shot=shot,
        start_s=shot.astype(float),
        end_s=shot.astype(float),
        pictures=[own.get("pictures", {100 + row}) for row, (*_, own) in enumerate(rows)],
    )
    windows = windows or [Window(everything, everything)]
    return ClothTracks(tracks, person, person != UNKNOWN, windows)


def found(worn, precision=0.95):
    """Return (number of new people, person of each piece that was unknown, its reason)."""
    decisions = decide(worn, [TRUSTED], VETO)
    added = add_cloth_only_people(worn, decisions, [TRUSTED], precision, VETO)
    unknown = worn.person == UNKNOWN
    return added, decisions.person[unknown].tolist(), decisions.reason[unknown].tolist()


def test_unknown_pieces_that_wear_what_nobody_known_wears_become_a_person():
    added, person, reasons = found(clothes((GREY, 50), (GREY, 51), (PINK, 52)))
    assert added == 1
    assert person == [3, 3, UNKNOWN]
    assert reasons[:2] == [Reason.CLOTH_ONLY_PERSON] * 2
    assert reasons[2] == Reason.NOT_CLEAR


def test_the_reason_is_about_the_new_person_and_counts_its_faces():
    worn = clothes((GREY, 50), (GREY, 51))
    decisions = decide(worn, [TRUSTED], VETO)
    add_cloth_only_people(worn, decisions, [TRUSTED], 0.95, VETO)
    assert decisions.about[-2:].tolist() == [3, 3]
    assert decisions.cloth_support[-2:].tolist() == [2 * MIN_FACES] * 2


def test_nothing_stays_of_what_was_measured_against_somebody_else():
    away = {"face": np.array([-1.0, 0])}
    worn = clothes((GREY, 50, away), (GREY, 51, away))
    decisions = decide(worn, [TRUSTED], VETO)
    assert np.isfinite(decisions.cloth_margin[-2:]).all()
    add_cloth_only_people(worn, decisions, [TRUSTED], 0.95, VETO)
    measured = (decisions.cloth_similarity, decisions.cloth_margin, decisions.face_distance)
    assert all(np.isnan(column[-2:]).all() for column in measured)


def test_people_found_by_clothing_alone_are_low_confidence():
    worn = clothes((GREY, 50), (GREY, 51))
    decisions = decide(worn, [TRUSTED], VETO)
    add_cloth_only_people(worn, decisions, [TRUSTED], 0.95, VETO)
    assert (decisions.strength[-2:] == 0.3).all()


def test_where_clothing_is_not_trusted_there_are_no_newcomers():
    worn = clothes((GREY, 50), (GREY, 51))
    no_trust = Trust(margin=np.inf, precision=0.5, bound=0.4, num_held_out=50, num_voted=0)
    decisions = decide(worn, [no_trust], VETO)
    assert add_cloth_only_people(worn, decisions, [no_trust], 0.95, VETO) == 0
    assert (decisions.person[-2:] == UNKNOWN).all()


def test_two_newcomers_get_numbers_of_their_own_the_one_seen_most_first():
    few = {"faces": MIN_FACES - 5}
    added, person, _ = found(clothes((GREY, 50, few), (GREY, 51, few), (PINK, 52), (PINK, 53)))
    assert added == 2
    assert person == [4, 4, 3, 3]


@pytest.mark.parametrize(
    "pieces",
    [
        [(GREY, 50), (GREY, 50)],  # one shot only
        [(GREY, 50, {"faces": 7}), (GREY, 51, {"faces": 7})],  # too few faces
        [(GREY, 50), (PINK, 51)],  # not alike
        [(GREY, 50)],
        [],
    ],
)
def test_too_little_evidence_makes_nobody(pieces):
    added, person, _ = found(clothes(*pieces))
    assert added == 0
    assert set(person) <= {UNKNOWN}


def test_what_somebody_known_wears_too_is_no_newcomers():
    beside_ana = {"pictures": {100}}  # so that it cannot be Ana
    added, person, _ = found(clothes((RED, 50, beside_ana), (RED, 51, beside_ana)))
    assert added == 0
    assert person == [UNKNOWN, UNKNOWN]


def test_two_faces_of_one_picture_are_never_one_newcomer():
    together = {"pictures": {7}}
    added, person, _ = found(clothes((GREY, 50, together), (GREY, 50, together), (GREY, 51)))
    assert added == 1
    assert person.count(3) == 2
    assert person[:2].count(3) == 1


def test_clear_faces_of_two_people_in_one_outfit_make_nobody():
    east, west = {"face": np.array([1.0, 0])}, {"face": np.array([-1.0, 0])}
    assert found(clothes((GREY, 50, east), (GREY, 51, east)))[0] == 1
    assert found(clothes((GREY, 50, east), (GREY, 51, west)))[0] == 0


def test_a_newcomer_is_followed_from_window_to_window():
    pieces = [(GREY, 50), (GREY, 51), (GREY, 52)]
    before, later = np.arange(14), np.array([*range(12), 13, 14])
    windows = [Window(before, np.arange(13)), Window(later, np.array([13, 14]))]
    added, person, _ = found(clothes(*pieces, windows=windows))
    assert added == 1
    assert person == [3, 3, 3]


def test_where_all_known_people_wear_the_same_clothes_make_nobody():
    uniform = clothes((GREY, 50), (GREY, 51), known=((ANA, RED), (BEN, RED), (EVA, RED)))
    assert likeness_from(uniform, uniform.windows, 0.95) == np.inf
    assert found(uniform)[0] == 0


@pytest.mark.parametrize("known", [(), ((ANA, RED),)])
def test_with_nobody_to_compare_clothes_make_nobody(known):
    assert found(clothes((GREY, 50), (GREY, 51), known=known))[0] == 0


def test_likeness_is_the_lowest_at_which_known_pieces_are_one_persons():
    assert likeness_from(clothes(), clothes().windows, 0.95) == pytest.approx(0.8)
    # At 0.3 any two pieces will do, but for the floor.
    assert likeness_from(clothes(), clothes().windows, 0.1) == MIN_LIKENESS


def test_pieces_without_clothes_in_sight_are_left_alone():
    added, person, _ = found(clothes((np.full(DIM, np.nan), 50), (GREY, 51), (GREY, 52)))
    assert added == 1
    assert person == [UNKNOWN, 3, 3]
