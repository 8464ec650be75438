"""The face networks of a library: those that are here now, and those of its results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...data.errors import InputError
from ...data.progress import ProgressHook
from ...data.result.result import StoredResult
from ..config import make_config
from ..library_files.catalogue import Catalogue
from ..library_files.head import Networks
from ..library_files.places import Places


def networks_now(settings: Mapping[str, Any], progress: ProgressHook) -> Networks:
    """Return the networks that a film would be looked at with now.

    Args:
        settings: {"section.key": value}, of the library.
        progress: called as (step, completed, total) while they are loaded.
    """
    from ..analysis import engine

    config = make_config(dict(settings))
    return Networks.of(engine.load_engine(config.engine, False, progress).facts)


def networks_of_results(places: Places, catalogue: Catalogue) -> Networks | None:
    """Return the networks of the first result with faces; None where there is none."""
    for key in catalogue.films:
        try:
            result = StoredResult.load(places.result(key))
        except InputError:
            continue
        if len(result.faces):
            return Networks.of(result.models)
    return None


def of_other_networks(networks: Networks, places: Places, catalogue: Catalogue) -> frozenset[str]:
    """Return the results that are not of these networks, or cannot be read."""
    found = set()
    for key in catalogue.films:
        try:
            if Networks.of(StoredResult.load(places.result(key)).models) != networks:
                found.add(key)
        except InputError:  # damaged, or of another version
            found.add(key)
    return frozenset(found)
