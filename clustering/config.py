"""Every setting, in one frozen dataclass; each section is declared in the room that it serves."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from ..data.errors import InputError, MisuseError, brief, shortened
from ..data.files import openable
from ..data.hints import did_you_mean
from ..data.media.config import FramesConfig
from ..data.settings import settings_of, types_of
from ..data.times import EXAMPLES, is_timecode, seconds_of
from .analysis.config import EngineConfig
from .stages.config import PeopleConfig

_FORMER = "track"
"""Section of earlier versions' results: how faces are followed, which is no setting any more."""

_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    NoneType: "none",
}


class ConfigError(MisuseError):
    """A setting that does not exist, or a value that it cannot have."""


@dataclass(frozen=True)
class Config:
    """Every setting of a run.

    Attributes:
        frames: which frames are looked at.
        engine: the networks.
        people: how people are found, by face and by clothing.
    """

    frames: FramesConfig = field(default_factory=FramesConfig)
    engine: EngineConfig = field(default_factory=EngineConfig)
    people: PeopleConfig = field(default_factory=PeopleConfig)

    def to_dict(self) -> dict[str, Any]:
        """Return the resolved settings, section by section."""
        return dataclasses.asdict(self)


def load_config(path: Path) -> dict[str, Any]:
    """Read settings from a TOML file: one table a section.

    Returns:
        {"section.key": value}.

    Raises:
        InputError: the file cannot be read or is no TOML.
        ConfigError: a key outside a section.
    """
    try:
        sections = tomllib.loads(openable(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"{path}: expected a TOML file of settings, got: {brief(error)}"
        ) from error
    settings: dict[str, Any] = {}
    for section, keys in sections.items():
        if not isinstance(keys, dict):
            raise ConfigError(
                f"{path}: expected tables such as [people], got the bare key {section!r}"
            )
        settings.update({f"{section}.{key}": value for key, value in keys.items()})
    return settings


def parse_setting(text: str) -> tuple[str, Any]:
    """Parse ``people.wrong_merge_cost=5``: the value as in TOML, anything that is no TOML as text.

    Raises:
        ConfigError: no ``=``.
    """
    key, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"{text}: expected section.key=value, such as people.wrong_merge_cost=5")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def make_config(settings: Mapping[str, Any]) -> Config:
    """Make a configuration from {"section.key": value}; what is not given has its default.

    Raises:
        ConfigError: a key that does not exist (the message names the legal ones), or a value of
            the wrong type or outside its range.
    """
    sections: dict[str, dict[str, Any]] = {}
    legal = legal_keys()
    for key, value in settings.items():
        if key not in legal:
            raise ConfigError(
                f"{key}: no such setting; {did_you_mean(key, legal)}legal keys are"
                f" {', '.join(sorted(legal))}"
            )
        section, _, name = key.partition(".")
        sections.setdefault(section, {})[name] = _checked(key, _time(key, value), legal[key])
    types = types_of(Config)
    try:
        return Config(**{name: types[name](**values) for name, values in sections.items()})
    except ValueError as error:
        raise ConfigError(str(error)) from error


def config_of_result(configuration: Mapping[str, Mapping[str, Any]], name: str) -> Config:
    """Return the settings that a result was made with, to cluster it anew.

    Args:
        configuration: section by section, as ``RunFacts`` has it.
        name: of the result.

    Raises:
        InputError: another version of castlist, with other settings, made the result.
    """
    try:
        settings = {
            f"{section}.{key}": value
            for section, values in configuration.items()
            if section != _FORMER
            for key, value in values.items()
        }
        return make_config(settings)
    except (ConfigError, AttributeError, TypeError) as error:
        raise InputError(
            f"{name}: expected a result of this version of castlist, to cluster it anew, but"
            f" of its settings {shortened(str(error).partition(';')[0], 120)}; cluster it again"
        ) from error


def legal_keys() -> dict[str, Any]:
    """Return {"section.key": type} of every setting."""
    return {
        f"{section}.{key}": kind
        for section, section_type in types_of(Config).items()
        for key, kind in types_of(section_type).items()
    }


def time_keys() -> list[str]:
    """Return the settings that are times of a film."""
    return [
        f"{section}.{name}"
        for section, config in types_of(Config).items()
        for name, setting in settings_of(config).items()
        if setting.is_time
    ]


def _time(key: str, value: Any) -> Any:
    """Return a time in seconds where it is written as text; any other value as it is."""
    if not isinstance(value, str) or value == "none" or key not in time_keys():
        return value
    if is_timecode(value):
        raise ConfigError(
            f"{named(key)}: timecode needs the rate of one film, and there is none here; give"
            f" {EXAMPLES}"
        )
    try:
        return seconds_of(value)
    except ValueError as error:
        raise ConfigError(f"{named(key)}: {error}") from error


def named(key: str) -> str:
    """Return what messages call a setting: its key, and the option that sets it."""
    section, _, name = key.partition(".")
    return settings_of(types_of(Config)[section])[name].named(key)


def _checked(key: str, value: Any, kind: Any) -> Any:
    """Return a value of the type of its setting: ``none`` becomes None, a whole number a float."""
    allowed = get_args(kind) or (kind,)
    if (value is None or (value == "none" and str not in allowed)) and NoneType in allowed:
        return None
    if isinstance(value, bool):
        fits = bool in allowed
    elif isinstance(value, int) and float in allowed and int not in allowed:
        return float(value) if abs(value) < 2**1023 else value  # which is out of any range
    else:
        is_nan = isinstance(value, float) and math.isnan(value)  # no range check would notice
        fits = isinstance(value, allowed) and not is_nan
    if not fits:
        kinds = " or ".join(_KINDS[option] for option in allowed)
        raise ConfigError(f"{named(key)}: expected {kinds}, got {value!r}")
    return value
