"""A result that its user puts right: what it is now, what each decision did, and what is saved.

Every decision is in edits.jsonl, on the disk, before it is answered. Both stages then run in a
thread of their own, and tables, crops and the report are written in another one, once nothing has
been decided for a while: until then the result in the folder is an earlier one with newer
decisions, which every command of castlist knows how to read. Nobody waits for the writing: what is
decided meanwhile comes along when the new folder takes the place of the old one.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ...data.errors import InputError
from ...data.lock import locked
from ...data.result.cast import Churn
from ...data.result.crops import Crops
from ...data.result.decisions import Decision, Decisions, What
from ...data.result.people_folder import FolderCrops, find_crops
from ...data.result.result import TABLE, StoredResult
from ..editing import WritePages, again, record, save, says_who, write_decisions
from ..people import undoing
from ..people.by_hand import read_by_hand
from ..people.cast_of import with_names
from ..report.decisions import made_text
from .snapshot import Snapshot

SAVE_AFTER_S = 20.0
"""Seconds without a decision after which the whole result is saved."""

ANSWER_WITHIN_S = 0.08
"""So long an action waits for both stages; then it is answered, and they go on."""

_MOST_WAITING_S = 60.0  # for the decision before; both stages of 50,000 tracks take less

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
        self._is_dirty = self._is_closing = self._is_over = False
        self._holds_lock = False  # of the result; changes while ``_changing`` is held
        self._saved_error = ""
        self._actions: list[list[int]] = []  # the lines of each
        self._decided_s = time.monotonic()
        self.now = self._settled()
        self._threads = [
            threading.Thread(target=target, name=f"castlist review: {name}", daemon=True)
            for name, target in (("saving", self._keep_saving), ("both stages", self._work))
        ]
        for thread in self._threads:
            thread.start()

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
            made = self._decide(now, new)
            with self._state:
                self._state.wait_for(lambda: self.now.is_settled, ANSWER_WITHIN_S)
                texts = made_text(made, self.now.decisions, now.result.cast)
                return "; ".join(texts), self.now

    def _decide(self, now: Snapshot, new: Sequence[Decision]) -> Sequence[Decision]:
        """Write decisions down and let both stages run; returns the new lines."""
        decisions = record(self.folder, now.decisions, new, self._holds_lock)
        made = decisions.lines[len(now.decisions) :]
        self._actions.append([decision.line for decision in made])
        decided = now.decided(decisions, f"{self._generation}.{decisions.last_line}")
        is_about_who = says_who(made, decisions)
        if not is_about_who:
            renamed = with_names(now.result, decisions)
            decided = decided.settled(renamed, _churn(now.result, renamed))
            decided.with_evidence_of(now)
        with self._state:
            self.now = decided
            self._todo = (now, decisions) if is_about_who else None
            self._is_dirty, self._decided_s = True, time.monotonic()
            self._state.notify_all()
        return made

    def undo(self, version: str) -> tuple[str, Snapshot]:
        """Take back what the last action decided; arguments and errors as ``act``."""

        def make(now: Snapshot) -> list[Decision]:
            last = undoing.undo(now.decisions).undoes
            lines = next((action for action in self._actions if last in action), [last])
            backwards = reversed(now.decisions.in_force)
            return [Decision(What.UNDO, undoes=one.line) for one in backwards if one.line in lines]

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
        saving, stages = self._threads
        saving.join()
        with self._state:
            self._is_over = True
            self._state.notify_all()
        stages.join()
        if self._saved_error:
            raise InputError(self._saved_error)
        return was_dirty

    def _refuse_stale(self, now: Snapshot, version: str) -> None:
        if version != self._as_in_folder(now).version:
            raise StaleError(
                "this page showed an earlier state: another tab or program has changed the result."
                " Nothing was changed; here is how it is now"
            )

    def _as_in_folder(self, now: Snapshot) -> Snapshot:
        """Return the state; the one in the folder where another program has changed that."""
        is_ahead = Decisions.read(self.folder).last_line != now.decisions.last_line
        if is_ahead or _stamp(self.folder) != now.stamp:
            with self._state:
                self._generation += 1
                self.now = now = self._settled()
        return now

    def _settled(self) -> Snapshot:
        """Read the result and its decisions as they are in the folder."""
        result, decisions = StoredResult.load(self.folder), Decisions.read(self.folder)
        if decisions.last_line != result.cast.num_read:
            result, self._is_dirty = again(result, decisions), True
        version = f"{self._generation}.{decisions.last_line}"
        return Snapshot(result, decisions, version, _stamp(self.folder))

    def _work(self) -> None:
        """Run both stages after every decision that says who somebody is."""
        while True:
            with self._state:
                self._state.wait_for(lambda: self._todo is not None or self._is_over)
                todo, self._todo = self._todo, None
            if todo is None:
                return
            self._find_again(*todo)

    def _find_again(self, before: Snapshot, decisions: Decisions) -> None:
        result = again(before.result, decisions)
        settled = self.now.settled(result, _churn(before.result, result))
        with self._state:
            self.now = settled
            self._state.notify_all()

    def _keep_saving(self) -> None:
        """Save when nothing was decided for a while, and at the end."""
        while True:
            with self._state:
                while not self._is_closing:
                    left_s = self._decided_s + self._save_after_s - time.monotonic()
                    if self._is_dirty and left_s <= 0:
                        break
                    self._state.wait(left_s if self._is_dirty else None)
                is_last, is_dirty = self._is_closing, self._is_dirty
            if is_dirty:
                self._save()
            if is_last:
                return

    def _save(self) -> None:
        """Save everything, with what the user did by hand in the folder meanwhile."""
        try:
            with self._locked():
                loaded = StoredResult.load(self.folder)
                with self._changing:
                    now = self._as_in_folder(self.settled())
                if read_by_hand(loaded, now.decisions).decisions:  # which takes a while
                    now = self._decide_by_hand(loaded)
                crops = _crops_of(now.result, find_crops(self.folder))
                save(
                    dataclasses.replace(now.result, crops=crops, folder=None),
                    self.folder,
                    now.decisions,
                    loaded,
                    self._write_pages,
                    swapping=lambda partial: self._taking_place(partial, now),
                )
            self._saved_error = ""
        except (InputError, OSError) as error:
            self._saved_error = f"not saved yet, but every decision is in edits.jsonl: {error}"
            with self._state:
                self._decided_s = time.monotonic()  # later

    def _decide_by_hand(self, loaded: StoredResult) -> Snapshot:
        with self._changing:
            now = self.settled()
            self._decide(now, read_by_hand(loaded, now.decisions).decisions)
            return self.settled()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the lock of the result; the decisions of this session go on all the same."""
        with ExitStack() as held:
            with self._changing:
                held.enter_context(locked(self.folder, "castlist review"))
                self._holds_lock = True
            try:
                yield
            finally:
                with self._changing:
                    self._holds_lock = False
                    held.close()

    @contextmanager
    def _taking_place(self, partial: Path, before: Snapshot) -> Iterator[None]:
        """Put what was decided since into a new folder, while it takes the place of the old one."""
        files = {
            name: self.folder / path.relative_to(partial)
            for name, path in find_crops(partial).items()
        }
        crops = _crops_of(before.result, files)
        with self._changing:
            now = self.settled()
            is_behind = now.decisions.last_line != before.decisions.last_line
            if is_behind:
                write_decisions(partial, now.decisions)
            yield
            with self._state:
                self.now, self._is_dirty = now.saved(crops, _stamp(self.folder)), is_behind


def _crops_of(result: StoredResult, files: Mapping[str, Path]) -> Crops:
    """Return the crops of the rows of a result, which are these files by their names."""
    return FolderCrops(result.faces, {photo.name for photo in result.run.photos}, files)


def _churn(before: StoredResult, after: StoredResult) -> Churn:
    return Churn.between(before.cast.of_faces(before.faces), after.cast.of_faces(after.faces))


def _stamp(folder: Path) -> tuple[int, int]:
    """Return what tells one table from another that took its place."""
    facts = (folder / TABLE).stat()
    return facts.st_ino, facts.st_mtime_ns
