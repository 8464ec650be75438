"""A result that its user puts right: what it is now, what each decision did, and what is saved.

Every decision is in edits.jsonl, on the disk, before it is answered. Both stages then run in a
thread of their own, and the tables, crops and the report are written once nothing has been decided
for a while: until then the result in the folder is an earlier one with newer decisions, which every
command of castlist knows how to read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ...data.errors import InputError
from ...data.result.cast import Churn
from ...data.result.decisions import Decision, Decisions, What
from ...data.result.result import TABLE, StoredResult
from ..editing import WritePages, again, change, record
from ..people import deciding
from ..people.cast_of import with_names
from ..report.decisions import made_text
from .snapshot import Snapshot

SAVE_AFTER_S = 20.0
"""Seconds without a decision after which the whole result is saved."""

ANSWER_WITHIN_S = 0.08
"""So long an action waits for both stages; then it is answered, and they go on."""

_MOST_WAITING_S = 60.0  # for the decision before; both stages of 50,000 tracks take less
_SAYS_WHO = {What.MERGE, What.MOVE, What.NOT, What.NOT_A_FACE}

Make = Callable[[Snapshot], Sequence[Decision]]


class StaleError(InputError):
    """The page shows an earlier state than there is."""


class Session:
    """Decisions on one result, one after the other; any thread may call.

    Args:
        folder: of the result.
        write_pages: writes report and contact sheets when the result is saved.
        save_after_s: seconds without a decision after which it is saved.

    Raises:
        InputError: there is no such result, or it is damaged.
    """

    def __init__(
        self, folder: Path, write_pages: WritePages, save_after_s: float = SAVE_AFTER_S
    ) -> None:
        self.folder = folder
        self._write_pages, self._save_after_s = write_pages, save_after_s
        self._generation = 0
        self._changing = threading.Lock()  # one decision at a time
        self._state = threading.Condition()  # of all fields below
        self._todo: tuple[Snapshot, Decisions] | None = None
        self._is_dirty = self._is_closing = False
        self._saved_error = ""
        self._actions: list[list[int]] = []  # the lines of each
        self._decided_s = time.monotonic()
        self.now = self._settled()
        self._worker = threading.Thread(target=self._work, name="castlist review", daemon=True)
        self._worker.start()

    def act(self, version: str, make: Make) -> tuple[str, Snapshot]:
        """Decide.

        Args:
            version: of the state that the user saw.
            make: makes the decisions of the state as it is.

        Returns:
            What was decided, and the state; where both stages still run, ``is_settled`` is False.

        Raises:
            StaleError: there is a later state than the user saw.
            InputError: the decision cannot be, or another program holds the result.
        """
        with self._changing:
            now = self.settled()
            self._refuse_stale(now, version)
            new = make(now)
            if not new:
                return "Nothing to change", now
            decisions = record(self.folder, now.decisions, new)
            made = decisions.lines[len(now.decisions) :]
            self._actions.append([own.line for own in made])
            told = "; ".join(made_text(made, decisions, now.result.cast))
            decided = now.decided(decisions, f"{self._generation}.{decisions.last_line}")
            says_who = _says_who(made, decisions)
            if not says_who:
                renamed = with_names(now.result, decisions)
                decided = decided.settled(renamed, _churn(now.result, renamed))
                decided.with_evidence_of(now)
            with self._state:
                self.now = decided
                self._todo = (now, decisions) if says_who else None
                self._is_dirty, self._decided_s = True, time.monotonic()
                self._state.notify_all()
                self._state.wait_for(lambda: self.now.is_settled, ANSWER_WITHIN_S)
                return told, self.now

    def undo(self, version: str) -> tuple[str, Snapshot]:
        """Take back what the last action decided; arguments and errors as ``act``."""

        def make(now: Snapshot) -> list[Decision]:
            last = deciding.undo(now.decisions).undoes
            lines = next((own for own in self._actions if last in own), [last])
            return [
                Decision(What.UNDO, undoes=own.line)
                for own in reversed(now.decisions.in_force)
                if own.line in lines
            ]

        return self.act(version, make)

    def settled(self) -> Snapshot:
        """Return the state, once both stages have run.

        Raises:
            InputError: they take too long.
        """
        with self._state:
            if not self._state.wait_for(lambda: self.now.is_settled, _MOST_WAITING_S):
                raise InputError("both stages are still running; try again in a moment")
            return self.now

    def close(self) -> bool:
        """Save what is not saved yet; returns whether anything was.

        Raises:
            InputError: it cannot be saved now; the decisions are in edits.jsonl all the same.
        """
        with self._state:
            self._is_closing = True
            was_dirty = self._is_dirty
            self._state.notify_all()
        self._worker.join()
        if self._saved_error:
            raise InputError(self._saved_error)
        return was_dirty

    def _refuse_stale(self, now: Snapshot, version: str) -> None:
        if _stamp(self.folder) != now.stamp or self._is_ahead(now):
            with self._state:
                self._generation += 1
                self.now = now = self._settled()
        if version != now.version:
            raise StaleError(
                "this page showed an earlier state: another tab or program has changed the result."
                " Nothing was changed; here is how it is now"
            )

    def _is_ahead(self, now: Snapshot) -> bool:
        return Decisions.read(self.folder).last_line != now.decisions.last_line

    def _settled(self) -> Snapshot:
        """Read the result and its decisions as they are in the folder."""
        result, decisions = StoredResult.load(self.folder), Decisions.read(self.folder)
        if decisions.last_line != result.cast.num_read:
            result, self._is_dirty = again(result, decisions), True
        version = f"{self._generation}.{decisions.last_line}"
        return Snapshot(result, decisions, version, _stamp(self.folder))

    def _work(self) -> None:
        """Run both stages after every decision, and save when there is none for a while."""
        while True:
            with self._state:
                while self._todo is None and not self._is_closing:
                    left_s = self._decided_s + self._save_after_s - time.monotonic()
                    if self._is_dirty and left_s <= 0:
                        break
                    self._state.wait(left_s if self._is_dirty else None)
                todo, self._todo = self._todo, None
                ends = self._is_closing and todo is None
            if todo is not None:
                self._find_again(*todo)
            elif self._is_dirty:
                self._save()
            if ends:
                return

    def _find_again(self, before: Snapshot, decisions: Decisions) -> None:
        result = again(before.result, decisions)
        settled = self.now.settled(result, _churn(before.result, result))
        with self._state:
            self.now = settled
            self._state.notify_all()

    def _save(self) -> None:
        """Save everything, with what the user did by hand in the folder meanwhile."""
        with self._changing:
            self._saved_error = ""
            try:
                done = change(self.folder, lambda _result, _decisions: [], self._write_pages)
                result = StoredResult.load(self.folder)
            except (InputError, OSError) as error:
                self._saved_error = f"not saved yet, but every decision is in edits.jsonl: {error}"
                with self._state:
                    self._decided_s = time.monotonic()  # later
                return
            version = f"{self._generation}.{done.decisions.last_line}"
            saved = self.now.saved(result, done.decisions, version, _stamp(self.folder))
            if not done.made:  # nothing by hand either
                saved.with_evidence_of(self.now)
            with self._state:
                self._is_dirty, self.now = False, saved


def _churn(before: StoredResult, after: StoredResult) -> Churn:
    return Churn.between(before.cast.of_faces(before.faces), after.cast.of_faces(after.faces))


def _says_who(made: Sequence[Decision], decisions: Decisions) -> bool:
    """Say whether both stages have to run after these."""
    of_line = {own.line: own for own in decisions.lines}
    return any((of_line[own.undoes] if own.undoes else own).what in _SAYS_WHO for own in made)


def _stamp(folder: Path) -> tuple[int, int]:
    """Return what tells one table from another that took its place."""
    facts = (folder / TABLE).stat()
    return facts.st_ino, facts.st_mtime_ns
