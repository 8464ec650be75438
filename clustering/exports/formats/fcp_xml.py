"""Final Cut Pro 7 XML (xmeml 5): a sequence with one track per person, and subclips in bins.

Frames are counted from 0 at the film's rate; ``end`` and ``out`` are the frame after the last.
"Final Cut Pro 7 XML Interchange Format", Apple, 2010.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from ....data.result.facts import SourceFacts
from ....data.result.result import StoredResult
from ....data.shots.timecode import FrameClock
from ..options import ExportOptions
from ..selection import Clip, chosen_clips, film_length, url_of
from ..timeline import Lane, Timeline


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write a project with the sequence and one bin per person."""
    clips = chosen_clips(result, options)
    laid = Timeline.of(clips)
    root = ET.Element("xmeml", version="5")
    project = ET.SubElement(root, "project")
    _text(project, "name", options.title)
    children = ET.SubElement(project, "children")
    files = _Files(clips, options)
    _sequence(children, laid, files, options)
    for lane in laid.lanes:
        _bin(children, lane, files)
    ET.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'
    path.write_text(head + ET.tostring(root, encoding="unicode") + "\n", encoding="utf-8")


class _Files:
    """The films: described in full where they come first, by their id afterwards."""

    def __init__(self, clips: Sequence[Clip], options: ExportOptions) -> None:
        names = dict.fromkeys(clip.film.name for clip in clips)
        self._ids = {name: f"file-{number}" for number, name in enumerate(names, 1)}
        self._options = options
        self._described: set[str] = set()
        self._num_items = 0

    def item_id(self, kind: str) -> str:
        """Return a new id."""
        self._num_items += 1
        return f"{kind}-{self._num_items}"

    def add(self, parent: ET.Element, clip: Clip) -> None:
        film, clock = clip.film, clip.clock
        element = ET.SubElement(parent, "file", id=self._ids[film.name])
        if film.name in self._described:
            return
        self._described.add(film.name)
        _text(element, "name", Path(film.name).name)
        _text(element, "pathurl", url_of(film, self._options))
        _rate(element, clock)
        if length := film_length(film, clock):
            _text(element, "duration", length)
        _timecode(element, clock, clock.start)
        video = ET.SubElement(ET.SubElement(element, "media"), "video")
        _picture(video, film, clock)


def _sequence(parent: ET.Element, laid: Timeline, files: _Files, options: ExportOptions) -> None:
    sequence = ET.SubElement(parent, "sequence", id="sequence-1")
    _text(sequence, "name", options.title)
    _text(sequence, "duration", laid.end)
    _rate(sequence, laid.clock)
    _timecode(sequence, laid.clock, laid.start)
    video = ET.SubElement(ET.SubElement(sequence, "media"), "video")
    _picture(ET.SubElement(video, "format"), laid.lanes[0].clips[0][1].film, laid.clock)
    for lane in laid.lanes:
        track = ET.SubElement(video, "track")
        for begin, clip in lane.clips:
            item = ET.SubElement(track, "clipitem", id=files.item_id("clipitem"))
            _text(item, "name", clip.name)
            _text(item, "duration", film_length(clip.film, clip.clock) or clip.end)
            _rate(item, clip.clock)
            _text(item, "start", begin)
            _text(item, "end", begin + laid.length(clip))
            _span(item, clip)
            files.add(item, clip)
            _marker(item, clip)


def _bin(parent: ET.Element, lane: Lane, files: _Files) -> None:
    """Add a bin with the person's shots as subclips."""
    folder = ET.SubElement(parent, "bin")
    _text(folder, "name", lane.name)
    children = ET.SubElement(folder, "children")
    for number, (_, clip) in enumerate(lane.clips, 1):
        name = f"{lane.name} {number}"
        length = film_length(clip.film, clip.clock) or clip.end
        subclip = ET.SubElement(children, "clip", id=files.item_id("subclip"))
        _text(subclip, "name", name)
        _text(subclip, "duration", clip.length)
        _rate(subclip, clip.clock)
        info = ET.SubElement(subclip, "subclipinfo")
        _text(info, "startoffset", clip.first)
        _text(info, "endoffset", max(length - clip.end, 0))
        media = ET.SubElement(ET.SubElement(subclip, "media"), "video")
        item = ET.SubElement(
            ET.SubElement(media, "track"), "clipitem", id=files.item_id("clipitem")
        )
        _text(item, "name", name)
        _text(item, "duration", length)
        _rate(item, clip.clock)
        _text(item, "start", 0)
        _text(item, "end", clip.length)
        _span(item, clip)
        files.add(item, clip)


def _span(parent: ET.Element, clip: Clip) -> None:
    _text(parent, "in", clip.first)
    _text(parent, "out", clip.end)


def _marker(parent: ET.Element, clip: Clip) -> None:
    marker = ET.SubElement(parent, "marker")
    _text(marker, "name", clip.name)
    _text(marker, "comment", clip.note)
    _span(marker, clip)


def _rate(parent: ET.Element, clock: FrameClock) -> None:
    rate = ET.SubElement(parent, "rate")
    _text(rate, "timebase", clock.nominal)
    _text(rate, "ntsc", "FALSE" if clock.rate.denominator == 1 else "TRUE")


def _timecode(parent: ET.Element, clock: FrameClock, number: int) -> None:
    timecode = ET.SubElement(parent, "timecode")
    _rate(timecode, clock)
    _text(timecode, "string", clock.text(number))
    _text(timecode, "frame", number)
    _text(timecode, "displayformat", "DF" if clock.is_drop else "NDF")


def _picture(parent: ET.Element, film: SourceFacts, clock: FrameClock) -> None:
    picture = ET.SubElement(parent, "samplecharacteristics")
    _rate(picture, clock)
    if film.size_px:
        _text(picture, "width", film.size_px[0])
        _text(picture, "height", film.size_px[1])


def _text(parent: ET.Element, tag: str, value: object) -> None:
    ET.SubElement(parent, tag).text = xml_text(str(value))


def xml_text(text: str) -> str:
    """Leave out characters that XML cannot hold."""
    return "".join(char for char in text if char >= " " or char in "\t\n")
