"""Names that users give to people: which are taken, and as what folder each is on disk."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from ..errors import InputError, brief, first_few, shortened
from ..files import openable
from ..hints import nearest
from ..tables.cells import as_meant, is_empty, rows_of
from ..tables.codes import UNKNOWN
from .names import UNKNOWN_NAME, parse_person_name, person_name

NOT_A_FACE_FOLDER, IGNORE_FOLDER = "not_a_face", "ignore"
"""Folders of crops with a meaning of their own, as in labels."""

MOST_CHARACTERS = 100

_MOST_LISTED = 8  # people in a message

_MOST_BYTES = 200  # of a folder; file systems take 255
_RESERVED = {UNKNOWN_NAME, NOT_A_FACE_FOLDER, IGNORE_FOLDER, "new"}
_OF_PATHS = '<>:"/\\|?*'  # what Windows takes in no name
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
_STEERING = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\ufeff"}


def clean_or_no_name(text: str) -> str:
    """Return a name as it is kept, "" for nothing or blanks, which take a name off.

    Raises:
        InputError: as ``clean_name``.
    """
    return clean_name(text) if text.strip() else ""


def clean_name(text: str) -> str:
    """Return a name as it is kept: NFC, without spaces around it or two in a row.

    Raises:
        InputError: it is empty, too long, has characters that steer a terminal or separate
            folders, or means something else.
    """
    shown = _shown(text)
    if any(_is_control(char) for char in text if char not in "\t\n\r"):
        raise InputError(f"name {shown}: expected a name, got control characters in it")
    if any(char in text for char in "\n\r"):
        raise InputError(f"name {shown}: expected a name in one line, got several")
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or not any(unicodedata.category(char)[0] in "LNS" for char in name):
        raise InputError(f"name {shown}: expected a name, got nothing that can be read")
    if len(name) > MOST_CHARACTERS:
        raise InputError(
            f"name {shown}: expected at most {MOST_CHARACTERS} characters, got {len(name)}"
        )
    if any(char in name for char in "/\\"):
        raise InputError(f"name {shown}: expected a name without / and \\, which separate folders")
    if key_of(name) in _RESERVED or _is_id(name):
        raise InputError(f"name {shown}: has a meaning of its own here; choose another name")
    return name


def key_of(name: str) -> str:
    """Return what two names share that are one to a reader: case and width do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def read_names(path: Path) -> list[tuple[str, str, str]]:
    """Read a table of names, a CSV with the columns ``person`` and ``name``.

    Columns are separated by commas, semicolons or tabs, as spreadsheets of different countries do.

    Returns:
        (file and line, person, name) of each row that has a name.

    Raises:
        InputError: it cannot be read, or lacks a column or a cell.
    """
    try:
        reader, above = rows_of(openable(path).read_bytes())
        columns = {name.strip().casefold(): name for name in reader.fieldnames or ()}
        if not {"person", "name"} <= columns.keys():
            raise InputError(
                f"{path}: expected the columns person and name, got"
                f" {shortened(', '.join(columns), 100) or 'none'}"
            )
        rows = [
            (reader.line_num + above, row[columns["person"]], row[columns["name"]])
            for row in reader
            if not is_empty(row)
        ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: expected a CSV of names, got: {brief(error)}") from error
    for line, person, text in rows:
        if not (person or "").strip() or text is None:
            raise InputError(f"{path}, line {line}: expected a person and a name")
    return [
        (f"{path}, line {line}: ", as_meant(person.strip()), as_meant(text.strip()))
        for line, person, text in rows
        if text.strip()
    ]


def id_meant(text: str, names: Mapping[int, str | None], whose: str = "") -> int:
    """Return the id that a user means by a text: a name counts first, then an id or its number.

    Args:
        text: such as ``Anna``, ``person_003`` or ``3``.
        names: of everybody there is, by id; None without one.
        whose: what they are people of, for the message.

    Raises:
        InputError: nobody has that name.
    """
    wanted = key_of(text)
    for person_id, name in names.items():
        if name and key_of(name) == wanted:
            return person_id
    person_id = _id_in(wanted)
    if person_id in names:
        return person_id
    called = {
        key_of(name): name
        for name in (names[person_id] or person_name(person_id) for person_id in names)
    }
    near = nearest(wanted, called) or next((key for key in called if wanted in key.split()), None)
    hint = f'did you mean "{called[near]}"? There' if near else "there"
    listed = list(called.values())
    raise InputError(
        f"{_shown(text)}: nobody{whose} has that name; {hint} are"
        f" {first_few(listed, _MOST_LISTED) or 'none'}"
    )


def refuse_number(name: str, ids: Collection[int], instead: str) -> None:
    """Refuse a name that is the number of somebody else: commands would take one for the other.

    Args:
        name: as ``clean_name`` returns it.
        ids: of everybody else.
        instead: what to do where that person was meant.

    Raises:
        InputError: it is.
    """
    person_id = _id_in(key_of(name))
    if person_id in ids:
        raise InputError(
            f"{name}: is the number of {person_name(person_id)}; {instead};"
            f' a name needs more than digits, such as "No. {name}"'
        )


def _id_in(wanted: str) -> int:
    """Return the id in ``person_003`` or ``3``, UNKNOWN where there is none."""
    is_number = wanted.isascii() and wanted.isdigit()
    try:
        return parse_person_name(f"person_{int(wanted):03d}" if is_number else wanted)
    except ValueError:
        return UNKNOWN


def folder_names(names: Iterable[str], taken: Collection[str] = ()) -> list[str]:
    """Return a folder for each name that Linux, Windows and macOS take, all of them different.

    Most names are their own folder; what cannot be in one becomes an underscore.

    Args:
        names: of people, cleaned.
        taken: folders that are none of theirs.
    """
    used = {_same_file(folder) for folder in (*taken, *_RESERVED)}
    folders = []
    for name in names:
        base = folder = _folder(name)
        number = 1
        while _same_file(folder) in used:
            number += 1
            folder = f"{base}-{number}"
        used.add(_same_file(folder))
        folders.append(folder)
    return folders


def _folder(name: str) -> str:
    kept = "".join("_" if char in _OF_PATHS or _is_control(char) else char for char in name)
    while len(kept.encode()) > _MOST_BYTES:
        kept = kept[:-1]
    kept = kept.strip(" ").rstrip(". ")  # Windows drops them
    if kept.startswith("."):  # hidden, and so taken for what a system left
        kept = f"_{kept}"
    return f"_{kept}" if _DEVICES.fullmatch(kept) or _is_id(kept) else kept or "_"


def is_same_file(one: str, other: str) -> bool:
    """Say whether some file system takes two names of files or folders for one."""
    return _same_file(one) == _same_file(other)


def _same_file(folder: str) -> str:
    """Return what two folders share that some file system takes for one."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFC", folder).casefold())


def _is_id(name: str) -> bool:
    try:
        parse_person_name(key_of(name))
    except ValueError:
        return False
    return True


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _STEERING


def _shown(text: str) -> str:
    """Write a name into a message: what cannot be shown escaped, and not all of a long one."""
    safe = "".join(
        char.encode("unicode_escape").decode() if _is_control(char) else char for char in text[:40]
    )
    return f'"{safe}{"..." if len(text) > 40 else ""}"'
