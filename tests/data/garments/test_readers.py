"""Each reader on a miniature of its data set, drawn here in the true format."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from castlist.data.errors import InputError
from castlist.data.garments.ccp import read_ccp, torso
from castlist.data.garments.deepfashion import (
    read_attribute_prediction,
    read_consumer_to_shop,
    read_inshop,
)
from castlist.data.garments.deepfashion2 import read_deepfashion2
from castlist.data.garments.folders import read_clothing, read_folder
from castlist.data.garments.garments import Garments
from castlist.data.garments.imaterialist import read_imaterialist
from castlist.data.garments.pictures import read_garment
from castlist.data.garments.sets import READERS, read_garments
from castlist.train.config import TrainConfig
from castlist.train.loading.datamodule import ClothData
from PIL import Image

HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


def _write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _picture(path: Path, width: int = 32, height: int = 32) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), "navy").save(path)


def _table(garments: Garments) -> list[tuple[str, str, str, str]]:
    columns = (garments.path, garments.item, garments.split, garments.role)
    return list(zip(*(column.tolist() for column in columns), strict=True))


INSHOP = [
    "4",
    "image_name item_id evaluation_status",
    "img/WOMEN/Dresses/id_00000002/02_1_front.jpg     id_00000002 train",
    "img/WOMEN/Dresses/id_00000002/04_2_side.jpg      id_00000002 train",
    "img/MEN/Denim/id_00000080/01_1_front.jpg         id_00000080 query",
    "img/MEN/Denim/id_00000080/01_3_back.jpg          id_00000080 gallery",
]


@pytest.fixture
def inshop(tmp_path: Path) -> Path:
    _write(tmp_path / "Eval/list_eval_partition.txt", *INSHOP)
    for line in INSHOP[2:]:
        _picture(tmp_path / "Img" / line.split()[0])
    return tmp_path


def test_inshop_is_read_with_the_published_split(inshop: Path) -> None:
    _write(
        inshop / "Anno/list_bbox_inshop.txt",
        "1",
        "image_name clothes_type pose_type x_1 y_1 x_2 y_2",
        "img/WOMEN/Dresses/id_00000002/02_1_front.jpg     3 1 005 004 023 028",
    )
    garments = read_inshop(inshop, label="item")
    assert _table(garments) == [
        ("Img/img/WOMEN/Dresses/id_00000002/02_1_front.jpg", "id_00000002", "train", "any"),
        ("Img/img/WOMEN/Dresses/id_00000002/04_2_side.jpg", "id_00000002", "train", "any"),
        ("Img/img/MEN/Denim/id_00000080/01_1_front.jpg", "id_00000080", "test", "query"),
        ("Img/img/MEN/Denim/id_00000080/01_3_back.jpg", "id_00000080", "test", "gallery"),
    ]
    assert garments.box[0].tolist() == [5, 4, 23, 28]
    assert np.isnan(garments.box[1:]).all()
    assert garments.category.tolist() == ["Dresses", "Dresses", "Denim", "Denim"]
    assert read_garment(garments, 0)[0].shape == (32, 32, 3)


def test_inshop_tells_the_colours_of_an_item_apart_unless_told_otherwise(inshop: Path) -> None:
    assert read_inshop(inshop).item.tolist() == [
        "id_00000002_02",
        "id_00000002_04",
        "id_00000080_01",
        "id_00000080_01",
    ]


@pytest.mark.parametrize("place", ["Anno", "."])
def test_inshop_finds_the_list_where_other_distributions_have_it(inshop: Path, place: str) -> None:
    (inshop / place).mkdir(exist_ok=True)
    (inshop / "Eval/list_eval_partition.txt").rename(inshop / place / "list_eval_partition.txt")
    assert len(read_inshop(inshop)) == 4


@pytest.mark.parametrize(
    ("line", "text", "message"),
    [
        (0, "5", "line 1: expected 5 rows as it says, got 4"),
        (0, "image_name item_id", "line 1: expected the number of rows"),
        (3, "img/a/b/id_1/02_1_front.jpg train", "line 4: expected 3 columns, got 2"),
        (3, "img/a/b/id_1/02_1_front.jpg id_1 val", "line 4: expected train, query or gallery"),
        (3, "img/a/b/id_1/front.jpg id_1 train", "line 4: expected a picture called <colour>_"),
        (4, "img/a/b/id_1/02_1_front.jpg id_00000002 query", r"line 5: .*is both \(see .*line 3"),
    ],
)
def test_inshop_refuses_by_file_and_line(inshop: Path, line: int, text: str, message: str) -> None:
    lines = [*INSHOP]
    lines[line] = text
    _write(inshop / "Eval/list_eval_partition.txt", *lines)
    with pytest.raises(InputError, match=rf"list_eval_partition\.txt {message}"):
        read_inshop(inshop)


@pytest.mark.parametrize("box", ["23 4 5 28", "5 x 23 28", "5 4 5 28", "nan 4 5 28"])
def test_inshop_refuses_what_is_no_box(inshop: Path, box: str) -> None:
    name = "img/WOMEN/Dresses/id_00000002/02_1_front.jpg"
    _write(inshop / "Anno/list_bbox_inshop.txt", "1", "…", f"{name} 3 1 {box}")
    with pytest.raises(InputError, match=r"list_bbox_inshop\.txt line 3: expected x1 y1 x2 y2"):
        read_inshop(inshop)


def test_inshop_without_its_list_or_its_pictures_says_what_is_missing(inshop: Path) -> None:
    with pytest.raises(InputError, match=r"expected list_eval_partition\.txt in Eval or Anno"):
        read_inshop(inshop / "Img")
    (inshop / "Img").rename(inshop / "elsewhere")
    with pytest.raises(InputError, match="expected the pictures that the lists name"):
        read_inshop(inshop)


def test_a_tenth_of_inshop_has_a_tenth_of_its_counts(tmp_path: Path) -> None:
    # Published are 25,882 pictures of 3,997 items to train with, and 14,218 and 12,612 of 3,985.
    lines = []
    for count, first, num_items, status in (
        (2588, 0, 400, "train"),
        (1422, 400, 398, "query"),
        (1261, 400, 398, "gallery"),
    ):
        for number in range(count):
            item = f"id_{first + number % num_items:08d}"
            name = f"img/WOMEN/Tees_Tanks/{item}/{number // num_items:02d}_1_{status}.jpg"
            lines.append(f"{name:<72}{item} {status}")
    header = "image_name item_id evaluation_status"
    _write(tmp_path / "Eval/list_eval_partition.txt", str(len(lines)), header, *lines)
    drawn = tmp_path / "drawn.jpg"
    Image.new("RGB", (16, 16), "teal").save(drawn)
    folders = {Path(line.split()[0]).parent for line in lines}
    for folder in folders:
        (tmp_path / "Img" / folder).mkdir(parents=True)
    for line in lines:
        os.link(drawn, tmp_path / "Img" / line.split()[0])
    tracemalloc.start()
    garments = read_inshop(tmp_path, label="item")
    config = TrainConfig(data=("deepfashion-inshop-item",), root=(str(tmp_path),))
    data = ClothData([garments], 32, config)
    crops, items, _, _ = next(iter(data.train_dataloader()))
    largest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert largest < 5e7
    assert crops.shape == (64, 32, 32, 4)
    assert len(items.unique()) == 32
    assert len(garments) == 5271
    trains = garments.split == "train"
    assert trains.sum() == 2588
    assert len(np.unique(garments.item)) == 798
    assert len(np.unique(garments.item[trains])) == 400
    assert len(np.unique(garments.item[~trains])) == 398
    assert (garments.role == "query").sum() == 1422
    assert (garments.role == "gallery").sum() == 1261


C2S = [
    "3",
    "image_pair_name_1 image_pair_name_2 item_id evaluation_status",
    "img/TOPS/T_Shirt/id_00000218/comsumer_01.jpg  img/TOPS/T_Shirt/id_00000218/shop_01.jpg"
    "  id_00000218 train",
    "img/TOPS/T_Shirt/id_00000218/comsumer_02.jpg  img/TOPS/T_Shirt/id_00000218/shop_01.jpg"
    "  id_00000218 train",
    "img/TOPS/Coat/id_00000300/comsumer_01.jpg  img/TOPS/Coat/id_00000300/shop_01.jpg"
    "  id_00000300 val",
]


@pytest.fixture
def c2s(tmp_path: Path) -> Path:
    _write(tmp_path / "Eval/list_eval_partition.txt", *C2S)
    _picture(tmp_path / "Img/img/TOPS/T_Shirt/id_00000218/shop_01.jpg")
    return tmp_path


def test_consumer_to_shop_has_each_picture_of_the_pairs_once(c2s: Path) -> None:
    _write(
        c2s / "Anno/list_bbox_consumer2shop.txt",
        "1",
        "image_name clothes_type source_type x_1 y_1 x_2 y_2",
        "img/TOPS/T_Shirt/id_00000218/shop_01.jpg  1 1 001 002 030 031",
    )
    garments = read_consumer_to_shop(c2s)
    assert [(path.rpartition("/")[2], *rest) for path, *rest in _table(garments)] == [
        ("comsumer_01.jpg", "id_00000218", "train", "query"),
        ("shop_01.jpg", "id_00000218", "train", "gallery"),
        ("comsumer_02.jpg", "id_00000218", "train", "query"),
        ("comsumer_01.jpg", "id_00000300", "val", "query"),
        ("shop_01.jpg", "id_00000300", "val", "gallery"),
    ]
    assert garments.shared_gallery
    assert garments.box[1].tolist() == [1, 2, 30, 31]
    assert garments.category.tolist() == ["T_Shirt"] * 3 + ["Coat"] * 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id_00000300 val", "id_00000300 query", "line 5: expected train, val or test"),
        ("02.jpg  img", "02.jpg", r"line 4: expected 4 columns, got 3"),
        (
            "comsumer_02.jpg  img/TOPS/T_Shirt/id_00000218/shop_01.jpg  id_00000218",
            "comsumer_02.jpg  img/TOPS/T_Shirt/id_00000218/shop_01.jpg  id_9",
            "line 4: expected img.*shop_01.jpg to be id_00000218 train gallery as above, got id_9",
        ),
    ],
)
def test_consumer_to_shop_refuses_by_file_and_line(
    c2s: Path, old: str, new: str, message: str
) -> None:
    text = "\n".join(C2S).replace(old, new, 1)
    if "columns" in message:
        text = "\n".join([*C2S[:3], "a.jpg id_00000218 train", C2S[4]])
    _write(c2s / "Eval/list_eval_partition.txt", text)
    with pytest.raises(InputError, match=message):
        read_consumer_to_shop(c2s)


def test_attribute_prediction_has_categories_boxes_and_titles(tmp_path: Path) -> None:
    names = [f"img/Sheer_Pleated-Front_Blouse/img_0000000{number}.jpg" for number in (1, 2)]
    _write(
        tmp_path / "Eval/list_eval_partition.txt",
        "2",
        "image_name  evaluation_status",
        f"{names[0]}     train",
        f"{names[1]}     val",
    )
    _write(
        tmp_path / "Anno_coarse/list_bbox.txt",
        "1",
        "image_name  x_1  y_1  x_2  y_2",
        f"{names[0]}     001 002 030 031",
    )
    category_types = ["2", "category_name  category_type", "Anorak   1", "Blouse   1"]
    _write(tmp_path / "Anno_coarse/list_category_cloth.txt", *category_types)
    _write(
        tmp_path / "Anno_coarse/list_category_img.txt",
        "2",
        "image_name  category_label",
        f"{names[0]}     2",
        f"{names[1]}     1",
    )
    _picture(tmp_path / "Img" / names[0])
    garments = read_attribute_prediction(tmp_path)
    title = "Sheer_Pleated-Front_Blouse"
    assert _table(garments) == [
        (f"Img/{names[0]}", title, "train", "any"),
        (f"Img/{names[1]}", title, "val", "any"),
    ]
    assert garments.category.tolist() == ["Blouse", "Anorak"]
    assert garments.box[0].tolist() == [1, 2, 30, 31]
    assert read_attribute_prediction(tmp_path, "picture").item.tolist() == names
    _write(tmp_path / "Anno_coarse/list_category_img.txt", "1", "…", f"{names[0]} 3")
    with pytest.raises(InputError, match=r"list_category_img.txt line 3: .*from 1 to 2, got '3'"):
        read_attribute_prediction(tmp_path)


def test_attribute_prediction_reads_the_fine_labels_line_by_line(tmp_path: Path) -> None:
    names = {
        "train": ["img/A/1.jpg", "img/B/2.jpg"],
        "val": ["img/A/3.jpg"],
        "test": ["img/A/4.jpg"],
    }
    fine = tmp_path / "Anno_fine"
    for split, pictures in names.items():
        _write(fine / f"{split}.txt", *pictures)
        _write(fine / f"{split}_bbox.txt", *["001 002 030 031"] * len(pictures))
        _write(fine / f"{split}_cate.txt", *["1"] * len(pictures))
    _write(fine / "list_category_cloth.txt", "1", "category_name category_type", "Anorak 1")
    _picture(tmp_path / "Img/img/A/1.jpg")
    garments = read_attribute_prediction(tmp_path)
    assert garments.split.tolist() == ["train", "train", "val", "test"]
    assert garments.category.tolist() == ["Anorak"] * 4
    assert garments.box.tolist() == [[1, 2, 30, 31]] * 4
    _write(fine / "train_bbox.txt", "001 002 030 031")
    with pytest.raises(
        InputError, match=r"train.txt line 2: expected a row for it in .*train_bbox"
    ):
        read_attribute_prediction(tmp_path)


def _anno(style: int = 1, **changes: object) -> dict[str, object]:
    return {
        "category_id": 1,
        "category_name": "short sleeve top",
        "style": style,
        "bounding_box": [2, 3, 20, 30],
        "landmarks": [4, 5, 2],
        "segmentation": [[4, 4, 18, 4, 18, 28, 4, 28]],
        "scale": 2,
        "occlusion": 1,
        "zoom_in": 1,
        "viewpoint": 2,
        **changes,
    }


@pytest.fixture
def deepfashion2(tmp_path: Path) -> Path:
    for folder, number, source, items in (
        ("train", 1, "user", [_anno(1), _anno(0, category_id=7, category_name="shorts")]),
        ("train", 2, "shop", [_anno(1)]),
        ("validation", 1, "user", [_anno(2), _anno(0)]),
        ("validation", 2, "shop", [_anno(2, category_id=8), _anno(0)]),
    ):
        _picture(tmp_path / f"{folder}/image/{number:06d}.jpg")
        named = {f"item{place}": item for place, item in enumerate(items, start=1)}
        annotation = {"source": source, "pair_id": 9, **named}
        _write(tmp_path / f"{folder}/annos/{number:06d}.json", json.dumps(annotation))
    return tmp_path


def test_deepfashion2_items_are_pair_and_style_with_shop_garments_of_none_as_distractors(
    deepfashion2: Path,
) -> None:
    garments = read_deepfashion2(deepfashion2)
    assert _table(garments) == [
        ("train/image/000001.jpg", "9_1", "train", "any"),
        ("train/image/000002.jpg", "9_1", "train", "any"),
        ("validation/image/000001.jpg", "9_2", "test", "query"),
        ("validation/image/000002.jpg", "9_2", "test", "gallery"),
        ("validation/image/000002.jpg", "9_0_000002_item2", "test", "gallery"),
    ]
    assert garments.left_out == ("2 garments of style 0, which no other picture shows",)
    assert garments.ks == (1, 5, 10, 15, 20)
    _, mask, box = read_garment(garments, 0)
    assert box.tolist() == [2, 3, 20, 30]
    assert mask is not None
    assert (int(mask[10, 10]), int(mask[3, 3])) == (255, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"source": "user",\n "pair_id": }', r"000001\.json line 2: expected JSON"),
        (json.dumps({"source": "film", "pair_id": 1}), "000001.json: expected source"),
        (json.dumps({"source": "user", "pair_id": 1, "item1": {}}), "but KeyError"),
        (
            json.dumps({"source": "user", "pair_id": 1, "item1": _anno(bounding_box=[9, 9, 2, 2])}),
            "is not x1 y1 x2 y2",
        ),
        (
            json.dumps({"source": "user", "pair_id": 1, "item1": _anno(segmentation=[[1, 2]])}),
            "expected a polygon",
        ),
        ("[" * 100_000, r"000001\.json: expected JSON \(it is nested too deeply\)"),
        (
            json.dumps({"source": "user", "pair_id": 1, "item1": _anno()}).replace(
                '"style": 1', '"style": 1e999'
            ),
            "but OverflowError",
        ),
    ],
)
def test_deepfashion2_names_the_file_that_is_wrong(
    deepfashion2: Path, text: str, message: str
) -> None:
    _write(deepfashion2 / "train/annos/000001.json", text)
    with pytest.raises(InputError, match=message):
        read_deepfashion2(deepfashion2)


@pytest.mark.parametrize("polygons", [[], [[21, 4, 28, 4, 28, 28, 21, 28]]], ids=["none", "aside"])
def test_a_garment_whose_mask_has_nothing_in_its_box_is_refused(
    deepfashion2: Path, polygons: list[list[int]]
) -> None:
    annotation = {"source": "shop", "pair_id": 9, "item1": _anno(segmentation=polygons)}
    _write(deepfashion2 / "train/annos/000002.json", json.dumps(annotation))
    garments = read_deepfashion2(deepfashion2)
    with pytest.raises(InputError, match="expected a mask with pixels in the box, got an empty"):
        read_garment(garments, 1)


def test_one_odd_row_in_a_hundred_is_left_out_and_reported_and_two_are_refused(
    inshop: Path,
) -> None:
    path = inshop / "Eval" / "list_eval_partition.txt"
    lines = path.read_text().splitlines()
    more = [f"img/WOMEN/Dresses/id_1{n:07d}/02_1_front.jpg id_1{n:07d} train" for n in range(300)]
    odd = ["img/WOMEN/Dresses/id_90000000/02_1_front.jpg id_90000000 tarin"]
    odd += ["img/WOMEN/Dresses/id_90000001/02_1_front.jpg id_90000001"]
    for num_odd in (1, 2, 1 + len(odd) * 4):
        rows = [*lines[2:], *more, *(odd * 5)[:num_odd]]
        _write(path, str(len(rows)), lines[1], *rows)
        if num_odd > 0.01 * len(rows):
            with pytest.raises(InputError, match=r"expected train, query or gallery, got 'tarin'"):
                read_inshop(inshop, label="item")
            continue
        garments = read_inshop(inshop, label="item")
        assert len(garments) == len(rows) - num_odd
        assert garments.left_out[0].startswith(f"{num_odd} odd of ")
        assert "got 'tarin'" in garments.left_out[0]


def test_a_set_says_where_an_item_is_not_what_is_published(inshop: Path) -> None:
    assert read_inshop(inshop, label="item").label == ""
    ours = read_inshop(inshop)
    assert "whatever their colour" in ours.label
    assert "label: a colour of an item" in ours.describe()
    assert ours.ks == (1, 10, 20, 30, 40, 50)


def test_a_large_picture_with_a_mask_is_read_small(tmp_path: Path) -> None:
    shape = np.zeros((1600, 1200), bool)
    shape[400:1200, 300:900] = True
    column = "".join(f"{300 * 1600 + 401 + 1600 * n} 800 " for n in range(600))
    _write(
        tmp_path / "train.csv",
        "ImageId,EncodedPixels,Height,Width,ClassId",
        f"{HEX}.jpg,{column.strip()},1600,1200,4",
    )
    _picture(tmp_path / f"train/{HEX}.jpg", 1200, 1600)
    garments = read_imaterialist(tmp_path)
    whole, mask, box = read_garment(garments, 0)
    assert whole.shape == (1600, 1200, 3)
    assert mask is not None
    np.testing.assert_array_equal(mask > 0, shape)
    small, mask, small_box = read_garment(garments, 0, side=96)
    assert small.shape == (400, 300, 3)
    assert mask is not None
    np.testing.assert_array_equal(mask > 0, shape[::4, ::4])
    np.testing.assert_allclose(small_box * 4, box, atol=4)


DESCRIPTIONS = {
    "info": {},
    "categories": [
        {"id": 4, "name": "jacket", "supercategory": "upperbody", "level": 2},
        {"id": 6, "name": "pants", "supercategory": "lowerbody", "level": 2},
    ],
    "attributes": [],
}


def test_imaterialist_2019_joins_the_parts_of_a_garment(tmp_path: Path) -> None:
    _write(
        tmp_path / "train.csv",
        "ImageId,EncodedPixels,Height,Width,ClassId",
        f"{HEX}.jpg,1 8 9 8,8,8,4_20_92",
        f"{HEX}.jpg,33 8,8,8,6",
        f"{HEX}.jpg,57 8,8,8,4_20_92",
        f"{HEX}.jpg,1 2,8,8,31",  # a sleeve
    )
    _write(tmp_path / "label_descriptions.json", json.dumps(DESCRIPTIONS))
    _picture(tmp_path / f"train/{HEX}.jpg", 8, 8)
    garments = read_imaterialist(tmp_path)
    assert _table(garments) == [
        (f"train/{HEX}.jpg", f"{HEX}.jpg#4_20_92", "train", "any"),
        (f"train/{HEX}.jpg", f"{HEX}.jpg#6", "train", "any"),
    ]
    assert garments.category.tolist() == ["jacket", "pants"]
    assert garments.left_out == ("1 accessories and parts of garments",)
    _, mask, box = read_garment(garments, 0)
    assert mask is not None
    assert (mask[0] > 0).tolist() == [True, True, False, False, False, False, False, True]
    assert box.tolist() == [0, 0, 8, 8]


def test_imaterialist_2020_has_names_without_ending_and_one_row_a_garment(tmp_path: Path) -> None:
    _write(
        tmp_path / "train.csv",
        "ImageId,EncodedPixels,Height,Width,ClassId,AttributesIds",
        f'{HEX},1 64,8,8,4,"115,136,143"',
        f"{HEX},65 64,16,16,4,",
    )
    _picture(tmp_path / f"train/{HEX}.jpg", 32, 32)
    garments = read_imaterialist(tmp_path)
    assert garments.item.tolist() == [f"{HEX}.jpg#2", f"{HEX}.jpg#3"]
    assert garments.category.tolist() == ["4", "4"]  # without label_descriptions.json
    _, mask, _ = read_garment(garments, 1)  # drawn on a picture of half the size
    assert mask is not None
    assert (mask[0] > 0).tolist() == [False] * 8 + [True] * 8 + [False] * 16


def test_imaterialist_reads_masks_longer_than_the_csv_module_allows(tmp_path: Path) -> None:
    runs = " ".join(f"{start} 1" for start in range(1, 60000, 2))
    _write(
        tmp_path / "train.csv",
        "ImageId,EncodedPixels,Height,Width,ClassId",
        f"{HEX}.jpg,{runs},300,200,4",
    )
    _picture(tmp_path / f"train/{HEX}.jpg", 200, 300)
    assert len(runs) > 131072
    _, mask, _ = read_garment(read_imaterialist(tmp_path), 0)
    assert mask is not None
    assert (mask > 0).sum() == 30000


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["ImageId,EncodedPixels,Height,Width", "a.jpg,1 2,8,8"], "line 1: .*without ClassId"),
        (
            ["ImageId,EncodedPixels,Height,Width,ClassId", "a,1 2,8,8,4", "a,1 2,8,4"],
            r"train\.csv: expected comma-separated values .*line 3: Expected 5 columns, got 4",
        ),
        (
            ["ImageId,EncodedPixels,Height,Width,ClassId", "a,1 2,8,8,x_2"],
            r"line 2: ClassId: expected a whole number, got 'x'",
        ),
        (
            ["ImageId,EncodedPixels,Height,Width,ClassId", "a,1 2,8,,4"],
            r"line 2: Width: expected a whole number, got ''",
        ),
    ],
)
def test_imaterialist_refuses_by_file_and_line(
    tmp_path: Path, lines: list[str], message: str
) -> None:
    _write(tmp_path / "train.csv", *lines)
    with pytest.raises(InputError, match=message):
        read_imaterialist(tmp_path)


@pytest.fixture
def ccp(tmp_path: Path) -> Path:
    labels = np.zeros((100, 60), np.uint8)
    labels[5:15, 25:35] = 19  # hair
    labels[15:20, 25:35] = 41  # skin
    labels[20:80, 20:40] = 14  # dress
    (tmp_path / "masks").mkdir()
    (tmp_path / "annotations/pixel-level").mkdir(parents=True)
    Image.fromarray(labels).save(tmp_path / "masks/0001.png")
    scipy.io.savemat(tmp_path / "annotations/pixel-level/0002.mat", {"groundtruth": labels})
    for number in (1, 2, 3):
        _picture(tmp_path / f"photos/{number:04d}.jpg", 60, 100)
    return tmp_path


def test_ccp_cuts_the_torso_of_each_photo_with_a_mask(ccp: Path) -> None:
    garments = read_ccp(ccp)
    assert garments.item.tolist() == ["0001", "0002"]
    assert garments.left_out == ("1 photos without a mask",)
    for row in (0, 1):  # PNG and Matlab say the same
        _, mask, box = read_garment(garments, row)
        assert mask is not None
        assert (mask > 0).sum() == 60 * 20
        np.testing.assert_allclose(box, [18, 20, 42, 36.8], atol=1e-4)


def test_ccp_takes_photos_without_a_mask_when_asked(ccp: Path) -> None:
    garments = read_ccp(ccp, masked_only=False)
    assert garments.has_mask.tolist() == [True, True, False]


def test_the_torso_of_nobody_is_nan() -> None:
    assert np.isnan(torso(np.zeros((4, 4), bool))).all()


def test_ccp_without_photos_or_with_a_broken_mask_says_so(ccp: Path) -> None:
    with pytest.raises(InputError, match=r"expected photos/0001\.jpg"):
        read_ccp(ccp / "masks")
    (ccp / "annotations/pixel-level/0002.mat").write_bytes(b"no matlab")
    with pytest.raises(InputError, match=r"0002\.mat: expected a Matlab file with groundtruth"):
        read_garment(read_ccp(ccp), 1)


def test_clothing_lists_garments_and_leaves_the_uncertain_out(tmp_path: Path) -> None:
    _write(
        tmp_path / "images.csv",
        "image,sender_id,label,kids",
        "aa-1,124,T-Shirt,False",
        "aa-2,124,Not sure,False",
        "aa-3,148,Pants,True",
    )
    _picture(tmp_path / "images/aa-1.jpg")
    garments = read_clothing(tmp_path)
    assert _table(garments) == [
        ("images/aa-1.jpg", "aa-1", "train", "any"),
        ("images/aa-3.jpg", "aa-3", "train", "any"),
    ]
    assert garments.category.tolist() == ["T-Shirt", "Pants"]
    assert garments.left_out == ("1 photos labelled Skip, Other, Not sure",)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["image,sender_id", "a,1"], "line 1: expected the columns image and label"),
        (["image,sender_id,label,kids", "a,1,Pants,False", "b,2"], "line 3: expected as many"),
        (["image,sender_id,label,kids", "a,1,Pants,False,9"], "line 2: expected as many cells"),
    ],
)
def test_clothing_refuses_by_file_and_line(tmp_path: Path, lines: list[str], message: str) -> None:
    _write(tmp_path / "images.csv", *lines)
    with pytest.raises(InputError, match=rf"images\.csv {message}"):
        read_clothing(tmp_path)


def test_a_folder_has_an_item_in_each_sub_folder(tmp_path: Path) -> None:
    for name in ("red coat/1.jpg", "red coat/more/2.PNG", "hat/1.webp", ".git/1.jpg"):
        _picture(tmp_path / name)
    _write(tmp_path / "hat/notes.txt", "…")
    garments = read_folder(tmp_path)
    assert _table(garments) == [
        ("hat/1.webp", "hat", "train", "any"),
        ("red coat/1.jpg", "red coat", "train", "any"),
        ("red coat/more/2.PNG", "red coat", "train", "any"),
    ]


def test_a_folder_of_one_item_is_refused(tmp_path: Path) -> None:
    _picture(tmp_path / "hat/1.jpg")
    with pytest.raises(InputError, match=r"at least two items.* got 1"):
        read_folder(tmp_path)


def test_every_reader_has_a_name_and_wrong_names_are_answered_with_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected one of deepfashion-inshop, .*got 'imagenet'"):
        read_garments("imagenet", tmp_path)
    with pytest.raises(InputError, match="expected the folder of ccp, found no such folder"):
        read_garments("ccp", tmp_path / "nowhere")
    for name in READERS:  # an empty folder is refused by all of them, with a message of their own
        with pytest.raises(InputError, match="expected"):
            read_garments(name, tmp_path)


def test_a_set_is_read_by_its_name(inshop: Path) -> None:
    assert read_garments("deepfashion-inshop-item", inshop).item[0] == "id_00000002"
    for name in ("deepfashion-inshop-item", "deepfashion-inshop"):
        assert read_garments(name, inshop).name == name
    assert read_garments("deepfashion-inshop", inshop).item[0] == "id_00000002_02"
