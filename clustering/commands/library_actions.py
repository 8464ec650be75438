"""What the actions of ``castlist library`` do: each asks the library, and says what came of it."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

from ...data.errors import MisuseError
from .find import SKIPPED
from .output import in_quotes, progress_of, tell
from .settings import asked_for
from .show import tell_copied

if TYPE_CHECKING:
    from ..library.deciding import Decided
    from ..library.library import Library


def add(arguments: argparse.Namespace) -> int:
    """Look at what is new; returns the exit code, 3 where something could not be used.

    Raises:
        MisuseError: a setting that does not exist, or a value that it cannot have.
        InputError: nothing can be used, or the library is in use or of other networks.
    """
    from ..library.wording import added_dict, added_text

    if arguments.jobs < 1:
        raise MisuseError(f"--jobs: expected 1 or more, got {arguments.jobs}")
    library = _library(arguments)
    with progress_of(arguments) as progress:
        done = library.add(
            arguments.paths, jobs=arguments.jobs, engine=arguments.engine,
            address=arguments.address, again=arguments.again, cache=arguments.cache,
            progress=progress,
            **asked_for(arguments),
        )  # fmt: skip
    lines = added_text(done, library.everybody)
    if done.num_people:
        lines.append(f"Next: castlist review {shlex.quote(str(arguments.library))}")
    tell(arguments, "\n".join(lines), added_dict(done))
    return 0 if done.is_whole else SKIPPED


def people(arguments: argparse.Namespace) -> int:
    """List everybody."""
    from ..library.wording import people_lines, person_dict

    found = _library(arguments).everybody
    wanted = list(found.people) if arguments.hidden else found.shown
    text = "\n".join(people_lines(wanted)) or "nobody yet"
    tell(arguments, text, {"people": [person_dict(one) for one in wanted]})
    return 0


def films(arguments: argparse.Namespace) -> int:
    """Say who is in each film and folder of photos.

    Raises:
        InputError: nothing is called so.
    """
    from ..library.films import film_lines, films_lines

    library = _library(arguments)
    if arguments.films:
        found = library.films_called(arguments.films)
        lines = [line for film in found for line in film_lines(film)]
    else:
        found = library.films
        lines = films_lines(found) or ["no film yet"]
    tell(arguments, "\n".join(lines), {"films": [film.to_dict() for film in found]})
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Take films and folders of photos out of the library.

    Raises:
        InputError: nothing is called so, or the library is in use.
    """
    from ..library.library import Library
    from ..library.wording import churn_dict, removed_text

    with progress_of(arguments) as progress:
        done = Library(arguments.library, progress).remove(arguments.films)
    content = {"removed": [film.to_dict() for film in done.films], **churn_dict(done.churn)}
    tell(arguments, "\n".join(removed_text(done)), content)
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Say where people are seen, over all films.

    Raises:
        MisuseError: --link without --copy-to, or a day that does not exist.
        InputError: nobody of this name, or nothing to copy.
    """
    if arguments.link and not arguments.copy_to:
        raise MisuseError("--link: expected --copy-to FOLDER too")
    shown = _library(arguments).show(
        arguments.people, arguments.together, arguments.without, arguments.from_day,
        arguments.to_day, arguments.min_s,
    )  # fmt: skip
    if not arguments.copy_to:
        tell(arguments, str(shown), shown.to_dict())
        return 0
    with progress_of(arguments) as progress:
        copied = shown.copy_to(arguments.copy_to, arguments.link, progress)
    return tell_copied(arguments, copied)


def who(arguments: argparse.Namespace) -> int:
    """Say who of the library is in films and photos that are not added.

    Raises:
        InputError: they cannot be used, or the networks are not those of the library.
    """
    library = _library(arguments)
    with progress_of(arguments) as progress:
        found = library.who(arguments.paths, arguments.cache, progress)
    tell(arguments, str(found), found.to_dict())
    return 0


def decide(arguments: argparse.Namespace) -> int:
    """Decide something about people.

    Raises:
        MisuseError: a name of several words.
        InputError: nobody has that name, or it cannot be.
    """
    if arguments.action == "name" and len(arguments.name) > 1:
        raise MisuseError(f"expected one NAME; {in_quotes(arguments.name)}")
    from ..library.library import Library
    from ..library.wording import churn_dict, decided_text, exchanged_dict

    with progress_of(arguments) as progress:
        library = Library(arguments.library, progress)
        done = _DECISIONS[arguments.action](library, arguments)
    lines = decided_text(done)
    content = {"told": lines, **churn_dict(done.churn), **exchanged_dict(done.exchanged)}
    tell(arguments, "\n".join(lines), content)
    return 0


_DECISIONS: dict[str, Callable[[Library, argparse.Namespace], Decided]] = {
    "name": lambda library, given: library.name(given.person, given.name[0], given.merge),
    "same": lambda library, given: library.same(given.person, given.other),
    "apart": lambda library, given: library.apart(given.person, given.other),
    "hide": lambda library, given: library.hide(given.people),
    "unhide": lambda library, given: library.hide(given.people, hidden=False),
    "forget": lambda library, given: library.forget(given.person, given.cache),
    "undo": lambda library, _: library.undo(),
    "redo": lambda library, _: library.redo(),
}


def ask(arguments: argparse.Namespace) -> int:
    """List pairs of people who may be one.

    Raises:
        MisuseError: fewer than one.
    """
    from ..library.wording import asked_lines

    if arguments.most < 1:
        raise MisuseError(f"--most: expected 1 or more, got {arguments.most}")
    asked = _library(arguments).asked(arguments.most)
    content = [
        {"first": one.id, "second": other.id, "probability": round(likely, 4)}
        for one, other, likely in asked
    ]
    tell(arguments, "\n".join(asked_lines(asked, str(arguments.library))), {"asked": content})
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Say how the library is."""
    from dataclasses import asdict

    from ..library.wording import status_lines

    state = _library(arguments).status()
    tell(arguments, "\n".join(status_lines(state)), asdict(state))
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Write people over all films for another program.

    Raises:
        MisuseError: no such format.
        InputError: nobody of a name, or nothing to export.
    """
    from ..exports.catalogue import find_format

    find_format(arguments.file, arguments.format)  # before results are read
    path = _library(arguments).export(
        arguments.file, arguments.person, format_name=arguments.format, min_s=arguments.min_s,
        handles_s=arguments.handles,
    )  # fmt: skip
    tell(arguments, str(path), {"path": str(path)})
    return 0


def _library(arguments: argparse.Namespace) -> Library:
    from ..library.library import Library

    return Library(arguments.library)
