"""Fit the curves of evidence on every kept table, and write them with their card.

    python benchmarks/fit_evidence.py --tables FOLDER    # writes checkpoints/curves/
    python benchmarks/fit_evidence.py --out OTHER
    python benchmarks/fit_evidence.py --faces faceres+sface sface    # these alone, the others stay

Tables are those of kept_tables.py; their folder may be given as CASTLIST_TABLES. How good curves
fitted like this are on a film that they have not seen: benchmarks/pixels.py.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import safetensors.numpy
from castlist.clustering.evidence.curves import ANY, FILE, NUISANCE_FILE, Curves, curve_name
from castlist.clustering.evidence.fit import fit_cloth_curve, fit_face_curve
from kept_tables import (
    INTEL,
    ROOT,
    SETUPS,
    TABLES,
    KeptTable,
    Setup,
    read_tables,
)

SHIPPED = ROOT / "checkpoints" / "curves"
COMMAND = "python benchmarks/fit_evidence.py"
SINGLE = (
    ("faceres", "cloth_film_lite0"),
    (INTEL, "cloth_imagenet_lite0"),
)
"""Networks that stand for any other, each by itself."""

WHAT = (
    "networks by the names on their cards, faces cleaned; head and torso: with and without the head"
)


def fit(tables: Sequence[KeptTable]) -> Curves:
    """Fit the curves of one set-up."""
    films = [table.labelled for table in tables]
    face, cloth = tables[0].face_columns, tables[0].cloth_columns
    return Curves(
        {curve_name(face): fit_face_curve(films, face)},
        {curve_name(cloth): fit_cloth_curve(films, cloth)},
    )


def fit_any(folder: Path) -> Curves:
    """Fit the curves of networks that nobody knows: of two, as if they were one."""
    films = [
        table.labelled
        for face, cloth in SINGLE
        for table in read_tables(folder, Setup((face,), (cloth,)))
    ]
    columns = {ANY: (0, sys.maxsize)}  # the vectors differ in length
    face = fit_face_curve(films, columns, in_common=1.0, num_directions=0)
    return Curves({ANY: face}, {ANY: fit_cloth_curve(films, columns)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--faces", nargs="+", help="curves of these face networks alone")
    options = parser.parse_args()
    if options.faces:
        add(options.faces, options.tables, options.out)
        return
    curves, tables = fit_any(options.tables), []
    for setup in SETUPS.values():
        tables = read_tables(options.tables, setup)
        own = fit(tables)
        curves = Curves({**curves.face, **own.face}, {**curves.cloth, **own.cloth})
    write({"card": card(tables), "curves": curves.to_dict()}, curves, options.out)
    print(f"{options.out}: fitted on {len(tables)} tables")


def add(names: Sequence[str], folder: Path, out: Path) -> None:
    """Fit the curves of some face networks; those of the others, and of clothes, stay as they are.

    Args:
        names: as curves are named, of networks that a set-up uses together.
        folder: of the tables.
        out: folder of the curves; where it has none, the others are those that ship.
    """
    before = out if (out / Path(FILE).name).exists() else SHIPPED
    content = json.loads((before / Path(FILE).name).read_text(encoding="utf-8"))
    kept = safetensors.numpy.load((before / Path(NUISANCE_FILE).name).read_bytes())
    curves = Curves.from_dict(content["curves"], kept)
    for setup in SETUPS.values():
        if (name := curve_name(dict.fromkeys(setup.face))) in names:
            tables = read_tables(folder, setup)
            films = [table.labelled for table in tables]
            fitted = fit_face_curve(films, tables[0].face_columns)
            curves = Curves({**curves.face, name: fitted}, curves.cloth)
            content["card"].setdefault("faces", {})[name] = of_tables(tables)
            print(f"{name}: fitted on {len(tables)} tables")
    write({"card": content["card"], "curves": curves.to_dict()}, curves, out)


def write(content: dict[str, object], curves: Curves, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2) + "\n"
    (out / Path(FILE).name).write_text(text, encoding="utf-8")
    directions = safetensors.numpy.save(curves.nuisance())
    (out / Path(NUISANCE_FILE).name).write_bytes(directions)


def card(tables: Sequence[KeptTable]) -> dict[str, object]:
    """Return what a reader of the curves must know: on what, when, by which command."""
    return {
        "name": "evidence",
        "what": "how much likelier a cosine is of one person's tracks than of two people's",
        "formula": "castlist/clustering/evidence/likelihood.py",
        "vectors": WHAT,
        "nuisance": f"{NUISANCE_FILE}: directions taken off face vectors, see nuisance.py",
        "command": COMMAND,
        **of_tables(tables),
        "measured": "docs/evidence.md, each film by curves fitted without it",
    }


def of_tables(tables: Sequence[KeptTable]) -> dict[str, object]:
    """Return when and on what curves were fitted."""
    films: dict[str, list[str]] = {}
    for table in tables:
        films.setdefault(table.film, []).append(table.variant)
    pairs = [table.labelled.pairs()[2] for table in tables]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "films": films,
        "pairs_of_one_person": int(sum(same.sum() for same in pairs)),
        "pairs_of_two": int(sum((~same).sum() for same in pairs)),
    }


if __name__ == "__main__":
    main()
