import io

import numpy as np
import pytest
from castlist.clustering.report.portraits import head_in_crop, portrait
from castlist.data.result.portraits import HEAD_UNITS
from castlist.data.tables.boxes import portrait_boxes
from PIL import Image


def crop_of(face, size, long_side=256):
    """Cut head and torso out of a picture in which the face is red."""
    picture = Image.new("RGB", size, "black")
    picture.paste("red", tuple(int(value) for value in face))
    box = portrait_boxes([face], *size)[0]
    crop = picture.crop(tuple(int(value) for value in box))
    crop.thumbnail((long_side, long_side))
    file = io.BytesIO()
    crop.save(file, "JPEG", quality=95)
    return file.getvalue()


@pytest.mark.parametrize(
    "face",
    [
        [600, 300, 700, 420],  # the whole crop is in the picture
        [10, 300, 110, 420],  # cut off at the left
        [600, 10, 700, 130],  # at the top
        [600, 650, 700, 770],  # below
        [1150, 300, 1250, 420],  # at the right
        [20, 680, 120, 790],  # left and below
        [640, 360, 660, 384],  # small: not scaled down
    ],
)
def test_the_face_is_in_the_middle_of_its_portrait_as_far_as_the_picture_goes(face):
    size = (1280, 800)
    data = crop_of(face, size)
    with Image.open(io.BytesIO(data)) as crop:
        x1, y1, x2, y2 = head_in_crop(face, crop.size)
        red = np.asarray(crop.convert("RGB"))[:, :, 0] > 128
        assert x1 >= 0
        assert y1 >= 0
        assert x2 <= crop.width + 1e-6
        assert y2 <= crop.height + 1e-6
    ys, xs = np.nonzero(red)
    inside = (xs + 0.5 > x1) & (xs + 0.5 < x2) & (ys + 0.5 > y1) & (ys + 0.5 < y2)
    assert inside.mean() > 0.97
    assert x2 - x1 == pytest.approx(y2 - y1)


def test_a_close_up_cut_off_on_three_sides_keeps_most_of_its_face():
    face = [300, 100, 900, 780]
    with Image.open(io.BytesIO(crop_of(face, (1280, 800)))) as crop:
        x1, y1, x2, y2 = head_in_crop(face, crop.size)
        red = np.asarray(crop.convert("RGB"))[:, :, 0] > 128
    ys, xs = np.nonzero(red)
    assert ((xs > x1) & (xs < x2) & (ys > y1) & (ys < y2)).mean() > 0.85


def test_a_portrait_is_a_square_jpeg():
    with Image.open(
        io.BytesIO(portrait(crop_of([50, 50, 90, 100], (300, 300)), [50, 50, 90, 100], 64))
    ) as p:
        assert (p.format, p.size) == ("JPEG", (64, 64))


def test_a_portrait_of_fewer_units_is_the_middle_of_the_usual_one():
    face, size = [600, 300, 700, 420], (1280, 800)
    with Image.open(io.BytesIO(crop_of(face, size))) as crop:
        usual, tight = head_in_crop(face, crop.size), head_in_crop(face, crop.size, 1.3)
    assert tight[2] - tight[0] == pytest.approx((usual[2] - usual[0]) * 1.3 / HEAD_UNITS)
    assert tight[0] + tight[2] == pytest.approx(usual[0] + usual[2])
