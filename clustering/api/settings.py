"""Settings as keywords of Python: ``fps=2``, ``wrong_merge_cost=10``, ``start="1:30"``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from ...data.errors import MisuseError
from ...data.hints import did_you_mean
from ...data.media.decode import FilmDecoder
from ...data.media.sources import Source
from ...data.result.facts import SourceFacts
from ...data.settings import settings_of, types_of
from ...data.shots.timecode import seconds_at
from ...data.times import is_timecode
from ..config import Config, ConfigError, time_keys


def keys_of(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"section.key": value} of keywords.

    Args:
        keywords: by the name of the setting, ``fps``; by that of its option, ``start``; or by its
            whole key, ``frames.fps``. What is None is left out.

    Raises:
        ConfigError: there is no such setting.
    """
    names = known_names()
    found = {}
    for word, value in keywords.items():
        if word not in names:
            raise ConfigError(
                f"{word}: no such setting; {did_you_mean(word, names)}settings are"
                f" {', '.join(name for name in names if '.' not in name)}"
            )
        if value is not None:
            found[names[word]] = value
    return found


def known_names() -> dict[str, str]:
    """Return the key of each setting by all of its names."""
    names: dict[str, str] = {}
    for section, config in types_of(Config).items():
        for field, setting in settings_of(config).items():
            words = [flag.lstrip("-").replace("-", "_") for flag in setting.flags]
            for word in (field, *words, f"{section}.{field}"):
                names[word] = f"{section}.{field}"
    return names


def split_timecodes(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return settings without those that are timecode, and these: a film tells what they mean."""
    timecodes = {
        key: settings[key]
        for key in time_keys()
        if isinstance(settings.get(key), str) and is_timecode(settings[key])
    }
    return {key: value for key, value in settings.items() if key not in timecodes}, timecodes


def seconds_of_timecodes(
    timecodes: Mapping[str, str], sources: Sequence[Source]
) -> dict[str, float]:
    """Return the film time, seconds, that each timecode means.

    Raises:
        MisuseError: there is not exactly one film, it has no timecode, or begins later.
    """
    films = [source for source in sources if source.kind == "film"]
    if len(films) != 1:
        raise MisuseError(
            f"{next(iter(timecodes.values()))}: timecode needs one film, got"
            f" {len(films)} films; give a time such as 1:30"
        )
    with closing(FilmDecoder(films[0].path)) as film:
        facts = SourceFacts(
            films[0].name,
            rate=film.stream.average_rate,
            start_timecode=film.start_timecode,
            frames=(0,),
            frames_s=(film.first_s,),
        )
    return {key: seconds_at(text, facts) for key, text in timecodes.items()}
