"""The whole report: contact sheets, the page, and the summary for a terminal."""

from __future__ import annotations

from pathlib import Path

from ...data.progress import ProgressHook, silent
from ...data.result.people import Person
from ...data.result.people_folder import PEOPLE_FOLDER, sheet_path
from ...data.result.result import PAGE, StoredResult
from .changes import tally
from .moments import Moments
from .page import headline, render_page
from .plan import Plan, make_plan
from .portraits import crop_or_plain
from .same import asked_pairs, perhaps_text, same_text
from .sheets import contact_sheet
from .skipped import faceless_text, losses_text, skipped_text
from .wording import clock, count, duration, notices_text, share

_MAX_LINES = 12


def write_report(result: StoredResult, out: Path, progress: ProgressHook = silent) -> None:
    """Write ``report.html`` and a contact sheet for everyone.

    Args:
        result: what was found; its run names every source of the table.
        out: the folder of the result, existing.
        progress: called as (step, completed, total).

    Raises:
        ValueError: the table has a source that the run does not name.
        OSError: ``out`` cannot be written.
    """
    faceless = faceless_text(result.run, result.faces)
    result = result.shown()
    plan = make_plan(result.faces, result.run, result.cast)
    kept = {row: crop_or_plain(result.crops, row) for row in sorted(plan.rows)}
    _write_sheets(result, plan, kept, out, progress)
    progress("page", 0, 1)
    page = render_page(result, plan, kept, out, faceless)
    (out / PAGE).write_text(page, encoding="utf-8", errors="backslashreplace")
    progress("page", 1, 1)


def summary(result: StoredResult, out: Path | None = None) -> str:
    """Write in a few lines what was found.

    Args:
        result: what was found.
        out: its folder, None to leave out the path of the report.

    Returns:
        Lines for a terminal, without a line break at the end.
    """
    faceless = faceless_text(result.run, result.faces)
    result = result.shown()
    run, people, counts = result.run, result.people, tally(result.faces)
    asked = asked_pairs(result)
    perhaps = perhaps_text(len(people), asked, result.cast)
    lines = [headline(counts, run) + (f", {perhaps}" if perhaps else "")]
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
    lines.extend(filter(None, [same_text(asked, result.cast)]))
    lines.extend(losses_text(run))
    lines.extend(skipped_text(run))
    lines.extend(faceless)
    lines.extend(f"Note: {notice}" for notice in notices_text(run))
    if out is not None:
        lines.append(f"Report: {out / PAGE}")
    return "\n".join(lines)


def _line(person: Person, names_film: bool) -> str:
    parts = [f"  {person.name:<10}  {count(len(person.rows), 'face'):>13}"]
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
    result: StoredResult, plan: Plan, kept: dict[int, bytes], out: Path, progress: ProgressHook
) -> None:
    everyone = [*plan.people, *([plan.unknown] if plan.unknown else [])]
    if everyone:
        (out / PEOPLE_FOLDER).mkdir(exist_ok=True)
    moments = Moments(result.faces, result.run, out)
    for done, person in enumerate(everyone, start=1):
        rows = plan.tiles[person.number].tolist()
        sheet = contact_sheet(
            result.faces, person, rows, kept, lambda row: moments.of_row(row).when
        )
        (out / sheet_path(result.cast.folder_of(person.number))).write_bytes(sheet)
        progress("contact sheets", done, len(everyone))
