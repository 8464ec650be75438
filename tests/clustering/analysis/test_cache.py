import os
from concurrent import futures
from pathlib import Path

import numpy as np
import pytest
from castlist.clustering.analysis import cache
from castlist.clustering.analysis.lease import Lease
from castlist.data.result.crops import CropWriter
from castlist.data.tables.faces import Faces


@pytest.fixture(name="add")
def _add(tmp_path, make_faces):
    """Keep an entry of some faces and their crops, last used so many seconds ago."""

    def add(name, num_faces=2, age_s=0):
        entry = tmp_path / cache.cache_key({"name": name})
        with cache.new_entry(tmp_path) as partial:
            with CropWriter(cache.crops_path(partial)) as crops:
                for _ in range(num_faces):
                    crops.append(np.zeros((8, 8, 3), np.uint8), np.array([0, 0, 8, 8]))
            cache.keep(partial, entry, make_faces(num_faces), {"name": name})
        os.utime(entry, (1e9 - age_s, 1e9 - age_s))
        return entry

    return add


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("num_faces", [0, 2])
def test_an_entry_comes_back(add, num_faces):
    faces, crops, facts = cache.load(add("film", num_faces))
    assert len(faces) == len(crops) == num_faces
    assert facts["name"] == "film"


def test_an_entry_that_was_never_kept_is_none(tmp_path):
    assert cache.load(tmp_path / "nothing") is None


@pytest.mark.parametrize("name", ["faces.parquet", "crops.bin", "crops.bin.npy"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "other"])
def test_a_damaged_entry_is_none(add, name, damage):
    path = add("film") / name
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes({"empty": b"", "cut": content[:-5], "other": b"x" * 50}[damage])
    assert cache.load(path.parent) is None


def test_an_entry_with_crops_of_other_faces_is_none(add):
    two, three = add("two", 2), add("three", 3)
    for name in ("crops.bin", "crops.bin.npy"):
        (two / name).write_bytes((three / name).read_bytes())
    assert cache.load(two) is None


def test_an_entry_of_somebody_else_can_be_read(add, monkeypatch):
    entry = add("film")

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "utime", refuse)
    assert cache.load(entry) is not None


@pytest.mark.parametrize("is_damaged", [False, True])
def test_an_entry_that_exists_is_replaced_where_it_is_damaged(add, is_damaged):
    entry = add("film", 2)  # of another run, which was quicker
    if is_damaged:
        (entry / "faces.parquet").write_bytes(b"")
    assert add("film", 3) == entry
    assert len(cache.load(entry)[0]) == (3 if is_damaged else 2)


@pytest.mark.parametrize("name", ["faces.parquet", "crops.bin", "crops.bin.npy", "digests.json"])
@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_one_flipped_bit_is_damage(add, name, place):
    path = add("film") / name
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 1
    path.write_bytes(content)
    assert cache.load(path.parent) is None


def test_an_entry_without_digests_is_none(add):
    entry = add("film")
    (entry / "digests.json").unlink()
    assert cache.load(entry) is None


def test_an_entry_in_use_is_never_forgotten(add, tmp_path, monkeypatch):
    used, unused = add("used", age_s=30), add("unused", age_s=20)
    lease = Lease(tmp_path)
    lease.add(used)
    monkeypatch.setattr(cache, "KEEP_BYTES", 1)
    add("new")
    assert [used.exists(), unused.exists()] == [True, False]
    lease.close()
    newest = add("newest")
    assert _names(tmp_path) == [newest.name]


def test_what_a_run_that_was_killed_held_and_left_half_written_is_cleared(
    add, tmp_path, monkeypatch
):
    used = add("used", age_s=30)
    (tmp_path / ".in-use-dead").write_text(f"{used.name}\n")
    half = tmp_path / ".partial-dead"
    half.mkdir()
    os.utime(half, (0, 0))
    monkeypatch.setattr(cache, "KEEP_BYTES", 1)
    new = add("new")
    assert _names(tmp_path) == [new.name]


def test_runs_on_one_cache_at_once_do_not_disturb_each_other(tmp_path):
    folder = str(tmp_path)
    with futures.ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(_use, folder, number) for number in range(4)]
        assert all(run.result() for run in runs)


def _use(folder, number):
    for turn in range(10):
        entry = Path(folder) / cache.cache_key({"turn": turn % 5})
        if cache.load(entry) is None:
            with cache.new_entry(Path(folder)) as partial:
                with CropWriter(cache.crops_path(partial)):
                    pass
                cache.keep(partial, entry, Faces.empty(), {"number": number})
        assert cache.load(entry) is not None
        cache.size_bytes(Path(folder))
    return True


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_of_an_entry_that_failed(tmp_path, error):
    def fail():
        with cache.new_entry(tmp_path / "cache") as partial:
            (partial / "crops.bin").write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert _names(tmp_path / "cache") == []


def test_the_oldest_entries_are_forgotten(add, tmp_path, monkeypatch):
    old, middle, young = add("old", age_s=30), add("middle", age_s=20), add("young", age_s=10)
    monkeypatch.setattr(cache, "KEEP_BYTES", cache.size_bytes(young) * 7 // 2)
    kept = [add("new"), middle, young]
    assert _names(tmp_path) == sorted(entry.name for entry in kept)
    assert not old.exists()


def test_an_entry_just_used_is_not_the_oldest(add, monkeypatch):
    used, unused = add("used", age_s=30), add("unused", age_s=20)
    cache.load(used)
    monkeypatch.setattr(cache, "KEEP_BYTES", cache.size_bytes(used) * 5 // 2)
    new = add("new")
    assert [entry.exists() for entry in (used, unused, new)] == [True, False, True]


def test_the_entry_just_kept_stays_however_large(add, tmp_path, monkeypatch):
    add("old", age_s=30)
    monkeypatch.setattr(cache, "KEEP_BYTES", 1)
    new = add("new")
    assert _names(tmp_path) == [new.name]


def test_nothing_but_entries_is_ever_removed(add, tmp_path, monkeypatch):
    (tmp_path / "holidays").mkdir()
    (tmp_path / "holidays" / "faces.parquet").write_text("not ours to remove")
    (tmp_path / ("0" * 32)).mkdir()
    (tmp_path / ("0" * 32) / "photo.jpg").write_text("not ours to remove")
    for name in ("holidays", "0" * 32):
        os.utime(tmp_path / name, (0, 0))
    monkeypatch.setattr(cache, "KEEP_BYTES", 1)
    new = add("new")
    assert _names(tmp_path) == sorted([new.name, "holidays", "0" * 32])


def test_the_size_is_that_of_all_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_bytes(b"12345")
    (tmp_path / "y").write_bytes(b"123")
    assert cache.size_bytes(tmp_path) == 8
    assert cache.size_bytes(tmp_path / "nothing") == 0


def test_the_key_depends_on_every_fact_and_not_on_their_order():
    facts = {"content": {"a.mp4": "1f"}, "frames": {"fps": 5.0}, "also_frames": [3], "card": "c"}
    others = [
        {**facts, "content": {"a.mp4": "2f"}},
        {**facts, "content": {"b.mp4": "1f"}},
        {**facts, "frames": {"fps": 5.5}},
        {**facts, "frames": {"fps": None}},
        {**facts, "also_frames": []},
        {**facts, "card": "d"},
        {**facts, "more": 0},
        {},
    ]
    keys = {cache.cache_key(changed) for changed in [facts, *others]}
    assert len(keys) == 1 + len(others)
    assert cache.cache_key(dict(reversed(facts.items()))) == cache.cache_key(facts)


@pytest.mark.parametrize(("what", "other"), [("__version__", "9.9.9"), ("ENGINE_VERSION", 99)])
def test_what_another_version_saw_is_not_taken(monkeypatch, add, tmp_path, what, other):
    entry = add("film")
    assert cache.load(tmp_path / cache.cache_key({"name": "film"})) is not None
    monkeypatch.setattr(cache, what, other)
    assert cache.cache_key({"name": "film"}) != entry.name
    assert cache.load(tmp_path / cache.cache_key({"name": "film"})) is None


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"CASTLIST_CACHE": "/own", "XDG_CACHE_HOME": "/xdg"}, "/own"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/castlist"),
        ({"XDG_CACHE_HOME": ""}, "/home/ana/.cache/castlist"),
    ],
)
def test_where_the_cache_is(monkeypatch, environment, folder):
    for name in ("CASTLIST_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/ana", **environment}.items():
        monkeypatch.setenv(name, value)
    assert cache.default_cache() == Path(folder)
