"""Which networks a run gets."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from castlist.clustering.analysis.config import EngineConfig
from castlist.clustering.analysis.engine import MORE_FACES, Engine, load_engine
from castlist.clustering.cloth_models import bodies
from castlist.clustering.face_models.base import Detections
from castlist.data.errors import InputError
from castlist.data.runtime.networks import Network
from store_tools import see_the_store


@pytest.fixture(scope="module")
def alone() -> Engine:
    """What auto takes where the store of networks is empty."""
    return load_engine(EngineConfig())


def test_auto_takes_what_ships_and_says_what_it_lost_and_why(alone: Engine) -> None:
    assert alone.faces.columns == {"faceres": (0, 1024), "sface": (1024, 1152)}
    assert list(alone.clothes.columns) == ["cloth_film_lite0", "colours"]
    assert set(alone.lost) == {MORE_FACES, bodies.NETWORK}
    for why in alone.lost.values():
        assert "not on this machine, and castlist is offline" in why
    assert alone.facts.lost == alone.lost


def test_facts_name_the_columns_of_all_networks(alone: Engine) -> None:
    assert alone.facts.face_columns == alone.faces.columns
    assert alone.facts.cloth_columns == alone.clothes.columns
    assert alone.facts.other_person_distance == alone.faces.other_person_distance


def test_a_network_that_is_warm_is_not_compiled_when_the_first_face_comes(
    alone: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone.warm_up()

    def compiled(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(Network, "_compile", compiled)
    picture = np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8)
    boxes = np.array([[60, 20, 140, 120]], np.float32)
    points = [[80, 60], [120, 60], [100, 80], [85, 100], [115, 100]]
    face = Detections(boxes, np.array([points], np.float32), np.ones(1, np.float32))
    chips = alone.faces.align(picture, face, alone.faces.cleaner.measure(picture, boxes))
    assert np.isfinite(alone.faces.embed(chips)).all()
    worn = alone.clothes.crop(picture, boxes)
    worn = dataclasses.replace(worn, clothes=np.full_like(worn.clothes, 200))
    assert np.isfinite(alone.clothes.describe(worn)).all()


def test_auto_takes_what_the_store_has(monkeypatch: pytest.MonkeyPatch) -> None:
    see_the_store(monkeypatch, MORE_FACES, bodies.NETWORK)
    engine = load_engine(EngineConfig())
    of_each = {"faceres": (0, 1024), "sface": (1024, 1152), MORE_FACES: (1152, 1408)}
    assert engine.faces.columns == of_each
    assert list(engine.clothes.columns)[2:] == [bodies.NETWORK]
    assert engine.lost == {}


def test_a_network_that_openvino_refuses_is_lost_not_fatal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    see_the_store(monkeypatch, MORE_FACES, bodies.NETWORK)

    def refuse(*_: object) -> None:
        raise InputError("refused")

    monkeypatch.setattr(bodies.BodyNetwork, "__init__", refuse)
    assert load_engine(EngineConfig()).lost == {bodies.NETWORK: "refused"}


def test_a_network_by_name_that_is_not_there_is_one_line() -> None:
    with pytest.raises(InputError, match=f"{MORE_FACES}.*castlist is offline") as error:
        load_engine(EngineConfig(face_model=f"faceres+{MORE_FACES}"))
    assert "\n" not in str(error.value)


def test_names_joined_by_plus_are_used_together() -> None:
    engine = load_engine(EngineConfig(face_model="dlib+faceres"))
    assert engine.faces.columns == {"dlib_resnet": (0, 128), "faceres": (128, 1152)}
    assert list(engine.lost) == [bodies.NETWORK]


def test_clothes_by_name_have_no_other_network_beside_them() -> None:
    engine = load_engine(EngineConfig(face_model="faceres", cloth_model="efficientnet_lite0"))
    assert list(engine.clothes.columns) == ["cloth_imagenet_lite0", "colours"]
    assert engine.lost == {}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("auto+dlib", "expected auto alone"),
        ("dlib+dlib", "expected each network once"),
        ("dlib+face_recognition", "expected each network once"),
        ("one/face.onnx+two/face.onnx", "files of different names"),
    ],
)
def test_networks_that_cannot_stand_together_are_one_line(names: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as error:
        load_engine(EngineConfig(face_model=names))
    assert "\n" not in str(error.value)


def test_a_path_may_have_a_plus_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a+b" / "face.onnx"
    with pytest.raises(InputError, match=r"a\+b/face.onnx"):
        load_engine(EngineConfig(face_model=str(path)))


def test_all_faces_or_the_best_is_on_the_card(alone: Engine) -> None:
    every = load_engine(EngineConfig(), every_face=True)
    assert alone.card["described"] != every.card["described"]
    assert {**alone.card, "described": ""} == {**every.card, "described": ""}
