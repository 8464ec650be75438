"""The pages and what they ask for, as a Starlette application."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from ...data.errors import InputError, escaped
from ...data.result.facts import SourceFacts
from ...data.result.people_folder import find_crops
from ...data.shots.where import moved_of, one_moved, path_of
from ..learning import add_known
from ..report.portraits import portrait
from .actions import answered, decisions_of, find_question, pair_of
from .answers import FOR_GOOD, HANDLERS, NOT_KEPT, fields_of, render, static
from .guard import Guard
from .moments import Moments
from .session import Session
from .skips import Skips
from .snapshot import Snapshot
from .views import (
    churn_view,
    counts_view,
    leftovers_view,
    line_to_undo,
    people_view,
    person_view,
    question_view,
    seen_as,
)

PORTRAIT_PX = 192

PAGES = (("people", "People"), ("same", "Same person?"), ("leftovers", "Leftovers"))


def make_app(
    session: Session,
    token: str,
    port: int,
    film: Path | None = None,
    learn: Path | None = None,
) -> Guard:
    """Return the application.

    Args:
        session: the result under review.
        token: the secret that the first address has.
        port: of the server.
        film: where the film is now, or a folder with the films; None = where they were.
        learn: folder of known people that those with names can be put into; None = none.
    """
    return Guard(pages_of(session, token, film, learn), token, port)


def pages_of(
    session: Session,
    token: str,
    film: Path | None = None,
    learn: Path | None = None,
    base: str = "",
) -> Starlette:
    """Return the pages of one result, which nobody guards yet; arguments as ``make_app``.

    Args:
        session: the result under review.
        token: the secret that the first address has.
        film: where the film is now, or a folder with the films; None = where they were.
        learn: folder of known people that those with names can be put into; None = none.
        base: what the addresses of all pages begin with, where they are among others.
    """
    pages = _Pages(session, token, film, learn, base)
    routes = [
        Route("/", pages.home),
        Route("/people", pages.people),
        Route("/person/{who}", pages.person),
        Route("/same", pages.same),
        Route("/leftovers", pages.leftovers),
        Route("/state", pages.state),
        Route("/alike", pages.alike, methods=["POST"]),
        Route("/do/{what}", pages.do, methods=["POST"]),
        Route("/crop/{name}", pages.crop),
        Route("/head/{name}", pages.head),
        Route("/film/{place:int}", pages.film),
        Route("/moment/{place:int}", pages.moment),
        Route("/static/{name}", static),
    ]
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.state.base = base
    return app


class _Pages:
    """Answers requests; those that wait or read files do so in threads of the server."""

    def __init__(
        self, session: Session, token: str, film: Path | None, learn: Path | None, base: str
    ) -> None:
        self._base = base
        self._session, self._token, self._film, self._learn = session, token, film, learn
        self._skips = Skips[tuple[str, str]]()
        self._heads = functools.lru_cache(maxsize=4096)(self._head)
        self._moments = Moments()

    def home(self, _request: Request) -> Response:
        return RedirectResponse(f"{self._base}/people", 303)

    def people(self, request: Request) -> Response:
        return self._page(request, "people.html", people_view)

    def person(self, request: Request) -> Response:
        def view(now: Snapshot) -> dict[str, Any]:
            return person_view(now, now.id_of(request.path_params["who"]))

        return self._page(request, "person.html", view)

    def same(self, request: Request) -> Response:
        return self._page(
            request, "same.html", lambda now: question_view(now, now.questions(self._skips.pairs))
        )

    def leftovers(self, request: Request) -> Response:
        return self._page(request, "leftovers.html", leftovers_view)

    def state(self, _request: Request) -> Response:
        """Wait until both stages have run."""
        return JSONResponse(_state(self._session.settled()), headers=NOT_KEPT)

    async def alike(self, request: Request) -> Response:
        fields = await fields_of(request)
        now = self._session.now
        crops = [crop for crop in fields.get("crops", []) if isinstance(crop, str)]
        return JSONResponse({"alike": await run_in_threadpool(now.alike, crops)})

    async def do(self, request: Request) -> Response:
        fields = await fields_of(request)
        return await run_in_threadpool(self._do, request.path_params["what"], fields)

    def _do(self, what: str, fields: Mapping[str, Any]) -> Response:
        version = str(fields.get("version", ""))
        now = self._session.settled()
        if what == "undo" and self._skips.are_last(line_to_undo(now)):
            self._skips.undo()
            text = "Taken back: skipped"
        elif what == "undo":
            text, now = self._session.undo(version)
        elif what == "learn" and self._learn is not None:
            text = "; ".join(add_known(self._learn, now.result).text(self._learn))
        elif what == "skip":
            question = find_question(now, str(fields.get("question", "")), self._skips.pairs)
            self._skips.add(pair_of(question, now), line_to_undo(now))
            text = "Skipped"
        elif what == "answer":
            question_key, answer = str(fields.get("question", "")), str(fields.get("answer", ""))
            crops = fields.get("crops") or ()
            text, now = self._session.act(
                version,
                lambda now: answered(
                    find_question(now, question_key, self._skips.pairs), answer, now, crops
                ),
            )
        else:
            text, now = self._session.act(version, lambda now: decisions_of(what, fields, now))
        return JSONResponse({"told": text, **_state(now)}, headers=NOT_KEPT)

    def crop(self, request: Request) -> Response:
        now = self._session.now
        row = now.rows_of_crops.get(request.path_params["name"])
        if row is None:
            return PlainTextResponse("no such crop\n", 404)
        return Response(self._read(now, row), media_type="image/jpeg", headers=FOR_GOOD)

    def head(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._session.now.rows_of_crops:
            return PlainTextResponse("no such crop\n", 404)
        return Response(self._heads(name), media_type="image/jpeg", headers=FOR_GOOD)

    def _head(self, name: str) -> bytes:
        now = self._session.now
        row = now.rows_of_crops[name]
        box, units = now.result.faces.box[row], float(now.portrait_units[row])
        return portrait(self._read(now, row), box, PORTRAIT_PX, units)

    def _read(self, now: Snapshot, row: int) -> bytes:
        try:
            return now.result.crops[row]
        except (InputError, OSError):  # on its way to another folder, by castlist or by hand
            path = find_crops(self._session.folder).get(now.crop_names[row])
            if path is None:
                raise HTTPException(404, "somebody deleted this crop") from None
            return path.read_bytes()

    def film(self, request: Request) -> Response:
        """Send a film or photo, of a film the range that is asked for."""
        return self._of_source(request, lambda path, _: FileResponse(path, headers=NOT_KEPT))

    def moment(self, request: Request) -> Response:
        """Send a moment of a film, or a photo, that the browser cannot show as it is."""
        query = request.query_params
        return self._of_source(
            request, lambda path, source: self._moments.answer(path, source.kind == "film", query)
        )

    def _of_source(
        self, request: Request, answer: Callable[[Path, SourceFacts], Response]
    ) -> Response:
        sources, place = self._session.now.result.sources, request.path_params["place"]
        if place >= len(sources):
            return PlainTextResponse("no such film\n", 404)
        try:
            one = one_moved(sources, self._film)
            path = path_of(sources[place], moved_of(sources[place].name, one, self._film))
            return answer(path, sources[place])
        except InputError as error:
            return PlainTextResponse(escaped(f"{error}\n"), 404)

    def _page(
        self, request: Request, template: str, view: Callable[[Snapshot], dict[str, Any]]
    ) -> Response:
        now = self._session.settled()
        return render(
            request,
            template,
            {
                **view(now),
                "counts": counts_view(now),
                "seen": seen_as(now),
                "can_undo": line_to_undo(now) > 0 or self._skips.are_last(0),
                "learn": str(self._learn or ""),
                "result": now.result.name,
                "state": _state(now),
                "token": self._token,
                "base": self._base,
                "pages": PAGES,
            },
        )


def _state(now: Snapshot) -> dict[str, Any]:
    return {
        "version": now.version,
        "settled": now.is_settled,
        "churn": churn_view(now) if now.is_settled else "",
    }
