"""The settings as options of the command line; imports nothing heavy until they are used."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.errors import MisuseError

if TYPE_CHECKING:
    from ..config import Config


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
        help="one setting, such as face.threshold=0.4; as often as you like",
    )
    options = parser.add_argument_group("settings by their short names")
    for flag, key, kind, text in (
        ("--fps", "frames.fps", float, "frames looked at per second of film (5)"),
        ("--start", "frames.start_s", float, "look at nothing before, seconds"),
        ("--end", "frames.end_s", float, "look at nothing after, seconds"),
        (
            "--detector",
            "engine.detector",
            str,
            "centerface, hog, dlib-cnn, or a YuNet or SCRFD .onnx",
        ),
        ("--face-model", "engine.face_model", str, "dlib, face_recognition, or an ArcFace .onnx"),
        ("--face-backend", "engine.face_model", str, "the same as --face-model"),
        ("--face-method", "face.method", str, "hdbscan, agglomerative, online, or online-guarded"),
        ("--face-threshold", "face.threshold", float, "distance within which faces are one person"),
        (
            "--cloth-method",
            "cloth.method",
            str,
            "window, none, or to compare with: nearest, fusion-sum, fusion-concat, fusion-min",
        ),
        ("--cloth-model", "engine.cloth_model", str, "encoder by name or .safetensors file"),
        ("--cloth-mask", "engine.cloth_mask", str, "an .onnx file that finds garments"),
        ("--cloth-precision", "cloth.precision", float, "precision that stage 2 has to reach"),
    ):
        options.add_argument(flag, dest=key, type=kind, help=text, metavar="X")


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
    from ..config import ConfigError, load_config, make_config, parse_setting

    try:
        settings = load_config(arguments.config) if arguments.config else {}
        settings.update(parse_setting(text) for text in arguments.settings)
        short = {key: value for key, value in vars(arguments).items() if "." in key}
        settings.update({key: value for key, value in short.items() if value is not None})
        return make_config(settings)
    except ConfigError as error:
        raise MisuseError(str(error)) from error
