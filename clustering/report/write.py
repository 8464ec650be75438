"""The whole report: tables, folders of crops, contact sheets and the page."""

from __future__ import annotations

from pathlib import Path

from ...data.progress import ProgressHook
from ...data.result.facts import RunFacts
from ...data.result.names import crop_names
from ...data.result.people import Person, gather_people
from ...data.result.people_folder import PEOPLE_FOLDER, Crops, crop_paths, export_crops
from ...data.result.tables import people_json, write_faces_csv
from ...data.tables.faces import Faces
from .changes import tally
from .page import headline, render_page
from .plan import Plan, make_plan
from .sheets import contact_sheet
from .wording import clock, count, duration, share

PAGE = "report.html"
_MAX_LINES = 12


def write_report(
    faces: Faces, crops: Crops, run: RunFacts, out: Path, progress: ProgressHook
) -> None:
    """Write everything people look at.

    That is ``faces.csv``, ``people.json``, ``people/`` with a folder of crops and a contact sheet
    for every person and for the unknown, and ``report.html``. Each crop is read once, in order.

    Args:
        faces: the table.
        crops: the crop of every row.
        run: facts of the run; names every source of the table.
        out: an existing, empty folder.
        progress: called as (step, completed, total).

    Raises:
        ValueError: the table has a source that ``run`` does not name.
        OSError: ``out`` cannot be written.
    """
    plan = make_plan(faces, run)
    paths = crop_paths(faces, crop_names(faces, {photo.name for photo in run.photos}))
    write_faces_csv(faces, paths, out / "faces.csv")
    (out / "people.json").write_text(
        people_json(faces, plan.people, plan.unknown, paths),
        encoding="utf-8",
        errors="backslashreplace",
    )
    kept = export_crops(crops, paths, plan.rows, out, progress)
    _write_sheets(faces, plan, kept, out, progress)
    progress("page", 0, 1)
    page = render_page(faces, run, plan, kept)
    (out / PAGE).write_text(page, encoding="utf-8", errors="backslashreplace")
    progress("page", 1, 1)


def summary(faces: Faces, run: RunFacts, out: Path | None = None) -> str:
    """Say in a few lines what was found.

    Args:
        faces: the table.
        run: facts of the run.
        out: the folder of the result, None to leave out where the report is.

    Returns:
        Lines for a terminal, without a line break at the end.
    """
    people, counts = gather_people(faces, run), tally(faces)
    lines = [headline(counts, run)]
    if counts.faces:
        lines.append(
            f"{count(counts.faces, 'face')}, unknown {counts.unknown_before:,}"
            f" ({share(counts.unknown_before, counts.faces)}) by face alone"
            f" -> {counts.unknown_after:,} ({share(counts.unknown_after, counts.faces)})"
            " with clothing"
        )
    lines.extend(_line(person, len(run.films) > 1) for person in people[:_MAX_LINES])
    if len(people) > _MAX_LINES:
        lines.append(f"  and {len(people) - _MAX_LINES:,} more")
    lines.extend(f"! {source.name}: {source.loss}" for source in run.sources if source.loss)
    if out is not None:
        lines.append(f"Report: {out / PAGE}")
    return "\n".join(lines)


def _line(person: Person, names_film: bool) -> str:
    parts = [f"  {person.name}  {count(len(person.rows), 'face'):>13}"]
    if person.films:
        first = person.films[0]
        parts.append(f"{duration(person.screen_time_s):>12} on screen")
        parts.append(f"from {clock(first.first_s)}{f' of {first.source}' if names_film else ''}")
    if person.photos:
        parts.append(f"in {count(len(person.photos), 'photo')}")
    if person.num_by_cloth:
        parts.append(f"{person.num_by_cloth:,} by clothing")
    return "  ".join(parts)


def _write_sheets(
    faces: Faces, plan: Plan, kept: dict[int, bytes], out: Path, progress: ProgressHook
) -> None:
    everyone = [*plan.people, *([plan.unknown] if plan.unknown else [])]
    for done, person in enumerate(everyone, start=1):
        sheet = contact_sheet(faces, person, plan.tiles[person.number].tolist(), kept)
        (out / PEOPLE_FOLDER / f"{person.name}.jpg").write_bytes(sheet)
        progress("contact sheets", done, len(everyone))
