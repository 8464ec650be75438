import numpy as np
import pytest
from castlist.data.clothes.colour_names import colour_names
from castlist.data.clothes.colours import COLOUR_DIM, colours


def crop(*stripes):
    """Make a crop of colours from top to bottom."""
    rows = [np.full((32 // len(stripes), 32, 4), [*own, 255], np.uint8) for own in stripes]
    return np.concatenate(rows)[None]


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((10, 10, 12), "black"),
        ((75, 75, 78), "dark grey"),
        ((128, 128, 128), "grey"),
        ((190, 190, 190), "light grey"),
        ((250, 250, 250), "white"),
        ((200, 30, 30), "red"),
        ((70, 5, 10), "dark red"),
        ((255, 180, 195), "pink"),
        ((240, 130, 20), "orange"),
        ((110, 60, 20), "brown"),
        ((215, 195, 150), "beige"),
        ((250, 220, 40), "yellow"),
        ((95, 95, 20), "olive"),
        ((40, 160, 60), "green"),
        ((10, 60, 20), "dark green"),
        ((20, 140, 150), "teal"),
        ((40, 80, 200), "blue"),
        ((15, 20, 70), "dark blue"),
        ((150, 190, 240), "light blue"),
        ((130, 30, 140), "purple"),
    ],
)
def test_a_plain_colour_has_its_english_name(colour, name):
    assert colour_names(colours(crop(colour))) == [name]


def test_two_colours_are_named_the_larger_first():
    blue, white = (40, 80, 200), (250, 250, 250)
    assert colour_names(colours(crop(white, white, blue, blue))) == ["blue and white"]
    assert colour_names(colours(crop(blue, white, white, white))) == ["white"]


def test_another_shade_is_no_second_colour():
    assert colour_names(colours(crop((15, 20, 70), (40, 80, 200)))) == ["blue"]


def test_clothes_out_of_sight_have_no_name():
    assert colour_names(np.full((1, COLOUR_DIM), np.nan)) == [""]
    assert colour_names(np.zeros((1, COLOUR_DIM))) == [""]


def test_no_clothes_give_no_names():
    assert colour_names(np.empty((0, COLOUR_DIM))) == []


def test_longer_histograms_have_the_same_name():
    histogram = colours(crop((200, 30, 30)))
    assert colour_names(histogram * 0.7) == colour_names(histogram)


def test_other_vectors_are_refused():
    with pytest.raises(ValueError, match=f"expected {COLOUR_DIM} columns"):
        colour_names(np.zeros((2, 3)))
