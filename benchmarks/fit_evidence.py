"""Fit the curves of evidence on every kept table, and write them with their card.

    python benchmarks/fit_evidence.py --tables FOLDER    # writes checkpoints/curves/evidence.json
    python benchmarks/fit_evidence.py --out other.json

Tables are those of kept_tables.py; their folder may be given as CASTLIST_TABLES. How good curves
fitted like this are on a film that they have not seen: benchmarks/pixels.py.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from castlist.clustering.evidence.curves import FILE, Curves, curve_name
from castlist.clustering.evidence.fit import fit_cloth_curve, fit_face_curve
from kept_tables import ROOT, SETUPS, TABLES, KeptTable, read_tables

COMMAND = "python benchmarks/fit_evidence.py"
WHAT = {
    "faceres": "faceres, faces cleaned",
    "0095": "face-reidentification-retail-0095, faces cleaned",
    "cloth": "the plain encoder of clothes with colours beside it, as one vector",
    "film_lite0": "the encoder film_lite0, of the cloth crop",
    "colours": "colours of the cloth crop",
    "0277_head": "person-reidentification-retail-0277, clothes with the head",
    "0277_torso": "person-reidentification-retail-0277, clothes without the head",
}


def fit(tables: Sequence[KeptTable]) -> Curves:
    """Fit the curves of one set-up."""
    films = [table.labelled for table in tables]
    face, cloth = tables[0].face_columns, tables[0].cloth_columns
    return Curves(
        {curve_name(face): fit_face_curve(films, face)},
        {curve_name(cloth): fit_cloth_curve(films, cloth)},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--out", type=Path, default=ROOT / "checkpoints" / FILE)
    options = parser.parse_args()
    curves, tables = Curves({}, {}), []
    for setup in SETUPS.values():
        tables = read_tables(options.tables, setup)
        own = fit(tables)
        curves = Curves({**curves.face, **own.face}, {**curves.cloth, **own.cloth})
    content = {"card": card(tables), "curves": curves.to_dict()}
    options.out.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(f"{options.out}: fitted on {len(tables)} tables")


def card(tables: Sequence[KeptTable]) -> dict[str, object]:
    """Return what a reader of the curves must know: on what, when, by which command."""
    films: dict[str, list[str]] = {}
    for table in tables:
        films.setdefault(table.film, []).append(table.variant)
    pairs = [table.labelled.pairs()[2] for table in tables]
    return {
        "name": "evidence",
        "what": "how much likelier a cosine is of one person's tracks than of two people's",
        "formula": "castlist/clustering/evidence/likelihood.py",
        "vectors": WHAT,
        "command": COMMAND,
        "date": datetime.now(UTC).date().isoformat(),
        "films": films,
        "pairs_of_one_person": int(sum(same.sum() for same in pairs)),
        "pairs_of_two": int(sum((~same).sum() for same in pairs)),
        "measured": "docs/evidence.md, each film by curves fitted without it",
    }


if __name__ == "__main__":
    main()
