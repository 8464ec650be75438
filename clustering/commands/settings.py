"""The settings as options of the command line, made of the fields of the configuration."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

from ...data.settings import Setting, settings_of
from ..config import Config, load_config, make_config, parse_setting


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how people are found."""
    parser.add_argument("--cache", type=Path, help="folder for what the networks saw, kept")
    parser.add_argument("--config", type=Path, metavar="TOML", help="file of settings")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="one setting, such as people.wrong_merge_cost=5; as often as you like",
    )
    options = parser.add_argument_group("settings by their short names")
    for section, config in get_type_hints(Config).items():
        for name, own in settings_of(config).items():
            if own.flags:
                add_option(options, own.flags, f"{section}.{name}", config)


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
    text = _help(settings_of(config)[name], getattr(config, name))
    hint = get_type_hints(config)[name]
    (kind,) = set(get_args(hint) or (hint,)) - {NoneType}
    if kind is bool:
        parser.add_argument(*flags, dest=key, action="store_true", default=None, help=text)
    else:
        parser.add_argument(*flags, dest=key, type=kind, help=text, metavar="X")


def _help(own: Setting, default: Any) -> str:
    names = f": {', '.join(own.one_of)}" if own.one_of else ""
    files = f", or {own.or_a}" if own.or_a else ""
    number = f"{default:g}" if isinstance(default, float) else default
    usual = "" if default is None or default is False or default == "" else f" ({number})"
    return f"{own.text}{names}{files}{usual}".replace("%", "%%")


def settings_given(arguments: argparse.Namespace) -> bool:
    """Say whether any setting was asked for."""
    short = [value for key, value in vars(arguments).items() if "." in key]
    return bool(arguments.config or arguments.settings) or any(own is not None for own in short)


def config_of(arguments: argparse.Namespace) -> Config:
    """Return what was asked for: the file, then --set, then the short names.

    Raises:
        MisuseError: a setting that does not exist, or a value that it cannot have.
        InputError: the file of settings cannot be read.
    """
    try:
        settings = load_config(arguments.config) if arguments.config else {}
        settings.update(parse_setting(text) for text in arguments.settings)
        short = {key: value for key, value in vars(arguments).items() if "." in key}
        settings.update({key: value for key, value in short.items() if value is not None})
        return make_config(settings)
    except ConfigError as error:
        raise MisuseError(str(error)) from error
