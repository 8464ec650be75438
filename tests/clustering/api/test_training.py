import castlist
import pytest
from castlist.train import fit as fit_module
from castlist.train.config import TrainConfig


def test_settings_reach_the_run(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(fit_module, "fit", lambda *words: asked.append(words) or words[1])
    assert castlist.train_encoder("clothes", tmp_path / "run", max_steps=20) == tmp_path / "run"
    config = TrainConfig(data=("folder",), root=("clothes",), max_steps=20)
    assert asked == [(config, tmp_path / "run")]


def test_a_setting_that_is_nearly_right_is_named(tmp_path):
    with pytest.raises(castlist.ConfigError, match="max_step: no such setting; did you mean max_s"):
        castlist.train_encoder(tmp_path, tmp_path / "run", max_step=20)
    with pytest.raises(castlist.ConfigError, match="epochs: expected 1 or more, got 0"):
        castlist.train_encoder(tmp_path, tmp_path / "run", epochs=0)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(castlist.InputError, match="nowhere"):
        castlist.train_encoder(tmp_path / "nowhere", tmp_path / "run", max_steps=20)
