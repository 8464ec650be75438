"""A person of a result, with what can be asked of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from ...data.result import people
from ...data.result.result import StoredResult
from ...data.shots.shots import Shot
from ...data.tables.faces import Faces
from .shown import Shown, Who, several, show

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class Person(people.Person):
    """One person, or all faces that stayed unknown.

    Examples:
        >>> anna = result["Anna"]
        >>> anna.id, anna.name, len(anna.rows)
        ('person_001', 'Anna', 10)
        >>> for shot in anna.shots():
        ...     print(shot.tc_in, shot.tc_out)
        00:00:00:00 00:00:01:00
        00:00:02:00 00:00:03:00

    Attributes:
        result: the result that the person is in; the other attributes are those of
            ``castlist.data.result.people.Person``.
    """

    result: StoredResult = field(kw_only=True)

    @classmethod
    def of(cls, person: people.Person, result: StoredResult) -> Person:
        """Return a person of a result as one that can be asked."""
        names = [field.name for field in dataclasses.fields(people.Person)]
        return cls(**{name: getattr(person, name) for name in names}, result=result)

    def shots(
        self,
        handles: float = 0.0,
        min_s: float = 0.0,
        with_: Who | Iterable[Who] = (),
        without: Who | Iterable[Who] = (),
    ) -> list[Shot]:
        """Return the shots in which the person is seen, in the order of time.

        Args:
            handles: seconds more at both ends.
            min_s: the shortest shot, seconds, without handles.
            with_: people who are all seen at the same time.
            without: people of whom none is seen.

        Raises:
            InputError: nobody has that name.
        """
        found = show(self.result, [self.id], several(with_), several(without), min_s, handles)
        return list(found.people[0].shots)

    def show(self, with_: Who | Iterable[Who] = (), without: Who | Iterable[Who] = ()) -> Shown:
        """Return the shots and photos of the person, to print or copy; see ``Result.show``."""
        return show(self.result, [self.id], several(with_), several(without))

    @property
    def faces(self) -> Faces:
        """The rows of the table of faces, in the order of time."""
        return self.result.faces[self.rows]

    @property
    def portrait(self) -> Image.Image:
        """The best face, with head and torso."""
        return Image.open(BytesIO(self.result.crops[self.representative]))

    def to_pandas(self) -> pd.DataFrame:
        """Return a table with a row for each shot and photo.

        Raises:
            InputError: pandas is not installed.
        """
        return self.show().to_pandas()

    def __repr__(self) -> str:
        return f"<Person {self.show().people[0].headline}>"

    def _repr_html_(self) -> str:
        from .html import person_html

        return person_html(self.result, self)
