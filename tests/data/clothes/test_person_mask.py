from __future__ import annotations

import csv
import hashlib
import json
from importlib import resources

import av
import cv2
import numpy as np
import pytest
from castlist import checkpoints
from castlist.data import demo
from castlist.data.clothes.person_mask import WEIGHTS, PersonMask
from castlist.data.errors import InputError


@pytest.fixture(scope="module")
def first_frame() -> np.ndarray:
    with av.open(str(resources.files(demo) / "scene.mp4")) as film:
        return next(film.decode(video=0)).to_ndarray(format="rgb24")


@pytest.fixture(scope="module")
def mask() -> PersonMask:
    return PersonMask()


def test_the_weights_are_those_of_their_card() -> None:
    folder = resources.files(checkpoints)
    card = json.loads((folder / "selfie_segmentation.json").read_text(encoding="utf-8"))
    assert hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest() == card["sha256"]
    assert "Apache License" in (folder / "selfie_segmentation-LICENSE.txt").read_text()


def test_a_person_of_the_demo_is_told_from_the_wall(
    mask: PersonMask, first_frame: np.ndarray
) -> None:
    with (resources.files(demo) / "bodies.csv").open() as file:
        body = next(row for row in csv.DictReader(file) if row["person"] == "ana")
    x, y, w, h = (int(float(body[side])) for side in ("x", "y", "w", "h"))
    portrait = first_frame[y - 20 : y + h // 2, max(x - 30, 0) : x + w]
    person = mask.mask(portrait)
    assert person.shape == portrait.shape[:2]
    assert person.dtype == np.float32
    middle = slice(portrait.shape[1] // 2 - 10, portrait.shape[1] // 2 + 10)
    assert person[60:, middle].mean() > 0.9
    assert person[:15].mean() < 0.1


def test_the_mask_is_made_for_red_green_blue(mask: PersonMask, first_frame: np.ndarray) -> None:
    assert not np.array_equal(mask.mask(first_frame), mask.mask(first_frame[..., ::-1].copy()))


def test_probabilities_are_finite_and_between_0_and_1(mask: PersonMask) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (31, 57, 3), np.uint8)
    person = mask.mask(noise)
    assert person.shape == (31, 57)
    assert ((person >= 0) & (person <= 1)).all()


def test_ending_the_network_before_its_last_layer_changes_nothing(
    mask: PersonMask, first_frame: np.ndarray
) -> None:
    content = (resources.files(checkpoints) / WEIGHTS).read_bytes()
    whole = cv2.dnn.readNetFromTFLite(np.frombuffer(content, np.uint8))
    picture = first_frame[:256, 200:456]
    whole.setInput(cv2.dnn.blobFromImage(picture, 1 / 255))
    expected = whole.forward()[0, 0]
    assert expected.min() < 0.1 < 0.9 < expected.max()
    np.testing.assert_allclose(mask.mask(picture), expected, atol=1e-4)


def test_other_weights_of_that_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("castlist.data.clothes.person_mask._ENDS_EARLIER", ((216048, 1, 242),))
    with pytest.raises(InputError, match=r"found another file .* install castlist again"):
        PersonMask()
