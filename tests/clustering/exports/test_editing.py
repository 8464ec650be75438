"""Formats of editing programs, read by libraries that did not write them, clip by clip."""

import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from urllib.parse import unquote, urlparse

import pytest
from castlist.clustering.exports.export import export
from castlist.clustering.exports.formats.otio import timeline as otio_timeline
from castlist.clustering.exports.options import ExportOptions
from castlist.clustering.exports.selection import note
from castlist.data.errors import InputError
from castlist.data.shots.shots import InPhoto, ShotRules, person_shots
from castlist.data.shots.timecode import FrameClock
from castlist.data.tables.codes import DecidedBy
from shot_tools import FILMS, NamedResult, film_of, result_at

PLAIN, HANDLES = ExportOptions(), ExportOptions(handles_s=0.5)


@pytest.fixture(params=FILMS)
def result(request):
    return result_at(FILMS[request.param])


def wanted(result, options=PLAIN):
    """The table's shots: (name, start in seconds, end in seconds)."""
    return [
        (result.name_of(person), shot.start_s, shot.end_s)
        for person in (0, 1)
        for shot in person_shots(result, person, options.rules)
    ]


def same(found, expected, frame_s):
    """Compare clip by clip: right to one frame."""
    assert len(found) == len(expected) >= 5
    for (name, start, end), (wanted_name, wanted_start, wanted_end) in zip(
        sorted(found), sorted(expected), strict=True
    ):
        assert name == wanted_name
        assert start == pytest.approx(wanted_start, abs=frame_s * 0.51)
        assert end == pytest.approx(wanted_end, abs=frame_s * 0.51)


def written(result, tmp_path, name, options=PLAIN):
    path = tmp_path / name
    export(result, path, options, None if path.suffix != ".markers" else "edl-markers")
    return path


def clock_of(result):
    return FrameClock.for_editing(result.run.films[0])


def exact(result):
    """A film at its own rate is right to the frame, not merely to one."""
    return 0.02 if result.run.films[0].rate else 1


def otio_clips(timeline, clock):
    """(name, start, end) of clips, by where they point to in the film."""
    found = []
    for clip in timeline.find_clips():
        span = clip.source_range
        assert span.start_time.rate == pytest.approx(float(clock.rate), rel=1e-6)
        first = span.start_time.value - clip.media_reference.available_range.start_time.value
        found.append(
            (
                clip.name,
                float(clock.time_s(round(first))),
                float(clock.time_s(round(first + span.duration.value))),
            )
        )
    return found


@pytest.mark.parametrize(
    ("decided_by", "word"),
    [(DecidedBy.FACE, "face"), (DecidedBy.CLOTH, "clothing"), (DecidedBy.USER, "user")],
)
def test_a_note_says_in_words_what_decided(decided_by, word):
    assert note(InPhoto(0, "a.jpg", 1, 0.969, decided_by)) == f"96 % sure, by {word}"


def test_a_note_on_the_unknown_does_not_say_how_sure_it_is():
    assert note(InPhoto(-1, "a.jpg", 1, 0.0, DecidedBy.NONE)) == "not known who"


@pytest.mark.parametrize("options", [PLAIN, HANDLES], ids=["plain", "handles"])
def test_otio(result, tmp_path, options):
    otio = pytest.importorskip("opentimelineio", reason="pip install opentimelineio")
    path = written(result, tmp_path, "a.otio", options)
    timeline = otio.adapters.read_from_file(str(path))
    clock = clock_of(result)
    frame_s = float(1 / clock.rate) * exact(result)
    same(otio_clips(timeline, clock), wanted(result, options), frame_s)
    assert timeline.global_start_time.value == clock.start
    # each clip lies where it lies in the film
    for clip in timeline.find_clips():
        here = clip.range_in_parent().start_time.value
        assert here == clip.source_range.start_time.value - clock.start
        assert clip.markers[0].name == f"{clip.name}: {clip.markers[0].name.split(': ')[1]}"
        assert " % sure, by face" in clip.markers[0].name
    film = result.run.films[0]
    if film.start_timecode and film.rate:
        first = next(iter(timeline.find_clips())).source_range.start_time
        shot = person_shots(result, 0, options.rules)[0]
        assert otio.opentime.to_timecode(first, first.rate, clock.is_drop) == shot.tc_in


def test_otio_comes_back_through_final_cut_xml(result, tmp_path):
    otio = pytest.importorskip("opentimelineio", reason="pip install opentimelineio")
    pytest.importorskip("otio_fcp_adapter", reason="pip install otio-fcp-adapter")
    timeline = otio.adapters.read_from_file(str(written(result, tmp_path, "a.otio")))
    text = otio.adapters.write_to_string(timeline, "fcp_xml")
    back = otio.adapters.read_from_string(text, "fcp_xml")
    assert [clip.name for clip in back.find_clips()] == [c.name for c in timeline.find_clips()]
    for one, other in zip(timeline.find_clips(), back.find_clips(), strict=True):
        assert one.source_range.duration.value == other.source_range.duration.value


def edl_times(clock, event):
    source = (
        clock.number(event.source_in) - clock.start,
        clock.number(event.source_out) - clock.start,
    )
    record = clock.number(event.record_in), clock.number(event.record_out)
    return source, record


@pytest.mark.parametrize("options", [PLAIN, HANDLES], ids=["plain", "handles"])
def test_edl_read_by_pycmx(result, tmp_path, options):
    pycmx = pytest.importorskip("pycmx", reason="pip install pycmx")
    path = written(result, tmp_path, "a.edl", options)
    with path.open(encoding="utf-8") as file:
        edl = pycmx.parse_cmx3600(file)
    clock = clock_of(result)
    edits = [edit for event in edl.events for edit in event.edits]
    found, at = [], clock.number("01:00:00:00")
    for edit, name in zip(edits, _names(path), strict=True):
        (first, end), (record, record_end) = edl_times(clock, edit)
        assert (record, record_end) == (at, at + end - first)
        at = record_end
        assert edit.channels.video
        assert edit.clip_name == "a.mov"
        assert edit.source_file == "/films/a.mov"
        found.append((name, float(clock.time_s(first)), float(clock.time_s(end))))
    same(found, wanted(result, options), float(1 / clock.rate) * exact(result))
    is_drop = "FCM: DROP FRAME" in path.read_text()
    assert is_drop == clock.is_drop == (";" in edits[0].source_in)


def _names(path):
    """Return whose each event is: the name is in its comment."""
    comments = [line for line in path.read_text().splitlines() if line.startswith("* COMMENT: ")]
    return [line.removeprefix("* COMMENT: ").rsplit(", ", 2)[0] for line in comments]


def test_edl_read_by_opentimelineio(result, tmp_path):
    otio = pytest.importorskip("opentimelineio", reason="pip install opentimelineio")
    pytest.importorskip("otio_cmx3600_adapter", reason="pip install otio-cmx3600-adapter")
    path = written(result, tmp_path, "a.edl")
    clock = clock_of(result)
    rate = float(clock.rate)
    if clock.rate.denominator != 1 and not clock.is_drop:
        pytest.skip("the adapter takes every timecode at 29.97 for drop-frame") if rate > 29 else 0
    timeline = otio.adapters.read_from_string(path.read_text(), "cmx_3600", rate=rate)
    clips = list(timeline.find_clips())
    expected = sorted(
        (shot for person in (0, 1) for shot in person_shots(result, person, ShotRules())),
        key=lambda shot: (shot.first_frame, shot.person),
    )
    assert len(clips) == len(expected)
    for clip, shot in zip(clips, expected, strict=True):
        first = clip.source_range.start_time.value - clock.start
        assert float(clock.time_s(round(first))) == pytest.approx(
            shot.start_s, abs=float(1 / clock.rate) * 0.51
        )
        if not clock.is_drop:  # the adapter knows locators without semicolons only
            assert clip.markers[0].name == result.name_of(shot.person)


def test_markers_for_resolve_are_events_of_one_frame(result, tmp_path):
    pycmx = pytest.importorskip("pycmx", reason="pip install pycmx")
    path = tmp_path / "a.edl"
    export(result, path, ExportOptions(), "edl-markers")
    clock = clock_of(result)
    with path.open(encoding="utf-8") as file:
        edits = [edit for event in pycmx.parse_cmx3600(file).events for edit in event.edits]
    told = [line for line in path.read_text().splitlines() if "|C:" in line]
    found = []
    for edit, line in zip(edits, told, strict=True):
        (first, end), record = edl_times(clock, edit)
        assert end == first + 1
        assert record == (first + clock.start, end + clock.start)
        name, length = line.split("|M:")[1].split(" |D:")
        assert line.split(" |C:ResolveColor")[0].endswith("% sure, by face")
        found.append((name, float(clock.time_s(first)), float(clock.time_s(first + int(length)))))
    same(found, wanted(result), float(1 / clock.rate) * exact(result))


@pytest.mark.parametrize("options", [PLAIN, HANDLES], ids=["plain", "handles"])
def test_final_cut_xml_read_by_opentimelineio(result, tmp_path, options):
    otio = pytest.importorskip("opentimelineio", reason="pip install opentimelineio")
    pytest.importorskip("otio_fcp_adapter", reason="pip install otio-fcp-adapter")
    path = written(result, tmp_path, "a.xml", options)
    read = otio.adapters.read_from_string(path.read_text(), "fcp_xml")
    [timeline] = (
        [read]
        if isinstance(read, otio.schema.Timeline)
        else [item for item in read if isinstance(item, otio.schema.Timeline)]
    )
    clock = clock_of(result)
    frame_s = float(1 / clock.rate) * exact(result)
    found = []
    for clip in timeline.find_clips():
        first = clip.source_range.start_time.value - (
            clip.media_reference.available_range.start_time.value
        )
        first = round(first)
        end = first + round(clip.source_range.duration.value)
        found.append((clip.name, float(clock.time_s(first)), float(clock.time_s(end))))
        assert round(clip.range_in_parent().start_time.value) == first
        [marker] = clip.markers
        assert marker.name == clip.name
        assert unquote(urlparse(clip.media_reference.target_url).path) == "/films/a.mov"
    same(found, wanted(result, options), frame_s)


def test_final_cut_xml_has_subclips_and_the_film_s_timecode(result, tmp_path):
    root = ET.parse(written(result, tmp_path, "a.xml")).getroot()
    clock, film = clock_of(result), result.run.films[0]
    length = film.length_frames if film.rate else clock.frame_at(film.duration_s)
    found = []
    for folder in root.iter("bin"):
        for clip in folder.iter("clip"):
            first = int(clip.findtext("subclipinfo/startoffset"))
            end = length - int(clip.findtext("subclipinfo/endoffset"))
            assert int(clip.findtext("duration")) == end - first
            found.append(
                (folder.findtext("name"), float(clock.time_s(first)), float(clock.time_s(end)))
            )
    same(found, wanted(result), float(1 / clock.rate) * exact(result))
    [file] = [file for file in root.iter("file") if len(file)]
    assert file.findtext("timecode/string") == clock.timecode(0)
    assert file.findtext("timecode/displayformat") == ("DF" if clock.is_drop else "NDF")
    assert {rate.findtext("ntsc") for rate in root.iter("rate")} == {
        "TRUE" if clock.rate.denominator > 1 else "FALSE"
    }


def test_films_follow_each_other_on_a_timeline(tmp_path):
    otio = pytest.importorskip("opentimelineio", reason="pip install opentimelineio")
    second = film_of(cuts=(), name="b.mov", path="/films/b.mov")
    result = result_at(film_of(), second)
    timeline = otio.adapters.read_from_file(str(written(result, tmp_path, "a.otio")))
    ends = [
        clip.range_in_parent().start_time.value
        for clip in timeline.find_clips()
        if clip.media_reference.target_url.endswith("b.mov")
    ]
    assert min(ends) >= 200
    root = ET.parse(written(result, tmp_path, "a.xml")).getroot()
    assert len([file for file in root.iter("file") if len(file)]) == 2


def test_an_edl_holds_films_of_one_rate(tmp_path):
    other = replace(FILMS["30"], name="b.mov")
    result = result_at(FILMS["25"], other)
    with pytest.raises(InputError, match=r"one frame rate.*--source"):
        written(result, tmp_path, "a.edl")
    assert not list(tmp_path.iterdir())
    written(result, tmp_path, "a.edl", ExportOptions(sources=("b.mov",)))


def test_reels_of_films_with_one_beginning_differ(tmp_path):
    films = [film_of(name=f"the same film {n}.mov", path=f"/f/{n}.mov") for n in (1, 2)]
    text = written(result_at(*films), tmp_path, "a.edl").read_text()
    reels = {line.split()[1] for line in text.splitlines() if line[:3].isdigit()}
    assert reels == {"THESAMEF", "THESAME2"}


@pytest.mark.parametrize(
    ("names", "reels"),
    [
        (["Müllerfahrt.mov", "MÜLLERFA 2.mov"], ["MULLERFA", "MULLERF2"]),  # it was MLLERFAH
        (["Straße.mov", "STRASSE.mp4"], ["STRASSE", "STRASSE2"]),
        (["Ærø, smørbrød.mov", "Łódź.mov", "№ 5.mov"], ["AEROSMOR", "LODZ", "NO5"]),
        (["Война.mov", "平和.mov"], ["FILM", "FILM2"]),
    ],
)
def test_letters_of_reels_lose_their_marks_and_stay(tmp_path, names, reels):
    films = [film_of(name=name, path=f"/f/{name}") for name in names]
    text = written(result_at(*films), tmp_path, "a.edl").read_text()
    found = [line.split()[1] for line in text.splitlines() if line[:3].isdigit()]
    assert [*dict.fromkeys(found)] == reels


def test_the_place_of_a_film_is_written_as_asked_for(tmp_path):
    otio = pytest.importorskip("opentimelineio", reason="pip install opentimelineio")
    film = tmp_path / "fi lms" / "ä#.mov"
    film.parent.mkdir()
    film.touch()
    result = result_at(film_of(name="ä#.mov", path="/gone/ä#.mov"))

    def url(options):
        path = written(result, tmp_path, "a.otio", options)
        [own] = {
            clip.media_reference.target_url
            for clip in otio.adapters.read_from_file(str(path)).find_clips()
        }
        return own

    assert url(ExportOptions()) == "file:///gone/%C3%A4%23.mov"
    assert url(ExportOptions(moved=film.parent)) == film.as_uri()
    moved = ExportOptions(moved=film, relative_to=tmp_path)
    assert unquote(url(moved)) == "fi lms/ä#.mov"


def test_an_awkward_name_does_not_break_a_format(tmp_path):
    pytest.importorskip("opentimelineio", reason="pip install opentimelineio")
    result = result_at(film_of())

    class Awkward(NamedResult):
        NAMES = ("A\nB|\x07", '"<&>"')

    result = Awkward(result.faces, result.run, result.crops)
    for name in ("a.otio", "a.edl", "a.xml", "a.vtt", "a.eaf", "a.rttm"):
        assert written(result, tmp_path, name).stat().st_size
    export(result, tmp_path / "b.edl", ExportOptions(), "edl-markers")
    ET.parse(tmp_path / "a.xml")
    ET.parse(tmp_path / "a.eaf")


def test_an_export_holds_what_opentimelineio_would_free_after_python_has_ended():
    otio = pytest.importorskip("opentimelineio", reason="pip install opentimelineio")
    otio_timeline(result_at(film_of()), PLAIN)  # its C++ part takes hold of the function
    before = sys.getrefcount(otio.core._value_to_any)
    otio_timeline(result_at(film_of()), PLAIN)
    after = sys.getrefcount(otio.core._value_to_any)  # not in the assertion, which holds one too
    assert after > before
