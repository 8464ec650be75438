"""Damage to files, drawn by a seed: what disks, editors and other programs do to them."""

from __future__ import annotations

import csv
import hashlib
import json
import random
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 10**25, 1e308, float("nan"), "", "x" * 18_000, "\x1b[31m\u202e", "0",
    [], [[]], {}, {"a": 1}, [1, "a", None],
)  # fmt: skip
"""What stands where something else was expected."""

Damage = Callable[[bytes, random.Random], bytes]


def truncate(content: bytes, rng: random.Random) -> bytes:
    """Cut the end off, as a full disk or a lost connection does."""
    return content[: rng.randrange(len(content) or 1)]


def flip_bits(content: bytes, rng: random.Random) -> bytes:
    """Turn one to twenty bits over."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 3, 20))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def zero_block(content: bytes, rng: random.Random) -> bytes:
    """Blank a block, as a crash of the machine does."""
    first = rng.randrange(len(content) or 1)
    length = min(rng.choice((16, 512, 4096)), len(content) - first)
    return content[:first] + bytes(length) + content[first + length :]


def empty(_content: bytes, _rng: random.Random) -> bytes:
    """Leave nothing."""
    return b""


def noise(content: bytes, rng: random.Random) -> bytes:
    """Put other bytes in their place."""
    return rng.randbytes(min(len(content), 5000))


def wrong_json(content: bytes, rng: random.Random) -> bytes:
    """Put something of another type somewhere into JSON; of lines, into one of them."""
    lines = content.decode().splitlines()
    place = rng.randrange(len(lines) or 1)
    try:
        tree = json.loads(content)
    except ValueError:
        lines[place] = json.dumps(_changed(json.loads(lines[place]), rng))
        return "\n".join(lines).encode()
    return json.dumps(_changed(tree, rng)).encode()


def _changed(tree: Any, rng: random.Random) -> Any:
    """Change one place of a tree, deep ones as often as shallow ones."""
    if not isinstance(tree, dict | list) or not tree or rng.random() < 0.15:
        return rng.choice(ODD)
    keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
    key = rng.choice(keys)
    if rng.random() < 0.1:
        del tree[key]
    else:
        tree[key] = _changed(tree[key], rng)
    return tree


def wrong_cells(content: bytes, rng: random.Random) -> bytes:
    """Change the header or a cell of a CSV, or lose one."""
    rows = list(csv.reader(StringIO(content.decode())))
    row = rows[0] if rng.random() < 0.3 else rng.choice(rows)
    place = rng.randrange(len(row))
    if rng.random() < 0.2:
        del row[place]
    else:
        row[place] = str(rng.choice(ODD))
    file = StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def wrong_table(content: bytes, rng: random.Random) -> bytes:
    """Change a column of a Parquet table, or what its metadata says."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(content))
    name = rng.choice(table.column_names)
    place, num_rows = table.column_names.index(name), len(table)
    numbers = pa.array([rng.choice((-1, 0, 7, 2**62, -(2**62))) for _ in range(num_rows)])
    what = rng.randrange(8)
    metadata = dict(table.schema.metadata or {})
    if what == 0:
        table = table.drop_columns(name)
    elif what == 1:
        table = table.rename_columns(
            [f"{own}x" if own == name else own for own in table.column_names]
        )
    elif what == 2:
        table = table.set_column(place, name, pa.array([None] * num_rows, pa.float64()))
    elif what == 3:
        table = table.set_column(place, name, pa.array(["a"] * num_rows))
    elif what == 4:
        table = table.set_column(place, name, numbers)
    elif what == 5:
        table = table.set_column(place, name, pa.array([float("nan")] * num_rows))
    elif what == 6:
        table = pa.concat_tables([table, table.slice(0, 1)])
    else:
        key = rng.choice(list(metadata))
        try:
            metadata[key] = wrong_json(metadata[key], rng)
        except ValueError:
            metadata[key] = b"{"
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(metadata), sink)
    return bytes(sink.getvalue())


def wrong_weights(content: bytes, rng: random.Random) -> bytes:
    """Change weights in a safetensors file: NaN, another shape or type, one lost, one more."""
    import safetensors.torch
    import torch

    weights = safetensors.torch.load(content)
    name = rng.choice(sorted(weights))
    what = rng.randrange(6)
    if what == 0:
        weights[name] = torch.full_like(weights[name], float("nan"), dtype=torch.float32)
    elif what == 1:
        weights[name] = torch.zeros(3, 5)
    elif what == 2:
        del weights[name]
    elif what == 3:
        weights["one more"] = torch.zeros(2)
    elif what == 4:
        weights[name] = weights[name].to(torch.int64)
    else:
        weights[name] = torch.full_like(weights[name], float("inf"), dtype=torch.float32)
    return safetensors.torch.save(weights)


def wrong_checkpoint(content: bytes, rng: random.Random) -> bytes:
    """Change what a checkpoint of Lightning holds: a key lost, or a value of another type."""
    import io

    import torch

    tree = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    at = tree
    while True:
        key = rng.choice(list(at)) if isinstance(at, dict) else rng.randrange(len(at))
        deeper = at[key]
        if not isinstance(deeper, dict | list) or not deeper or rng.random() < 0.3:
            break
        at = deeper
    if isinstance(at, dict) and rng.random() < 0.3:
        del at[key]
    elif isinstance(at[key], torch.Tensor):
        nan = torch.full_like(at[key], float("nan"), dtype=torch.float32)
        at[key] = rng.choice((nan, torch.zeros(3, 5)))
    else:
        at[key] = rng.choice((None, -1, "x", [], {}, float("nan")))
    file = io.BytesIO()
    torch.save(tree, file)
    return file.getvalue()


def seal(path: Path) -> None:
    """Put the checksum of weights into their card, so that a reader goes on to look at them."""
    card_path = path.with_suffix(".json")
    card = json.loads(card_path.read_text(encoding="utf-8"))
    card["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    card_path.write_text(json.dumps(card), encoding="utf-8")


BYTES: tuple[Damage, ...] = (truncate, flip_bits, zero_block, empty, noise)
"""For files of any kind."""

BY_ENDING: dict[str, tuple[Damage, ...]] = {
    ".json": (wrong_json, wrong_json, wrong_json),
    ".jsonl": (wrong_json, wrong_json),
    ".csv": (wrong_cells, wrong_cells, wrong_cells),
    ".parquet": (wrong_table, wrong_table, wrong_table, wrong_table),
    ".safetensors": (wrong_weights, wrong_weights, wrong_weights),
    ".ckpt": (wrong_checkpoint, wrong_checkpoint, wrong_checkpoint),
}
"""For those of which the form is known, besides."""


def damage(path: Path, others: list[Path], rng: random.Random) -> str:
    """Damage a file in its place; returns how.

    Args:
        path: the file.
        others: further files, one of which may take its place.
        rng: draws what is done.
    """
    content = path.read_bytes()
    kinds = [*BYTES, *BY_ENDING.get(path.suffix, ())]
    kind = rng.choice(kinds)
    if rng.random() < 0.05 and others:
        other = rng.choice(others)
        path.write_bytes(other.read_bytes())
        return f"swapped with {other.name}"
    path.write_bytes(kind(content, rng))
    if kind is wrong_weights and path.with_suffix(".json").is_file():
        seal(path)
    return kind.__name__
