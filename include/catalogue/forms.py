"""Small forms, read by hand: a bounded body, known fields, text without control characters."""

from __future__ import annotations

import unicodedata
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

MOST_BYTES = 16_000
MOST_FIELDS = 40


def from_own_page(request: Request) -> bool:
    """Whether a browser says that the form was sent from a page of ours.

    Browsers of today say `Sec-Fetch-Site` and no page can change it; of older ones the
    origin must be the host that was asked. A caller that says neither is no browser.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


async def read_form(request: Request) -> dict[str, list[str]]:
    """The fields of a form; those left empty are not there.

    Raises:
        ValueError: it is no form, too long, no UTF-8, or has too many fields.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise ValueError(f"form: content type {kind!r:.60}, expected a form.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise ValueError(f"form: more than {MOST_BYTES} bytes.")
    found = parse_qs(body.decode(), max_num_fields=MOST_FIELDS, encoding="utf-8", errors="strict")
    return {name: [text for v in values if (text := _plain(v))] for name, values in found.items()}


def _plain(text: str) -> str:
    """One line without control characters and without what turns the writing around."""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return " ".join(kept.split())
