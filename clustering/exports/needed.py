"""Libraries that an export needs and castlist does not."""

from __future__ import annotations

import importlib
from typing import Any

from ...data.errors import InputError


def needed(module: str, library: str) -> Any:
    """Import a library of the extra ``export``.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"this format needs {library}, which cannot be imported ({error});"
            " run: pip install 'castlist[export]'"
        ) from error
