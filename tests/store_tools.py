"""The store of networks in tests: nothing is fetched, and only tests that say so see what is there.

``auto`` takes what it finds: without this, the same test would see other vectors on each machine.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from castlist.data.runtime.models import (
    CACHE_VARIABLE,
    FOLDERS_VARIABLE,
    OFFLINE_VARIABLE,
    ModelStore,
    Whereabouts,
)

_CALLERS = "CASTLIST_TEST_MODELS"  # what CASTLIST_MODELS was
_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "models"  # of the checkout


def look_nowhere() -> None:
    """Let no test, and no interpreter that one starts, fetch a network or find one by chance."""
    os.environ[_CALLERS] = os.environ.pop(FOLDERS_VARIABLE, "")
    os.environ[OFFLINE_VARIABLE] = "1"
    os.environ[CACHE_VARIABLE] = folder = tempfile.mkdtemp(prefix="castlist-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def folders() -> list[Path]:
    """Return where networks of the store may be on this machine."""
    named = os.environ.get(_CALLERS, "").split(os.pathsep)
    return [*(Path(folder) for folder in named if folder), _BESIDE]


def stored(name: str) -> Whereabouts:
    """Find a network of the store; skips the test where it is not on this machine."""
    found = ModelStore(folders(), Path(os.devnull), offline=True).find(name)
    if not found.is_here:
        pytest.skip(f"{name} is neither in a folder of {FOLDERS_VARIABLE} nor in {_BESIDE}")
    return found


def see_the_store(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let ``load_engine`` find some networks; skips the test where one is not there."""
    for name in names:
        stored(name)
    monkeypatch.setenv(FOLDERS_VARIABLE, os.pathsep.join(map(str, folders())))
