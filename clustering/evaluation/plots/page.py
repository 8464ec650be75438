"""An evaluation inside the report of its result."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from ....data.errors import InputError
from ....data.files import replacing_file
from ...report.figures import data_uri
from ...report.page import environment
from ..pooling import Evaluation
from ..text import detection_text, tables_of
from .draw import picture_of

_SECTION, _LINK = "evaluation", "evaluation link"
_ALT = {
    "unknown": "Share of unknown faces by face alone and with clothing",
    "confusion": "True people by row and people found by column, before and after clothing",
    "predicted": "The precision that stage 2 predicted against the true one",
    "sweep": "Purity against completeness as a wrong merge costs more",
}


@dataclass(frozen=True)
class _Plot:
    uri: str
    alt: str


def add_to_page(page: Path, evaluation: Evaluation, figures: Mapping[str, Figure]) -> None:
    """Put tables and plots into a report; they replace those of an earlier evaluation.

    The page still needs no other file. It is written beside and then renamed.

    Args:
        page: ``report.html`` of a result.
        evaluation: of that result.
        figures: its plots by name.

    Raises:
        InputError: no such page, or one without a place for an evaluation.
        OSError: the folder cannot be written to.
    """
    try:
        text = page.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{page}: expected the report of the result here, found no file") from None
    text = _fill(page, text, _SECTION, _section(evaluation, figures))
    text = _fill(page, text, _LINK, '<a href="#evaluation">Measured against labels</a>')
    with replacing_file(page) as partial:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")


def _fill(page: Path, text: str, place: str, content: str) -> str:
    pattern = re.compile(f"(<!-- {place} -->).*?(<!-- /{place} -->)", re.DOTALL)
    text, num_places = pattern.subn(lambda found: f"{found[1]}{content}{found[2]}", text)
    if num_places != 1:
        raise InputError(
            f"{page}: expected a report with a place for an evaluation; make the result again with"
            " castlist find"
        )
    return text


def _section(evaluation: Evaluation, figures: Mapping[str, Figure]) -> str:
    sections = evaluation.pooled.sections()
    return (
        environment()
        .get_template("evaluation.html")
        .render(
            detection=detection_text(sections),
            tables=tables_of(sections, evaluation.pooled.bands, evaluation.intervals),
            plots=[
                _Plot(data_uri(picture_of(figure, "svg"), "svg+xml"), _ALT[name])
                for name, figure in figures.items()
            ],
        )
    )
