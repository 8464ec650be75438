"""castlist models: what there is, and fetching more of it from a folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from castlist.clustering.face_models.catalogue import STORED_EMBEDDERS
from castlist.data.runtime import models
from castlist.data.runtime.model_cards import ModelCard, known_models

CONTENT = b"weights of nothing"


@pytest.fixture(autouse=True)
def nothing_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CASTLIST_MODELS", raising=False)
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """One more network that does not ship; returns a folder that has its file."""
    file = {
        "name": "tiny.bin",
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "size": len(CONTENT),
        "url": "http://127.0.0.1:9/tiny.bin",
    }
    facts = {"task": "tests", "licence": "CC0-1.0", "origin": "here", "use": "tests"}
    card = ModelCard.of_json(json.dumps({"name": "tiny", "files": [file], **facts}))
    shipped = {name: own for name, own in known_models().items() if own.ships}
    monkeypatch.setattr(models, "known_models", lambda: {**shipped, "tiny": card})
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "tiny.bin").write_bytes(CONTENT)
    return folder


def test_every_network_is_listed_with_what_is_to_know_of_it(castlist: Any) -> None:
    run = castlist("models")
    assert run.code == 0
    for name, card in known_models().items():
        assert f"{name}: {card.task}; {card.size / 1e6:.1f} MB; " in run.out
        assert card.licence in " ".join(run.out.split())
        assert card.origin in " ".join(run.out.split())
        assert ("not installed" in run.out.split(f"{name}: ")[1].split("\n")[0]) != card.ships


def test_a_network_comes_from_a_folder_and_is_installed_then(castlist: Any, tiny: Path) -> None:
    assert "tiny: tests; 0.0 MB; not installed" in castlist("models").out
    for words in (["tiny"], ["--all"]):
        run = castlist("models", "get", *words, "--from", tiny)
        assert run.code == 0
        assert run.out.splitlines()[-1].startswith("tiny: ")
    assert "tiny: tests; 0.0 MB; installed, " in castlist("models").out


def test_what_cannot_be_had_is_one_line(castlist: Any, tiny: Path, tmp_path: Path) -> None:
    run = castlist("models", "get", "tiny", "--from", tmp_path / "empty")
    assert run.code == 1
    assert "expected tiny.bin there" in run.error
    run = castlist("models", "get", "tiny", "huge", "--from", tiny)
    assert run.code == 1
    assert "got 'huge'" in run.error
    assert "not installed" in castlist("models").out


@pytest.mark.parametrize("words", [[], ["faceres", "--all"]])
def test_get_wants_names_or_all(castlist: Any, words: list[str]) -> None:
    run = castlist("models", "get", *words)
    assert run.code == 2
    assert "expected the names of networks, or --all" in run.error


def test_face_networks_of_the_store_are_choices_of_the_command_line() -> None:
    names = [name for name, card in known_models().items() if card.task == "face vectors"]
    assert {name for name in names if name != "dlib_resnet"} == set(STORED_EMBEDDERS)


def test_offline_a_network_that_is_not_here_is_not_fetched(castlist: Any, tmp_path: Path) -> None:
    words = ["--face-model", "face-reidentification-retail-0095", "--offline"]
    photo = tmp_path / "photo.jpg"
    from PIL import Image

    Image.new("RGB", (64, 64)).save(photo)
    run = castlist("cluster", photo, "--out", tmp_path / "out", *words)
    assert run.code == 1
    assert "not on this machine, and castlist is offline" in run.error
