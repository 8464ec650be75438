"""The user's own result of a film, and the library's copy of it: who is whom, and what is newer."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from ...data.files import replacing_file, replacing_folder
from ...data.result.decisions import EDITS, Decision, Decisions, What
from ...data.result.result import RUN, StoredResult
from ..editing import WritePages, change
from ..people.anchors import anchors_of
from ..people.ids import ids_from
from .words import own_words


def people_of(copy: StoredResult, original: StoredResult) -> dict[int, int]:
    """Return whom each person of a copy is in the original, by lasting ids and most faces."""
    ids = copy.cast.of_faces(copy.faces).tolist()
    theirs = ids_from(original, copy.faces, copy.sources).tolist()
    votes = Counter(pair for pair in zip(ids, theirs, strict=True) if min(pair) >= 0)
    found: dict[int, int] = {}
    for (person_id, other), _ in sorted(votes.items(), key=lambda vote: (-vote[1], vote[0])):
        if person_id not in found and other not in found.values():
            found[person_id] = other
    return found


def is_newer(original: Path, copy: Path) -> bool | None:
    """Say whether the user of an original decided something that its copy does not know.

    Returns:
        None where the copy has decisions that the original lacks: neither follows from the other.

    Raises:
        InputError: a line of the decisions is damaged.
    """
    theirs, copied = (_gists(Decisions.read(folder)) for folder in (original, copy))
    if theirs[: len(copied)] != copied:
        return None
    return len(theirs) > len(copied)


def take(original: Path, copy: Path, is_whole: bool, write_pages: WritePages) -> bool:
    """Take over what the user decided in an original since; returns whether anything was.

    All decisions where they continue those of the copy and mean the same people; else the names.

    Args:
        original: folder of the user's result.
        copy: folder of the library's.
        is_whole: whether tables and crops come along, too; else the copy has its own, made with
            the settings of the library, and both stages run on these again.
        write_pages: writes the page and the contact sheets.

    Raises:
        InputError: a result is damaged, or another program is changing the copy.
    """
    newer, theirs = is_newer(original, copy), StoredResult.load(original)
    if newer is False:
        return False
    people = people_of(StoredResult.load(copy), theirs)
    if newer is None or any(person_id != other for person_id, other in people.items()):
        return _take_names(theirs, Decisions.read(original), people, copy, write_pages)
    if is_whole:
        copy_result(original, copy)
    else:
        with replacing_file(copy / EDITS) as partial:
            partial.write_bytes((original / EDITS).read_bytes())
    change(copy, lambda _result, _decisions: [], write_pages)  # the table may be behind them
    return True


def _take_names(
    original: StoredResult,
    theirs: Decisions,
    people: Mapping[int, int],
    copy: Path,
    write_pages: WritePages,
) -> bool:
    words = own_words(original, theirs)

    def make(result: StoredResult, decisions: Decisions) -> list[Decision]:
        now = own_words(result, decisions)
        new = {person_id: words[other].name for person_id, other in people.items()}
        return [
            Decision(What.NAME, person_id, name=name, anchors=anchors_of(result, person_id))
            for person_id, name in new.items()
            if name and now[person_id].name != name
        ]

    return bool(change(copy, make, write_pages).made)


def copy_result(folder: Path, out: Path) -> None:
    """Copy a result, whole or not at all."""
    with replacing_folder(out, RUN, overwrite=True) as partial:
        shutil.copytree(folder, partial, dirs_exist_ok=True)


def _gists(decisions: Decisions) -> list[Mapping[str, object]]:
    return [_gist(decision) for decision in decisions.lines if not decision.library]


def _gist(decision: Decision) -> Mapping[str, object]:
    """Return what a line says, whatever its number."""
    if decision.what is What.FORGET:  # in the library: a line of each result
        return {"what": decision.what, "person": decision.person}
    return {
        "what": decision.what, "time": decision.time, "person": decision.person,
        "other": decision.other, "name": decision.name,
    }  # fmt: skip
