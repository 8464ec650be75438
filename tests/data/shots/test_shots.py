from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from castlist.clustering.report.moments import time_writer
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.result import StoredResult
from castlist.data.shots.shots import ShotRules, film_shots, person_photos, person_shots
from castlist.data.tables.codes import DecidedBy
from castlist.data.tables.faces import Faces
from shot_tools import FILMS, NTSC_24, NTSC_30, faces_at, film_of, late_by, result_at


def spans(film, frames, **rules):
    faces = faces_at(film, frames)
    found = film_shots(faces, np.arange(len(faces))[::-1], film, ShotRules(**rules))
    return [(shot.first_frame, shot.last_frame) for shot in found]


def test_worked_by_hand():
    # 25 frames a second, every fifth analysed; cuts at 52 and 120
    film = film_of()
    assert spans(film, [10, 15, 20]) == [(10, 24)]
    assert spans(film, [10, 40]) == [(10, 44)]  # the gap is inside one take
    assert spans(film, [45, 50, 55, 60]) == [(45, 51), (52, 64)]  # from cut to cut
    assert spans(film, [60, 115, 120]) == [(60, 119), (120, 124)]
    assert spans(film, [195]) == [(195, 199)]


def test_a_shot_does_not_begin_at_the_cut_when_a_frame_without_the_person_lies_between():
    assert spans(film_of(), [60]) == [(60, 64)]


def test_a_long_gap_parts_a_take():
    film = film_of(length=2000, cuts=())
    assert spans(film, [0, 245]) == [(0, 249)]
    assert spans(film, [0, 300]) == [(0, 4), (300, 304)]
    assert spans(film, [0, 300], gap_s=60) == [(0, 304)]


@pytest.mark.parametrize("film", FILMS.values(), ids=FILMS)
def test_a_person_is_on_screen_for_as_long_as_their_shots(film):
    result = result_at(film)
    for person in result.people:
        shots = person_shots(result, person.number)
        assert person.screen_time_s == pytest.approx(sum(shot.length_s for shot in shots))


def test_short_ones_are_left_out():
    assert spans(film_of(), [10, 60, 65], min_s=0.3) == [(60, 69)]


def test_handles_end_with_the_film_and_half_way_to_the_next_shot():
    film = film_of()
    assert spans(film, [5, 60], handles_s=0.4) == [(0, 19), (50, 74)]
    assert spans(film, [45, 55], handles_s=0.4) == [(35, 50), (51, 69)]
    assert spans(film, [190, 195], handles_s=2) == [(140, 199)]


@pytest.mark.parametrize("rate", [NTSC_24, Fraction(25), NTSC_30, Fraction(30), Fraction(50)])
def test_times_are_those_of_the_frames(rate):
    film = film_of(rate, length=400, cuts=(101,))
    faces = faces_at(film, [frame for frame in film.frames if 60 < frame < 200])
    first, second = film_shots(faces, np.arange(len(faces)), film, ShotRules())
    assert (first.last_frame, second.first_frame) == (100, 101)
    for shot in (first, second):
        assert shot.start_s == pytest.approx(shot.first_frame / float(rate), abs=1e-9)
        assert shot.end_s == pytest.approx((shot.last_frame + 1) / float(rate), abs=1e-9)


@pytest.mark.parametrize("film", FILMS.values(), ids=FILMS)
@pytest.mark.parametrize("handles_s", [0.0, 0.5])
def test_where_sound_comes_first_times_begin_with_it_and_frames_with_the_pictures(film, handles_s):
    late = late_by(5.0, film)
    rules = ShotRules(handles_s=handles_s)
    shots, found = (
        person_shots(result_at(source), person, rules) for source in (film, late) for person in (0,)
    )
    assert len(shots) > 0
    for shot, later in zip(shots, found, strict=True):
        assert (later.start_s, later.end_s) == (
            pytest.approx(shot.start_s + 5, abs=2e-3),
            pytest.approx(shot.end_s + 5, abs=2e-3),
        )
        assert replace(later, start_s=shot.start_s, end_s=shot.end_s) == shot
    write, write_late = time_writer(film), time_writer(late)
    if film.rate:
        assert write_late(found[0].start_s) == write(shots[0].start_s) == shots[0].tc_in
        assert write_late(1.0) == write(0.0)  # before the first picture


def test_timecode_is_that_of_the_film():
    film = film_of(NTSC_30, length=4000, cuts=(1700,), start_timecode="00:59:00;02")
    frames = [frame for frame in film.frames if 1740 < frame < 1790]
    faces = faces_at(film, frames)
    [shot] = film_shots(faces, np.arange(len(faces)), film, ShotRules())
    assert frames[0] == 1745  # a minute of drop-frame has 1798 frames: 2 + 1745
    assert (shot.tc_in, shot.tc_out) == ("00:59:58;07", "00:59:59;25")
    assert shot.last_frame == 1792


def test_a_film_of_variable_rate_has_times_only():
    film = SourceFacts(
        "a.mov",
        duration_s=3.0,
        fps=10,
        looked_at_fps=5,
        cuts=(9,),
        cuts_s=(1.3,),
        frames=(0, 4, 8, 10, 12),
        frames_s=(0.0, 0.21, 0.9, 1.41, 1.6),
        length_frames=20,
    )
    faces = faces_at(film, [4, 10, 12])
    first, second = film_shots(faces, np.arange(3), film, ShotRules())
    assert (first.start_s, first.end_s) == (0.21, pytest.approx(0.41))
    assert (second.start_s, second.end_s) == (1.3, pytest.approx(1.8))
    assert (second.first_frame, second.last_frame) == (9, 12)
    assert first.tc_in is first.tc_out is second.tc_in is None
    longer = film_shots(faces, np.arange(3), film, ShotRules(handles_s=0.2))
    assert longer[0].start_s == pytest.approx(0.0, abs=0.1)
    assert longer[0].end_s <= longer[1].start_s


def test_a_film_analysed_in_part_ends_there():
    film = film_of(length=200, cuts=(), end_s=2.0, length_frames=None)
    film_frames = tuple(frame for frame in film.frames if frame < 50)
    film = SourceFacts(
        **{**film.__dict__, "frames": film_frames, "frames_s": film.frames_s[: len(film_frames)]}
    )
    assert spans(film, [40, 45]) == [(40, 49)]


def test_people_of_films_and_photos():
    film, photo = film_of(), SourceFacts("b.jpg", kind="photo")
    seen = faces_at(film, [10, 15, 60], decided_by=[2, 1, 1], person=[0, 0, 1])
    in_photo = Faces.of_detections(
        source=["b.jpg"] * 2,
        frame=[0, 0],
        time_s=[np.nan] * 2,
        box=[[0, 0, 9, 9], [20, 0, 29, 9]],
        person=[0, 1],
        strength=[0.5, 1],
        decided_by=[1, 1],
    )
    result = StoredResult(Faces.concatenate([seen, in_photo]), RunFacts((film, photo)), None)
    [shot] = person_shots(result, 0)
    assert (shot.num_faces, shot.mean_strength) == (2, pytest.approx(0.9))
    assert shot.decided_by in (DecidedBy.FACE, DecidedBy.CLOTH)
    [other] = person_shots(result, 1)
    assert not shot.overlaps(other)
    [seen_in] = person_photos(result, 0)
    assert (seen_in.source, seen_in.num_faces, seen_in.mean_strength) == ("b.jpg", 1, 0.5)
    assert person_shots(result, 7) == person_photos(result, 7) == []
