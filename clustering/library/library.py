"""Library: many films, one identity of their people, from Python; the command calls it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.lock import locked
from ...data.progress import ProgressHook, silent
from ..api.shown import Who, several
from ..library_files.catalogue import Catalogue
from ..library_files.decisions import LibraryDecisions
from ..library_files.head import Head
from ..library_files.people import LibraryPeople, LibraryPerson
from ..library_files.places import Places
from .loaded import LoadedLibrary
from .moments import asking_for
from .shown import LibraryShown

if TYPE_CHECKING:  # imported where they are used: a question is answered before they are
    import pyarrow as pa

    from ...data.result.result import StoredResult
    from .adding import Added
    from .deciding import Decided, Deciding
    from .exchange import Exchanged
    from .status import LibraryStatus


class Library:
    """Films and photos of any number, and who is in them.

    Examples:
        >>> library = Library("archive")
        >>> library.add(["film.mp4", "holiday/"])  # doctest: +SKIP
        >>> for person in library.people:  # doctest: +SKIP
        ...     print(person.called, person.films)
        >>> print(library.show("Anna", with_="Carl"))  # doctest: +SKIP

    Args:
        path: folder of the library; ``add`` makes it.
        progress: called as (step, completed, total) while names are written into films' results.
        writes_names: whether decisions write names into films' results; else ``write_names`` does.
    """

    def __init__(
        self, path: str | Path, progress: ProgressHook = silent, writes_names: bool = True
    ) -> None:
        self._places, self._progress = Places(Path(path)), progress
        self._writes_names = writes_names
        self._loaded = LoadedLibrary(self._places)
        Head.read(self._places)

    @property
    def folder(self) -> Path:
        """The folder of the library."""
        return self._places.root

    def add(
        self,
        paths: str | Path | Iterable[str | Path],
        *,
        jobs: int = 1,
        engine: str = "local",
        address: str = "auto",
        again: bool = False,
        cache: str | Path | None = None,
        progress: ProgressHook = silent,
        **settings: Any,
    ) -> Added:
        """Look at films and photos that are new, and find the people of all of them anew.

        What is in the library already is not looked at again, wherever it lies now. A call that was
        stopped, in whatever way, carries on when it is made again. What cannot be used does not
        stop the rest.

        Args:
            paths: films, photos, folders of them, and results of castlist; addresses of films,
                such as ``s3://bucket/film.mp4``.
            jobs: how many films at a time, each in a process of its own.
            engine: ``local``, or ``ray``: on the machines of a Ray cluster, a film a task.
            address: of that cluster; ``auto`` = the one that this machine belongs to.
            again: look again at what other networks have looked at.
            cache: folder for what the networks saw; None = the user's.
            progress: called as (step, completed, total).
            settings: as for ``castlist.find``; for all films of the library, when it is made.

        Raises:
            InputError: nothing can be used, another program is changing the library, or its
                networks or settings are others.
            ConfigError: a setting that does not exist, or a value that it cannot have.
        """
        from ..api.settings import keys_of
        from ..workers.engines import look_by
        from .adding import ADDING, Adding, head_for

        given = [paths] if isinstance(paths, str | Path) else list(paths)
        look = look_by(engine, jobs, address)
        head = head_for(Head.read(self._places), keys_of(settings))
        own_cache = Path(cache) if cache else None
        with locked(self.folder, ADDING, kind=".adding"), ExitStack() as held:
            held.enter_context(locked(self.folder, ADDING))
            adding = Adding(self._places, head, look, progress, own_cache, again)
            if not again:  # decisions go on beside it; not while films are of two networks
                held.close()
            done = adding.run(given)
        self._loaded.forget()
        return done

    @property
    def people(self) -> list[LibraryPerson]:
        """Everybody who is not hidden, the most frequent first."""
        return self._loaded.people.shown

    @property
    def everybody(self) -> LibraryPeople:
        """Everybody, also those that are hidden; who is whom in which film; and who may be one."""
        return self._loaded.people

    def __getitem__(self, who: Who) -> LibraryPerson:
        """Return a person by name, id or number.

        Raises:
            InputError: nobody has that name.
        """
        return self._loaded.people.find(str(who))

    def __iter__(self) -> Iterator[LibraryPerson]:
        return iter(self.people)

    def __len__(self) -> int:
        """Return how many people there are; the hidden are not among them."""
        return len(self.people)

    def show(
        self,
        who: Who | Iterable[Who],
        with_: Who | Iterable[Who] = (),
        without: Who | Iterable[Who] = (),
        from_: str | None = None,
        to: str | None = None,
        min_s: float = 0.0,
    ) -> LibraryShown:
        """Return where people are seen, over all films: print it, or ``.copy_to("album/")``.

        Args:
            who: people by name, id or number.
            with_: only where all of these are seen at the same time.
            without: only where none of these is seen.
            from_: only what was taken on this day or later: ``2019-07-14``, ``2019-07``, ``2019``.
            to: only what was taken on this day or before.
            min_s: the shortest shot, seconds.

        Raises:
            InputError: nobody has that name.
            MisuseError: a day that does not exist, or an end before the beginning.
        """
        asking = asking_for(self._all(who), self._all(with_), self._all(without), from_, to, min_s)
        return self._loaded.moments.show(asking, self._loaded.facts)

    def name(self, who: Who, name: str, merge: bool = False) -> Decided:
        """Give a person a name, in all films, or take it off.

        Args:
            who: the person.
            name: what they are called; nothing, or blanks = without a name.
            merge: whether a person of that name already is the same one.

        Raises:
            InputError: nobody has that name, the name is taken or cannot be one, or one that is
                taken off was given in a film's own result.
        """
        return self._decide(lambda made: made.name(str(who), name, merge))

    def same(self, who: Who, other: Who) -> Decided:
        """Say that two are one person, who keeps the id and name of the first.

        Args:
            who: a person; or one of a film, as ``Anna@film.mp4``.
            other: the same.

        Raises:
            InputError: nobody has that name, or a picture shows both.
        """
        return self._decide(lambda made: made.same(str(who), str(other)))

    def apart(self, who: Who, other: Who) -> Decided:
        """Say that two are two people: also of one person and whom it has in a film.

        Args:
            who: a person, or one of a film.
            other: the same; ``Anna@film.mp4`` is whom Anna is taken for in that film.

        Raises:
            InputError: nobody has that name.
        """
        return self._decide(lambda made: made.apart(str(who), str(other)))

    def hide(self, who: Who | Iterable[Who], hidden: bool = True) -> Decided:
        """Leave a person, or several, out of lists and exports, or bring them back."""
        return self._decide(lambda made: made.hide([str(one) for one in several(who)], hidden))

    def forget(self, who: Who, cache: Path | None = None) -> Decided:
        """Remove vectors, crops and name of a person in all films; it cannot be undone.

        Args:
            who: the person.
            cache: folder of the cache, from which they go, too; None = the user's.
        """
        return self._decide(lambda made: made.forget(str(who), cache))

    def undo(self) -> Decided:
        """Take back the last decision.

        Raises:
            InputError: there is none, or it cannot be taken back.
        """
        return self._decide(lambda made: made.undo())

    @property
    def index_people(self) -> pa.Table:
        """The table of the people of all films, as the index has it; no result is opened."""
        return self._loaded.index.people

    @property
    def catalogue(self) -> Catalogue:
        """The films and photos: where each is, and in which result."""
        return self._loaded.catalogue

    @property
    def can_undo(self) -> bool:
        """Whether there is a decision that ``undo`` takes back."""
        return LibraryDecisions.read(self.folder).can_undo

    def take_in(self) -> None:
        """Read everything anew, with what users decided in their own results of films since."""
        from .changing import Changing

        self._loaded.forget()
        head = self._loaded.head
        with locked(self.folder, "castlist library"):
            Changing(self._places, head, self._progress, self._writes_names).catch_up()
        self._loaded.forget()

    def write_names(self, films: Collection[str] | None = None) -> Exchanged:
        """Write what the library calls people, and who is hidden, into the results of its films.

        What users decided in these results since is taken in first.

        Args:
            films: keys of the results; None = all that lack something.

        Raises:
            InputError: another program is changing the library.
        """
        from .changing import Changing

        head = self._loaded.head
        with locked(self.folder, "writing names"):
            changing = Changing(self._places, head, self._progress, writes=False)
            changing.catch_up()
            done = changing.write_names(films)
        self._loaded.forget()
        return done

    def asked(
        self, most: int = 10, skipped: Collection[frozenset[int]] = ()
    ) -> list[tuple[LibraryPerson, LibraryPerson, float]]:
        """Return pairs of people who may be one, with the probability, nearest to even first.

        Pairs that are on screen at one time are left out.

        Args:
            most: how many at most.
            skipped: pairs of ids that the user does not want to answer.
        """
        people = self._loaded.people
        open_pairs = (
            pair
            for pair in people.open_pairs
            if {pair.first, pair.second} not in skipped
            and not self._loaded.moments.are_seen_together(pair.first, pair.second)
        )
        return [
            (people.by_id[pair.first], people.by_id[pair.second], pair.probability)
            for pair in islice(open_pairs, most)
        ]

    def export(self, path: str | Path, who: Who | Iterable[Who] = (), **options: Any) -> Path:
        """Write shots or faces of people over all films for another program.

        Args:
            path: such as ``anna.otio``, ``people.csv``.
            who: only these people; nobody = all who are not hidden.
            options: fields of ``castlist.clustering.exports.options.ExportOptions``.

        Raises:
            InputError: no such format, nothing to export, or the file is one of the library.
        """
        from ..exports.export import export
        from ..exports.options import ExportOptions

        self._places.refuse_own(Path(path))
        format_name = options.pop("format_name", None)
        result = self.result(who)
        everybody = tuple(range(len(result.cast.ids)))
        export(result, Path(path), ExportOptions(people=everybody, **options), format_name)
        return Path(path)

    def result(self, who: Who | Iterable[Who] = ()) -> StoredResult:
        """Return the faces of some people over all films as one result, without vectors and crops.

        Args:
            who: the people; nobody = all who are not hidden.

        Raises:
            InputError: nobody has that name, or a result is damaged.
        """
        from .combined import combined

        people = self._all(who) or self.people
        return combined(people, self._loaded.people, self._places, self._loaded.catalogue)

    def status(self) -> LibraryStatus:
        """Return how the library is: what is gone, what cannot be read or compared."""
        from .status import status

        loaded = self._loaded
        return status(self._places, loaded.head, loaded.catalogue, loaded.people)

    def _all(self, who: Who | Iterable[Who]) -> list[LibraryPerson]:
        return [self[one] for one in several(who)]

    def _decide(self, make: Callable[[Deciding], Decided]) -> Decided:
        from .deciding import Deciding

        head = self._loaded.head
        with locked(self.folder, "a decision"):
            deciding = Deciding(self._places, head, self._progress, self._writes_names)
            deciding.catch_up()
            done = make(deciding)
        self._loaded.forget(done.people)
        return done

    def __repr__(self) -> str:
        return f"<Library {self.folder}>"
