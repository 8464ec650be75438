"""Decisions on a result in its folder: both stages run again, without film and network."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.errors import InputError
from ..data.files import Swapping, replacing_file, sync
from ..data.lock import locked
from ..data.result.cast import Churn
from ..data.result.decisions import EDITS, Decision, Decisions, What
from ..data.result.people_folder import PEOPLE_FOLDER, Edited, edited, find_crops
from ..data.result.result import StoredResult
from ..data.tables.codes import UNKNOWN
from .config import config_of_result
from .people.by_hand import ByHand, read_by_hand
from .people.cast_of import with_names
from .people.deciding import same_people
from .people.standing import Standing

_SAYS_WHO = {What.MERGE, What.MOVE, What.NOT, What.NOT_A_FACE, What.FORGET}

Make = Callable[[StoredResult, Decisions], Sequence[Decision]]
WritePages = Callable[[StoredResult, Path], None]


@dataclass(frozen=True, eq=False)
class Change:
    """What decisions did.

    Attributes:
        result: after them; of its crops those of forgotten people are gone.
        decisions: all of them.
        made: those that are new.
        problems: what of folders changed by hand could not be read, a line each.
        churn: who kept an id, and how many faces changed person.
        unfit: decisions in force that fit nothing of the result.
        left: files in the folders of forgotten people that are not castlist's.
    """

    result: StoredResult
    decisions: Decisions
    made: tuple[Decision, ...]
    problems: tuple[str, ...]
    churn: Churn
    unfit: tuple[Decision, ...]
    left: tuple[Path, ...] = ()


def change(folder: Path, make: Make, write_pages: WritePages) -> Change:
    """Let a user decide, run both stages again, and save the result: all of it, or nothing.

    What the user did by hand in the folder of people comes first.

    Args:
        folder: of the result.
        make: is given the result and the decisions so far; returns new ones.
        write_pages: writes the page and the contact sheets.

    Raises:
        InputError: there is no such result, it is damaged, another program is changing it, or
            ``make`` refuses.
    """
    with locked(folder, "a decision"):
        loaded = StoredResult.load(folder)
        decisions = Decisions.read(folder)
        by_hand = read_by_hand(loaded, decisions)
        made = list(by_hand.decisions)
        decisions = decisions.and_then(*made)
        result = loaded
        if made or decisions.last_line != loaded.cast.num_read:
            result = again(loaded, decisions)
        new = make(result, decisions)
        made += new
        decisions = decisions.and_then(*new)
        forgotten = _forgotten(new)
        if new:
            kept = np.flatnonzero(~np.isin(result.cast.of_faces(result.faces), sorted(forgotten)))
            decisions = _without_names(decisions, forgotten)
            result = result.keep(kept) if forgotten else result
            if says_who(new, decisions):
                result = again(result, decisions)
            else:  # the crops have to find their new places: it is no result of the folder any more
                result = dataclasses.replace(with_names(result, decisions), folder=None)
        else:
            kept = np.arange(len(result.faces))
        before = loaded.cast.of_faces(loaded.faces)[kept]
        if made or result is not loaded:
            gone = np.setdiff1d(np.arange(len(loaded.faces)), kept)
            names = [loaded.crop_names[row] for row in gone.tolist()]
            save(result, folder, decisions, loaded, write_pages, names)
    return Change(
        result,
        decisions,
        decisions.lines[len(decisions.lines) - len(made) :],
        by_hand.problems,
        Churn.between(before, result.cast.of_faces(result.faces)),
        unfit(decisions, result),
        _left_behind(loaded, folder, forgotten, {*result.crop_names}),
    )


def record(
    folder: Path, decisions: Decisions, new: Sequence[Decision], is_locked: bool = False
) -> Decisions:
    """Write new decisions down at once; the tables follow at the next ``change``.

    Args:
        folder: of the result.
        decisions: those that the caller knows of.
        new: what comes after them.
        is_locked: whether the caller holds the lock of the result already.

    Returns:
        All of them.

    Raises:
        InputError: another program has written decisions in the meantime, or is about to.
    """
    with nullcontext() if is_locked else locked(folder, "a decision"):
        if Decisions.read(folder).last_line != decisions.last_line:
            raise InputError(f"{folder}: another program has changed it; nothing was changed here")
        decisions = decisions.and_then(*new)
        write_decisions(folder, decisions)
    return decisions


def write_decisions(folder: Path, decisions: Decisions) -> None:
    """Write decisions into a folder, and wait until they are on the disk."""
    with replacing_file(folder / EDITS) as partial:
        partial.write_text(decisions.to_text(), encoding="utf-8")
    sync(folder)


def read_folder(folder: Path) -> tuple[StoredResult | None, Decisions, ByHand]:
    """Read an earlier result before it is replaced, with what the user decided and did by hand.

    Raises:
        InputError: a line of the decisions is damaged.
    """
    decisions = Decisions.read(folder)
    try:
        earlier = StoredResult.load(folder)
    except InputError:  # none there, or of another version: only its decisions count
        return None, decisions, ByHand((), ())
    by_hand = read_by_hand(earlier, decisions)
    return earlier, decisions.and_then(*by_hand.decisions), by_hand


def again(result: StoredResult, decisions: Decisions) -> StoredResult:
    """Run both stages on the vectors of a result, with the settings it was made with."""
    from .pipeline import find_people_again  # names alone need neither stages nor networks

    config = config_of_result(result.run.configuration, result.name)
    return find_people_again(result, config, decisions)


def says_who(made: Sequence[Decision], decisions: Decisions) -> bool:
    """Say whether both stages have to run after these, which are among all decisions."""
    of_line = {decision.line: decision for decision in decisions.lines}
    return any((of_line[one.undoes] if one.undoes else one).what in _SAYS_WHO for one in made)


def save(
    result: StoredResult,
    folder: Path,
    decisions: Decisions,
    earlier: StoredResult | None,
    write_pages: WritePages,
    forgotten: Collection[str] = (),
    swapping: Swapping = nullcontext,
) -> None:
    """Save a result over an earlier one, with every crop in the folder of its person.

    Args:
        result: after the decisions; not the one in the folder.
        folder: where to.
        decisions: all of them.
        earlier: the result in that folder; None = there is none.
        write_pages: writes the page and the contact sheets.
        forgotten: names of crops that may be nowhere any more.
        swapping: is given the new folder, complete, and entered while it gets its name.
    """
    result.save(
        folder,
        overwrite=True,
        write_pages=write_pages,
        edits=places_of(result, decisions, earlier, forgotten),
        swapping=swapping,
    )


def places_of(
    result: StoredResult,
    decisions: Decisions,
    earlier: StoredResult | None,
    forgotten: Collection[str] = (),
) -> Edited:
    """Say where the crops of a result go in a folder with an earlier one; arguments as ``save``."""
    lie: dict[str, Path] = {}
    written: set[Path] | None = None
    if earlier is not None and earlier.folder is not None:
        lie = {
            name: path.relative_to(earlier.folder)
            for name, path in find_crops(earlier.folder).items()
        }
        written = earlier.written
    return dataclasses.replace(
        edited(decisions, result.crop_paths, lie, forgotten), written=written
    )


def unfit(decisions: Decisions, result: StoredResult) -> tuple[Decision, ...]:
    """Return the decisions in force that fit nothing of a result: no face, or no person.

    Of people who are forgotten nothing is meant to be there.
    """
    standing = Standing.of(decisions, result.faces, result.sources)
    of_faces = {decision.line for decision in standing.unfit}
    about_people = (What.NAME, What.HIDE, What.SHOW)
    return tuple(
        decision
        for decision in decisions.in_force
        if (decision.line in of_faces and decision.what is not What.FORGET)
        or (
            decision.what in about_people
            and result.cast.number_of(standing.became.get(decision.person, decision.person))
            == UNKNOWN
            and not (decision.what is What.NAME and not decision.name)
        )
    )


def _forgotten(new: Sequence[Decision]) -> set[int]:
    return {decision.person for decision in new if decision.what is What.FORGET}


def _without_names(decisions: Decisions, forgotten: set[int]) -> Decisions:
    ids = {one for person_id in forgotten for one in same_people(decisions, person_id)}
    return decisions.without_names(ids)


def _left_behind(
    loaded: StoredResult, folder: Path, forgotten: set[int], crops: set[str]
) -> tuple[Path, ...]:
    """Return the user's own files in the folders of people who are forgotten.

    Somebody else may have such a folder by now, ``a_b`` for ``a:b`` and for ``a?b``: their crops
    are castlist's.
    """
    left: list[Path] = []
    for person_id in sorted(forgotten):
        number = loaded.cast.number_of(person_id)
        if number != UNKNOWN:
            left += (folder / PEOPLE_FOLDER / loaded.cast.folder_of(number)).rglob("*")
    return tuple(path for path in left if path.is_file() and path.name not in crops)
