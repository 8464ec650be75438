"""Views by key, batches of items, and what is searched when validating."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from castlist.data.clothes.person_mask import PersonMask
from castlist.data.errors import InputError
from castlist.data.garments.garments import Garments, Row
from castlist.data.garments.masks import PolygonMask, polygon
from castlist.train.config import TrainConfig
from castlist.train.loading.batches import ItemBatches
from castlist.train.loading.datamodule import ClothData, validation_keys
from castlist.train.loading.samples import HEADER_PX, NAME_PX, write_samples
from castlist.train.loading.views import Key, Views
from castlist.train.networks.encoder import planes
from PIL import Image
from torch.utils.data import DataLoader

SIDE = 32


@pytest.fixture
def root(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for number in range(8):
        pixels = random.integers(0, 256, (20, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return tmp_path


def _table(root: Path, items: str, **fields: object) -> Garments:
    """Make a table of one-letter items, one picture each."""
    rows = [Row(f"{number}.png", item, **fields) for number, item in enumerate(items)]
    return Garments.of_rows("test", "CC0", root, rows)


def _items(text: str) -> np.ndarray:
    return np.array([ord(letter) for letter in text], np.int64)


def _batches(text: str, per_batch: int = 2, views: int = 2, **more: int) -> list[list[Key]]:
    settings = {"seed": 0, "epoch": 0, **more}
    return list(ItemBatches(_items(text), np.arange(len(text)), per_batch, views, **settings))


def test_a_batch_has_p_items_with_k_views_of_different_pictures() -> None:
    text = "aaabbbcccddd"
    batches = _batches(text, per_batch=2, views=3)
    assert len(batches) == 2
    for batch in batches:
        shown = [text[key.row] for key in batch]
        assert [shown.count(item) for item in sorted(set(shown))] == [3, 3]
        assert len({key.row for key in batch}) == 6
        assert len({key.seed for key in batch}) == 6


def test_an_epoch_shows_every_item_once_but_for_the_rest() -> None:
    text = "abcdefg"
    shown = [text[key.row] for batch in _batches(text, per_batch=3) for key in batch[::2]]
    assert len(shown) == len(set(shown)) == 6


def test_an_item_with_too_few_pictures_shows_them_again_in_other_views() -> None:
    (batch,) = _batches("ab", per_batch=2, views=3)
    assert sorted(key.row for key in batch) == [0, 0, 0, 1, 1, 1]
    assert len({key.seed for key in batch}) == 6


def test_only_the_given_rows_are_drawn() -> None:
    batches = ItemBatches(_items("aabbcc"), np.array([0, 1, 4]), 2, 2, seed=0, epoch=0)
    assert {key.row for batch in batches for key in batch} == {0, 1, 4}


def test_batches_depend_on_seed_and_epoch_only() -> None:
    text = "aabbccddeeff"
    assert _batches(text) == _batches(text)
    assert _batches(text) != _batches(text, epoch=1)
    assert _batches(text) != _batches(text, seed=1)


def test_a_batch_shows_clothes_of_one_data_set_only() -> None:
    text = "abcdeVWXYZ"
    sets = np.array([letter.isupper() for letter in text], np.int64)
    batches = ItemBatches(_items(text), np.arange(10), 2, 2, seed=0, epoch=0, sets=sets)
    shown = ["".join(text[key.row] for key in batch) for batch in batches]
    assert len(shown) == len(batches) == 4
    assert sorted(letters.isupper() for letters in shown) == [False, False, True, True]
    assert all(letters.isupper() or letters.islower() for letters in shown)


def test_epochs_of_a_number_of_steps_go_on_where_the_last_one_ended() -> None:
    text = "abcdefgh"
    passes = [batch for epoch in (0, 1, 2) for batch in _batches(text, epoch=epoch)]
    parts = [batch for epoch in (0, 1, 2, 3) for batch in _batches(text, epoch=epoch, steps=3)]
    assert parts == passes
    assert _batches(text, epoch=1, steps=3) == parts[3:6]


def test_ranks_share_the_items_of_an_epoch_between_them() -> None:
    text = "aabbccddeeffgghh"
    parts = [_batches(text, rank=rank, num_ranks=2) for rank in (0, 1)]
    assert len(parts[0]) == len(parts[1]) == 2
    shown = [{text[key.row] for batch in part for key in batch} for part in parts]
    assert not shown[0] & shown[1]
    assert shown[0] | shown[1] == set(text)


def test_a_batch_has_items_of_one_category_while_there_are_enough() -> None:
    text = "abcdefghijklm"  # 5 coats, 6 hats and 2 bags
    category = np.array(["coat"] * 5 + ["hat"] * 6 + ["bag"] * 2)
    batches = ItemBatches(_items(text), np.arange(13), 3, 2, 0, 0, categories=category)
    kinds = [{str(category[key.row]) for key in batch} for batch in batches]
    assert len(kinds) == 4  # as many as without categories
    assert sorted(kind.pop() for kind in kinds if len(kind) == 1) == ["coat", "hat", "hat"]
    shown = [key.row for batch in batches for key in batch]
    assert sorted(np.unique(shown, return_counts=True)[1]) == [2] * 12
    other = ItemBatches(_items(text), np.arange(13), 3, 2, 0, 1, categories=category)
    assert list(other) != list(batches)


def test_a_batch_of_more_items_than_there_are_takes_all() -> None:
    (batch,) = _batches("aabbb", per_batch=9)
    assert len(batch) == 4


def test_an_item_of_several_pictures_is_searched_among_the_rest(root: Path) -> None:
    keys = validation_keys(_table(root, "aab", split="val"), "val", seed=0)
    assert keys[:2] == [Key(0, None, True, True), Key(1, None, True, True)]


def test_an_item_of_one_picture_is_searched_with_an_augmented_view(root: Path) -> None:
    garments = _table(root, "ab", split="val")
    plain, view = validation_keys(garments, "val", seed=0)[:2]
    assert plain == Key(0, None, is_query=False, is_gallery=True)
    assert view._replace(seed=None) == Key(0, None, is_query=True, is_gallery=False)
    assert view.seed is not None
    assert validation_keys(garments, "val", seed=0)[1] == view  # the same at every check


def test_published_queries_and_gallery_are_kept(root: Path) -> None:
    rows = [
        Row("0.png", "a"),
        Row("1.png", "b", "test", "query"),
        Row("2.png", "b", "test", "gallery"),
        Row("3.png", "c", "val", "gallery"),
    ]
    garments = Garments.of_rows("test", "CC0", root, rows)
    published = [Key(1, None, True, False), Key(2, None, False, True)]
    assert validation_keys(garments, "test", seed=0) == published
    shared = Garments.of_rows("test", "CC0", root, rows, shared_gallery=True)
    assert validation_keys(shared, "test", seed=0) == [*published, Key(3, None, False, True)]


def test_a_plain_view_is_the_whole_picture_and_an_augmented_one_repeatable(root: Path) -> None:
    views = Views(_table(root, "ab"), SIDE)
    plain = views[Key(0, None)]
    assert plain is not None
    assert plain[0].shape == (SIDE, SIDE, 4)
    assert (plain[0][..., 3] == 255).all()
    assert plain[1:] == (0, False, False)
    first, second = views[Key(1, 7)], views[Key(1, 7)]
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first[0], second[0])
    assert first[1] == 1


def test_a_broken_picture_is_reported_once_and_replaced_by_its_item(root: Path) -> None:
    (root / "1.png").write_bytes(b"broken")
    messages: list[str] = []
    views = Views(_table(root, "baab"), SIDE, warn=messages.append)
    for seed in (1, 2):
        view, other = views[Key(1, seed)], views[Key(2, seed)]
        assert view is not None
        assert other is not None
        assert view[1] == 0
        np.testing.assert_array_equal(view[0], other[0])
    assert len(messages) == 1
    assert "1.png: cannot be read as a picture" in messages[0]
    assert messages[0].endswith("it is left out")


def test_a_broken_only_picture_is_replaced_by_another_item_of_its_split(root: Path) -> None:
    (root / "1.png").write_bytes(b"broken")
    rows = [Row("0.png", "a"), Row("1.png", "b"), Row("2.png", "c", "val"), Row("3.png", "d")]
    views = Views(Garments.of_rows("test", "CC0", root, rows), SIDE, warn=lambda _: None)
    view = views[Key(1, 5)]
    assert view is not None
    assert view[1] == 3  # d, named as itself


def test_a_broken_picture_is_not_searched(root: Path) -> None:
    (root / "1.png").write_bytes(b"broken")
    views = Views(_table(root, "ab"), SIDE, warn=lambda _: None)
    assert views[Key(1, None, is_query=True)] is None
    crops, items, is_query, is_gallery = views.collate([None, views[Key(0, None, True)]])
    assert (crops.shape, items.tolist()) == ((1, SIDE, SIDE, 4), [0])
    assert (is_query.tolist(), is_gallery.tolist()) == ([True], [False])
    assert views.collate([None])[0].shape == (0, SIDE, SIDE, 4)


def test_nothing_but_broken_pictures_ends_the_run(root: Path) -> None:
    for number in range(2):
        (root / f"{number}.png").write_bytes(b"broken")
    with pytest.raises(InputError, match="pictures that can be read, but none can"):
        Views(_table(root, "ab"), SIDE, warn=lambda _: None)[Key(0, 1)]


def test_the_person_mask_says_what_counts_where_nobody_drew_it(root: Path) -> None:
    view = Views(_table(root, "ab"), SIDE, person_mask=True)[Key(0, None)]
    assert view is not None
    assert (view[0][..., 3] < 255).mean() > 0.5  # noise is nobody


def test_backdrops_come_from_the_same_split(root: Path) -> None:
    whole = PolygonMask.of([polygon((0, 0, 24, 0, 24, 9, 0, 9))])
    rows = [Row("0.png", "a", mask=whole), Row("1.png", "b", "val"), Row("2.png", "c", "val")]
    garments = Garments.of_rows("test", "CC0", root, rows)
    first = [Views(garments, SIDE)[Key(0, seed)] for seed in range(30)]
    for number in (1, 2):
        Image.new("RGB", (24, 20), "white").save(root / f"{number}.png")
    second = [Views(garments, SIDE)[Key(0, seed)] for seed in range(30)]
    for one, other in zip(first, second, strict=True):
        assert one is not None
        assert other is not None
        np.testing.assert_array_equal(one[0], other[0])


def test_planes_are_what_the_encoder_takes() -> None:
    crop = torch.zeros(1, 2, 2, 4, dtype=torch.uint8)
    crop[0, 0, 1] = torch.tensor([255, 0, 51, 255])
    pictures, masks = planes(crop)
    assert pictures[0, :, 0, 1].tolist() == pytest.approx([1, 0, 0.2])
    assert masks.shape == (1, 1, 2, 2)
    assert masks[0, 0].tolist() == [[0, 1], [0, 0]]


def test_batches_are_the_same_with_and_without_workers(root: Path) -> None:
    views = Views(_table(root, "aabb"), SIDE)
    batches = [[Key(0, 1), Key(1, 2)], [Key(2, 3), Key(3, 4)]]
    first, second = (
        [
            crops
            for crops, *_ in DataLoader(
                views, batch_sampler=batches, num_workers=workers, collate_fn=views.collate
            )
        ]
        for workers in (0, 1)
    )
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_workers_find_people_although_openvino_is_in_use(root: Path) -> None:
    PersonMask().mask(np.zeros((20, 24, 3), np.uint8))  # a forked worker would not run after that
    found = []
    for workers in (0, 1):
        config = TrainConfig(
            data=("folder",),
            root=(str(root),),
            person_mask=True,
            workers=workers,
            held_out=0.3,
            items_per_batch=2,
        )
        data = ClothData([_table(root, "aabbccdd")], SIDE, config)
        found.append(next(iter(data.train_dataloader()))[0])
    assert torch.equal(found[0], found[1])


def test_held_out_items_are_not_trained_on(root: Path) -> None:
    config = TrainConfig(data=("folder",), root=(str(root),), held_out=0.3, items_per_batch=2)
    data = ClothData([_table(root, "aabbccdd")], SIDE, config)
    trained = {key.row for batch in data.batches(0) for key in batch}
    searched = {key.row for key in validation_keys(data.garments, "val", 0)}
    assert searched
    assert not trained & searched
    crops, items, *_ = next(iter(data.train_dataloader()))
    assert crops.shape == (4, SIDE, SIDE, 4)
    assert len(set(items.tolist())) == 2


def test_one_item_is_not_enough(root: Path) -> None:
    garments = Garments.of_rows("test", "CC0", root, [Row("0.png", "a"), Row("1.png", "b", "val")])
    with pytest.raises(InputError, match="at least 2 items to train on, got 1"):
        ClothData([garments], SIDE, TrainConfig(data=("folder",), root=(str(root),)))


def test_the_sheet_shows_each_item_plain_and_in_its_views(root: Path) -> None:
    views = Views(_table(root, "aabb"), SIDE)
    write_samples(views, [Key(0, 1), Key(1, 2), Key(2, 3), Key(3, 4)], root / "sheet.png")
    with Image.open(root / "sheet.png") as sheet:
        pixels = np.asarray(sheet)
        assert sheet.size[1] == HEADER_PX + 2 * SIDE
        assert sheet.size[0] >= NAME_PX + 3 * SIDE
        plain = views[Key(0, None)]
        assert plain is not None
        rows, columns = slice(HEADER_PX, HEADER_PX + SIDE), slice(NAME_PX, NAME_PX + SIDE)
        np.testing.assert_array_equal(pixels[rows, columns], plain[0][..., :3])
        assert pixels[:HEADER_PX].min() < 100  # a legend, and titles
        for line in range(2):  # the name of the item
            assert pixels[HEADER_PX + line * SIDE :][:SIDE, :NAME_PX].min() < 100


def test_two_sets_are_trained_and_searched_together(root: Path) -> None:
    config = TrainConfig(
        data=("folder",) * 2, root=(str(root),) * 2, held_out=0.3, items_per_batch=2, epochs=3
    )
    data = ClothData([_table(root, "aabbccdd"), _table(root, "abcd")], SIDE, config)
    assert len(np.unique(data.views.items)) == 8  # the a of one is not the a of the other
    for batch in data.batches(0):
        assert len({key.row < 8 for key in batch}) == 1
    keys = list(data.search_dataloader("val").sampler)
    rows = [key.row for key in keys if key.is_query]
    held_out = [np.unique(table.item[table.split == "val"]) for table in data.tables]
    assert [len(items) for items in held_out] == [2, 2]
    assert data.garments.item[rows].tolist() == sorted(data.garments.item[rows].tolist())
    expected = {f"{number}:{item}" for number, items in enumerate(held_out) for item in items}
    assert set(data.garments.item[rows]) == expected
    others = [key.row for key in keys if key.row not in rows]  # training pictures, as wrong answers
    assert set(data.garments.split[others]) == {"train"}
    assert len({key.row for key in keys if key.is_gallery}) == len(data.garments)
    assert data.views[Key(8, None)] is not None


@pytest.mark.parametrize(("steps", "epochs"), [(0, 3), (1, 9), (2, 5), (9, 1)])
def test_the_run_is_as_long_whatever_the_checks(root: Path, steps: int, epochs: int) -> None:
    config = TrainConfig(
        data=("folder",),
        root=(str(root),),
        held_out=0.1,
        items_per_batch=2,
        epochs=3,
        steps_per_check=steps,
    )
    data = ClothData([_table(root, "abcdefgh")], SIDE, config)  # 7 items, 3 batches a pass
    assert data.num_epochs == epochs


@pytest.mark.parametrize(
    ("most", "length", "epochs"), [(2, 2, 1), (3, 3, 1), (5, 5, 1), (8, 4, 2), (20, 3, 3)]
)
def test_a_trial_ends_after_so_many_batches_with_a_check(
    root: Path, most: int, length: int, epochs: int
) -> None:
    config = TrainConfig(
        data=("folder",),
        root=(str(root),),
        held_out=0.1,
        items_per_batch=2,
        epochs=3,
        max_steps=most,
    )
    data = ClothData([_table(root, "abcdefgh")], SIDE, config)  # 3 batches a pass
    assert (len(data.batches(0)), data.num_epochs) == (length, epochs)


def test_more_devices_than_items_are_refused(root: Path) -> None:
    config = TrainConfig(data=("folder",), root=(str(root),), devices=8)
    with pytest.raises(InputError, match="devices: expected at most 6, the items to train on, got"):
        ClothData([_table(root, "abcdefgh")], SIDE, config)


def test_batches_of_one_category_need_categories(root: Path) -> None:
    config = TrainConfig(data=("folder",), root=(str(root),), one_category=True, items_per_batch=2)
    with pytest.raises(InputError, match="one_category: expected a set that names categories"):
        ClothData([_table(root, "abcdefgh")], SIDE, config)
    data = ClothData([_table(root, "abcdefgh", category="coat")], SIDE, config)
    assert len(data.batches(0)) == 3
