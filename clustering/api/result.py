"""Result: what was found, and what can be done with it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, overload

from ...data.errors import InputError
from ...data.files import Swapping
from ...data.lock import locked
from ...data.progress import ProgressHook, silent
from ...data.result.people import gather_people, gather_unknown
from ...data.result.people_folder import Edited
from ...data.result.result import PAGE, StoredResult
from ...data.shots.named import find_person
from ...data.tables.label_files import read_labels
from ..editing import places_of, read_folder
from ..report.write import summary, write_report
from .decided import Decided
from .person import Person
from .places import File, is_result_of, refuse_fewer, result_folder
from .shown import Shown, Who, several, show, word_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ..evaluation.pooling import Evaluation


class Result(Decided):
    """Who is in films and photos, and when.

    ``castlist.find`` and ``castlist.load`` return one. People are looked up by name, id or place:

    Examples:
        >>> result["Anna"].id, result["person_001"].name, result[0].name
        ('person_001', 'Anna', 'Anna')
        >>> [person.name for person in result]
        ['Anna', 'person_002', 'person_003']
        >>> print(result.show("Anna", with_="person_002"))
        Anna with person_002: 2 shots, 2.0 s
          00:00:00:00  00:00:01:00     1.0 s    5 faces   93 % sure
          00:00:02:00  00:00:03:00     1.0 s    5 faces   93 % sure

    A result is never changed: a decision returns another one.

    Attributes:
        faces: the table, a row for each face.
        people: everyone who was found, the most frequent first.
        unknown: the faces that stayed unknown, as if they were one person; None without any.
        run: sources, networks, settings and notices.
        crops: the JPEG of each row.
        folder: where the result is; None = it was not saved.
    """

    @classmethod
    def of(cls, stored: StoredResult) -> Self:
        """Return a result as one that can be asked."""
        names = [field.name for field in dataclasses.fields(stored)]
        return cls(**{name: getattr(stored, name) for name in names})

    @cached_property
    def people(self) -> Sequence[Person]:
        """Everyone who was found, the most frequent first; the unknown not among them."""
        people = gather_people(self.faces, self.run, self.cast)
        return [Person.of(person, self) for person in people]

    @cached_property
    def unknown(self) -> Person | None:
        """The faces that stayed unknown, as if they were one person; None without any."""
        unknown = gather_unknown(self.faces, self.run)
        return Person.of(unknown, self) if unknown else None

    @overload
    def __getitem__(self, who: Who) -> Person: ...

    @overload
    def __getitem__(self, who: slice) -> Sequence[Person]: ...

    def __getitem__(self, who: Who | slice) -> Person | Sequence[Person]:
        """Return a person by name or id, or by place: 0 is the most frequent; several by places.

        Raises:
            InputError: nobody has that name.
            IndexError: there are not as many people.
        """
        if isinstance(who, slice):
            return self.people[who]
        if isinstance(who, Integral):  # of numpy and pandas, too
            return self.people[int(who)]
        number = find_person(self, word_of(who))
        everyone = [*self.people, *([self.unknown] if self.unknown else [])]
        return next(person for person in everyone if person.number == number)

    def __contains__(self, who: object) -> bool:
        """Say whether there is a person of a name or id, or this one."""
        if not isinstance(who, str):
            return who in self.people
        with suppress(InputError):
            return bool(self[who])
        return False

    def __iter__(self) -> Iterator[Person]:
        return iter(self.people)

    def __len__(self) -> int:
        """Return how many people there are; the unknown are not among them."""
        return len(self.people)

    def show(
        self,
        who: Who | Iterable[Who] = (),
        with_: Who | Iterable[Who] = (),
        without: Who | Iterable[Who] = (),
        min_s: float = 0.0,
        handles: float = 0.0,
        at: str | float | None = None,
    ) -> Shown:
        """Return where people are seen: print it, or ``.copy_to("album/")``.

        Args:
            who: people by name, id or number; nobody = everybody, a line each.
            with_: only where all of these are seen at the same time.
            without: only where none of these is seen.
            min_s: the shortest shot, seconds.
            handles: seconds more at both ends of a shot.
            at: only who is on screen at this time of a film: seconds, ``1:30`` or timecode.

        Raises:
            InputError: nobody has that name.
            MisuseError: ``at`` is no time, or timecode that no film has.
        """
        return show(self, several(who), several(with_), several(without), min_s, handles, at)

    def save(
        self,
        folder: str | Path | None = None,
        overwrite: bool = False,
        write_pages: Callable[[StoredResult, Path], None] | None = write_report,
        progress: ProgressHook = silent,
        edits: Edited | None = None,
        swapping: Swapping = nullcontext,
    ) -> None:
        """Save the result with its report: all of it, or nothing where that fails.

        Args:
            folder: where to, made when missing; None = where it is, else beside the film, as
                ``film.castlist``.
            overwrite: whether the result of other films, or of more, may be replaced; one of the
                same films is.
            write_pages: writes the report into the folder it is given; None = no report.
            progress: called as (step, completed, total).
            edits: the decisions of the user; None = those that it follows and those in the folder.
            swapping: is given the new folder, complete, and entered while it gets its name.

        Raises:
            InputError: something else is there, or nothing can be written there.
        """
        if self.folder is not None and Path(folder or self.folder).resolve() == (
            self.folder.resolve()
        ):
            return  # it is there
        place = Path(folder) if folder else self._place()
        contents = {source.path: source.content for source in self.sources if source.path}

        def is_it(path: str, file: File) -> bool:
            return contents[path] == file.content

        if self.folder is not None or not is_result_of(place, contents, is_it):
            super().save(place, overwrite, write_pages, progress, edits, swapping)
            return
        if not overwrite:
            refuse_fewer(place, contents, is_it)
        with locked(place, "a result to save"):
            earlier, decisions, _ = read_folder(place)
            if self.decisions is not None and self.decisions.goes_on_from(decisions):
                decisions = self.decisions
            edits = edits or places_of(self, decisions, earlier)
            super().save(place, True, write_pages, progress, edits, swapping)

    def _place(self) -> Path:
        paths = [source.path for source in self.sources if source.path]
        if not paths:
            raise InputError("save: expected a folder: these pictures come from no file")
        return result_folder(paths)

    def evaluate(self, labels: str | Path | Iterable[str | Path]) -> Evaluation:
        """Compare the people with labels, by face alone and with clothing.

        Args:
            labels: CSV files that say who is who; docs/metrics.md has their columns.

        Raises:
            InputError: labels cannot be read, or are of another film.
        """
        from ..evaluation.bootstrap import NUM_RESAMPLES
        from ..evaluation.pooling import evaluate_pairs, pair_results

        paths = [labels] if isinstance(labels, str | Path) else labels
        pairs = pair_results([self], [read_labels(path) for path in paths])
        return evaluate_pairs(pairs, NUM_RESAMPLES)

    def export(
        self,
        path: str | Path,
        who: Who | Iterable[Who] = (),
        *,
        as_: str | None = None,
        source: str | Iterable[str] = (),
        min_s: float = 0.0,
        handles: float = 0.0,
        relative_to: str | Path | None = None,
        moved: str | Path | None = None,
    ) -> Path:
        """Write shots or faces for another program, by the ending of the file.

        Args:
            path: such as ``people.otio``, ``anna.edl``, ``faces.csv``.
            who: only these people.
            as_: the format, where the ending means several, such as ``coco``.
            source: only these films and photos.
            min_s: the shortest shot, seconds.
            handles: seconds more at both ends of a shot.
            relative_to: folder that the path of the film is relative to.
            moved: the film, or a folder with films and photos, where they are now.

        Raises:
            InputError: no such format, nothing to export, or nobody has that name.
        """
        from ..exports.options import ExportOptions
        from .writing import export_to

        options = ExportOptions(
            min_s=min_s,
            handles_s=handles,
            relative_to=Path(relative_to) if relative_to else None,
            moved=Path(moved) if moved else None,
        )
        return export_to(self, Path(path), who, as_, source, options)

    def overlay(
        self,
        path: str | Path,
        who: Who | Iterable[Who] = (),
        *,
        source: str | None = None,
        moved: str | Path | None = None,
        progress: ProgressHook = silent,
    ) -> Path:
        """Write the film with boxes and names drawn into it.

        Args:
            path: of the new film.
            who: only these people.
            source: which film, where there are several.
            moved: the film, or a folder with films, where they are now.
            progress: called as (step, completed, total).

        Raises:
            InputError: nobody has that name, there are several films, or the film is not there.
        """
        from .writing import overlay_to

        return overlay_to(self, Path(path), who, source, Path(moved) if moved else None, progress)

    @property
    def report(self) -> Path | None:
        """The page, absolute; None where the result is not saved."""
        return (self.folder / PAGE).absolute() if self.folder else None

    def to_dict(self) -> dict[str, Any]:
        """Return people with their shots and photos, and the sources, in the types of JSON.

        docs/formats.md has every field.

        Raises:
            InputError: the decisions in the folder of the result are damaged.
        """
        from .fields import result_fields

        return result_fields(self)

    def to_json(self) -> str:
        """Return what ``to_dict`` returns as JSON."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False)

    def to_pandas(self) -> pd.DataFrame:
        """Return the table of faces, a row each, without its vectors.

        Raises:
            InputError: pandas is not installed.
        """
        from ..exports.faces_table import faces_table
        from ..exports.options import ExportOptions
        from .shown import frame_of

        if not len(self.faces):
            return frame_of([])
        everyone = (*(person.number for person in self.people), -1)
        return frame_of(faces_table(self, ExportOptions(people=everyone)).to_pydict())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw who is on screen when, a row for each person; returns the axes of Matplotlib.

        Args:
            ax: where to; None = a new figure.
        """
        from .plot import draw_timeline

        return draw_timeline(self, ax)

    def __str__(self) -> str:
        return summary(self)

    def __repr__(self) -> str:
        return f"<Result {summary(self).splitlines()[0]}>"

    def _repr_html_(self) -> str:
        from .html import result_html

        return result_html(self)


def load(folder: str | Path) -> Result:
    """Load a result from its folder; no network and no film is needed.

    Examples:
        >>> load("film.castlist")
        <Result 3 people in film.mp4>

    Raises:
        InputError: there is no result, or it is damaged.
    """
    return Result.load(folder)
