"""The one place where words are made: times, shares, counts, reasons and notices."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...data.clothes.colour_names import colour_names
from ...data.result.cast import Cast
from ...data.result.facts import ModelFacts, RunFacts
from ...data.result.names import date_and_time
from ...data.tables.codes import UNKNOWN, Notice, NoticeCode, Reason
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


def called(cast: Cast, person: int) -> str:
    """Write whom a page means: the user's name, else ``Person 3`` for ``person_003``."""
    number = cast.id_of(person).removeprefix("person_").lstrip("0")
    return cast.given_name(person) or f"Person {number}"


def reason_text(faces: Faces, rows: IntArray, run: RunFacts, cast: Cast | None = None) -> str:
    """Write why stage 2 gave faces a person, or did not; "" where it made no decision.

    Args:
        faces: the table.
        rows: (num_rows,) int64, at least one; of several reasons the most frequent one is written,
            with the numbers and colours of the first track that has it.
        run: says which columns of a cloth vector tell its colours, and how much was needed.
        cast: who the people are; None = nobody has a name.
    """
    reason = Reason(int(np.bincount(faces.reason[rows]).argmax()))
    row = int(rows[faces.reason[rows] == reason][0])
    about = (cast or Cast.of_ranks(faces)).name_of(int(faces.about[row]))
    colours = _colours(faces, _of_one_track(faces, rows, row), run.models)
    says = _evidence_text(faces, row, colours)
    return {
        Reason.NONE: "",
        Reason.CLOTHES_AGREE: f"clothes agree: {says}",
        Reason.SAME_CLOTHES: f"same clothes as {about}: {says}",
        Reason.CLOTH_ONLY_PERSON: f"a new person by clothing: {says}; no known person has these"
        " clothes, and no face contradicts",
        Reason.FACES_AGREE: f"by its face, once clothing had settled the others: {says}",
        Reason.NO_CLOTHES: "no clothes in sight",
        Reason.NOBODY_NEAR: "no known person near in time is a candidate",
        Reason.CLOTHES_DO_NOT_TELL: "clothing does not separate people here",
        Reason.NOT_CLEAR: f"nearest is {about}, but not clearly: {says}"
        f"{_why_not(faces, row, run, cast)}",
        Reason.SAME_PICTURE: f"nearest is {about}, but the same picture shows {about}",
        Reason.OTHER_FACE: f"same clothes as {about}, but another face: {says}",
        Reason.OTHER_CLOTHES: f"the face is like that of {about}, but other clothes: {says}",
        Reason.GIVEN: "you said so",
        Reason.NOT_A_FACE: "you said that it is no face",
        Reason.NOT_THEM: f"you said that it is not {about}",
        Reason.DRAWN: "a drawn or animated figure",
        Reason.IN_A_PICTURE: "in a picture that the film shows: nothing in it moves",
    }[reason]


def notices_text(run: RunFacts) -> list[str]:
    """Write everything worth telling about a run, a sentence or two each."""
    told = [notice for notice in run.notices if not _is_as_usual(notice)]
    return [*map(notice_text, told), *lost_text(run)]


def _is_as_usual(notice: Notice) -> bool:
    """Say whether there is nothing to tell: clothing counts as much as usual."""
    weights = [notice.numbers.get(end) for end in ("lowest", "highest")]
    return notice.code is NoticeCode.CLOTH_WEIGHT and all(
        isinstance(weight, float) and f"{weight:.2f}" == "1.00" for weight in weights
    )


def lost_text(run: RunFacts) -> list[str]:
    """Write which networks a run had to do without; [] where it had all."""
    if not run.models.lost:
        return []
    why = next(iter(run.models.lost.values())).partition(";")[0]
    return [
        f"Done without {' and '.join(run.models.lost)}, which help a little. {why}."
        " castlist models get --all fetches them."
    ]


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

    def text(self, name: str) -> str:
        return str(self._numbers.get(name) or "")

    def count(self, name: str, one: str, many: str = "") -> str:
        return count(int(self[name]), one, many)


def _cloth_weight(numbers: _Numbers) -> str:
    weights = dict.fromkeys(f"{numbers[end]:.2f}" for end in ("lowest", "highest"))
    return (
        f"Clothing counts {' to '.join(weights)} times as much here as usual (0 = it tells nothing)"
    )


def _shared_pictures(numbers: _Numbers) -> str:
    pairs = numbers.count("num_pairs", "pair of faces shares", "pairs of faces share")
    return f"{pairs} a picture and a person: two faces of one picture are two people"


def _cloth_only_people(numbers: _Numbers) -> str:
    people = numbers.count("num_people", "person", "people")
    return f"{people} found by clothing alone, as low-confidence"


def _drawn(numbers: _Numbers) -> str:
    faces = numbers.count("num_faces", "face is", "faces are")
    return f"{faces} of drawn or animated figures, who are nobody"


def _out_of_scale(numbers: _Numbers) -> str:
    kinds = [
        numbers.count(name, f"vector of {what}", f"vectors of {what}")
        for name, what in (("num_faces", "faces"), ("num_clothes", "clothes"))
        if numbers[name]
    ]
    several = numbers["num_faces"] + numbers["num_clothes"] > 1
    return (
        f"{' and '.join(kinds)} {'count' if several else 'counts'} as none: more than 100 times"
        " longer or shorter than most"
    )


def _turned(numbers: _Numbers) -> str:
    kinds = [
        numbers.count(name, kind)
        for name, kind in (("num_films", "film"), ("num_photos", "photo"))
        if numbers[name]
    ]
    return (
        f"The faces of {' and '.join(kinds)} lie on the side or upside down; they were looked for"
        f" the right way up: {numbers.text('names')}"
    )


def _in_pictures(numbers: _Numbers) -> str:
    faces = numbers.count("num_faces", "face is", "faces are")
    where = numbers.count("num_tracks", "picture", "pictures")
    return (
        f"{faces} in {where} that the film shows, such as posters, screens or insets: nobody of the"
        " cast, for nothing in them moves while people beside them do"
    )


_NOTICES: dict[NoticeCode, Callable[[_Numbers], str]] = {
    NoticeCode.CLOTH_WEIGHT: _cloth_weight,
    NoticeCode.CLOTH_ONLY_PEOPLE: _cloth_only_people,
    NoticeCode.SHARED_PICTURES: _shared_pictures,
    NoticeCode.DRAWN: _drawn,
    NoticeCode.OUT_OF_SCALE: _out_of_scale,
    NoticeCode.TURNED: _turned,
    NoticeCode.IN_PICTURES: _in_pictures,
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


def _evidence_text(faces: Faces, row: int, colours: str) -> str:
    by_clothes, by_face = float(faces.cloth_evidence[row]), float(faces.face_evidence[row])
    clothes = "cannot be compared"
    if math.isfinite(by_clothes):
        clothes = f"make it {times_likelier(by_clothes)}"
    face = "cannot be compared"
    if math.isfinite(by_face):
        face = f"makes it {times_likelier(by_face)}"
    return ", ".join(filter(None, [colours, f"the clothes {clothes}", f"the face {face}"]))


def _why_not(faces: Faces, row: int, run: RunFacts, cast: Cast | None) -> str:
    """Write what kept a track from the person it is nearest to: too little, or somebody else."""
    said = [float(faces.cloth_evidence[row]), float(faces.face_evidence[row])]
    said = [evidence for evidence in said if math.isfinite(evidence)]
    needed = run.configuration.get("people", {}).get("wrong_merge_cost")
    if not said or needed is None:
        return ""
    if sum(said) < math.log(needed):
        return f"; {needed:g} times is the least that is enough"
    second = int(faces.second_person[row])
    if second in (UNKNOWN, int(faces.about[row])):
        return "; somebody unknown fits as well"
    return f"; {(cast or Cast.of_ranks(faces)).name_of(second)} fits as well"


def times_likelier(evidence: float) -> str:
    """Write a log-likelihood ratio: ``20 times likelier``, ``3 times less likely``."""
    factor = math.exp(min(abs(evidence), 6.9))
    if is_even(evidence):
        return "no likelier"
    number = f"{factor:.1f}" if factor < 2.95 else f"{factor:.0f}" if factor < 990 else "1,000"
    return f"{number} times {'likelier' if evidence > 0 else 'less likely'}"


def is_even(evidence: float) -> bool:
    """Say whether a log-likelihood ratio is too near to 0 to be worth a number."""
    return math.exp(min(abs(evidence), 6.9)) < 1.25
