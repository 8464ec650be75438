"""The settings as options of the command line, made of the fields of the configuration."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from ...data.settings import Setting, settings_of, types_of
from ..config import Config, load_config, make_config, parse_setting

ADVANCED = "advanced settings"
"""Title of the groups of options that only ``--help-all`` shows."""

EVERYDAY = ("frames.fps", "frames.start_s", "frames.end_s", "people.wrong_merge_cost")
"""Settings that ``--help`` of ``castlist find`` shows."""


def add_settings(
    parser: argparse.ArgumentParser, everyday: Collection[str] = ()
) -> argparse._ArgumentGroup:
    """Add the options that say how people are found; returns the group of advanced ones.

    Args:
        parser: of a command.
        everyday: keys of those that are no advanced settings.
    """
    advanced = parser.add_argument_group(ADVANCED)
    for section, config in types_of(Config).items():
        for name, setting in settings_of(config).items():
            if setting.flags:
                key = f"{section}.{name}"
                add_option(parser if key in everyday else advanced, setting.flags, key, config)
    advanced.add_argument("--cache", type=Path, help="folder that keeps what the networks saw")
    advanced.add_argument("--config", type=Path, metavar="TOML", help="file of settings")
    advanced.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="one setting, such as people.wrong_merge_cost=5; as often as you like",
    )
    return advanced


def add_option(
    parser: argparse._ActionsContainer, flags: Sequence[str], key: str, config: type
) -> None:
    """Add the option of one setting; it is None where it is not given.

    Args:
        parser: or a group of it.
        flags: such as ``--fps``.
        key: where the value goes, the name of the field last, as in ``frames.fps``.
        config: the dataclass with the field.
    """
    name = key.rpartition(".")[2]
    setting = settings_of(config)[name]
    text = _help(setting, getattr(config, name))
    hint = types_of(config)[name]
    (kind,) = set(get_args(hint) or (hint,)) - {NoneType}
    if kind is bool:
        parser.add_argument(*flags, dest=key, action="store_true", default=None, help=text)
    else:
        kind, metavar = (str, "TIME") if setting.is_time else (kind, "X")
        parser.add_argument(*flags, dest=key, type=kind, help=text, metavar=metavar)


def _help(setting: Setting, default: Any) -> str:
    names = f": {', '.join(setting.one_of)}" if setting.one_of else ""
    files = f", or {setting.or_a}" if setting.or_a else ""
    number = f"{default:g}" if isinstance(default, float) else default
    usual = "" if default is None or default is False or default == "" else f" ({number})"
    return f"{setting.text}{names}{files}{usual}".replace("%", "%%")


def settings_given(arguments: argparse.Namespace) -> bool:
    """Say whether any setting was asked for."""
    short = [value for key, value in vars(arguments).items() if "." in key]
    return bool(arguments.config or arguments.settings) or any(value is not None for value in short)


def config_of(arguments: argparse.Namespace) -> Config:
    """Return what was asked for as a configuration.

    Raises:
        MisuseError: a setting that does not exist, or a value that it cannot have.
        InputError: the file of settings cannot be read.
    """
    return make_config(asked_for(arguments))


def asked_for(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return {"section.key": value}: the file, then --set, then the short names.

    Raises:
        MisuseError: something is no setting.
        InputError: the file of settings cannot be read.
    """
    settings = load_config(arguments.config) if arguments.config else {}
    settings.update(parse_setting(text) for text in arguments.settings)
    short = {key: value for key, value in vars(arguments).items() if "." in key}
    settings.update({key: value for key, value in short.items() if value is not None})
    return settings
