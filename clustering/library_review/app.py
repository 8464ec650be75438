"""The pages of a library and what they ask for, as a Starlette application."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from ...data.errors import InputError, escaped
from ...data.result.people_folder import find_crops
from ..library.wording import decided_text
from ..library_files.places import Places
from ..report.portraits import portrait
from ..review.answers import FOR_GOOD, HANDLERS, NOT_KEPT, body_of, fields_of, render, static
from ..review.app import PORTRAIT_PX, pages_of
from ..review.guard import Guard
from ..review.moments import Moments
from .actions import decide
from .photos import MOST_OF_PHOTO, recognised_in
from .session import LibraryNow, LibrarySession
from .views import (
    MOST_PEOPLE,
    answers_view,
    counts_view,
    films_view,
    people_view,
    person_view,
    question_view,
)

_PAGES = (
    ("people", "People"), ("same", "Same person?"), ("films", "Films"), ("who", "Who is this?"),
)  # fmt: skip


def make_app(session: LibrarySession, token: str, port: int, film: Path | None = None) -> Guard:
    """Return the application.

    Args:
        session: the library under review.
        token: the secret that the first address has.
        port: of the server.
        film: where films are now; None = where they were.
    """
    pages = _Pages(session, token)
    routes = [
        Route("/", pages.home),
        Route("/people", pages.people),
        Route("/person/{who}", pages.person),
        Route("/same", pages.same),
        Route("/films", pages.films),
        Route("/who", pages.who),
        Route("/who", pages.ask, methods=["POST"]),
        Route("/state", pages.state),
        Route("/do/{what}", pages.do, methods=["POST"]),
        Route("/crop/{film}/{name}", pages.crop),
        Route("/head/{film}/{name}", pages.head),
        Route("/film/{film}/{person:int}", pages.film),
        Route("/moment/{film}/{person:int}", pages.moment),
        Route("/static/{name}", static),
        Mount("/open", app=_Films(session, token, film)),
    ]
    return Guard(Starlette(routes=routes, exception_handlers=HANDLERS), token, port)


class _Films:
    """Gives the pages of one film to its own application."""

    def __init__(self, session: LibrarySession, token: str, film: Path | None) -> None:
        self._session, self._token, self._film = session, token, film
        self._apps: dict[str, tuple[object, Starlette]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        key, *_ = scope["path"].removeprefix("/open/").split("/")
        app = await run_in_threadpool(self._app, key)
        await app({**scope, "root_path": f"/open/{key}"}, receive, send)

    def _app(self, key: str) -> Starlette:
        session = self._session.open_film(key)
        is_of, app = self._apps.get(key, (None, None))
        if app is None or is_of is not session:
            app = pages_of(session, self._token, self._film, base=f"/open/{key}")
            self._apps = {key: (session, app)}
        return app


class _Pages:
    """Answers requests; those that wait or read files do so in threads of the server."""

    def __init__(self, session: LibrarySession, token: str) -> None:
        self._session, self._token = session, token
        self._moments = Moments()
        self._heads = functools.lru_cache(maxsize=4096)(self._head)
        self._files = functools.lru_cache(maxsize=64)(self._crops_of)

    def home(self, _request: Request) -> Response:
        return RedirectResponse("/people", 303)

    def people(self, request: Request) -> Response:
        shown = _shown(request)
        return self._page(request, "people", lambda now: people_view(now, shown))

    def person(self, request: Request) -> Response:
        def view(now: LibraryNow) -> dict[str, Any]:
            return person_view(now, now.people.find(request.path_params["who"]))

        return self._page(request, "member", view)

    def same(self, request: Request) -> Response:
        return self._page(request, "same", lambda now: question_view(now, self._session.asked()))

    def films(self, request: Request) -> Response:
        shown = _shown(request)
        return self._page(request, "films", lambda now: films_view(now, shown))

    def who(self, request: Request) -> Response:
        return self._page(request, "who", lambda _now: {})

    async def ask(self, request: Request) -> Response:
        """Say who is in a photo, which is not kept."""
        body = await body_of(request, MOST_OF_PHOTO)
        name = request.query_params.get("name", "")
        found = await run_in_threadpool(recognised_in, self._session.library, body, name)
        view = answers_view(self._session.current(), found)
        return render(request, "answers.html", view)

    def state(self, _request: Request) -> Response:
        return JSONResponse(_state(self._session.now), headers=NOT_KEPT)

    async def do(self, request: Request) -> Response:
        fields = await fields_of(request)
        return await run_in_threadpool(self._do, request.path_params["what"], fields)

    def _do(self, what: str, fields: Mapping[str, Any]) -> Response:
        if what == "skip":
            pair = str(fields.get("question", "")).split("|")
            people = self._session.now.people
            now = self._session.now
            self._session.skips.add(
                frozenset(people.find(person_id).library_id for person_id in pair), now.last
            )
            text = "Skipped"
        elif what == "undo" and self._session.skips.are_last(self._session.now.last):
            self._session.skips.undo()
            text, now = "Taken back: skipped", self._session.now
        elif what == "undo":
            done, now = self._session.undo(str(fields.get("version", "")))
            text = decided_text(done)[0]
        else:
            seen = self._session.now
            done, now = self._session.act(
                str(fields.get("version", "")),
                lambda library: decide(library, what, fields, seen),
            )
            text = decided_text(done)[0]
        return JSONResponse({"told": text, **_state(now)}, headers=NOT_KEPT)

    def crop(self, request: Request) -> Response:
        film, name = request.path_params["film"], request.path_params["name"]
        return self._picture(film, name, lambda: self._read(film, name))

    def head(self, request: Request) -> Response:
        film, name = request.path_params["film"], request.path_params["name"]
        return self._picture(film, name, lambda: self._heads(film, name))

    def _picture(self, film: str, name: str, read: Callable[[], bytes]) -> Response:
        if f"{film}/{name}" not in self._session.now.films.by_crop:
            return PlainTextResponse("no such crop\n", 404)
        try:
            return Response(read(), media_type="image/jpeg", headers=FOR_GOOD)
        except (KeyError, OSError):
            return PlainTextResponse("somebody deleted this crop\n", 404)

    def _head(self, film: str, name: str) -> bytes:
        films = self._session.now.films
        shown = films.portraits[films.by_crop[f"{film}/{name}"]]
        return portrait(self._read(film, name), shown.box, PORTRAIT_PX)

    def _read(self, film: str, name: str) -> bytes:
        path = self._files(film).get(name)
        if path is None or not path.is_file():  # names have changed, and so its folder
            self._files.cache_clear()
            path = self._files(film)[name]
        return path.read_bytes()

    def _crops_of(self, film: str) -> Mapping[str, Path]:
        return find_crops(Places(self._session.library.folder).result(film))

    def film(self, request: Request) -> Response:
        """Send a film or photo, of a film the range that is asked for."""
        path = self._file_of(request)
        return FileResponse(path, headers=NOT_KEPT) if path else _no_file()

    def moment(self, request: Request) -> Response:
        """Send a moment of a film, or a photo, that the browser cannot show as it is."""
        path, query = self._file_of(request), request.query_params
        try:
            return self._moments.answer(path, "from" in query, query) if path else _no_file()
        except InputError as error:
            return PlainTextResponse(escaped(f"{error}\n"), 404)

    def _file_of(self, request: Request) -> Path | None:
        film_person = request.path_params["film"], request.path_params["person"]
        path = self._session.now.films.file_of(film_person)
        return path if path is not None and path.is_file() else None

    def _page(
        self, request: Request, page: str, view: Callable[[LibraryNow], dict[str, Any]]
    ) -> Response:
        now = self._session.current()
        fields = {
            **view(now),
            "counts": counts_view(now),
            "seen": "shot",
            "can_undo": now.last > 0 or self._session.skips.are_last(0),
            "learn": "",
            "result": str(self._session.library.folder),
            "state": _state(now),
            "token": self._token,
            "base": "",
            "pages": _PAGES,
        }
        return render(request, f"{page}.html", fields)


def _no_file() -> Response:
    return PlainTextResponse("this film is not where it was\n", 404)


def _shown(request: Request) -> int:
    text = request.query_params.get("shown", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 9):
        raise InputError("shown: expected a number")
    return int(text or MOST_PEOPLE)


def _state(now: LibraryNow) -> dict[str, Any]:
    return {"version": now.version, "settled": True, "churn": ""}
