"""A film or photo of a library, as its catalogue has it."""

from __future__ import annotations

from dataclasses import dataclass

from ..api.places import File
from ..workers.remote import Place

LEFT_OUT = "left out"
"""Kind of a photo that could not be used; it is not looked at each time again."""


@dataclass(frozen=True)
class LibrarySource:
    """A film or photo that was looked at.

    Attributes:
        film: key of the result that it is in: the folder of that name.
        name: what that result calls it.
        kind: ``film`` or ``photo``; ``left out`` = a photo that could not be used.
        path: where it was last, absolute.
        content: hash of its content.
        picture: hash of its picture alone; "" = not known.
        size, mtime_ns: of the file when it was hashed, so that it need not be hashed again; -1 =
            not known.
        taken_s: when it was taken, seconds since 1970 by the camera's clock; None = not known.
        gone: whether it was not there any more when the library was added to last.
        original: folder of the user's own result of it, which that in the library is a copy of.
        seen: stamp of the decisions in the original that are in the copy, too; of a photo that is
            left out, why.
    """

    film: str
    name: str
    kind: str
    path: str
    content: str
    size: int = -1
    mtime_ns: int = -1
    taken_s: float | None = None
    gone: bool = False
    original: str = ""
    seen: str = ""
    picture: str = ""

    def is_of(self, file: File) -> bool:
        """Say whether this is a film or photo of a result."""
        return file.content == self.content or bool(file.picture and file.picture == self.picture)

    def is_at(self, path: Place, size: int, mtime_ns: int) -> bool:
        """Say whether a file is this one, unchanged, as far as can be seen without reading it."""
        return (str(path), size, mtime_ns) == (self.path, self.size, self.mtime_ns)
