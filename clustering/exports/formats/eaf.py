"""ELAN's annotation format 3.0: one tier per person, below it a tier with how sure each shot is.

https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf. Times are milliseconds.
"""

from __future__ import annotations

import datetime
import mimetypes
import xml.etree.ElementTree as ET
from pathlib import Path

from ....data.result.result import StoredResult
from ..options import ExportOptions
from ..selection import Clip, clips_of_one_film, url_of
from .fcp_xml import xml_text

_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
_WHO, _HOW_SURE = "person", "how sure"


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write the shots of one film; the value of an annotation is the person's name."""
    clips = clips_of_one_film(result, options)
    ET.register_namespace("xsi", _SCHEMA)
    root = ET.Element(
        "ANNOTATION_DOCUMENT", AUTHOR="castlist", DATE=_now(), FORMAT="3.0", VERSION="3.0"
    )
    root.set(f"{{{_SCHEMA}}}noNamespaceSchemaLocation", "http://www.mpi.nl/tools/elan/EAFv3.0.xsd")
    _header(root, clips[0], options)
    annotations = _Annotations(ET.SubElement(root, "TIME_ORDER"))
    names: set[str] = set()
    for person in dict.fromkeys(clip.shot.person for clip in clips):
        theirs = [clip for clip in clips if clip.shot.person == person]
        name = theirs[0].name if theirs[0].name not in names else f"{theirs[0].name} ({person + 1})"
        names.add(name)
        annotations.add_tiers(root, xml_text(name), theirs)
    _types(root)
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="UTF-8", xml_declaration=True)


class _Annotations:
    """Numbers the annotations and the moments of a document."""

    def __init__(self, time_order: ET.Element) -> None:
        self._time_order = time_order
        self._num = self._num_slots = 0

    def add_tiers(self, root: ET.Element, name: str, clips: list[Clip]) -> None:
        tier = ET.SubElement(
            root, "TIER", TIER_ID=name, PARTICIPANT=name, ANNOTATOR="castlist",
            LINGUISTIC_TYPE_REF=_WHO,
        )  # fmt: skip
        sure = ET.SubElement(
            root, "TIER", TIER_ID=f"{name}: {_HOW_SURE}", PARTICIPANT=name, ANNOTATOR="castlist",
            LINGUISTIC_TYPE_REF=_HOW_SURE, PARENT_REF=name,
        )  # fmt: skip
        for clip in clips:
            slots = {
                "TIME_SLOT_REF1": self._slot(clip.shot.start_s),
                "TIME_SLOT_REF2": self._slot(clip.shot.end_s),
            }
            said = self._add(tier, "ALIGNABLE_ANNOTATION", slots, name)
            self._add(sure, "REF_ANNOTATION", {"ANNOTATION_REF": said}, clip.note)

    def _add(self, tier: ET.Element, tag: str, fields: dict[str, str], value: str) -> str:
        self._num += 1
        key = f"a{self._num}"
        annotation = ET.SubElement(
            ET.SubElement(tier, "ANNOTATION"), tag, {"ANNOTATION_ID": key, **fields}
        )
        ET.SubElement(annotation, "ANNOTATION_VALUE").text = value
        return key

    def _slot(self, time_s: float) -> str:
        self._num_slots += 1
        key = f"ts{self._num_slots}"
        ET.SubElement(
            self._time_order, "TIME_SLOT", TIME_SLOT_ID=key, TIME_VALUE=str(round(time_s * 1000))
        )
        return key


def _header(root: ET.Element, clip: Clip, options: ExportOptions) -> None:
    header = ET.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    url = url_of(clip.film, options)
    media = {"MEDIA_URL": url, "MIME_TYPE": mimetypes.guess_type(clip.film.name)[0] or "video/*"}
    if not url.startswith("file:"):
        media["RELATIVE_MEDIA_URL"] = url if url.startswith("..") else f"./{url}"
    ET.SubElement(header, "MEDIA_DESCRIPTOR", media)


def _types(root: ET.Element) -> None:
    same = "Symbolic_Association"
    ET.SubElement(
        root, "LINGUISTIC_TYPE", LINGUISTIC_TYPE_ID=_WHO, TIME_ALIGNABLE="true",
        GRAPHIC_REFERENCES="false",
    )  # fmt: skip
    ET.SubElement(
        root, "LINGUISTIC_TYPE", LINGUISTIC_TYPE_ID=_HOW_SURE, TIME_ALIGNABLE="false",
        GRAPHIC_REFERENCES="false", CONSTRAINTS=same,
    )  # fmt: skip
    ET.SubElement(
        root, "CONSTRAINT", STEREOTYPE=same,
        DESCRIPTION="1-1 association with a parent annotation",
    )  # fmt: skip


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
