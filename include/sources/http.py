"""One HTTP call to a platform: retried where that can help, and no secret in what comes back.

What an answer means is the platform's business: each client hands in a `Verdict`, a
function that looks at the answer and names the error, or returns None when all is well.
"""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import requests
import stamina
from requests.auth import AuthBase

from include.errors import ConfigurationError, SchemaDrift, SourceUnavailable

CONNECT_S = 10.0
READ_S = 120.0
ATTEMPTS = 4
# Text of a reply that is shown in a message: enough to recognise it, too little to flood a log.
SHOWN = 200

Item = TypeVar("Item")


class PassingError(Exception):
    """Worth another try within seconds; after the last one it becomes `SourceUnavailable`."""


@dataclass(frozen=True)
class Answer:
    """A reply whose secrets are blotted out; `body` is None when the text was not JSON."""

    status: int
    url: str
    headers: Mapping[str, str]
    text: str
    body: Any


Verdict = Callable[[Answer, str], Exception | None]


class Bearer(AuthBase):
    """Sends `Authorization: Bearer`.

    As an auth object and not as a header: requests replaces a header by what a .netrc file
    on the worker says about the host.
    """

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def call(
    session: requests.Session,
    method: str,
    url: str,
    *,
    where: str,
    verdict: Verdict,
    secrets: Collection[str],
    auth: AuthBase | None = None,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    data: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The platform's answer to one request, tried up to four times.

    Args:
        where: platform, account and entity; every message starts with it.
        verdict: names the error of an answer; `PassingError` means try again.
        secrets: texts that must appear in no message, address or stored reply.

    Raises:
        SourceUnavailable: no connection, a time-out or a server error, four times.
        ConfigurationError: the address leads elsewhere, or nothing that speaks JSON is there.
        Exception: whatever `verdict` names.
    """

    def once() -> Answer:
        try:
            response = session.request(
                method,
                url,
                params=params,
                json=json,
                data=data,
                headers=headers,
                auth=auth,
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,  # a token goes to the configured host and nowhere else
            )
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ) as error:
            raise PassingError(f"no answer from {_host(url)} ({type(error).__name__})") from error
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
            requests.exceptions.InvalidSchema,
        ) as error:
            raise ConfigurationError(
                f"{where}: {url.split('?', maxsplit=1)[0]!r} is not a web address; the "
                "connection's host must look like https://api.example.com."
            ) from error
        answer = _read(response, secrets)
        fault = verdict(answer, where) or _misplaced(answer, where)
        if fault is not None:
            raise fault
        return answer

    try:
        # Not the decorator: it would log the arguments, tokens among them.
        for attempt in stamina.retry_context(
            on=PassingError, attempts=ATTEMPTS, timeout=180, wait_initial=0.5, wait_max=10
        ):
            with attempt:
                return once()
    except PassingError as fault:
        raise SourceUnavailable(
            f"{where}: {fault}, tried {ATTEMPTS} times. It is tried again later; if it goes on, "
            "check that the worker reaches the host named in the connection."
        ) from fault
    raise AssertionError("stamina ends by returning or raising")


def first_lines(answer: Answer) -> str:
    """The start of a reply, for a message: one line, shortened."""
    text = " ".join(answer.text.split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def mapping(answer: Answer, where: str) -> dict[str, Any]:
    """The body as an object.

    Raises:
        SchemaDrift: it is something else.
    """
    if not isinstance(answer.body, dict):
        raise SchemaDrift(
            f"{where}: expected a JSON object, got {first_lines(answer)!r}. "
            "The reply's shape changed; a developer has to look at include/sources/."
        )
    return answer.body


def listing(body: Mapping[str, Any], key: str, where: str) -> list[Any]:
    """The list under `key` of a reply.

    Raises:
        SchemaDrift: it is missing or no list; an absent list is never taken for an empty one.
    """
    found = body.get(key)
    if not isinstance(found, list):
        raise SchemaDrift(
            f"{where}: expected a list under {key!r}, got {found!r:.80}; keys are "
            f"{sorted(map(str, body))[:12]}. A developer has to look at include/sources/."
        )
    return found


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in groups of at most `size`, in order."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def hide(content: bytes, secrets: Collection[str]) -> bytes:
    """The bytes with every secret, plain or percent-encoded, replaced by `***`."""
    for secret in secrets:
        for form in {secret, quote(secret, safe="")}:
            if form:
                content = content.replace(form.encode(), b"***")
    return content


def _read(response: requests.Response, secrets: Collection[str]) -> Answer:
    content = hide(response.content, secrets)
    try:
        body = jsonlib.loads(content)
    except ValueError:  # also UnicodeDecodeError: bytes that are no text
        body = None
    return Answer(
        status=response.status_code,
        url=hide((response.url or "").encode(), secrets).decode(),
        headers=response.headers,
        text=content[: 4 * SHOWN].decode(errors="replace"),
        body=body,
    )


def _misplaced(answer: Answer, where: str) -> Exception | None:
    """An answer that no platform gives: a redirect, or something that is not JSON."""
    if 300 <= answer.status < 400:
        return ConfigurationError(
            f"{where}: the host answered with a redirect ({answer.status}). Put the address it "
            "leads to into the connection's host, if it is the right one."
        )
    if answer.body is None and answer.status >= 500:
        return PassingError(f"status {answer.status}: {first_lines(answer)!r}")
    if answer.body is None and answer.status >= 400:
        return ConfigurationError(
            f"{where}: {answer.status} and no JSON ({first_lines(answer)!r}). Is the connection's "
            "host the address of this platform's API?"
        )
    if answer.body is None:
        return PassingError(f"status {answer.status}, but the reply is cut short or not JSON")
    return None


def _host(url: str) -> str:
    return url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0]
