"""Adds face regions and keywords to the XMP of another program; every byte of that stays."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

from ...data.errors import InputError

MARK = 'xmlns:castlist="urn:castlist"'
"""In the description that castlist adds: it is replaced when it is written again."""

_END = "</rdf:RDF>"
_REGIONS = "http://www.metadataworkinggroup.com/schemas/regions/"
_OPEN = re.compile(r"<rdf:Description\b[^>]*?(/?)>|</rdf:Description\s*>")


def merged_packet(
    packet: str, describe: Callable[[Sequence[str]], str], keywords: Mapping[str, Sequence[str]]
) -> str:
    """Return a packet with what castlist knows.

    Args:
        packet: of another program, perhaps with an earlier description of castlist.
        describe: writes castlist's description with the lists of these tags.
        keywords: what is to be in each list, by tag such as ``dc:subject``.

    Raises:
        InputError: another program has written regions, or the packet cannot be added to.
    """
    packet = _without_own(packet)
    if _REGIONS in packet:
        raise InputError("another program has written face regions into it, and they stay")
    if packet.count(_END) != 1:
        raise InputError("its XMP is written in an unusual way")
    there = [tag for tag in keywords if f"<{tag}" in packet or f"{tag}=" in packet]
    for tag in there:
        packet = _with_items(packet, tag, keywords[tag])
    new = describe([tag for tag in keywords if tag not in there])
    return packet.replace(_END, new + _END)


def _without_own(packet: str) -> str:
    place = packet.find(MARK)
    if place < 0:
        return packet
    start = packet.rfind("<rdf:Description", 0, place)
    depth = 0
    for found in _OPEN.finditer(packet, start):
        depth += -1 if found[0].startswith("</") else 0 if found[1] else 1
        if depth == 0:
            return packet[:start] + packet[found.end() :]
    raise InputError("its XMP is damaged")


def _with_items(packet: str, tag: str, values: Sequence[str]) -> str:
    found = re.search(rf"<{tag}>\s*<rdf:(Bag|Seq)>(.*?)(\s*)</rdf:\1>", packet, re.DOTALL)
    if found is None:
        raise InputError(f"its {tag} is written in an unusual way")
    items = re.findall(r"<rdf:li[^>]*>(.*?)</rdf:li>", found[2], re.DOTALL)
    have = {html.unescape(item) for item in items}
    new = "".join(f"<rdf:li>{escape(value)}</rdf:li>" for value in values if value not in have)
    return packet[: found.end(2)] + new + packet[found.end(2) :]
