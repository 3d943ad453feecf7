"""Fetches the result file of a statistics job: gzipped JSON on another host, without OAuth.

The file is checked whole: host, size told against size read, gzip's own length and checksum.
"""

from __future__ import annotations

import zlib

import requests
import stamina

from include.errors import ConfigurationError, SourceUnavailable
from include.sources.addresses import AddressRefused, allowed, place
from include.sources.answers import Answer, Packed, TooLarge, unpacked
from include.sources.http import ATTEMPTS, CONNECT_S, READ_S, PassingError, own_session
from include.sources.limits import Limiter

# A job of 20 ads, 90 days and all metrics is some 4 MB of JSON and 300 kB of gzip.
MOST_PACKED = 64 * 1024 * 1024
MOST_PLAIN = 256 * 1024 * 1024
# Where a job's file is no longer, or was never: it has to be computed again. 426 is what users
# saw for files that another job made readable: https://github.com/xdevplatform/twitter-python-ads-sdk
GONE = frozenset({403, 404, 410, 426})
_CHUNK = 1 << 16


class ResultGone(Exception):
    """The file is not there; `str()` is the status."""


def fetch_result(
    session: requests.Session,
    url: str,
    *,
    hosts: frozenset[str],
    where: str,
    limiter: Limiter,
) -> Answer:
    """A job's result file; what is in it was checked to be whole.

    Args:
        session: checks where it connects to; see `include.sources.addresses`.
        hosts: where files may come from; see `include.sources.addresses.allowed`.
        limiter: that of the account's calls: a file counts as open like them, but X's limits
            do not concern it.

    Raises:
        ResultGone: no file is there.
        ConfigurationError: the address is not on one of `hosts`, or leads elsewhere.
        SourceUnavailable: no whole file, four times, or one that is too large.
    """
    if not allowed(url, hosts):
        raise ConfigurationError(
            f"{where}: X offers the result on {place(url)!r}, which is none of the download hosts "
            f"{', '.join(sorted(hosts))}. If it is X's, add it to the connection."
        )
    try:
        for attempt in stamina.retry_context(
            on=PassingError, attempts=ATTEMPTS, timeout=300, wait_initial=0.5, wait_max=10
        ):
            with attempt:
                with limiter.room():
                    answer = _fetch_once(own_session(session), url, where)
                return _checked(answer)
    except PassingError as fault:
        raise SourceUnavailable(
            f"{where}: result file from {place(url)!r}: {fault}, tried {ATTEMPTS} times. It is "
            "tried again later; if it goes on, check that the worker reaches this host."
        ) from fault
    raise AssertionError("stamina ends by returning or raising")


def plain(content: bytes) -> tuple[bytes, Packed | None]:
    """The JSON in a file: gzipped as X documents it, or already unpacked on the way.

    Raises:
        PassingError: it is cut short or damaged.
        SourceUnavailable: it unpacks to more than 256 MB.
    """
    if not content.startswith(b"\x1f\x8b"):
        return content, None
    try:
        return unpacked(content, most=MOST_PLAIN)
    except TooLarge as error:
        raise SourceUnavailable(
            f"x_ads: a result file unpacks to more than {MOST_PLAIN:,} bytes; a day of hours for "
            "20 ads is some 40 kB. Ask X, or read shorter windows."
        ) from error
    except zlib.error as error:
        raise PassingError(f"{len(content)} bytes that are no whole gzip ({error})") from error


def _checked(answer: Answer) -> Answer:
    """The file, unpacked once to see that it is whole."""
    content, packed = plain(answer.content)
    if not (content.startswith(b"{") and content.rstrip().endswith(b"}")):
        raise PassingError(f"{len(content)} bytes that are no JSON object")
    return Answer(answer.status, answer.url, answer.headers, content, packed=packed)


def _fetch_once(session: requests.Session, url: str, where: str) -> Answer:
    try:
        with session.get(
            url,
            timeout=(CONNECT_S, READ_S),
            stream=True,
            allow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            auth=_unsigned,
        ) as response:
            if response.status_code in GONE:
                raise ResultGone(f"status {response.status_code}")
            if 300 <= response.status_code < 400:
                raise ConfigurationError(
                    f"{where}: the result file on {place(url)!r} leads elsewhere "
                    f"({response.status_code}); redirects are not followed. If it goes on, a "
                    "developer has to look at include/sources/x_ads_files.py."
                )
            if response.status_code != 200:
                raise PassingError(f"status {response.status_code}")
            content = _read(response)
    except AddressRefused as error:
        raise ConfigurationError(f"{where}: the result file: {error}.") from error
    except requests.RequestException as error:
        raise PassingError(f"no whole answer ({type(error).__name__})") from error
    return Answer(response.status_code, place(url), response.headers, content)


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No Authorization, not even from a .netrc file on the worker."""
    request.headers.pop("Authorization", None)
    return request


def _read(response: requests.Response) -> bytes:
    """The bytes as sent, within the limit and as many as were told."""
    told = response.headers.get("content-length", "")
    content = bytearray()
    for piece in response.iter_content(_CHUNK):
        content += piece
        if len(content) > MOST_PACKED:
            raise SourceUnavailable(
                f"x_ads: a result file has more than {MOST_PACKED:,} bytes; expected some 300 kB. "
                "Ask X, or read shorter windows."
            )
    if (
        told.isdecimal()
        and "content-encoding" not in response.headers
        and int(told) != len(content)
    ):
        raise PassingError(f"{len(content)} of {told} bytes")
    return bytes(content)
