"""Stored files: handed out only with a record that its reader may see."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from crmspec.server.web import Exchange, Reply

_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp")


def file(exchange: Exchange) -> Reply:
    """Send a file. Only pictures are shown in the browser; everything else is saved, whatever it claims to be."""
    stored, content = exchange.records.read_file(exchange.parameters["file"])
    inline = stored.content_type in _SHOWN
    kind = stored.content_type if inline else "application/octet-stream"
    how = "inline" if inline else "attachment"
    return Response(
        content,
        media_type=kind,
        headers={
            # RFC 6266: the name percent-encoded, so that no sign of it can end the header.
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(stored.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )
