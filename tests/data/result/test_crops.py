from io import BytesIO

import numpy as np
import pytest
from castlist.data.result.crops import LONG_SIDE_PX, CropFile, CropWriter, JoinedCrops, KeptCrops
from PIL import Image


@pytest.fixture(name="write")
def _write(tmp_path):
    """Write crops of one grey each; returns the file."""

    def write(name, greys):
        with CropWriter(tmp_path / name) as crops:
            for grey in greys:
                crops.append(np.full((40, 30, 3), grey, np.uint8), np.array([0, 0, 30, 40]))
        return CropFile(tmp_path / name)

    return write


def _open(jpeg):
    return np.asarray(Image.open(BytesIO(jpeg))).astype(int)


def _greys(crops):
    """The grey of each crop, to the nearest ten: JPEG keeps no exact values."""
    return [round(_open(crops[row]).mean(), -1) for row in range(len(crops))]


def _cut(path, picture, box):
    with CropWriter(path) as crops:
        crops.append(picture, np.array(box, np.float32))
    return _open(CropFile(path)[0])


def test_crops_come_back_in_the_order_they_were_kept(write):
    assert _greys(write("crops.bin", [200, 10, 90])) == [200, 10, 90]


def test_a_crop_is_what_the_box_shows(tmp_path):
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[20:60, 50:80] = [250, 120, 10]
    crop = _cut(tmp_path / "crops.bin", picture, [50, 20, 80, 60])
    assert crop.shape == (40, 30, 3)
    np.testing.assert_allclose(crop[20, 15], [250, 120, 10], atol=6)


def test_a_box_between_pixels_takes_in_those_it_touches(tmp_path):
    picture = np.zeros((100, 100, 3), np.uint8)
    assert _cut(tmp_path / "crops.bin", picture, [9.5, 20.1, 30.2, 39.9]).shape == (20, 22, 3)


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        ([-10, -5, 20, 30], (30, 20, 3)),
        ([80, 40, 300, 300], (10, 20, 3)),
        ([120, 60, 130, 70], (1, 1, 3)),  # wholly outside
        ([-30, -30, -10, -10], (1, 1, 3)),
    ],
)
def test_a_box_that_leaves_the_picture_is_cut_at_its_edge(tmp_path, box, shape):
    assert _cut(tmp_path / "crops.bin", np.zeros((50, 100, 3), np.uint8), box).shape == shape


def test_large_crops_are_made_smaller(tmp_path):
    picture = np.zeros((1000, 800, 3), np.uint8)
    crop = _cut(tmp_path / "crops.bin", picture, [0, 0, 800, 1000])
    assert max(crop.shape) == LONG_SIDE_PX
    assert crop.shape[0] / crop.shape[1] == pytest.approx(1.25, abs=0.01)


def test_small_crops_stay_as_they_are(tmp_path):
    crop = _cut(tmp_path / "crops.bin", np.zeros((50, 50, 3), np.uint8), [0, 0, 20, 30])
    assert crop.shape == (30, 20, 3)


def test_a_file_of_no_crops_is_whole(write):
    crops = write("crops.bin", [])
    assert len(crops) == 0
    assert crops.is_whole()


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"x"])
def test_a_file_of_another_length_is_not_whole(write, tmp_path, change):
    crops = write("crops.bin", [200, 10])
    assert crops.is_whole()
    path = tmp_path / "crops.bin"
    path.write_bytes(change(path.read_bytes()))
    assert not crops.is_whole()


def test_crops_that_failed_half_way_have_no_index(tmp_path):
    with pytest.raises(KeyboardInterrupt), CropWriter(tmp_path / "crops.bin"):
        raise KeyboardInterrupt
    with pytest.raises(FileNotFoundError):
        CropFile(tmp_path / "crops.bin")


def test_joined_crops_are_counted_through(write):
    parts = [write("a", [10, 50]), write("b", []), write("c", [90]), write("d", [200, 130])]
    joined = JoinedCrops(parts)
    assert len(joined) == 5
    assert _greys(joined) == [10, 50, 90, 200, 130]


def test_some_of_joined_crops_are_kept_in_the_order_asked_for(write):
    joined = JoinedCrops([write("a", [10, 50]), write("b", [90, 200])])
    some = KeptCrops(joined, np.array([3, 0, 1]))
    assert _greys(some) == [200, 10, 50]
    assert _greys(KeptCrops(some, np.array([0, 2]))) == [200, 50]


def test_no_crops_are_joined():
    assert len(JoinedCrops([])) == 0
    assert len(KeptCrops(JoinedCrops([]), np.empty(0, np.int64))) == 0
