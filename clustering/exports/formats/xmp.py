"""XMP sidecars of photos: a region a face, as the Metadata Working Group defined them.

A region is the middle, width and height of a box in shares of the picture as it is stored, before
a viewer turns it by its EXIF orientation (Guidelines for Handling Image Metadata 2.0, 5.9).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags

from ....data.errors import InputError
from ....data.files import replacing_file
from ....data.media.kinds import opened
from ....data.result.facts import SourceFacts
from ....data.result.names import UNKNOWN_NAME
from ....data.result.result import StoredResult
from ....data.shots.where import path_of
from ..beside import places
from ..options import ExportOptions
from ..selection import chosen_rows, nothing
from ..xmp_merge import MARK
from .fcp_xml import xml_text

TOOLKIT = "castlist"
"""In every sidecar of castlist: others are not replaced."""

Box = tuple[float, float, float, float]
"""x1 y1 x2 y2 in shares of a picture."""

_SPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "mwg-rs": "http://www.metadataworkinggroup.com/schemas/regions/",
    "stArea": "http://ns.adobe.com/xmp/sType/Area#",
    "stDim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
}


@dataclass(frozen=True)
class Tagged:
    """A photo with faces: (name, box in pixels of the upright picture) of each.

    Who has no name has "": a region that the next program can name, and no keyword.
    """

    facts: SourceFacts
    faces: tuple[tuple[str, object], ...]

    @property
    def names(self) -> list[str]:
        """The names of the people who have one, each once."""
        return list(dict.fromkeys(xml_text(name) for name, _ in self.faces if name))


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write ``photo.jpg.xmp`` for each photo with a face, in folders as the photos are.

    Raises:
        InputError: no photo has a face of these people, a photo cannot be read, a sidecar of
            another program is in the way, or the folder has only some of the photos. Nothing is
            written then.
    """
    if path.exists() and not path.is_dir():
        raise InputError(
            f"{path}: expected a folder for the sidecars, found a file; choose another name"
        )
    photos = tagged_photos(result, options)
    beside = places([photo.facts for photo in photos], path, options)
    write_sidecars([(beside[photo.facts.name], photo) for photo in photos], options)


def tagged_photos(result: StoredResult, options: ExportOptions) -> list[Tagged]:
    """Return the photos with a face that is wanted.

    Raises:
        InputError: there is none.
    """
    photos = {photo.name: photo for photo in result.run.photos}
    rows = chosen_rows(result, options)
    rows = rows[np.isin(result.faces.source[rows], list(photos))]
    if not len(rows):
        raise nothing(result, options, "photo")
    return [
        Tagged(
            photos[name],
            tuple(
                (_given_name(result, int(result.faces.person[row])), result.faces.box[row])
                for row in rows[result.faces.source[rows] == name].tolist()
            ),
        )
        for name in dict.fromkeys(result.faces.source[rows].tolist())
    ]


def _given_name(result: StoredResult, person: int) -> str:
    name = result.name_of(person)
    return "" if name in (result.cast.id_of(person), UNKNOWN_NAME) else name


def write_sidecars(photos: Iterable[tuple[Path, Tagged]], options: ExportOptions) -> None:
    """Write the sidecars of photos beside places of theirs, all or none; errors as ``write``."""
    sidecars = {}
    for place, photo in photos:
        target = sidecar_of(place)
        check_own(target)
        sidecars[target] = packet(photo, options)
    for target, text in sidecars.items():
        with replacing_file(target) as partial:
            partial.write_text(text, encoding="utf-8")


def sidecar_of(photo: Path) -> Path:
    """Return the sidecar of a photo."""
    return photo.with_name(f"{photo.name}.xmp")


def check_own(target: Path) -> None:
    """Refuse to replace a sidecar that another program wrote.

    Raises:
        InputError: there is one.
    """
    if target.exists() and f'xmptk="{TOOLKIT}"' not in target.read_text("utf-8", errors="replace"):
        raise InputError(
            f"{target}: another program wrote this sidecar, and it stays as it is; give another"
            " folder"
        )


def stored_box(box: Box, orientation: int) -> Box:
    """Return where a box of the upright picture is in the picture as stored.

    Args:
        box: x1 y1 x2 y2, shares of the upright picture.
        orientation: the EXIF orientation, 1 to 8.
    """
    x1, y1, x2, y2 = box
    turned = {
        2: (1 - x2, y1, 1 - x1, y2),
        3: (1 - x2, 1 - y2, 1 - x1, 1 - y1),
        4: (x1, 1 - y2, x2, 1 - y1),
        5: (y1, x1, y2, x2),
        6: (y1, 1 - x2, y2, 1 - x1),
        7: (1 - y2, 1 - x2, 1 - y1, 1 - x1),
        8: (1 - y2, x1, 1 - y1, x2),
    }
    return turned.get(orientation, box)


def packet(photo: Tagged, options: ExportOptions) -> str:
    """Return the XMP of a photo: the text of its sidecar.

    Raises:
        InputError: the photo cannot be read.
    """
    _register()
    root = ET.Element(_tag("x:xmpmeta"), {_tag("x:xmptk"): TOOLKIT})
    _describe(ET.SubElement(root, _tag("rdf:RDF")), photo, options, list(keywords(photo)))
    ET.indent(root)
    begin = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    return begin + ET.tostring(root, encoding="unicode") + '\n<?xpacket end="w"?>\n'


def description(photo: Tagged, options: ExportOptions, tags: Collection[str]) -> str:
    """Return castlist's description, to be put into the XMP of another program.

    Args:
        photo: with its faces.
        options: of the export.
        tags: of ``keywords``, the lists that it has.

    Raises:
        InputError: the photo cannot be read.
    """
    _register()
    about = _describe(ET.Element(_tag("rdf:RDF")), photo, options, tags)
    text = ET.tostring(about, encoding="unicode")
    return text.replace("<rdf:Description", f"<rdf:Description {MARK}", 1)


def keywords(photo: Tagged) -> dict[str, list[str]]:
    """Return the keywords of a photo, by the tag of each list."""
    return {
        "dc:subject": photo.names,
        "lr:hierarchicalSubject": [f"People|{name.replace('|', '/')}" for name in photo.names],
        "digiKam:TagsList": [f"People/{name}" for name in photo.names],
    }


def _describe(
    rdf: ET.Element, photo: Tagged, options: ExportOptions, tags: Collection[str]
) -> ET.Element:
    (width, height), orientation = _size(path_of(photo.facts, options.moved_of(photo.facts.name)))
    upright = (height, width) if orientation >= 5 else (width, height)
    about = ET.SubElement(rdf, _tag("rdf:Description"))
    about.set(_tag("rdf:about"), "")
    for tag, values in keywords(photo).items():
        if tag in tags and values:
            _list(about, tag, "rdf:Seq" if tag.startswith("digiKam") else "rdf:Bag", values)
    regions = ET.SubElement(about, _tag("mwg-rs:Regions"))
    regions.set(_tag("rdf:parseType"), "Resource")
    size = {"stDim:w": str(width), "stDim:h": str(height), "stDim:unit": "pixel"}
    _fields(ET.SubElement(regions, _tag("mwg-rs:AppliedToDimensions")), size)
    bag = ET.SubElement(ET.SubElement(regions, _tag("mwg-rs:RegionList")), _tag("rdf:Bag"))
    for name, box in photo.faces:
        _region(bag, xml_text(name), stored_box(_shares(box, upright), orientation))
    return about


def _register() -> None:
    for prefix, address in _SPACES.items():
        ET.register_namespace(prefix, address)


def _region(bag: ET.Element, name: str, box: Box) -> None:
    x1, y1, x2, y2 = box
    item = ET.SubElement(ET.SubElement(bag, _tag("rdf:li")), _tag("rdf:Description"))
    _fields(item, ({"mwg-rs:Name": name} if name else {}) | {"mwg-rs:Type": "Face"})
    area = {"x": (x1 + x2) / 2, "y": (y1 + y2) / 2, "w": x2 - x1, "h": y2 - y1}
    _fields(
        ET.SubElement(item, _tag("mwg-rs:Area")),
        {f"stArea:{key}": f"{value:.6f}" for key, value in area.items()}
        | {"stArea:unit": "normalized"},
    )


def _shares(box: object, size: tuple[int, int]) -> Box:
    """Clip a box, in pixels of the upright picture, at its edges; in shares of it."""
    width, height = size
    x1, y1, x2, y2 = np.asarray(box, np.float64)
    horizontal = np.clip([x1 / width, x2 / width], 0, 1)
    vertical = np.clip([y1 / height, y2 / height], 0, 1)
    return float(horizontal[0]), float(vertical[0]), float(horizontal[1]), float(vertical[1])


def _size(path: Path) -> tuple[tuple[int, int], int]:
    """Return width and height of a photo as stored, in pixels, and its EXIF orientation."""
    try:
        with opened(path) as image:
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
            return image.size, orientation if orientation in range(1, 9) else 1
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: expected a photo, but it cannot be read ({error})") from error


def _list(parent: ET.Element, tag: str, kind: str, values: Sequence[str]) -> None:
    items = ET.SubElement(ET.SubElement(parent, _tag(tag)), _tag(kind))
    for value in values:
        ET.SubElement(items, _tag("rdf:li")).text = value


def _fields(element: ET.Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        element.set(_tag(name), value)


def _tag(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"
