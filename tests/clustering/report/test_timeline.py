import numpy as np
from castlist.clustering.report.events import photo_events
from castlist.clustering.report.timeline import (
    MAX_LANES,
    NUM_STEPS,
    Kind,
    film_timeline,
    photo_timeline,
)
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.people import gather_people, gather_unknown
from castlist.data.tables.codes import DecidedBy
from castlist.data.tables.faces import Faces

FILM = SourceFacts("a.mp4", duration_s=20.0, looked_at_fps=5, num_frames=100, cuts_s=(5.0, 10.0))
FACE, CLOTH, NONE = DecidedBy.FACE, DecidedBy.CLOTH, DecidedBy.NONE


def table(times, person, decided_by=FACE, strength=0.96):
    count = len(times)
    return Faces.of_detections(
        source=["a.mp4"] * count,
        frame=np.arange(count),
        time_s=times,
        box=np.tile([0, 0, 1, 1], (count, 1)),
        person=person,
        decided_by=np.broadcast_to(decided_by, count),
        strength=np.broadcast_to(strength, count),
    )


def layout(faces, film=FILM):
    run = RunFacts(sources=(film,))
    return film_timeline(faces, film, gather_people(faces, run), gather_unknown(faces, run))


def test_bars_worked_by_hand():
    faces = table(
        times=[0.0, 0.2, 0.4, 10.0, 15.0],
        person=[0, 0, 0, 0, -1],
        decided_by=[FACE, CLOTH, CLOTH, FACE, NONE],
        strength=[0.99, 0.97, 0.97, 0.3, 0],
    )
    known, unknown = layout(faces).lanes
    assert [(bar.left, bar.width, bar.kind) for bar in known.bars] == [
        (0.0, 1.0, Kind.STRONG),
        (1.0, 2.0, Kind.CLOTH),
        (50.0, 1.0, Kind.LOW),
    ]
    assert known.bars[1].title == "0:00.2 to 0:00.6, by clothing"
    assert [(bar.left, bar.kind) for bar in unknown.bars] == [(75.0, Kind.UNKNOWN)]
    assert unknown.label == "unknown"


def test_every_other_shot_is_a_band():
    assert layout(table([1.0], [0])).bands == ((25.0, 25.0),)


def test_the_axis_covers_the_part_that_was_looked_at():
    film = SourceFacts("a.mp4", duration_s=600.0, looked_at_fps=5, start_s=100.0, end_s=200.0)
    line = layout(table([150.0], [0]), film)
    assert line.lanes[0].bars[0].left == 50.0
    assert [mark.label for mark in line.ticks if mark.level == 1][:2] == ["1:40", "1:50"]


def test_marks_are_few_until_the_reader_zooms_in():
    film = SourceFacts("a.mp4", duration_s=7200.0, looked_at_fps=5)
    levels = [mark.level for mark in layout(table([1.0], [0]), film).ticks]
    assert levels.count(1) <= 11
    assert levels.count(2) <= 41
    assert len(levels) <= 161


def test_marks_are_few_in_a_film_whose_clock_says_decades():
    film = SourceFacts("a.mp4", duration_s=1.7e9, looked_at_fps=5)  # a camera's time since 1970
    levels = [mark.level for mark in layout(table([1.0], [0]), film).ticks]
    assert 5 <= levels.count(1) <= 11
    assert len(levels) <= 161


def test_two_hours_of_flicker_stay_a_bounded_number_of_bars():
    times = np.arange(0, 7200, 0.2)
    faces = table(times, [0] * len(times), np.where(np.arange(len(times)) % 2, FACE, CLOTH))
    (lane,) = layout(faces, SourceFacts("a.mp4", duration_s=7200.0, looked_at_fps=5)).lanes
    assert len(lane.bars) <= NUM_STEPS
    assert sum(bar.width for bar in lane.bars) > 99


def test_people_beyond_the_lanes_share_one():
    people = np.arange(MAX_LANES + 5)
    lanes = layout(table(people / 5, people)).lanes
    assert len(lanes) == MAX_LANES + 1
    assert (lanes[-1].person, lanes[-1].label) == (None, "5 more")
    assert [bar.kind for bar in lanes[-1].bars] == [Kind.SEVERAL]


def test_a_film_in_which_nobody_was_seen_has_no_timeline():
    assert layout(Faces.empty()) is None


def photo(name, taken_s=None):
    return SourceFacts(name, "photo", taken_s=taken_s)


def test_a_pause_of_two_hours_begins_a_new_event_and_folders_hold_undated_photos_together():
    hour = 3600.0
    events = photo_events(
        [
            *(photo("old/x.jpg"), photo("c.jpg", 4.5 * hour), photo("a.jpg", 0.0)),
            *(photo("z.jpg"), photo("b.jpg", 2 * hour), photo("nan.jpg", float("nan"))),
        ]
    )
    assert [event.photos for event in events] == [
        ("a.jpg", "b.jpg"),
        ("c.jpg",),
        ("nan.jpg", "z.jpg"),
        ("old/x.jpg",),
    ]
    assert events[0].title == "1970-01-01 00:00 to 02:00"
    assert events[1].title == "1970-01-01 04:30"
    assert events[3].title == "old"


def test_photos_stand_side_by_side_in_their_events():
    photos = [photo("a.jpg", 0.0), photo("b.jpg", 10.0), photo("c.jpg", 90_000.0), photo("d.jpg")]
    faces = Faces.of_detections(
        source=["a.jpg", "b.jpg", "d.jpg", "b.jpg"],
        frame=[0] * 4,
        time_s=[0.0, 10.0, np.nan, 10.0],
        box=np.tile([0, 0, 1, 1], (4, 1)),
        person=[0, 0, 0, -1],
        decided_by=[FACE, CLOTH, FACE, NONE],
        strength=[0.96, 0.96, 0.96, 0],
    )
    run = RunFacts(sources=tuple(photos))
    people, unknown = gather_people(faces, run), gather_unknown(faces, run)
    line = photo_timeline(faces, photo_events(photos), people, unknown)
    assert [(bar.left, bar.width, bar.kind, bar.title) for bar in line.lanes[0].bars] == [
        (0.0, 25.0, Kind.STRONG, "a.jpg, by face"),
        (25.0, 25.0, Kind.CLOTH, "b.jpg, by clothing"),
        (75.0, 25.0, Kind.STRONG, "d.jpg, by face"),
    ]
    assert line.bands == ((50.0, 25.0),)
    assert [mark.label for mark in line.ticks] == ["1970-01-01", "1970-01-02", "no date"]
    assert photo_timeline(Faces.empty(), photo_events(photos), [], None) is None
