from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from castlist.data.errors import InputError
from castlist.data.garments.garments import Garments, Row, hold_out, join
from castlist.data.garments.masks import LabelMask, PolygonMask, polygon
from castlist.data.garments.pictures import read_garment, read_picture
from PIL import Image


def _picture(path: Path, width: int = 20, height: int = 16) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = np.arange(width, dtype=np.uint8) * 10
    Image.fromarray(np.dstack([np.tile(columns, (height, 1))] * 3)).save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    _picture(tmp_path / "1.png")
    return tmp_path


def _table(root: Path, *rows: Row) -> Garments:
    return Garments.of_rows("test", "CC0", root, rows)


def test_a_table_is_sliced_row_by_row_and_read_only(root: Path) -> None:
    mask = PolygonMask.of([polygon((0, 0, 5, 0, 5, 5))])
    table = _table(root, Row("1.png", "a"), Row("1.png", "b", "test", "query", "coat", mask=mask))
    part = table[table.split == "test"]
    assert (len(part), part.item.tolist(), part.category.tolist()) == (1, ["b"], ["coat"])
    assert part.mask[0] is mask
    assert table.has_mask.tolist() == [False, True]
    assert np.isnan(table.box).all()
    with pytest.raises(ValueError, match="read-only"):
        table.item[0] = "z"


def test_a_split_or_role_that_is_none_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match=r"split: expected train, val, test, got \['training'\]"):
        _table(root, Row("1.png", "a", split="training"))
    with pytest.raises(ValueError, match="role: expected any, query, gallery"):
        _table(root, Row("1.png", "a", role="shop"))


def test_no_rows_and_no_pictures_are_said(root: Path) -> None:
    with pytest.raises(InputError, match="expected clothes to train on, found none"):
        _table(root)
    with pytest.raises(InputError, match=r"such as .*2\.png, found none of the first 2"):
        _table(root, Row("2.png", "a"), Row("3.png", "b"))


def test_the_description_counts_and_gives_the_terms(root: Path) -> None:
    rows = [Row("1.png", "a"), Row("1.png", "b"), Row("2.png", "a", "test", "query")]
    text = Garments.of_rows("test", "CC0", root, rows, left_out=("3 socks",)).describe()
    assert "train: 2 garments of 2 items in 1 pictures\n" in text
    assert "test: 1 garments of 1 items in 1 pictures (1 query)" in text
    assert "left out: 3 socks" in text
    assert text.endswith("terms: CC0")


def test_items_are_held_out_whole_by_seed(root: Path) -> None:
    rows = [Row("1.png", f"item {number % 10}") for number in range(30)]
    table = _table(root, *rows)
    held = hold_out(table, 0.2, seed=1)
    val = set(held.item[held.split == "val"].tolist())
    assert len(val) == 2
    assert not val & set(held.item[held.split == "train"].tolist())
    again = hold_out(_table(root, *reversed(rows)), 0.2, seed=1)
    assert set(again.item[again.split == "val"].tolist()) == val
    others = [hold_out(table, 0.2, seed=seed) for seed in range(2, 7)]
    assert any(set(other.item[other.split == "val"].tolist()) != val for other in others)


def test_a_published_val_split_stays(root: Path) -> None:
    table = _table(root, Row("1.png", "a"), Row("1.png", "b", "val"))
    assert hold_out(table, 0.5, seed=0) is table


def test_too_few_items_to_hold_two_out_are_refused(root: Path) -> None:
    with pytest.raises(InputError, match=r"at least 4 items, 2 to train on.* got 3"):
        hold_out(_table(root, *(Row("1.png", item) for item in "abc")), 0.5, seed=0)


@pytest.mark.parametrize(
    ("num_items", "num_held_out"), [(4, 2), (8, 2), (14, 3), (40, 10), (90, 10), (200, 20)]
)
def test_two_items_are_held_out_at_least_and_ten_where_there_are_enough(
    root: Path, num_items: int, num_held_out: int
) -> None:
    table = _table(root, *(Row("1.png", f"item {number}") for number in range(num_items)))
    held = hold_out(table, 0.1, seed=0)
    assert (held.split == "val").sum() == num_held_out


def test_a_digest_tells_changed_data_and_not_where_it_lies(root: Path, tmp_path: Path) -> None:
    rows = [Row("1.png", "a"), Row("1.png", "b", box=(1, 2, 30, 40))]
    digest = _table(root, *rows).digest()
    assert (digest["rows"], digest["items"]) == (2, 2)
    shutil.copytree(root, tmp_path / "copy")
    assert _table(tmp_path / "copy", *rows).digest() == digest
    mask = PolygonMask.of([polygon([4, 2, 12, 2, 12, 10])])
    others = (
        [rows[1], rows[0]],
        rows[:1],
        [rows[0], rows[0]],
        [rows[0]._replace(mask=mask), rows[1]],
    )
    for other in others:
        assert _table(root, *other).digest() != digest
    (tmp_path / "copy" / "1.png").write_bytes(b"another")
    assert _table(tmp_path / "copy", *rows).digest() != digest


def test_a_picture_of_the_same_size_with_other_content_is_another(root: Path) -> None:
    digest = _table(root, Row("1.png", "a")).digest()
    _change_a_byte(root / "1.png")
    changed = _table(root, Row("1.png", "a")).digest()
    assert changed["lists"] == digest["lists"]
    assert changed["pictures"] != digest["pictures"]


def test_a_mask_of_the_same_size_with_other_content_is_another(root: Path) -> None:
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(root / "mask.png")
    row = Row("1.png", "a", mask=LabelMask(root / "mask.png", (0,)))
    digest = _table(root, row).digest()
    _change_a_byte(root / "mask.png")
    assert _table(root, row).digest() != digest


def test_a_picture_that_was_only_touched_is_the_same(root: Path) -> None:
    digest = _table(root, Row("1.png", "a")).digest()
    os.utime(root / "1.png", (0, 0))
    assert _table(root, Row("1.png", "a")).digest() == digest


def test_a_pipe_in_place_of_a_picture_is_never_waited_for(root: Path) -> None:
    digest = _table(root, Row("1.png", "a"), Row("2.png", "b")).digest()
    os.mkfifo(root / "2.png")
    assert _table(root, Row("1.png", "a"), Row("2.png", "b")).digest() == digest


def _change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_the_region_is_the_box_else_the_masks_else_the_picture(root: Path) -> None:
    mask = PolygonMask.of([polygon((4, 2, 12, 2, 12, 10, 4, 10))])
    table = _table(
        root,
        Row("1.png", "a", box=(3, 4, 30, 14), mask=mask),
        Row("1.png", "a", mask=mask),
        Row("1.png", "a"),
    )
    picture, drawn, box = read_garment(table, 0)
    assert picture.shape == (16, 20, 3)
    assert drawn is not None
    assert (int(drawn[5, 5]), int(drawn[0, 0])) == (255, 0)
    assert box.tolist() == [3, 4, 20, 14]  # cut off at the picture
    assert read_garment(table, 1)[2].tolist() == [4, 2, 13, 11]
    picture, drawn, box = read_garment(table, 2)
    assert drawn is None
    assert box.tolist() == [0, 0, 20, 16]


def test_an_empty_mask_and_a_tiny_box_are_refused(root: Path) -> None:
    outside = PolygonMask.of([polygon((100, 100, 110, 100, 110, 110))])
    table = _table(root, Row("1.png", "a", mask=outside), Row("1.png", "b", box=(0, 0, 3, 9)))
    with pytest.raises(InputError, match=r"1\.png: expected a mask with pixels"):
        read_garment(table, 0)
    with pytest.raises(InputError, match=r"at least 6 px in the 20 x 16 picture.*\[0, 0, 3, 9\]"):
        read_garment(table, 1)


@pytest.mark.parametrize("kind", ["missing", "text", "cut off"])
def test_pictures_that_cannot_be_read_are_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "1.jpg"
    if kind == "text":
        path.write_text("no picture")
    elif kind == "cut off":
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(InputError, match=r"1\.jpg: cannot be read as a picture"):
        read_picture(path)


def test_a_picture_is_read_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to show
    Image.new("RGB", (20, 10), "red").save(tmp_path / "1.jpg", exif=exif)
    assert read_picture(tmp_path / "1.jpg").shape == (20, 10, 3)


def test_clothes_of_different_tables_are_never_the_same(root: Path) -> None:
    one, other = _table(root, Row("1.png", "a"), Row("2.png", "b")), _table(root, Row("1.png", "a"))
    joined = join([one, other])
    assert joined.item.tolist() == ["0:a", "0:b", "1:a"]
    assert [Path(path) for path in joined.path] == [root / f"{n}.png" for n in (1, 2, 1)]
    assert joined.root / str(joined.path[1]) == root / "2.png"


def test_joined_tables_name_all_terms_and_what_was_left_out(root: Path) -> None:
    rows = [Row("1.png", "a")]
    one = Garments.of_rows("one", "CC0", root, rows, left_out=("3 hats",))
    other = Garments.of_rows("other", "CC BY 4.0", root, rows)
    joined = join([one, other])
    assert joined.licence == "one: CC0; other: CC BY 4.0"
    assert joined.left_out == ("one: 3 hats",)
    assert join([one]) is one
