"""Library: many films, one identity of their people, from Python; the command calls it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.lock import locked
from ...data.progress import ProgressHook, silent
from ..api.shown import Who, several
from ..library_files.head import Head
from .questions import LibraryQuestions

if TYPE_CHECKING:  # imported where they are used: a question is answered before they are
    from .adding import Added
    from .deciding import Decided, Deciding
    from .exchange import Exchanged
    from .films import Removed


class Library(LibraryQuestions):
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
        super().__init__(path)
        self._progress, self._writes_names = progress, writes_names

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

    def remove(self, films: str | Iterable[str]) -> Removed:
        """Take films and folders of photos out, and whoever is seen in nothing else.

        What castlist made of them in the library is deleted, with the corrections made there. The
        files themselves and results of your own stay; ``add`` brings them back.

        Args:
            films: ends of their paths, or keys, as in ``films``.

        Raises:
            InputError: nothing is called so, or another program is changing the library.
        """
        from .changing import Changing
        from .films import Removed

        head = self._loaded.head
        with locked(self.folder, "castlist library remove"):
            self._loaded.forget()
            meant = tuple(self.films_called(films))
            changing = Changing(self._places, head, self._progress, self._writes_names)
            changed = changing.remove([film.key for film in meant])
        self._loaded.forget()
        return Removed(meant, changed.people, changed.churn)

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

    def redo(self) -> Decided:
        """Bring back what was taken back last, unless something was decided since.

        Raises:
            InputError: there is nothing.
        """
        return self._decide(lambda made: made.redo())

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

    def _decide(self, make: Callable[[Deciding], Decided]) -> Decided:
        from .deciding import Deciding

        head = self._loaded.head
        with locked(self.folder, "a decision"):
            deciding = Deciding(self._places, head, self._progress, self._writes_names)
            deciding.catch_up()
            done = make(deciding)
        self._loaded.forget(done.people)
        return done
