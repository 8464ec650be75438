"""The one place where words are made: times, shares, counts, reasons and notices."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...data.clothes.colour_names import colour_names
from ...data.result.facts import ModelFacts, RunFacts
from ...data.result.names import date_and_time, person_name
from ...data.tables.codes import Notice, NoticeCode, Reason
from ...data.tables.faces import BoolArray, Faces, IntArray


def clock(time_s: float) -> str:
    """Write a film time to a tenth of a second: ``0:12.4``, ``1:02:03.5``."""
    if not math.isfinite(time_s):
        return "?"
    tenths = max(round(time_s * 10), 0)
    minutes, tenths = divmod(tenths, 600)
    seconds = f"{tenths // 10:02d}.{tenths % 10}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def tick(time_s: float) -> str:
    """Write a film time to the second, for an axis: ``0:12``, ``1:02:03``."""
    return clock(round(time_s)).rpartition(".")[0]


def duration(seconds: float) -> str:
    """Write a length of time: ``7.4 s``, ``1 min 29 s``, ``2 h 05 min``."""
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min"


def taken(taken_s: float) -> str:
    """Write when a photo was taken: ``2019-07-14 12:03``."""
    when = date_and_time(taken_s)
    return f"{when.date().isoformat()} {when.hour:02d}:{when.minute:02d}" if when else "no date"


def count(number: int, one: str, many: str = "") -> str:
    """Write a number of things: ``1 face``, ``1,204 faces``, ``3 people`` (many = people)."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """Write a share in per cent, ``n/a`` of nothing."""
    if not whole:
        return "n/a"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "under 1 %"
    if 99 < percent < 100:
        return "over 99 %"
    return f"{percent:.0f} %"


def reason_text(faces: Faces, rows: IntArray, models: ModelFacts) -> str:
    """Write why stage 2 gave faces a person, or did not; "" where it made no decision.

    Args:
        faces: the table.
        rows: (num_rows,) int64, at least one; of several reasons the most frequent one is written,
            with the numbers and colours of the first track that has it.
        models: say which columns of a cloth vector tell its colours.
    """
    reason = Reason(int(np.bincount(faces.reason[rows]).argmax()))
    row = int(rows[faces.reason[rows] == reason][0])
    about = person_name(int(faces.about[row]))
    clothes = _clothes_text(faces, row, _colours(faces, _of_one_track(faces, rows, row), models))
    return {
        Reason.NONE: "",
        Reason.CLOTHES_AGREE: f"clothes agree: {clothes}",
        Reason.SAME_CLOTHES: f"same clothes as {about}: {clothes}; {_face_text(faces, row)}",
        Reason.CLOTH_ONLY_PERSON: f"a new person by clothing alone: {clothes}; no known"
        " person has these clothes, and no face contradicts",
        Reason.NO_CLOTHES: "no clothes in sight",
        Reason.NOBODY_NEAR: "no known person near in time is a candidate",
        Reason.CLOTHES_DO_NOT_TELL: "clothing does not separate people here",
        Reason.NOT_CLEAR: f"nearest is {about}, but not clearly: {clothes}",
        Reason.SAME_PICTURE: f"same clothes as {about}, but the same picture shows {about}",
        Reason.OTHER_FACE: f"same clothes as {about}, but the face is too far away:"
        f" distance {float(faces.face_distance[row]):.2f}",
    }[reason]


def notices_text(run: RunFacts) -> list[str]:
    """Write everything worth telling about a run, a sentence or two each."""
    return [notice_text(notice) for notice in run.notices]


def notice_text(notice: Notice) -> str:
    """Write a notice in a sentence or two."""
    return _NOTICES[notice.code](_Numbers(notice))


class _Numbers:
    """The numbers of a notice, by name, each as text where it is wanted so."""

    def __init__(self, notice: Notice) -> None:
        self._numbers = notice.numbers

    def __getitem__(self, name: str) -> float:
        return float(self._numbers.get(name) or 0)

    def __contains__(self, name: str) -> bool:
        return self._numbers.get(name) is not None

    def count(self, name: str, one: str, many: str = "") -> str:
        return count(int(self[name]), one, many)


def _trust(numbers: _Numbers) -> str:
    films = f" of {numbers.count('num_films', 'film')}" if numbers["num_films"] > 1 else ""
    held_out = f"On {numbers.count('num_held_out', 'held-out track')}{films}"
    if "precision" not in numbers:
        text = f"{held_out} too few could be named by clothing to measure how right it is."
    elif "lowest_margin" not in numbers:
        return (
            f"Clothing does not separate people here: {held_out[0].lower()}{held_out[1:]} it"
            f" named {_rightly(numbers)}, where {numbers['precision_asked']:.0%} was asked for."
            " Stage 2 made no change."
        )
    else:
        text = f"{held_out} clothing named {int(numbers['num_voted']):,}, {_rightly(numbers)}."
        if numbers["num_films"] > 1 and numbers["num_films_unmeasured"]:
            text += f" In {numbers.count('num_films_unmeasured', 'film')} too few to measure it."
    if numbers["num_films_off"]:
        text += (
            f" In {numbers.count('num_films_off', 'film')} clothing does not separate people, and"
            " stage 2 made no change there."
        )
    if "lowest_margin" in numbers:
        ends = dict.fromkeys(f"{numbers[f'{end}_margin']:.2f}" for end in ("lowest", "highest"))
        text += f" Votes count from a margin of {' to '.join(ends)}."
    return text


def _rightly(numbers: _Numbers) -> str:
    precision, bound = numbers["precision"], f"lower bound {numbers['lower_bound']:.0%}"
    share_right = "all" if precision == 1 else f"{precision:.0%}"
    return f"{share_right} correctly ({bound})"


def _shared_pictures(numbers: _Numbers) -> str:
    pairs = numbers.count("num_pairs", "pair of faces shares", "pairs of faces share")
    return f"{pairs} a picture and a person: two faces of one picture are two people"


def _cloth_only_people(numbers: _Numbers) -> str:
    people = numbers.count("num_people", "person", "people")
    return f"{people} found by clothing alone, as low-confidence"


def _film_threshold(numbers: _Numbers) -> str:
    tracks, pairs = numbers.count("num_tracks", "track"), numbers.count("num_pairs", "pair")
    return (
        f"{tracks} and {pairs} of tracks in one picture set the threshold to"
        f" {numbers['threshold']:.2f}"
    )


def _film_threshold_unmeasured(numbers: _Numbers) -> str:
    needed = int(numbers["num_needed"])
    return (
        f"The film is too short to estimate a threshold: {needed} long tracks and {needed} pairs"
        f" of tracks in one picture are needed, it has {int(numbers['num_tracks'])} and"
        f" {int(numbers['num_pairs'])}; the threshold is {numbers['threshold']:.2f}"
    )


_NOTICES: dict[NoticeCode, Callable[[_Numbers], str]] = {
    NoticeCode.CLOTH_TRUST: _trust,
    NoticeCode.CLOTH_ONLY_PEOPLE: _cloth_only_people,
    NoticeCode.SHARED_PICTURES: _shared_pictures,
    NoticeCode.FILM_THRESHOLD: _film_threshold,
    NoticeCode.FILM_THRESHOLD_UNMEASURED: _film_threshold_unmeasured,
}


def _colours(faces: Faces, rows: IntArray, models: ModelFacts) -> str:
    """Name the colours that faces of one track wear; "" where nothing is in sight."""
    seen = rows[faces.has_cloth_vector[rows]]
    if not len(seen) or "colours" not in models.cloth_columns:
        return ""
    first, last = models.cloth_columns["colours"]
    return colour_names(faces.cloth_vector[seen, first:last].mean(axis=0, keepdims=True))[0]


def _of_one_track(faces: Faces, rows: IntArray, row: int) -> IntArray:
    if faces.track[row] < 0:
        return np.array([row], np.int64)
    same: BoolArray = faces.track[rows] == faces.track[row]
    return rows[same]


def _clothes_text(faces: Faces, row: int, colours: str) -> str:
    parts = [colours]
    if (support := int(faces.cloth_support[row])) >= 0:
        parts.append(f"known from {count(support, 'face')}")
    if math.isfinite(similarity := float(faces.cloth_similarity[row])):
        parts.append(f"similarity {similarity:.2f}, margin {float(faces.cloth_margin[row]):.2f}")
    return ", ".join(filter(None, parts))


def _face_text(faces: Faces, row: int) -> str:
    if math.isnan(distance := float(faces.face_distance[row])):
        return "the face is not clear enough to compare"
    return f"the face does not contradict (distance {distance:.2f})"
