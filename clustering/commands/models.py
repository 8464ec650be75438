"""The commands ``castlist models``, ``castlist models get`` and ``castlist info``."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import InputError, MisuseError
from .output import examples, progress_of, tell

if TYPE_CHECKING:
    from ...data.runtime.models import ModelStore, Whereabouts


def add_parsers(commands: Any) -> None:
    """Add both to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "models",
        help="networks: task, size, licence, origin, where they are; fetch more",
        usage="castlist models [get NAME... | get --all] [options]",
        epilog=examples("castlist models", "castlist models get --all"),
        description="List the networks: task, size, licence, origin, what each is used for, and"
        " whether it is here. CASTLIST_MODELS names folders to look into first;"
        " CASTLIST_OFFLINE=1 keeps every command from fetching anything.",
    )
    parser.set_defaults(command=models)
    actions = parser.add_subparsers(metavar="get", prog=parser.prog)
    parser = actions.add_parser(
        "get",
        help="fetch networks that do not ship",
        epilog=examples(
            "castlist models get --all", "castlist models get --all --from /media/stick/networks"
        ),
    )
    parser.set_defaults(command=get)
    parser.add_argument("names", nargs="*", metavar="NAME", help="as castlist models lists them")
    parser.add_argument("--all", action="store_true", help="every network that can be fetched")
    parser.add_argument(
        "--from",
        dest="source",
        default="",
        metavar="FOLDER|URL",
        help="take the files from there instead of their own address",
    )
    _add_info(commands)


def _add_info(commands: Any) -> None:
    parser = commands.add_parser(
        "info",
        help="versions, weights with origin and licence, cache",
        usage="castlist info [options]",
        epilog=examples("castlist info", "castlist info --json > about.json"),
    )
    parser.set_defaults(command=info)
    parser.add_argument("--cache", type=Path, help="folder of the cache")


def models(arguments: argparse.Namespace) -> int:
    """Run ``castlist models``; returns the exit code."""
    from ...data.runtime.models import ModelStore

    store = ModelStore.of_environment(offline=True)
    everything = store.all()
    tell(
        arguments,
        "\n".join(map(_text, everything)),
        {"networks": [_facts(network) for network in everything]},
    )
    return 0


def get(arguments: argparse.Namespace) -> int:
    """Run ``castlist models get``; returns the exit code.

    Raises:
        MisuseError: no network is named.
        InputError: there is no such network, or it cannot be fetched.
    """
    from ...data.runtime.models import ModelStore

    if bool(arguments.names) == arguments.all:
        raise MisuseError("expected the names of networks, or --all; castlist models lists them")
    with progress_of(arguments) as progress:
        store = ModelStore.of_environment(progress=progress)
        to_fetch = [name for name, card in store.cards.items() if not card.ships]
        names = to_fetch if arguments.all else list(dict.fromkeys(arguments.names))
        for name in names:
            store.card(name)  # an unknown one before anything is fetched
        found, failed = _fetched(store, names, arguments.source)
    if found:
        lines = [f"{network.card.name}: {_folder(network)}" for network in found]
        tell(arguments, "\n".join(lines), {"networks": [_facts(network) for network in found]})
    if failed:
        raise InputError("; ".join(failed))
    return 0


def _fetched(
    store: ModelStore, names: Sequence[str], source: str
) -> tuple[list[Whereabouts], list[str]]:
    """Fetch what can be fetched; also returns what is wrong with the rest."""
    found, failed = [], []
    for name in names:
        try:
            found.append(store.get(name, source))
        except InputError as error:
            if str(error) not in failed:
                failed.append(str(error))
    return found, failed


def _text(network: Whereabouts) -> str:
    card = network.card
    where = f"installed, {_folder(network)}" if network.is_here else "not installed"
    if card.ships:
        where = "ships with castlist"
    lines = [
        f"{card.name}: {card.task}; {card.size / 1e6:.1f} MB; {where}",
        _wrapped(f"used for: {card.use}") if card.use else "",
        _wrapped(f"licence: {card.licence}"),
        _wrapped(f"origin: {card.origin}"),
    ]
    if not network.is_here:
        lines.append(f"  fetch it: castlist models get {card.name}")
    return "\n".join(filter(None, lines))


def _wrapped(text: str) -> str:
    """Write a line in several; addresses stay whole."""
    return textwrap.fill(
        text, width=100, initial_indent="  ", subsequent_indent="    ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _facts(network: Whereabouts) -> dict[str, Any]:
    card = network.card
    return {
        "name": card.name,
        "task": card.task,
        "bytes": card.size,
        "ships": card.ships,
        "is_here": network.is_here,
        "paths": [str(path) for path in network.paths],
        "licence": card.licence,
        "origin": card.origin,
    }


def _folder(network: Whereabouts) -> str:
    return str(network.paths[0].parent)


def info(arguments: argparse.Namespace) -> int:
    """Print versions, weights and the cache; returns the exit code."""
    from ..analysis.cache import default_cache
    from ..analysis.info import describe, facts

    cache = arguments.cache or default_cache()
    tell(arguments, describe(cache), facts(cache))
    return 0
