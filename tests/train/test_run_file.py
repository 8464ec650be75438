from __future__ import annotations

import json
from pathlib import Path

import pytest
from castlist.data.errors import InputError
from castlist.train.config import TrainConfig
from castlist.train.run_file import (
    last_checkpoint,
    read_run,
    refuse_a_run,
    refuse_other_data,
    task_of,
    write_run,
)

CONFIG = TrainConfig(data=("ccp",), root=("photos",), epochs=3)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_run(tmp_path, CONFIG, task="segment", before={"recall_at_1": 0.5})
    config, run = read_run(tmp_path)
    assert config == CONFIG
    assert run["before"] == {"recall_at_1": 0.5}
    assert task_of(tmp_path) == "segment"


def test_a_run_of_the_usual_task_names_none(tmp_path: Path) -> None:
    assert task_of(tmp_path) is None
    write_run(tmp_path, CONFIG)
    assert task_of(tmp_path) is None


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"config": {"data": 3}}), "{}"])
def test_a_file_that_is_no_run_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(InputError, match=r"run\.json: expected what castlist train wrote"):
        read_run(tmp_path)
    assert task_of(tmp_path) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("epochs", 2.5), ("rate", "fast"), ("seed", True), ("data", "folder"), ("root", [1])],
)
def test_a_setting_of_another_type_is_refused(tmp_path: Path, name: str, value: object) -> None:
    write_run(tmp_path, TrainConfig(data=("folder",), root=("x",)))
    run = json.loads((tmp_path / "run.json").read_text())
    run["config"][name] = value
    (tmp_path / "run.json").write_text(json.dumps(run))
    with pytest.raises(InputError, match=rf"run\.json: expected what castlist train wrote.*{name}"):
        read_run(tmp_path)


def test_a_run_is_not_begun_over_another(tmp_path: Path) -> None:
    refuse_a_run(tmp_path)
    write_run(tmp_path, CONFIG)
    with pytest.raises(InputError, match="holds a run already; continue it with --resume"):
        refuse_a_run(tmp_path)


def test_a_run_goes_on_from_its_last_checkpoint_if_there_is_one(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    (tmp_path / "last.ckpt").touch()
    assert last_checkpoint(tmp_path) == tmp_path / "last.ckpt"


@pytest.mark.parametrize(
    ("changed", "told"),
    [("lists", "pictures or lists have changed"), ("pictures", "content of pictures has changed")],
)
def test_the_error_says_what_of_the_data_has_changed(
    tmp_path: Path, changed: str, told: str
) -> None:
    digest = {"name": "folder", "rows": 8, "items": 4, "lists": "1", "pictures": "2"}
    refuse_other_data(tmp_path, [digest], [digest])
    with pytest.raises(InputError, match=told):
        refuse_other_data(tmp_path, [digest], [{**digest, changed: "3"}])
