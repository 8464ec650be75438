"""The text lists of the DeepFashion benchmarks: a count, names of columns, padded rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError, quoted
from .odd_rows import MOST, OddRows


def table(
    path: Path, num_columns: int, odd: OddRows | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Yield (file and line, cells) of a list with a count and a header.

    Rows of another number of columns are odd, where those are counted, and so is a count that is
    off by little.

    Raises:
        InputError: no such list, or none of that form.
    """
    rows = lines(path)
    where, first = next(rows, (f"{path} line 1", [""]))
    if len(first) != 1 or not first[0].isdecimal():
        raise InputError(f"{where}: expected the number of rows, got {quoted(' '.join(first))}")
    next(rows, None)  # the names of the columns, which differ between distributions
    count = 0
    for where, cells in rows:
        count += 1
        if len(cells) != num_columns:
            error = InputError(f"{where}: expected {num_columns} columns, got {len(cells)}")
            if odd is None:
                raise error
            odd.num_rows += 1
            odd.leave_out(error)
            continue
        yield where, cells
    if count != int(first[0]):
        error = InputError(
            f"{path} line 1: expected {first[0]} rows as it says, got {count}; fetch the file again"
        )
        if odd is None or abs(count - int(first[0])) > MOST * count:
            raise error
        odd.leave_out(error)


def lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield (file and line, cells) of a text, without its blank lines.

    Raises:
        InputError: there is none, or it is no text.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if cells := line.split():
                    yield f"{path} line {number}", cells
    except FileNotFoundError:
        raise InputError(f"expected the list {path}, found no such file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected a text in UTF-8 ({error})") from None


def find(root: Path, name: str, *places: str) -> Path:
    """Return where a list is, in one of these folders.

    Raises:
        InputError: in none.
    """
    for place in places:
        if (root / place / name).is_file():
            return root / place / name
    raise InputError(
        f"{root}: expected {name} in {' or '.join(places)}, found none; give the folder that holds"
        " the benchmark"
    )


def maybe(root: Path, name: str) -> Path | None:
    """Return where a list of annotations is, None where there is none."""
    places = ("Anno", "Anno_coarse", "Anno_fine", ".")
    return next((root / p / name for p in places if (root / p / name).is_file()), None)
