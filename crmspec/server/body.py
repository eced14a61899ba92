"""What came with a request, read within limits: query, form, files."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from crmspec.server.settings import Settings
from crmspec.server.web import Problem, Upload, Values

_QUERY_BYTES_MAX = 16_384


def read_query(request: Request) -> Values:
    """Return the query's parameters; refuse what is too long, not UTF-8, or holds control characters."""
    raw = request.scope["query_string"]
    if len(raw) > _QUERY_BYTES_MAX:
        raise Problem(400, why="body or query")
    return Values(_checked(parse_qsl(raw.decode("ascii", "replace"), keep_blank_values=True, errors="strict")))


async def read_form(request: Request, settings: Settings) -> Values:
    """Return a posted form. The size is counted while it comes in, whatever Content-Length says."""
    if int(request.headers.get("content-length") or 0) > settings.body_bytes_max:
        raise Problem(413, why="too large")
    try:
        async with asyncio.timeout(settings.body_seconds_max):
            return await _read(request, settings)
    except TimeoutError as error:
        raise Problem(408, why="slow body") from error


async def _read(request: Request, settings: Settings) -> Values:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        body = await _limited(request, settings.body_bytes_max)
        if body.count(b"&") > settings.form_fields_max:
            raise Problem(413, why="too large")
        return Values(_checked(parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, errors="strict")))
    if kind == "multipart/form-data":
        request = Request(request.scope, _counting(request, settings.body_bytes_max))
        return await _read_parts(request, settings)
    if kind and int(request.headers.get("content-length") or 0):
        raise Problem(400, why="body or query")
    return Values()


async def _read_parts(request: Request, settings: Settings) -> Values:
    pairs: list[tuple[str, str | Upload]] = []
    try:
        async with request.form(
            max_files=50, max_fields=settings.form_fields_max, max_part_size=settings.body_bytes_max
        ) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    pairs.append((name, Upload(value.filename or "", value.content_type or "", await value.read())))
                else:
                    pairs.append((name, value))
    except MultiPartException as error:
        raise Problem(400, why="body or query") from error
    return Values(_checked(pairs))


async def _limited(request: Request, bytes_max: int) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > bytes_max:
                raise Problem(413, why="too large")
    except ClientDisconnect as error:
        raise Problem(400, why="body or query") from error
    return bytes(body)


def _counting(request: Request, bytes_max: int):  # type: ignore[no-untyped-def]  # an ASGI receive
    seen = 0

    async def receive():  # type: ignore[no-untyped-def]
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > bytes_max:
            raise Problem(413, why="too large")
        return message

    return receive


def _checked(pairs: list[tuple[str, str]] | list[tuple[str, str | Upload]]) -> list[tuple[str, str | Upload]]:
    """Refuse NUL, other control characters and lone surrogates in names, and NUL in values: no database takes them."""
    for name, value in pairs:
        if not name.isprintable() or (isinstance(value, str) and ("\0" in value or not _encodable(value))):
            raise Problem(400, why="body or query")
    return list(pairs)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
