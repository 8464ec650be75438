"""The table of formats, and how one is found: by its name, or by the ending of a file."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from ...data.errors import InputError, MisuseError

if TYPE_CHECKING:
    from ...data.result.result import StoredResult
    from .options import ExportOptions

GROUP = "castlist.exports"
"""The group of entry points with which other packages add formats."""


class Writer(Protocol):
    """A module with a format, or anything else with this function."""

    def write(self, result: StoredResult, path: Path, options: ExportOptions) -> None:
        """Write a result to ``path``, which may be called differently from what was asked for."""
        ...


@dataclass(frozen=True)
class Format:
    """A format, not loaded yet.

    Attributes:
        ending: of its files, with the dot; of several formats with one ending the first is meant.
        text: for whom it is.
        module: where its ``write`` is: a module of ``formats``, or the entry point of a package.
        kind: whether it is about shots or faces, or writes a folder of ``sidecars``.
    """

    ending: str
    text: str
    module: str | EntryPoint
    kind: Literal["shots", "faces", "sidecars"] = "shots"

    def load(self) -> Writer:
        """Import what writes it.

        Raises:
            InputError: a package's entry point cannot be loaded.
        """
        if isinstance(self.module, str):
            writer: Writer = importlib.import_module(f".formats.{self.module}", __package__)
            return writer
        try:
            loaded: Writer = self.module.load()
        except (ImportError, AttributeError) as error:
            raise InputError(
                f"the format {self.module.name} of {self.module.value} cannot be loaded ({error});"
                " install that package again"
            ) from error
        return loaded


BUILT_IN: dict[str, Format] = {
    "otio": Format(".otio", "OpenTimelineIO: editors", "otio"),
    "edl": Format(".edl", "CMX 3600, a reel of the shots: Resolve, Avid, Premiere", "edl"),
    "edl-markers": Format(".edl", "markers for a timeline in Resolve", "edl_markers"),
    "fcp-xml": Format(".xml", "Final Cut Pro 7 XML: Premiere, Resolve", "fcp_xml"),
    "vtt": Format(".vtt", "WebVTT captions, who is on screen: players, sites", "vtt"),
    "vtt-metadata": Format(".vtt", "WebVTT with JSON in each cue: sites", "vtt_metadata"),
    "eaf": Format(".eaf", "ELAN, one tier per person: researchers", "eaf"),
    "rttm": Format(".rttm", "tools for diarization", "rttm"),
    "csv": Format(".csv", "one row per shot: spreadsheets", "csv_shots"),
    "json": Format(".json", "people with their shots: programs", "json_shots"),
    "parquet": Format(".parquet", "one row per shot: pandas, polars, DuckDB", "parquet_shots"),
    "coco": Format(".json", "boxes, tracks and people: tools for vision", "coco", "faces"),
    "faces-csv": Format(".csv", "one row per face, with names", "faces_csv", "faces"),
    "faces-parquet": Format(".parquet", "one row per face, with names", "faces_parquet", "faces"),
    "xmp": Format(
        ".xmp", "a folder of sidecars: digiKam, Lightroom, Immich", "xmp", "sidecars"
    ),
    "xmp-in-photos": Format(
        ".xmp", "the same inside of photos, copies or not", "xmp_in_photos", "sidecars"
    ),
}  # fmt: skip


_INSTEAD = {
    ".srt": ".vtt", ".txt": ".csv", ".tsv": ".csv", ".xls": ".csv", ".xlsx": ".csv",
    ".ods": ".csv", ".fcpxml": ".xml", ".aaf": ".edl", ".textgrid": ".eaf",
}  # fmt: skip
"""What is nearest to other formats, by the ending: letters would say .rttm for .srt."""


def all_formats() -> dict[str, Format]:
    """Return every format by its name, those that other packages add last."""
    found = dict(BUILT_IN)
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, Format(f".{point.name}", f"by {point.value}", point))
    return found


def find_format(path: Path, name: str | None = None) -> Format:
    """Return the format of this name, else the one of the file's ending.

    Raises:
        MisuseError: there is no such format.
    """
    # Those of other packages, which come last, are looked for only then: 5 ms and more.
    if found := _find_in(BUILT_IN, path, name) or _find_in(formats := all_formats(), path, name):
        return found
    if name is not None:
        raise MisuseError(f"--as {name}: {_near(name, formats)}")
    ending = path.suffix.lower()
    known = dict.fromkeys(form.ending for form in formats.values())
    if not ending:
        raise MisuseError(f"{path}: expected an ending, or --as FORMAT; {_near('', formats)}")
    raise MisuseError(f"{path}: {_near(ending, known)}; or name a format with --as")


def _find_in(formats: Mapping[str, Format], path: Path, name: str | None) -> Format | None:
    if name is not None:
        return formats.get(name)
    ending = path.suffix.lower()
    return next((form for form in formats.values() if form.ending == ending), None)


def _near(word: str, known: Mapping[str, object]) -> str:
    near = _INSTEAD.get(word) or next(iter(difflib.get_close_matches(word, known, n=1)), None)
    hint = f"did you mean {near}? There" if near else "there"
    return f"{hint} are {', '.join(known)}"
