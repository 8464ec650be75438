"""What can be asked of a library; nothing changes by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import InputError
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
    from .films import LibraryFilm
    from .recognised import Recognition
    from .status import LibraryStatus


class LibraryQuestions:
    """The films, photos and people of a library, as they are.

    Args:
        path: folder of the library.
    """

    def __init__(self, path: str | Path) -> None:
        self._places = Places(Path(path))
        self._loaded = LoadedLibrary(self._places)
        Head.read(self._places)

    @property
    def folder(self) -> Path:
        """The folder of the library."""
        return self._places.root

    @property
    def people(self) -> list[LibraryPerson]:
        """Everybody who is not hidden, the most frequent first."""
        return self._loaded.people.shown

    @property
    def everybody(self) -> LibraryPeople:
        """Everybody, also those that are hidden; who is whom in which film; and who may be one."""
        return self._loaded.people

    @property
    def films(self) -> list[LibraryFilm]:
        """The films and folders of photos by name, with who is in each and not hidden."""
        from .films import films_of

        loaded = self._loaded
        return films_of(loaded.catalogue, loaded.people, loaded.index.people)

    def films_called(self, names: str | Iterable[str]) -> list[LibraryFilm]:
        """Return films and folders of photos by the end of a path, or by key.

        Raises:
            InputError: nothing is called so.
        """
        from .films import films_meant

        wanted = [names] if isinstance(names, str) else list(names)
        return films_meant(wanted, self.films, self._loaded.catalogue)

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

    def who(
        self,
        paths: str | Path | Iterable[str | Path],
        cache: str | Path | None = None,
        progress: ProgressHook = silent,
    ) -> Recognition:
        """Say who of the library is in films and photos; nothing is added.

        Args:
            paths: photos, films and folders of them, or one result of castlist.
            cache: folder for what the networks saw; None = the user's.
            progress: called as (step, completed, total).

        Raises:
            InputError: they cannot be used, nobody is in the library, or the networks are others.
        """
        from .recognised import recognised, seen_in

        given = [paths] if isinstance(paths, str | Path) else list(paths)
        loaded = self._loaded
        people, head = loaded.people, loaded.head  # an unfinished library first
        if not people.people:
            raise InputError(f"{self.folder}: there is nobody in this library yet; add films first")
        result = seen_in(given, head, Path(cache) if cache else None, progress)
        return recognised(result, head, loaded.index, people)

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

    def _all(self, who: Who | Iterable[Who]) -> list[LibraryPerson]:
        return [self[one] for one in several(who)]

    def __repr__(self) -> str:
        return f"<Library {self.folder}>"
