"""Adds films and photos to a library: what is new is looked at, then people are found anew."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...data.errors import InputError, StoppedError
from ...data.hashes.content import hash_source
from ...data.json_fields import plain
from ...data.lock import locked
from ...data.media.search import Skipped
from ...data.media.streams import film_taken_s
from ...data.progress import ProgressHook
from ...data.result.result import StoredResult, is_result
from ..api.inputs import refuse_no_files
from ..config import make_config, named
from ..identity.assignment import LibraryChurn
from ..library_files.catalogue import Catalogue
from ..library_files.head import Head, Networks
from ..library_files.index import Index
from ..library_files.originals import names_beside, stamp_of_edits
from ..library_files.places import Places
from ..report.wording import count
from ..workers.engines import Look
from ..workers.looking import Work
from ..workers.remote import is_url
from ..workers.unit import LookedAt
from .changing import Changed, Changing
from .exchange import Exchanged
from .finding import churn_between
from .networks import networks_now, networks_of_results, of_other_networks
from .scan import Scan, scan


@dataclass(frozen=True)
class Added:
    """What came of adding to a library.

    Attributes:
        looked_at: names of films and folders of photos that were new, or were looked at again.
        num_known: films and photos that were in the library already.
        moved, copies: new places of known ones, and further files with the same content.
        gone: where known ones were the last time and are not any more.
        failed: what could not be used, a line each.
        left_out: what of the rest could not be used, or is left out by design, a line each.
        churn: what became of the earlier people.
        num_people: how many there are.
        exchanged: what came of writing names into the films' results.
    """

    looked_at: tuple[str, ...]
    num_known: int
    moved: tuple[Path, ...]
    copies: tuple[Path, ...]
    gone: tuple[Path, ...]
    failed: tuple[str, ...]
    left_out: tuple[str, ...]
    churn: LibraryChurn
    num_people: int
    exchanged: Exchanged = field(default_factory=Exchanged)

    @property
    def is_whole(self) -> bool:
        """Whether everything that was meant could be looked at."""
        return not self.failed


ADDING = "castlist library add"
"""What the program does, for the message that another one prints."""

_WAIT_S = 600.0  # for a decision that somebody makes meanwhile


class Adding(Changing):
    """One call of ``Library.add``.

    It takes hours. The lock of the library is held only where something is written, so that its
    user goes on naming people; a lock of its own keeps another ``add`` out.

    Args:
        places: of the library.
        head: what the library says of itself.
        look: looks at what is new.
        progress: called as (step, completed, total).
        cache: folder of the cache; None = the user's.
        again: look again at what other networks have looked at.
    """

    def __init__(
        self,
        places: Places,
        head: Head,
        look: Look,
        progress: ProgressHook,
        cache: Path | None,
        again: bool,
    ) -> None:
        super().__init__(places, head, progress)
        self._look_at, self._cache, self._again = look, cache, again

    def run(self, given: Sequence[str | Path]) -> Added:
        """Look at what is new, and find the people of all films.

        Args:
            given: films, photos, folders and results.

        Raises:
            InputError: an input is no file; or the networks here are not those of the library.
        """
        before, known = self.people, dict(self.catalogue.rows)
        self.head = self._with_networks()
        found = self._scan(given)
        with self._alone():
            scanned = self.catalogue
            self.read()
            self.catalogue.follow(known, scanned.rows)
            self._check_networks(found)
            self.places.films.mkdir(parents=True, exist_ok=True)
            self.head.write(self.places)
            self.catalogue.write(self.places)
        looked_at, unused = self._look(found)
        with self._alone():
            self.read()
            problems, changed = self._find_people(self.exchange.take_in())
        bad, left_out = self._reasons(found.skipped)
        return Added(
            looked_at=tuple(done.unit.name for done in looked_at if not done.error),
            num_known=found.num_known,
            moved=tuple(found.moved),
            copies=tuple(found.copies),
            gone=tuple(found.gone),
            failed=(*bad, *(done.error for done in looked_at if done.error), *problems),
            left_out=(*unused, *left_out),
            churn=churn_between(before, changed.people),
            num_people=len(changed.people.people),
            exchanged=changed.exchanged,
        )

    def _alone(self) -> AbstractContextManager[None]:
        """Hold the lock of the library; whoever looks at films again holds it all the time."""
        return nullcontext() if self._again else locked(self.places.root, ADDING, _WAIT_S)

    def _scan(self, given: Sequence[str | Path]) -> Scan:
        """Find out what is new.

        Raises:
            InputError: an input is no file, or there is no film and no photo.
        """
        urls = [str(path) for path in given if is_url(path)]
        paths = [Path(path) for path in given if not is_url(path)]
        refuse_no_files(path for path in paths if not is_result(path))
        others: frozenset[str] = frozenset()
        if self._again:
            now = networks_now(self.head.settings, self.progress)
            others = of_other_networks(now, self.places, self.catalogue)
        found = scan(paths, self.catalogue, self.progress, others, urls)
        if not found.units and not found.num_known and not found.copies:
            bad = [item.reason for item in found.skipped if not item.is_meant]
            raise InputError(bad[0] if bad else "expected films or photos, found none")
        return found

    def _reasons(self, skipped: Sequence[Skipped]) -> tuple[list[str], list[str]]:
        """Return what cannot be used, and what is left out by design, a line each."""
        own_results = self._own_results()
        bad = [item for item in skipped if not item.is_meant]
        left_out = [
            item for item in skipped if item.is_meant and item.path.absolute() not in own_results
        ]
        return [_line(item) for item in bad], [_line(item) for item in left_out]

    def _own_results(self) -> set[Path]:
        """Return where results may lie that need no note: in the library, and beside its films."""
        rows = [row for row in self.catalogue.rows.values() if row.kind == "film" and row.path]
        films = [Path(row.path) for row in rows]
        return {
            *(self.places.result(key).absolute() for key in self.catalogue.films),
            *(film.with_name(name) for film in films for name in names_beside(film)),
        }

    def _with_networks(self) -> Head:
        """Return the head; where it was lost, with the networks of the first of the results."""
        if self.head.networks is not None:
            return self.head
        networks = networks_of_results(self.places, self.catalogue)
        return dataclasses.replace(self.head, networks=networks)

    def _look(self, found: Scan) -> tuple[list[LookedAt], list[str]]:
        """Return what became of everything that is new, and what of it is left out."""
        work = Work(self.places.films, self.head.settings, self._cache, self._again)
        done: list[LookedAt] = []
        left_out: list[str] = []
        try:
            for looked_at in self._look_at(found.units, work, self.progress):
                if not looked_at.error:
                    result = StoredResult.load(work.out(looked_at.unit))
                    looked_at = self._checked(looked_at, result)
                    skipped = [source for source in result.run.skipped if not source.is_meant]
                    left_out += [f"{source.name}: {source.reason}" for source in skipped]
                done.append(looked_at)
                if not looked_at.error:
                    self._take_in(looked_at, result)
        except KeyboardInterrupt as stop:
            kept = stop.args if isinstance(stop, StoppedError) else ()
            number = sum(not looked_at.error for looked_at in done)
            new = [count(number, "film or folder", "films and folders")] if number else []
            raise StoppedError(*new, *kept) from stop
        return done, left_out

    def _checked(self, looked_at: LookedAt, result: StoredResult) -> LookedAt:
        """Refuse the result of other networks than the library's."""
        networks, theirs = self.head.networks, Networks.of(result.models)
        if networks is None or not len(result.faces) or theirs == networks:
            return looked_at
        if not looked_at.was_there:
            shutil.rmtree(self.places.result(looked_at.unit.key), ignore_errors=True)
        error = (
            f"{looked_at.unit.name}: seen by the networks {theirs.names}, this library has"
            f" {networks.names}, which cannot be compared; add it with --again to look at"
            " everything again"
        )
        return dataclasses.replace(looked_at, error=error)

    def _take_in(self, looked_at: LookedAt, result: StoredResult) -> None:
        """Note a result as soon as it is there, so that nothing of it is done twice."""
        if self.head.networks is None and len(result.faces):
            self.head = dataclasses.replace(self.head, networks=Networks.of(result.models))
            self.head.write(self.places)
        taken = {
            source.path: when
            for source in result.run.films
            if source.path and not is_url(source.path)
            if (when := film_taken_s(Path(source.path))) is not None
        }
        left_out = {}
        if looked_at.unit.kind == "photos":
            used = {source.path for source in result.sources}
            left_out = {str(p): hash_source(p) for p in looked_at.unit.paths if str(p) not in used}
        given = looked_at.unit.paths[0] if looked_at.unit.kind == "result" else None
        original, seen = (str(given), stamp_of_edits(given)) if given else ("", "")
        with self._alone():
            self.catalogue = Catalogue.read(self.places)
            self.catalogue.put(looked_at.unit.key, result.run, taken, left_out, original, seen)
            self.catalogue.write(self.places)

    def _find_people(self, met: Collection[str]) -> tuple[list[str], Changed]:
        """Return why some results could not be read, a line each, and what became of people."""
        index = Index.read(self.places.index)
        index.drop(index.damaged())
        problems, changed = self.find_changed(index, met, self.progress)
        return problems, changed or self.unchanged(index)

    def _check_networks(self, found: Scan) -> None:
        """Refuse to look with other networks than before, or begin with these when asked.

        Raises:
            InputError: other networks are here now than the library was made with.
        """
        if not any(unit.kind != "result" for unit in found.units) or self.head.networks is None:
            return
        now = networks_now(self.head.settings, self.progress)
        if now == self.head.networks:
            return
        if not self._again:
            raise InputError(
                f"{self.places.root}: made with the face networks {self.head.networks.names}, but"
                f" those here are {now.names}, whose vectors cannot be compared with them; add with"
                " --again to look at everything again"
            )
        self.head = dataclasses.replace(self.head, networks=now)
        index = Index.read(self.places.index)
        index.drop(index.films["film"].to_pylist())
        index.write()


def head_for(head: Head | None, asked: Mapping[str, Any]) -> Head:
    """Return what a library says of itself: its settings are those it was made with.

    Raises:
        InputError: other settings are asked for than it was made with.
        ConfigError: a setting that does not exist, or a value that it cannot have.
    """
    make_config(dict(asked))
    if head is None:
        return Head(plain(dict(asked)))
    different = [key for key, value in asked.items() if head.settings.get(key) != plain(value)]
    if different:
        raise InputError(
            f"{', '.join(map(named, different))}: this library was made with other settings, which"
            " hold for all of its films; leave them out, or make another library"
        )
    return head


def _line(skipped: Skipped) -> str:
    path, reason = skipped.path, skipped.reason
    is_said = is_url(reason) or reason.startswith(str(path))
    return reason if is_said else f"{path}: {reason}"
