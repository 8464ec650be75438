"""castlist: who is in this video, and when?

People are clustered by face first; then unknown and low-confidence faces are given back to their
person by clothing.

    import castlist

    result = castlist.find("film.mp4")
    for shot in result["person_001"].shots():
        print(shot.tc_in, shot.tc_out)

Importing it is instant: what a name stands for is imported when the name is used. docs/python.md
has the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .clustering.api.find import find, find_many
    from .clustering.api.person import Person
    from .clustering.api.result import Result, load
    from .clustering.api.training import train_encoder
    from .clustering.config import ConfigError
    from .clustering.estimators import FaceClusterer, TwoStageClusterer
    from .clustering.library.library import Library
    from .data.errors import InputError

__version__ = "0.1.0"

_WHERE = {
    "find": ".clustering.api.find",
    "find_many": ".clustering.api.find",
    "load": ".clustering.api.result",
    "Result": ".clustering.api.result",
    "Library": ".clustering.library.library",
    "Person": ".clustering.api.person",
    "FaceClusterer": ".clustering.estimators",
    "TwoStageClusterer": ".clustering.estimators",
    "train_encoder": ".clustering.api.training",
    "InputError": ".data.errors",
    "ConfigError": ".clustering.config",
}

__all__ = [
    "ConfigError",
    "FaceClusterer",
    "InputError",
    "Library",
    "Person",
    "Result",
    "TwoStageClusterer",
    "__version__",
    "find",
    "find_many",
    "load",
    "train_encoder",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_WHERE[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
