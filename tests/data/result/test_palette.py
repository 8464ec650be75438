import numpy as np
import pytest
from castlist.data.result import palette

# Machado et al. 2009, severity 1, on linear RGB
SIGHTS = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour):
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(to_lab) @ np.cbrt(np.array(to_lms) @ np.clip(rgb, 0, 1))


def contrast(one, other):
    bright, dark = sorted(
        (linear(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other)), reverse=True
    )
    return (bright + 0.05) / (dark + 0.05)


def nearest(seen):
    """Return the smallest distance of any two."""
    return min(np.linalg.norm(a - b) for number, a in enumerate(seen) for b in seen[:number])


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_stay_apart_for_every_kind_of_sight(colours, sight):
    seen = [oklab(np.array(SIGHTS[sight]) @ linear(colour)) for colour in colours]
    assert nearest(seen[:8]) >= 0.1
    assert nearest(seen) >= (0.09 if sight == "normal" else 0.05)


@pytest.mark.parametrize(
    ("colours", "page"), [(palette.LIGHT, "#ffffff"), (palette.DARK, "#1f1d1a")]
)
def test_colours_stand_out_from_the_page(colours, page):
    assert min(contrast(colour, page) for colour in colours) >= 3


def test_many_people_have_a_colour_each_and_the_unknown_none_of_them():
    assert len({palette.light(person) for person in range(24)}) == 24
    assert palette.light(24) == palette.light(0)
    assert palette.light(-1) not in palette.LIGHT
