"""What a test leaves as it found it: modules, the environment, threads, caches, the product.

A test that puts something there and does not take it back fails itself, instead of another one that
happens to run after it.
"""

from __future__ import annotations

import builtins
import functools
import io
import itertools
import operator
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, ValuesView
from pathlib import Path
from types import ModuleType
from typing import Any

ONE_ENTRY = "castlist.data.runtime.networks._core"
"""A cache whose only key is the real OpenVINO: a second entry would be of a stand-in."""

_OF_LIBRARIES = (
    b"PYTEST_CURRENT_TEST",
    b"KMP_DUPLICATE_LIB_OK",  # scikit-learn, as the next
    b"KMP_INIT_AT_FORK",
    b"NO_ALBUMENTATIONS_UPDATE",  # ours, before albumentations is imported
)
"""Variables that are set once for the whole process, whichever test comes to import them first."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SETTINGS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "threads of cv2": ("cv2", lambda cv2: cv2.getNumThreads()),
    "threads of torch": ("torch", lambda torch: torch.get_num_threads()),
    "default type of torch": ("torch", lambda torch: torch.get_default_dtype()),
    "gradients of torch": ("torch", lambda torch: torch.is_grad_enabled()),
    "determinism of torch": ("torch", lambda torch: torch.are_deterministic_algorithms_enabled()),
    "half photos in Pillow": ("PIL.ImageFile", lambda file: file.LOAD_TRUNCATED_IMAGES),
    "largest photo of Pillow": ("PIL.Image", lambda image: image.MAX_IMAGE_PIXELS),
    "open": ("builtins", lambda _: (builtins.open, io.open)),
}
"""What is looked at in modules of others, once they are imported."""


class State:
    """Everything that is watched, at one moment.

    Args:
        earlier: a state of which all that is still as it was is taken over.
    """

    def __init__(self, earlier: State | None = None) -> None:
        is_more = earlier is None or earlier.modules != sys.modules
        self.modules = dict(sys.modules) if is_more else earlier.modules
        self.environment = _environment()
        self.places = (list(sys.path), str(Path.cwd()))
        self.handlers = {number.name: signal.getsignal(number) for number in _SIGNALS}
        self.settings = {
            name: ask(sys.modules[module])
            for name, (module, ask) in _SETTINGS.items()
            if module in sys.modules
        }
        if is_more or not earlier.product.is_as_it_was():
            self.product = _Product(self.modules, earlier.product if earlier else None)
        else:
            self.product = earlier.product
        self.caches = self.product.sizes_of_caches()

    def changes(self, later: State, stand_ins: Path) -> Iterator[str]:
        """Say what differs later; what has been imported meanwhile is no difference.

        Args:
            later: the state to compare.
            stand_ins: folder of the tests' own files: no module may come from there.
        """
        if later.modules is not self.modules:
            yield from self._changed_modules(later, stand_ins)
        if later.places != self.places:
            yield f"sys.path or the folder: {self.places} -> {later.places}"
        for name in _differ(self.environment, later.environment):
            yield f"os.environ: {os.fsdecode(name)}"
        before, after = self.handlers | self.settings, later.handlers | later.settings
        yield from (name for name in before if before[name] != after.get(name, before[name]))
        if later.product is not self.product:
            yield from self._changed_product(later)
        for name, size in later.caches.items():
            if size < self.caches.get(name, 0) or (size > 1 and name == ONE_ENTRY):
                yield f"the cache {name}: {self.caches.get(name, 0)} -> {size} entries"

    def _changed_product(self, later: State) -> Iterator[str]:
        before, after = self.product, later.product
        for name, found in before.contents.items():
            if not _same(found, after.contents.get(name, found)):
                yield f"the contents of {name}"
        for owner, attributes in before.attributes.items():
            for name in _differ(attributes, after.attributes.get(owner, attributes)):
                imported = f"{owner}.{name}" in later.modules.keys() - self.modules.keys()
                if not imported and not name.startswith("__"):
                    yield f"{owner}.{name}"

    def _changed_modules(self, later: State, stand_ins: Path) -> Iterator[str]:
        for name, module in self.modules.items():
            if later.modules.get(name, self) is not module:
                yield f"sys.modules: {name} was replaced or removed"
        for name in later.modules.keys() - self.modules.keys():
            file = getattr(later.modules[name], "__file__", None) or ""
            if later.modules[name] is None or Path(file).is_relative_to(stand_ins):
                yield f"sys.modules: {name} is a stand-in"


def _environment() -> dict[bytes, bytes]:
    """Return all variables but those of libraries; decoding takes ten times as long."""
    variables: dict[bytes, bytes] = dict(os.environ._data)  # type: ignore[attr-defined]
    for name in _OF_LIBRARIES:
        variables.pop(name, None)
    return variables


_Cache = type(functools.cache(State))


class _Product:
    """The modules of castlist and their classes, at one moment.

    Args:
        modules: all that are imported.
        earlier: one of which the lists of what to watch hold for modules that are as they were.
    """

    def __init__(self, modules: Mapping[str, Any], earlier: _Product | None) -> None:
        self.attributes: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, Any] = {}
        self._caches: dict[str, Any] = {}
        self._views: list[ValuesView[Any]] = []
        self._containers: list[Any] = []
        self._watched: dict[str, _Watched] = {}
        for owner, module in modules.items():
            if owner.startswith("castlist.") and isinstance(module, ModuleType):
                self._note(owner, module, earlier)
        self._values = self._all_values()

    def _note(self, owner: str, module: ModuleType, earlier: _Product | None) -> None:
        kept = earlier.attributes if earlier else {}
        self.attributes[owner] = attributes = _kept_or_copied(kept.get(owner), vars(module))
        if earlier and attributes is kept.get(owner):
            watched = earlier._watched[owner]
        else:
            watched = _Watched(owner, attributes)
        self._watched[owner] = watched
        self._views.append(vars(module).values())
        for name, value in watched.classes.items():
            self.attributes[name] = _kept_or_copied(kept.get(name), vars(value))
            self._views.append(vars(value).values())
        for name, value in watched.containers.items():
            self.contents[name] = value.copy()
            self._containers.append(value)
        self._caches |= watched.caches

    def is_as_it_was(self) -> bool:
        """Say whether nothing has changed since, but for sizes of caches.

        It is asked after every test. What gets another name gets another place.
        """
        # lists are compared at once, identical values first: a tenth of what a loop takes
        return _same(self._values, self._all_values()) and all(
            map(_same, self.contents.values(), self._containers)
        )

    def _all_values(self) -> list[Any]:
        return list(itertools.chain.from_iterable(self._views))

    def sizes_of_caches(self) -> dict[str, int]:
        """Return how many entries each cache has now."""
        return {name: cache.cache_info().currsize for name, cache in self._caches.items()}


class _Watched:
    """What may change in a module besides its attributes, by name."""

    def __init__(self, owner: str, attributes: dict[str, Any]) -> None:
        self.classes: dict[str, type] = {}
        self.containers: dict[str, Any] = {}
        self.caches: dict[str, Any] = {}
        for name, value in attributes.items():
            if isinstance(value, type) and value.__module__ == owner:
                self.classes[f"{owner}.{name}"] = value
            elif type(value) in (dict, list, set) and not name.startswith("__"):
                self.containers[f"{owner}.{name}"] = value
            elif type(value) is _Cache and value.__module__ == owner:
                self.caches[f"{owner}.{name}"] = value


def _kept_or_copied(kept: dict[str, Any] | None, now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the copy of earlier where it holds the same objects, not only equal ones."""
    if kept is None or len(kept) != len(now) or kept.keys() != now.keys():
        return dict(now)
    return kept if all(map(operator.is_, kept.values(), now.values())) else dict(now)


def _same(one: Any, other: Any) -> bool:
    try:
        return one is other or bool(
            one == other
        )  # identical entries are equal without being compared
    except (ValueError, RuntimeError):  # of arrays and tensors, which are then not identical
        return False


def _differ(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    if _same(before, after):
        return []
    names = before.keys() | after.keys()
    nothing = object()
    return sorted(
        name for name in names if not _same(before.get(name, nothing), after.get(name, nothing))
    )
