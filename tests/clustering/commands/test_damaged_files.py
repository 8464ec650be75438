"""castlist's own files, damaged: a slice of what benchmarks/fuzz_own_files.py does."""

import json
import random
import shutil

import numpy as np
import pytest
from castlist.data.errors import InputError
from castlist.data.result.store import read_faces
from castlist.data.tables.faces import Faces
from damage import BY_ENDING, BYTES, damage

pytestmark = pytest.mark.usefixtures("plain_pages")

NUM_INPUTS = 12
LONGEST = 300
FILES = ("faces.parquet", "run.json", "edits.jsonl", "people.json", "labels.csv")


@pytest.fixture(name="pristine")
def _pristine(castlist, labelled):
    out, labels = labelled
    castlist("name", out, "person_001", "Anna")
    shutil.copy(labels, out / "labels.csv")
    return out


def _commands(out):
    return [
        ["show", out],
        ["show", out, "--json"],
        ["evaluate", out],
        ["labels", "check", out, out / "labels.csv"],
        ["export", out, out.parent / "out.csv"],
        ["export", out, out.parent / "out.vtt"],
        ["name", out, "person_002", "Bo"],
        ["edit", out, "merge", "person_001", "person_002"],
        ["edit", out, "undo"],
    ]


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_ends_a_command_in_one_short_line(castlist, pristine, tmp_path, name):
    rng = random.Random(name)
    others = [pristine / other for other in FILES if other != name]
    out = tmp_path / "damaged"
    codes = set()
    for number in range(NUM_INPUTS):
        shutil.copytree(pristine, out)
        how = damage(out / name, others, rng)
        words = rng.choice(_commands(out))
        run = castlist(*words)  # which holds that there is one line of error at the most
        problem = f"{number}: {how}, {words[0]}: {run.error}"
        assert "unexpected" not in run.error, problem
        assert len(f"castlist: error: {run.error}") <= LONGEST, problem
        codes.add(run.code)
        shutil.rmtree(out)
    assert codes <= {0, 1, 2}


@pytest.mark.parametrize("kind", [*BYTES, *BY_ENDING[".json"][:1]])
def test_each_damage_changes_the_file(kind):
    content = json.dumps({"a": [1, 2, {"b": "text"}], "c": None}).encode()
    changed = [kind(content, random.Random(seed)) for seed in range(20)]
    assert sum(one != content for one in changed) > 15


def test_a_flipped_bit_of_a_column_is_refused_or_changes_nothing(castlist, pristine):
    table = pristine / "faces.parquet"
    content = table.read_bytes()
    faces, _ = read_faces(table)
    data = len(content) - 8 - int.from_bytes(content[-8:-4], "little")  # then comes the footer
    rng = np.random.default_rng(0)
    refused = 0
    for place in rng.integers(4, data, 60).tolist():
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(8))
        table.write_bytes(changed)
        try:
            found, _ = read_faces(table)
        except InputError:
            refused += 1
            continue
        _same(faces, found)
    assert refused > 40


def _same(faces: Faces, others: Faces) -> None:
    for name, column in faces.columns().items():
        np.testing.assert_array_equal(column, getattr(others, name), err_msg=name)
