"""The command ``castlist show``: a person's shots and photos."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import InputError
from .results import find_people, split_result

if TYPE_CHECKING:
    from ...data.result.result import StoredResult
    from ...data.shots.shots import InPhoto, Shot


def add_parsers(commands: Any) -> None:
    """Add ``show`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "show",
        help="a person's shots and photos",
        usage="castlist show [RESULT] [PERSON ...] [options]",
        description="The shots of a person with timecode in and out, and the photos. RESULT may be"
        " left out where this folder has exactly one. PERSON is a name, an id (person_003) or its"
        " number (3); without one, everybody is listed.",
        epilog="castlist show result/ Anna --with Carl    castlist show 3 --json",
    )
    parser.set_defaults(command=show)
    parser.add_argument("words", nargs="*", metavar="[RESULT] [PERSON ...]", help=argparse.SUPPRESS)
    company = parser.add_argument_group("company")
    add_company(company)
    parser.add_argument("--min-s", type=float, default=0.0, metavar="S", help="the shortest shot")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--copy-to", type=Path, metavar="FOLDER", help="copy the photos into a folder"
    )
    add_moved(parser)


def add_company(parser: Any) -> None:
    """Add the options that say with whom somebody is to be seen."""
    parser.add_argument(
        "--with", action="append", default=[], dest="together", metavar="NAME",
        help="only where this person is seen at the same time",
    )  # fmt: skip
    parser.add_argument(
        "--without", action="append", default=[], metavar="NAME",
        help="only where this person is not seen",
    )  # fmt: skip


def add_moved(parser: Any) -> None:
    """Add the option that says where films and photos are now."""
    parser.add_argument(
        "--film", type=Path, metavar="PATH", help="the film, or a folder, if it has moved"
    )


def show(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code.

    Raises:
        InputError: no result, nobody of this name, or nothing to copy.
    """
    from ...data.result.result import StoredResult

    folder, names = split_result(arguments.words)
    result = StoredResult.load(folder)
    seen = [_Seen.of(result, person, arguments) for person in find_people(result, names)]
    if arguments.copy_to:
        from .copy_photos import copy_photos

        copied = copy_photos(
            result, [one.photos for one in seen], arguments.copy_to, arguments.film
        )
        print(f"{arguments.copy_to}: {copied}", flush=True)
    elif arguments.json:
        content = {"result": str(folder), "people": [one.as_json() for one in seen]}
        print(json.dumps(content, indent=1, ensure_ascii=False), flush=True)
    else:
        whole = bool(names or arguments.together or arguments.without)
        lines = [line for one in seen for line in one.lines(result, whole)]
        print("\n".join(lines) or "nobody was found", flush=True)
    return 0


@dataclasses.dataclass(frozen=True)
class _Seen:
    """Where one person is seen."""

    id: str
    name: str
    shots: list[Shot]
    photos: list[InPhoto]

    @classmethod
    def of(cls, result: StoredResult, person: int, arguments: argparse.Namespace) -> _Seen:
        from ...data.shots.company import in_company
        from ...data.shots.named import id_of, name_of
        from ...data.shots.shots import ShotRules, person_photos, person_shots

        together = find_people(result, arguments.together) if arguments.together else []
        without = find_people(result, arguments.without) if arguments.without else []
        if person in {*together, *without}:
            who = name_of(result, person)
            raise InputError(f'--with, --without: expected somebody else than "{who}"')
        rules = ShotRules(min_s=arguments.min_s)
        shots, photos = person_shots(result, person, rules), person_photos(result, person)
        shots, photos = in_company(result, shots, photos, together, without)
        return cls(id_of(result, person), name_of(result, person), shots, photos)

    def lines(self, result: StoredResult, whole: bool) -> list[str]:
        from ..report.wording import count, duration

        told = [count(len(self.shots), "shot")] if self.shots or not self.photos else []
        if self.photos:
            told.append(count(len(self.photos), "photo"))
        if self.shots:
            told.append(duration(sum(shot.length_s for shot in self.shots)))
        head = f"{self.name}: {', '.join(told)}"
        if not whole:
            return [head]
        films = {shot.source for shot in self.shots}
        many = len(films) > 1 or len(result.run.films) > 1
        return [
            head,
            *(f"  {_shot_line(shot)}{f'  {shot.source}' if many else ''}" for shot in self.shots),
            *(f"  {photo.source}" for photo in self.photos),
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "shots": [_fields(shot) for shot in self.shots],
            "photos": [_fields(photo) for photo in self.photos],
        }


def _shot_line(shot: Shot) -> str:
    from ..report.wording import clock, count, duration

    ends = (shot.tc_in, shot.tc_out) if shot.tc_in else (clock(shot.start_s), clock(shot.end_s))
    faces = count(shot.num_faces, "face")
    sure = int(shot.mean_strength * 100 + 1e-4)  # rounded down: 99.6 is not wholly sure
    return f"{ends[0]}  {ends[1]}  {duration(shot.length_s):>8}  {faces:>9}  {sure:>3} %"


def _fields(seen: Shot | InPhoto) -> dict[str, Any]:
    fields = dataclasses.asdict(seen)
    del fields["person"]
    fields["decided_by"] = seen.decided_by.name.lower()
    fields["mean_strength"] = round(seen.mean_strength, 4)
    return {k: round(v, 6) if k.endswith("_s") else v for k, v in fields.items()}
