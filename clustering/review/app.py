"""The pages and what they ask for, as a Starlette application."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from ...data.errors import InputError
from ...data.result.names import person_name
from ...data.result.people_folder import find_crops
from ...data.shots.where import path_of
from ..known_people import add_known
from ..people.deciding import SeenTogetherError
from ..report.portraits import portrait
from .actions import TakenError, answered, decisions_of, find_question, pair_of
from .guard import Guard
from .session import Session, StaleError
from .snapshot import Snapshot
from .views import (
    churn_view,
    counts_view,
    leftovers_view,
    people_view,
    person_view,
    question_view,
)

PORTRAIT_PX = 192
_MOST_BYTES = 1_000_000  # of a request
_PAGES = Path(__file__).parent / "pages"
_STATIC = {"page.css": "text/css", "page.js": "text/javascript"}
_FOR_GOOD = {"cache-control": "private, max-age=86400"}  # the crop of a name never changes
_NOT_KEPT = {"cache-control": "no-store"}


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
    pages = _Pages(session, token, film, learn)
    routes = [
        Route("/", pages.home),
        Route("/people", pages.people),
        Route("/person/{own}", pages.person),
        Route("/same", pages.same),
        Route("/leftovers", pages.leftovers),
        Route("/state", pages.state),
        Route("/alike", pages.alike, methods=["POST"]),
        Route("/do/{what}", pages.do, methods=["POST"]),
        Route("/crop/{name}", pages.crop),
        Route("/head/{name}", pages.head),
        Route("/film/{place:int}", pages.film),
        Route("/static/{name}", pages.static),
    ]
    handlers: dict[Any, Any] = {StaleError: _stale, InputError: _refused}
    return Guard(Starlette(routes=routes, exception_handlers=handlers), token, port)


class _Pages:
    """Answers requests; those that wait or read files do so in threads of the server."""

    def __init__(self, session: Session, token: str, film: Path | None, learn: Path | None) -> None:
        self._session, self._token, self._film, self._learn = session, token, film, learn
        self._skipped: list[tuple[str, str]] = []
        self._heads = functools.lru_cache(maxsize=4096)(self._head)

    def home(self, _request: Request) -> Response:
        return RedirectResponse("/people", 303)

    def people(self, request: Request) -> Response:
        return self._page(request, "people.html", people_view)

    def person(self, request: Request) -> Response:
        def view(now: Snapshot) -> dict[str, Any]:
            return person_view(now, now.id_of(request.path_params["own"]))

        return self._page(request, "person.html", view)

    def same(self, request: Request) -> Response:
        return self._page(
            request, "same.html", lambda now: question_view(now, now.questions(self._skipped))
        )

    def leftovers(self, request: Request) -> Response:
        return self._page(request, "leftovers.html", leftovers_view)

    def state(self, _request: Request) -> Response:
        """Wait until both stages have run."""
        return JSONResponse(_state(self._session.settled()), headers=_NOT_KEPT)

    async def alike(self, request: Request) -> Response:
        fields = await _fields(request)
        now = self._session.now
        crops = [own for own in fields.get("crops", []) if isinstance(own, str)]
        return JSONResponse({"alike": await run_in_threadpool(now.alike, crops)})

    async def do(self, request: Request) -> Response:
        fields = await _fields(request)
        return await run_in_threadpool(self._do, request.path_params["what"], fields)

    def _do(self, what: str, fields: Mapping[str, Any]) -> Response:
        version = str(fields.get("version", ""))
        if what == "undo":
            told, now = self._session.undo(version)
        elif what == "learn" and self._learn is not None:
            now = self._session.settled()
            told = f"{self._learn} knows {', '.join(add_known(self._learn, now.result))}"
        elif what == "skip":
            now = self._session.settled()
            question = find_question(now, str(fields.get("question", "")), self._skipped)
            self._skipped.append(pair_of(question, now))
            told = "Skipped"
        elif what == "answer":
            question_key, answer = str(fields.get("question", "")), str(fields.get("answer", ""))
            crops = fields.get("crops") or ()
            told, now = self._session.act(
                version,
                lambda now: answered(
                    find_question(now, question_key, self._skipped), answer, now, crops
                ),
            )
        else:
            told, now = self._session.act(version, lambda now: decisions_of(what, fields, now))
        return JSONResponse({"told": told, **_state(now)}, headers=_NOT_KEPT)

    def crop(self, request: Request) -> Response:
        now = self._session.now
        row = now.rows_of_crops.get(request.path_params["name"])
        if row is None:
            return PlainTextResponse("no such crop\n", 404)
        return Response(self._read(now, row), media_type="image/jpeg", headers=_FOR_GOOD)

    def head(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._session.now.rows_of_crops:
            return PlainTextResponse("no such crop\n", 404)
        return Response(self._heads(name), media_type="image/jpeg", headers=_FOR_GOOD)

    def _head(self, name: str) -> bytes:
        now = self._session.now
        row = now.rows_of_crops[name]
        return portrait(self._read(now, row), now.result.faces.box[row], PORTRAIT_PX)

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
        sources, place = self._session.now.result.sources, request.path_params["place"]
        if place >= len(sources):
            return PlainTextResponse("no such film\n", 404)
        try:
            path = path_of(sources[place], self._film)
        except InputError as error:
            return PlainTextResponse(f"{error}\n", 404)
        return FileResponse(path, headers=_NOT_KEPT)

    def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _STATIC:
            return PlainTextResponse("no such file\n", 404)
        return FileResponse(_PAGES / name, media_type=_STATIC[name], headers=_NOT_KEPT)

    def _page(
        self, request: Request, template: str, view: Callable[[Snapshot], dict[str, Any]]
    ) -> Response:
        now = self._session.settled()
        html = (
            _templates()
            .get_template(template)
            .render(
                **view(now),
                counts=counts_view(now),
                learn=str(self._learn or ""),
                page=template.removesuffix(".html"),
                result=now.result.name,
                state=_state(now),
                token=self._token,
                is_fragment="x-fragment" in request.headers,
            )
        )
        return HTMLResponse(html, headers=_NOT_KEPT)


async def _fields(request: Request) -> dict[str, Any]:
    """Read the fields of a request.

    Raises:
        InputError: too large, or not an object in JSON.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise InputError(f"expected a request of at most {_MOST_BYTES:,} bytes")
    try:
        fields = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise InputError("expected a request in JSON") from None
    if not isinstance(fields, dict):
        raise InputError("expected an object in JSON")
    return fields


def _state(now: Snapshot) -> dict[str, Any]:
    return {
        "version": now.version,
        "settled": now.is_settled,
        "churn": churn_view(now) if now.is_settled else "",
    }


async def _stale(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error), "stale": True}, 409, headers=_NOT_KEPT)


async def _refused(request: Request, error: Exception) -> Response:
    if request.method == "GET":
        return PlainTextResponse(f"castlist review: {error}\n", 404, headers=_NOT_KEPT)
    content: dict[str, Any] = {"error": str(error), "taken": isinstance(error, TakenError)}
    if isinstance(error, SeenTogetherError):
        content["error"] = error.said
        content["together"] = [
            {"person": person_name(own), "crop": crop} for own, crop in error.faces
        ]
        content["pictures"] = error.num_pictures
    return JSONResponse(content, 422, headers=_NOT_KEPT)


@functools.cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
