"""OpenTimelineIO: one track per person, clips that lie where they lie in the film, markers."""

from __future__ import annotations

import ctypes
import importlib
from pathlib import Path
from typing import Any

from ....data.errors import InputError
from ....data.result.facts import SourceFacts
from ....data.result.result import StoredResult
from ....data.shots.timecode import FrameClock
from ..options import ExportOptions
from ..selection import Clip, chosen_clips, film_length, url_of
from ..timeline import Lane, Timeline


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write a timeline: the films one after the other, above them a track for each person."""
    path.write_text(timeline(result, options).to_json_string(), encoding="utf-8")


def timeline(result: StoredResult, options: ExportOptions) -> Any:
    """Return the ``opentimelineio.schema.Timeline``.

    Raises:
        InputError: OpenTimelineIO is not installed, or there is nothing to export.
    """
    otio = _library()
    laid = Timeline.of(chosen_clips(result, options))
    made = otio.schema.Timeline(options.title)
    made.global_start_time = _time(otio, laid.start, laid.clock)
    made.metadata["castlist"] = {"drop_frame": laid.clock.is_drop}
    for lane in laid.lanes:
        made.tracks.append(_track(otio, lane, laid, options))
    return made


def _library() -> Any:
    """Return OpenTimelineIO, and keep it from ending the program with an error.

    Its C++ part holds a function of its Python part, and lets go of it after Python has ended:
    where nobody else holds it then, freeing it aborts the program, after all work is done. So one
    reference to it is never given back.

    Raises:
        InputError: it is not installed.
    """
    try:
        otio: Any = importlib.import_module("opentimelineio")
    except ImportError as error:
        raise InputError(
            f"this format needs OpenTimelineIO, which cannot be imported ({error});"
            " run: pip install 'castlist[export]'"
        ) from error
    if held := getattr(otio.core, "_value_to_any", None):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(held))
    return otio


def _track(otio: Any, lane: Lane, laid: Timeline, options: ExportOptions) -> Any:
    track = otio.schema.Track(lane.name, kind=otio.schema.TrackKind.Video)
    at = 0
    for begin, clip in lane.clips:
        if begin > at:
            track.append(otio.schema.Gap(duration=_time(otio, begin - at, laid.clock)))
        track.append(_clip(otio, clip, options))
        at = begin + laid.length(clip)
    return track


def _clip(otio: Any, clip: Clip, options: ExportOptions) -> Any:
    start = clip.clock.start + clip.first
    span = otio.opentime.TimeRange(
        _time(otio, start, clip.clock), _time(otio, clip.length, clip.clock)
    )
    marker = otio.schema.Marker(
        f"{clip.name}: {clip.note}",
        marked_range=span,
        color=otio.schema.MarkerColor.GREEN,
        metadata={"castlist": _facts(clip)},
    )
    return otio.schema.Clip(
        clip.name,
        media_reference=_media(otio, clip.film, clip.clock, options),
        source_range=span,
        markers=[marker],
        metadata={"castlist": _facts(clip)},
    )


def _media(otio: Any, film: SourceFacts, clock: FrameClock, options: ExportOptions) -> Any:
    length = film_length(film, clock)
    return otio.schema.ExternalReference(
        target_url=url_of(film, options),
        available_range=length
        and otio.opentime.TimeRange(_time(otio, clock.start, clock), _time(otio, length, clock)),
    )


def _facts(clip: Clip) -> dict[str, Any]:
    return {
        "person": clip.id,
        "name": clip.name,
        "probability": round(clip.shot.mean_strength, 4),
        "decided_by": clip.shot.decided_by.name.lower(),
        "num_faces": clip.shot.num_faces,
        "first_frame": clip.shot.first_frame,
        "last_frame": clip.shot.last_frame,
    }


def _time(otio: Any, frames: int, clock: FrameClock) -> Any:
    return otio.opentime.RationalTime(frames, float(clock.rate))
