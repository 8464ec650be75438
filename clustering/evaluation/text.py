"""An evaluation as JSON and as Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...data.tables.labels import HARD_BELOW_PX
from ..report.wording import count, share
from .bands import Bands
from .bootstrap import Interval
from .gain import GainCounts
from .scores import Figure

Sections = Mapping[str, Mapping[str, Figure]]
"""Section -> figure -> value."""

Intervals = Mapping[str, Interval]
"""``section.figure``, or ``change.figure`` for after minus before -> interval."""

BY_FACE, WITH_CLOTHING = "by face alone", "with clothing"
"""What before and after stage 2 are called."""

_SIDE_BY_SIDE = {
    "people": "people found",
    "known_share": "faces with a person",
    "unknown_share": "unknown faces",
    "wcp_known": "pure: faces of their person's majority (WCP_known)",
    "one_to_one": "in the one person matched with theirs (one-to-one accuracy)",
    "one_to_one_all_labels": "the same, missed faces are in none",
    "bcubed_precision": "together rightly (B-cubed precision)",
    "bcubed_recall": "together of those that belong together (B-cubed recall)",
    "bcubed_f": "both in one (B-cubed F)",
    "pairwise_precision": "pairs together rightly (pairwise precision)",
    "pairwise_recall": "pairs together of those that belong together (pairwise recall)",
    "pairwise_f": "both in one (pairwise F)",
    "nmi": "shared information (NMI)",
    "ari": "pairs better than by chance (ARI)",
    "character_precision": "people who are mostly one (character precision)",
    "character_recall": "true people who were found (character recall)",
    "cluster_ratio": "people found to true people (cluster ratio)",
}
_STAGE_2 = {
    "reassigned": "faces that clothing changed",
    "reassignment_precision": "of these, right now (reassignment precision)",
    "recovery": "unknown by face alone, right with clothing (recovery (a))",
    "recovery_small": f"under {HARD_BELOW_PX} px, right with clothing (recovery (b))",
    "small_right_before": "the same faces, right by face alone",
    "recovery_small_all_labels": "the same, missed faces are wrong",
    "harm": "right by face alone, not with clothing (harm)",
    "predicted_precision": "right of those changed, as castlist predicted",
}
_BAND_COLUMNS = {
    "labels": "labelled",
    "found": "found",
    "unknown_before": f"unknown {BY_FACE}",
    "unknown_after": f"unknown {WITH_CLOTHING}",
    "right_before": f"right {BY_FACE}",
    "right_after": f"right {WITH_CLOTHING}",
    "reassigned": "changed by clothing",
    "reassignment_precision": "of these right",
    "harmed": "harmed",
}


def headline(gain: GainCounts) -> str:
    """Write the result of an evaluation in a line: how many faces are right, and who was harmed."""
    if not gain.found:
        return "No labelled face was found"
    harmed = "none harmed"
    if gain.harmed:
        harmed = f"{count(gain.harmed, 'face')} harmed (right {BY_FACE}, not {WITH_CLOTHING})"
    return (
        f"{share(gain.right_after, gain.found)} of faces right"
        f" ({share(gain.right_before, gain.found)} {BY_FACE}), {harmed}"
    )


def side_by_side(sections: Sections) -> dict[str, tuple[Figure, Figure]]:
    """Return the figures by face alone and with clothing, by what they are called."""
    before, after = sections["before"], sections["after"]
    return {title: (before[name], after[name]) for name, title in _SIDE_BY_SIDE.items()}


def report_as_dict(
    sections: Sections, bands: Bands, intervals: Intervals | None = None
) -> dict[str, Any]:
    """Return figures, bands and intervals in the types of JSON."""
    as_dict: dict[str, Any] = {name: dict(figures) for name, figures in sections.items()}
    as_dict["bands"] = {
        kind: {name: {**counts.counts(), **counts.ratios()} for name, counts in by_name.items()}
        for kind, by_name in bands.items()
    }
    if intervals is not None:
        as_dict["intervals"] = {
            name: {"low": interval.low, "high": interval.high}
            for name, interval in intervals.items()
        }
    return as_dict


@dataclass(frozen=True)
class Table:
    """Cells to read: the first column names the row, the others are numbers."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def to_markdown(self) -> str:
        """Return it with the first column to the left and the others to the right."""
        rule = ["---"] + ["---:"] * (len(self.header) - 1)
        return "\n".join(
            "| " + " | ".join(cells) + " |" for cells in [self.header, rule, *self.rows]
        )


def report_to_markdown(sections: Sections, bands: Bands, intervals: Intervals | None = None) -> str:
    """Return what was found, before and after side by side, stage 2, and the bands."""
    tables = tables_of(sections, bands, intervals)
    parts = [detection_text(sections), *(table.to_markdown() for table in tables)]
    return "\n\n".join(parts) + "\n"


def tables_of(sections: Sections, bands: Bands, intervals: Intervals | None = None) -> list[Table]:
    """Return before and after side by side, stage 2, and the bands."""
    return [
        _side_by_side(sections, intervals or {}),
        _stage_2(sections, intervals or {}),
        *(_band_table(kind, by_name) for kind, by_name in bands.items()),
    ]


def detection_text(sections: Sections) -> str:
    """Write what was found, what was missed, and what is no face."""
    found = sections["detection"]
    return (
        f"{found['labels']} labelled faces: {found['found']} found"
        f" ({text_of(found['found_share'])}), {found['missed']} missed,"
        f" {found['not_looked_at']} not looked at."
        f" False faces: {found['false_faces']}, in a person {found['false_faces_known_before']}"
        f" before and {found['false_faces_known_after']} after; of them on the"
        f" {found['not_a_face_labels']} boxes of no face: {found['not_a_face_found']}, in a person"
        f" {found['not_a_face_known_before']} before and {found['not_a_face_known_after']} after."
        f" People in the whole result: {found['people_before']} before, {found['people_after']}"
        f" after, {found['new_people']} of them new. Two faces of one picture in one person:"
        f" {found['violations_before']} before, {found['violations_after']} after."
        f" Figures below are over found faces; {sections['after']['true_people']} true people."
    )


def _side_by_side(sections: Sections, intervals: Intervals) -> Table:
    before, after = sections["before"], sections["after"]
    rows = []
    for name, title in _SIDE_BY_SIDE.items():
        change = _change(before[name], after[name])
        interval = _interval(intervals.get(f"change.{name}"))
        rows.append([title, text_of(before[name]), text_of(after[name]), change, interval])
    return Table(["", BY_FACE, WITH_CLOTHING, "change", "95 % range"], rows)


def _stage_2(sections: Sections, intervals: Intervals) -> Table:
    figures = sections["stage_2"]
    rows = [
        [title, text_of(figures[name]), _interval(intervals.get(f"stage_2.{name}"))]
        for name, title in _STAGE_2.items()
    ]
    return Table(["what clothing did", "", "95 % range"], rows)


def _band_table(kind: str, by_name: Mapping[str, Any]) -> Table:
    rows = [
        # Over no labels even a count is not defined.
        [name, *(text_of(getattr(counts, column)) for column in _BAND_COLUMNS)]
        if counts.labels
        else [name, "0", *["n/a"] * (len(_BAND_COLUMNS) - 1)]
        for name, counts in by_name.items()
    ]
    return Table([kind, *_BAND_COLUMNS.values()], rows)


def text_of(value: Figure) -> str:
    """Return a figure to read; a ratio over nothing is n/a."""
    if value is None:
        return "n/a"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _change(before: Figure, after: Figure) -> str:
    if before is None or after is None:
        return "n/a"
    change = after - before
    return f"{change:+d}" if isinstance(change, int) else f"{change:+z.3f}"


def _interval(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.low:z.3f} to {interval.high:z.3f}"
