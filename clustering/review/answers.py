"""How the pages of castlist review answer: templates, fields of requests, errors."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)

from ...data.errors import InputError, escaped
from ...data.files import json_of
from ...data.result.names import person_name
from ..people.deciding import SeenTogetherError
from .actions import TakenError
from .session import StaleError

FOR_GOOD = {"cache-control": "private, max-age=86400"}
"""Headers of what never changes: the crop of a name."""

NOT_KEPT = {"cache-control": "no-store"}
"""Headers of everything else."""

_MOST_BYTES = 1_000_000  # of a request
_PAGES = Path(__file__).parent / "pages"
_STATIC = {"page.css": "text/css", "page.js": "text/javascript"}


def render(request: Request, template: str, fields: Mapping[str, Any]) -> Response:
    """Return a page, or, where the script asks for it, what is new of it."""
    page = _templates().get_template(template)
    html = page.render(
        **fields,
        page=template.removesuffix(".html"),
        is_fragment="x-fragment" in request.headers,
    )
    return HTMLResponse(escaped(html), headers=NOT_KEPT)  # of paths, which may be no text


def static(request: Request) -> Response:
    """Send the styles or the script."""
    name = request.path_params["name"]
    if name not in _STATIC:
        return PlainTextResponse("no such file\n", 404)
    return FileResponse(_PAGES / name, media_type=_STATIC[name], headers=NOT_KEPT)


async def body_of(request: Request, most: int) -> bytes:
    """Read what a request sends.

    Raises:
        InputError: it is more than ``most`` bytes.
    """
    parts, size = [], 0
    async for chunk in request.stream():
        parts.append(chunk)
        size += len(chunk)
        if size > most:
            raise InputError(f"expected a request of at most {most:,} bytes")
    return b"".join(parts)


async def fields_of(request: Request) -> dict[str, Any]:
    """Read the fields of a request.

    Raises:
        InputError: too large, or not an object in JSON.
    """
    body = await body_of(request, _MOST_BYTES)
    try:
        fields = json_of(body or b"{}")
    except (ValueError, RecursionError):
        raise InputError("expected a request in JSON") from None
    if not isinstance(fields, dict):
        raise InputError("expected an object in JSON")
    return fields


async def _stale(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": escaped(str(error)), "stale": True}, 409, headers=NOT_KEPT)


async def _refused(request: Request, error: Exception) -> Response:
    if request.method == "GET":
        page = _templates().get_template("gone.html")
        html = page.render(error=str(error), base=getattr(request.app.state, "base", ""))
        return HTMLResponse(escaped(html), 404, headers=NOT_KEPT)
    content: dict[str, Any] = {"error": escaped(str(error)), "taken": isinstance(error, TakenError)}
    if isinstance(error, SeenTogetherError):
        content["error"] = error.said
        content["together"] = [
            {"person": person_name(person_id), "name": name, "crop": crop}
            for person_id, name, crop in error.faces
        ]
        content["pictures"] = error.num_pictures
    return JSONResponse(content, 422, headers=NOT_KEPT)


HANDLERS: dict[Any, Any] = {StaleError: _stale, InputError: _refused}
"""What becomes an answer instead of an error of the server."""


@functools.cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
