"""What a user decides about the people of a result, from Python: the words of castlist edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Self, TypeAlias

from ...data.errors import InputError
from ...data.result.decisions import Decision, Decisions
from ...data.result.result import StoredResult
from ..analysis.cache import default_cache
from ..editing import change
from ..people import deciding, finding, undoing
from ..report.write import write_report
from .shown import Who, several, word_of

Crops: TypeAlias = "str | Path | Iterable[str | Path]"
"""Files of people/, or their names."""


class Decided(StoredResult):
    """A result whose user decides; each decision is kept in its folder, and returns a new one."""

    def rename(self, who: Who, name: str, merge: bool = False) -> Self:
        """Give a person a name, in the folder of the result; returns the new result.

        Args:
            who: the person.
            name: what they are called.
            merge: whether a person of that name already is the same one.

        Raises:
            InputError: the result is not saved yet, nobody has that name, or the name is taken.
        """
        return self._decided(
            lambda now, decisions: deciding.name(now, _id(now, who), name, merge, decisions)
        )

    def merge(self, who: Who, other: Who) -> Self:
        """Say that two are one person, who keeps the id and name of the first; see ``rename``."""
        return self._decided(lambda now, _: [deciding.merged(now, _id(now, who), _id(now, other))])

    def move(self, crops: Crops, to: Who) -> Self:
        """Give faces to a person, ``"new"``, or ``"unknown"``; see ``rename``.

        Args:
            crops: files of people/, or their names; the rest of the shot goes along.
            to: whose faces they are.
        """

        def make(now: StoredResult, decisions: Decisions) -> list[Decision]:
            wanted = word_of(to) if word_of(to) in (finding.NEW, "unknown") else ""
            person_id = finding.target(now, wanted, decisions) if wanted else _id(now, to)
            return [deciding.moved(now, finding.find_rows(now, _names(crops)), person_id)]

        return self._decided(make)

    def not_(self, crops: Crops) -> Self:
        """Say that faces are not the people that they have; see ``move``."""
        return self._decided(
            lambda now, _: deciding.denied(now, finding.find_rows(now, _names(crops)))
        )

    def not_a_face(self, crops: Crops) -> Self:
        """Say that crops show no face; see ``move``."""
        return self._decided(
            lambda now, _: [deciding.no_face(now, finding.find_rows(now, _names(crops)))]
        )

    def hide(self, who: Who | Iterable[Who], hidden: bool = True) -> Self:
        """Leave people out of pages, counts and exports, or bring them back; see ``rename``."""
        return self._decided(
            lambda now, _: [deciding.hidden(now, one, hidden) for one in _ids(now, who)]
        )

    def forget(
        self,
        who: Who | Iterable[Who],
        known: str | Path | None = None,
        cache: str | Path | None = None,
    ) -> Self:
        """Remove vectors, crops and names of people, for good; see ``rename``.

        Args:
            who: a person, or several.
            known: folder of known people that they leave, too.
            cache: folder of the cache; None = the user's.
        """
        from ..forgetting import forget_in_cache
        from ..learning import forget_known

        names = [self.cast.names.get(one) for one in _ids(self, who)]
        result = self._decided(
            lambda now, _: [deciding.forgotten(now, one) for one in _ids(now, who)]
        )
        assert result.folder is not None
        forget_in_cache(Path(cache or default_cache()), Decisions.read(result.folder))
        for name in names:
            if known is not None and name is not None:
                forget_known(Path(known), name)
        return result

    def undo(self) -> Self:
        """Take back the last decision; see ``rename``."""
        return self._decided(lambda _, decisions: [undoing.undo(decisions)])

    def redo(self) -> Self:
        """Bring back what was taken back last; see ``rename``."""
        return self._decided(lambda _, decisions: [decisions.to_bring_back])

    def learn(self, folder: str | Path) -> list[str]:
        """Put the people with names into a folder of known people; returns the names.

        Raises:
            InputError: nobody has a name, or the folder cannot be written to.
        """
        from ..learning import add_known  # it may have to look at photos, with all that takes

        return add_known(Path(folder), self).names

    def _decided(self, make: Callable[[StoredResult, Decisions], Sequence[Decision]]) -> Self:
        if self.folder is None:
            raise InputError("expected a result that is saved, to keep decisions; call save first")
        change(self.folder, make, write_report)
        return type(self).load(self.folder)


def _id(result: StoredResult, who: Who) -> int:
    return result.cast.find(word_of(who))


def _ids(result: StoredResult, who: Who | Iterable[Who]) -> list[int]:
    return list(dict.fromkeys(_id(result, one) for one in several(who)))


def _names(crops: Crops) -> list[str]:
    return [str(crops)] if isinstance(crops, str | Path) else [str(path) for path in crops]
