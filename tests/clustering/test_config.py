import dataclasses
import json

import pytest
from castlist.clustering.config import (
    Config,
    ConfigError,
    config_of_result,
    legal_keys,
    load_config,
    make_config,
    parse_setting,
)
from castlist.clustering.stages.config import PeopleConfig
from castlist.data.errors import InputError
from castlist.data.media.config import FramesConfig


def _load(tmp_path, text):
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    return load_config(tmp_path / "settings.toml")


def test_what_is_not_set_has_its_default():
    assert make_config({}) == Config()
    assert make_config({"frames.fps": 2.0}) == Config(frames=FramesConfig(fps=2.0))


def test_every_setting_can_be_set_to_its_default():
    settings = {
        f"{section}.{key}": value
        for section, keys in Config().to_dict().items()
        for key, value in keys.items()
    }
    assert sorted(settings) == sorted(legal_keys())
    assert make_config(settings) == Config()


def test_settings_are_plain_enough_for_json():
    assert json.loads(json.dumps(Config().to_dict())) == Config().to_dict()


def test_a_configuration_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().frames = FramesConfig()


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("frames.fsp", "frames.fps"),
        ("fps", "frames.fps"),
        ("frame.fps", "frames.fps"),
        ("Frames.fps", "frames.fps"),
        ("wrong_merge_costs", "people.wrong_merge_cost"),
        ("xyz", None),
        ("", None),
    ],
)
def test_an_unknown_setting_names_the_one_that_is_meant_and_the_legal_ones(key, meant):
    with pytest.raises(ConfigError) as error:
        make_config({key: 1.0})
    hint = f"did you mean {meant}? " if meant else ""
    assert str(error.value) == f"{key}: no such setting; {hint}legal keys are " + ", ".join(
        sorted(legal_keys())
    )


def test_a_time_may_be_written_as_people_do():
    frames = make_config({"frames.start_s": "1:30", "frames.end_s": "0:02:00,5"}).frames
    assert (frames.start_s, frames.end_s) == (90.0, 120.5)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("frames.fps", "fast", r"frames.fps \(--fps\): expected a number, got 'fast'"),
        ("frames.fps", True, r"frames.fps \(--fps\): expected a number, got True"),
        ("frames.fps", None, r"frames.fps \(--fps\): expected a number, got None"),
        ("frames.fps", "none", r"frames.fps \(--fps\): expected a number, got 'none'"),
        ("frames.fps", [5], r"frames.fps \(--fps\): expected a number, got \[5\]"),
        (
            "frames.end_s",
            "late",
            r"frames.end_s \(--to\): expected a time such as 1:30, .* got 'late'",
        ),
        (
            "frames.end_s",
            "1:75",
            r"frames.end_s \(--to\): expected a time such as 1:30, .* got '1:75'",
        ),
        (
            "frames.end_s",
            "00:01:30:12",
            r"frames.end_s \(--to\): timecode needs the rate of one film",
        ),
        (
            "frames.end_s",
            float("nan"),
            r"frames.end_s \(--to\): expected a number or none, got nan",
        ),
        ("people.face_method", 3, r"people.face_method \(--face-method\): expected text, got 3"),
        (
            "people.wrong_merge_cost",
            "3",
            r"people.wrong_merge_cost \(--wrong-merge-cost\): expected a number, got '3'",
        ),
        (
            "people.wrong_merge_cost",
            True,
            r"people.wrong_merge_cost \(--wrong-merge-cost\): expected a number, got True",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(key, value, said):
    with pytest.raises(ConfigError, match=said):
        make_config({key: value})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"frames.fps": 0}, r"frames.fps \(--fps\): expected more than 0, at most 1000, got 0.0"),
        ({"frames.fps": 1001.0}, r"frames.fps \(--fps\): expected more than 0"),
        ({"frames.start_s": -1}, r"frames.start_s \(--from\): expected 0 or more, got -1.0"),
        ({"frames.end_s": 0}, r"frames.end_s \(--to\): expected more than the start, got 0.0"),
        (
            {"frames.start_s": 9, "frames.end_s": 9},
            r"frames.end_s \(--to\): expected more than the start",
        ),
        ({"engine.min_detection": 1}, "engine.min_detection: expected a value between 0 and 1"),
        (
            {"people.face_method": "magic"},
            r"people.face_method \(--face-method\): expected one of hdbscan, .*'magic'",
        ),
        (
            {"people.cloth_method": "online"},
            r"people.cloth_method \(--cloth-method\): expected one of hdbscan, .*",
        ),
        (
            {"people.wrong_merge_cost": 0.9},
            r"people.wrong_merge_cost \(--wrong-merge-cost\): expected 1 or more, got 0.9",
        ),
        ({"people.online_threshold": 0}, "people.online_threshold: expected more than 0, got 0.0"),
    ],
)
def test_a_value_outside_its_range_is_refused(settings, said):
    with pytest.raises(ConfigError, match=said):
        make_config(settings)


def test_a_whole_number_may_stand_for_a_ratio():
    fps = make_config({"frames.fps": 2}).frames.fps
    assert (fps, type(fps)) == (2.0, float)


@pytest.mark.parametrize("value", ["none", None])
def test_none_takes_a_setting_back(value):
    assert make_config({"frames.end_s": value}).frames.end_s is None


def test_none_may_be_the_name_of_a_method():
    assert make_config({"people.cloth_method": "none"}).people.cloth_method == "none"


def test_settings_come_from_toml(tmp_path):
    people = '[people]\nface_method = "online"  # the baseline\nonline_threshold = 0.44\n'
    settings = _load(tmp_path, f"[frames]\nfps = 2\n\n{people}")
    assert settings == {
        "frames.fps": 2,
        "people.face_method": "online",
        "people.online_threshold": 0.44,
    }
    people = make_config(settings).people
    assert (people.face_method, people.online_threshold) == ("online", 0.44)


def test_an_empty_file_sets_nothing(tmp_path):
    assert _load(tmp_path, "") == {}


def test_a_table_in_a_table_is_no_setting(tmp_path):
    with pytest.raises(ConfigError, match=r"people.online: no such setting"):
        make_config(_load(tmp_path, "[people.online]\nthreshold = 0.4\n"))


def test_a_key_outside_a_table_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"expected tables such as \[people\], got .* 'fps'"):
        _load(tmp_path, "fps = 5\n")


@pytest.mark.parametrize("content", [b"fps: 5", b"[frames]\nfps = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused(tmp_path, content):
    (tmp_path / "settings.toml").write_bytes(content)
    with pytest.raises(InputError, match=r"settings.toml: expected a TOML file of settings"):
        load_config(tmp_path / "settings.toml")


def test_no_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"nothing.toml: expected a TOML file"):
        load_config(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("people.online_threshold=0.4", ("people.online_threshold", 0.4)),
        (" people.wrong_merge_cost = 8 ", ("people.wrong_merge_cost", 8)),
        ("people.face_method=online", ("people.face_method", "online")),
        ('people.face_method="online"', ("people.face_method", "online")),
        ("engine.cloth_model=a=b.safetensors", ("engine.cloth_model", "a=b.safetensors")),
        ("frames.end_s=none", ("frames.end_s", "none")),
        ("people.face_method=", ("people.face_method", "")),
    ],
)
def test_a_setting_is_parsed_as_in_toml_and_else_as_text(text, setting):
    assert parse_setting(text) == setting


def test_a_setting_without_a_value_is_refused():
    with pytest.raises(ConfigError, match=r"expected section.key=value, such as"):
        parse_setting("people.wrong_merge_cost")


def test_groups_are_one_person_from_the_evidence_that_outweighs_the_cost_of_a_wrong_merge():
    assert PeopleConfig(wrong_merge_cost=1.0).stop == 0.0
    assert PeopleConfig(wrong_merge_cost=20.0).stop == pytest.approx(2.9957, abs=1e-4)
    stops = [PeopleConfig(wrong_merge_cost=cost).stop for cost in (1, 1.5, 3, 50)]
    assert stops == sorted(stops)


@pytest.mark.parametrize("configuration", [{"people": 3}, {"people": {"charm": 1}}, {"frames": []}])
def test_settings_of_a_result_that_are_none_are_refused_in_a_line(configuration):
    with pytest.raises(InputError, match="expected a result of this version") as error:
        config_of_result(configuration, "film.castlist")
    assert len(str(error.value)) < 300
