"""Garments that are cut out once, and read from a folder afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from castlist.data.errors import InputError
from castlist.data.garments.garments import Garments, Row
from castlist.data.garments.masks import PolygonMask, polygon
from castlist.train.config import TrainConfig
from castlist.train.loading import views as views_module
from castlist.train.loading.datamodule import ClothData
from castlist.train.loading.prepared import Prepared
from castlist.train.loading.views import Key, Views
from PIL import Image

SIDE = 64


@pytest.fixture
def table(tmp_path: Path) -> Garments:
    """Four pictures of 900 x 600 with a garment in a box of 400 x 300, two with a mask."""
    random = np.random.default_rng(0)
    rows = []
    for number in range(4):
        blocks = random.integers(0, 256, (12, 18, 3)).astype(np.uint8)
        Image.fromarray(np.kron(blocks, np.ones((50, 50, 1), np.uint8))).save(
            tmp_path / f"{number}.png"
        )
        drawn = polygon([200.0, 150.0, 600.0, 150.0, 600.0, 450.0, 300.0, 450.0])
        mask = PolygonMask.of([drawn]) if number % 2 else None
        rows.append(Row(f"{number}.png", "abcd"[number], box=(200, 150, 600, 450), mask=mask))
    return Garments.of_rows("test", "CC0", tmp_path, rows)


def _views(table: Garments, folder: Path | None, warn: list[str] | None = None) -> Views:
    said = [] if warn is None else warn
    prepared = Prepared(folder, [table], False, said.append) if folder else None
    return Views(table, SIDE, warn=said.append, prepared=prepared)


def _crop(views: Views, row: int, seed: int | None) -> np.ndarray:
    view = views[Key(row, seed)]
    assert view is not None
    return view[0]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.npz"))


@pytest.mark.parametrize("row", [0, 1])
def test_a_prepared_garment_looks_like_the_picture(
    table: Garments, tmp_path: Path, row: int
) -> None:
    usual, prepared = _views(table, None), _views(table, tmp_path / "kept")
    plain, kept = (_crop(views, row, None).astype(int) for views in (usual, prepared))
    assert np.abs(plain - kept).mean() < 4
    for seed in range(20):  # boxes that are moved and enlarged: all that they reach is there
        plain, kept = (_crop(views, row, seed).astype(int) for views in (usual, prepared))
        assert ((plain > 0).any(axis=2) != (kept > 0).any(axis=2)).mean() < 0.05


def test_it_is_written_once_and_read_without_the_data_set(table: Garments, tmp_path: Path) -> None:
    first = [_crop(_views(table, tmp_path / "kept"), row, 5) for row in range(4)]
    files = _files(tmp_path / "kept")
    assert len(files) == 4
    with Image.open(tmp_path / "0.png") as picture:
        assert picture.size == (900, 600)
    written = [file.stat().st_mtime_ns for file in files]
    again = _views(table, tmp_path / "kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views_module, "read_garment", None)  # nothing calls it
        for row in range(4):
            assert np.array_equal(_crop(again, row, 5), first[row])
    assert [file.stat().st_mtime_ns for file in files] == written


def test_other_data_and_other_masks_have_another_folder(table: Garments, tmp_path: Path) -> None:
    for own, person_mask in ((table, False), (table, True), (table[:3], False), (table, False)):
        Prepared(tmp_path / "kept", [own], person_mask, print)
    assert len(list((tmp_path / "kept").iterdir())) == 3


def test_a_damaged_file_is_written_anew(table: Garments, tmp_path: Path) -> None:
    before = _crop(_views(table, tmp_path / "kept"), 1, 3)
    (file,) = (path for path in _files(tmp_path / "kept") if path.stem.endswith("1"))
    whole = file.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"no zip"):
        file.write_bytes(damaged)
        assert np.array_equal(_crop(_views(table, tmp_path / "kept"), 1, 3), before)
        assert len(file.read_bytes()) == len(whole)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_said_once_and_the_views_are_the_same(
    table: Garments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [_crop(_views(table, tmp_path / "kept"), row, 2) for row in range(4)]
    said: list[str] = []
    views = _views(table, tmp_path / "full", said)
    usual = Path.open

    def full(path: Path, mode: str = "r", **more: object) -> object:
        return usual(Path("/dev/full") if mode == "wb" else path, mode, **more)

    monkeypatch.setattr(Path, "open", full)
    for row in range(4):
        assert np.array_equal(_crop(views, row, 2), expected[row])
    (sentence,) = said
    assert "no more crops can be written (No space left on device)" in sentence
    assert not _files(tmp_path / "full")


def test_rows_of_two_sets_do_not_meet(table: Garments, tmp_path: Path) -> None:
    prepared = Prepared(tmp_path / "kept", [table, table[:3]], False, print)
    picture = np.zeros((9, 9, 3), np.uint8)
    for row in range(7):
        prepared.keep(row, picture + row * 30, None, np.array([0, 0, 9, 9], np.float32))
    found = [prepared.read(row) for row in range(7)]
    assert [round(float(own[0].mean()) / 30) for own in found if own] == list(range(7))


def test_crops_too_small_for_the_network_are_refused(table: Garments, tmp_path: Path) -> None:
    config = TrainConfig(data=("folder",), root=("x",), prepare=str(tmp_path / "kept"))
    with pytest.raises(InputError, match="prepare: expected crops of at most 256 px"):
        ClothData([table], 288, config)
    ClothData([table], 256, config)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write there"):
        Prepared(tmp_path / "file" / "kept", [table], False, print)
