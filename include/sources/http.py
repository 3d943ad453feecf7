"""One HTTP call to a platform: retried where that can help, and no secret in what comes back.

What an answer means is the platform's business: each client hands in a `Verdict`, a
function that looks at the answer and names the error, or returns None when all is well.
"""

from __future__ import annotations

import threading
import zlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import requests
import stamina
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from include.errors import ConfigurationError, RateLimited, SchemaDrift, SourceUnavailable
from include.sources.answers import MOST_PLAIN, SHOWN, Answer, TooLarge, hide, is_gzipped, unpacked
from include.sources.limits import LONGEST_WAIT_S, Limiter, Pause, Slot
from include.sources.memory import Memory, request_key

__all__ = [
    "Answer",
    "Bearer",
    "PassingError",
    "Verdict",
    "call",
    "chunks",
    "first_lines",
    "hide",
    "in_order",
    "listing",
    "mapping",
    "own_session",
    "threads_for",
]

CONNECT_S = 10.0
READ_S = 120.0
ATTEMPTS = 4
# No try begins after this; time-outs alone could take eight minutes.
LONGEST_TRYING_S = 180.0
DAY_S = 86_400.0

Item = TypeVar("Item")
Result = TypeVar("Result")


class PassingError(Exception):
    """Worth another try within seconds; after the last one it becomes `SourceUnavailable`."""


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
    limiter: Limiter | None = None,
    usage: Callable[[Answer], Pause | None] | None = None,
    memory: Memory | None = None,
) -> Answer:
    """The platform's answer to one request, tried up to four times.

    May be called from several threads with the same session; each works on its own copy.

    Args:
        where: platform, account and entity; every message starts with it.
        verdict: names the error of an answer; `PassingError` means try again.
        secrets: texts that must appear in no message, address or stored reply.
        limiter: shared by all calls of this app and account. With it, a limit that lifts
            within its longest wait is waited out, 300 s in one call altogether.
        usage: told status and headers of every answer while the call still counts as open; the
            pause it asks for holds for the limiter.
        memory: gives the answer of an earlier try, and keeps good ones.

    Raises:
        SourceUnavailable: no connection, a time-out or a server error, again and again.
        ConfigurationError: the address leads elsewhere, or nothing that speaks JSON is there.
        RateLimited: the platform wants a longer wait than a worker should sit out.
        Exception: whatever `verdict` names.
    """
    key = ""
    if memory is not None:
        key = request_key(
            method,
            url,
            params=params,
            json_body=json,
            data=data,
            headers=headers,
            secrets=secrets,
        )
        known = memory.recall(key)
        if known is not None:
            return known

    def once(slot: Slot | None) -> Answer:
        if slot is not None:
            slot.take()
        try:
            response, received = _received(
                own_session(session),
                method,
                url,
                where=where,
                params=params,
                json=json,
                data=data,
                headers=headers,
                auth=auth,
            )
            head = Answer(response.status_code, "", response.headers)
            pause = None if usage is None else usage(head)
            if pause is not None and limiter is not None:
                limiter.pause(pause)
        finally:
            if slot is not None:
                slot.leave()  # what comes now keeps nobody from asking
        answer = _answer(response, received, secrets, where)
        fault = verdict(answer, where) or _misplaced(answer, where)
        if fault is not None:
            raise _with_told_wait(fault, answer, where)
        return answer

    answer = _patiently(lambda slot: _retried(partial(once, slot), where), limiter)
    if memory is not None:
        memory.keep(key, answer)
    return answer


def in_order(concurrency: int, calls: Iterable[Callable[[], Result]]) -> Iterator[Result]:
    """What the calls give, in their order, while the next ones are already under way.

    At most `concurrency` are at work, and at most twice as many are at work or wait to be read;
    `calls` is read no further ahead than that. The first error, in the order of the calls,
    ends it: what has not begun never begins, what is at work ends by itself.
    """
    if concurrency == 1:
        for each in calls:
            yield each()
        return
    under_way: deque[Future[Result]] = deque()
    coming = iter(calls)
    with ThreadPoolExecutor(concurrency, thread_name_prefix="source") as pool:
        try:
            while True:
                while len(under_way) < 2 * concurrency:
                    following = next(coming, None)
                    if following is None:
                        break
                    under_way.append(pool.submit(following))
                if not under_way:
                    return
                yield under_way.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def threads_for(concurrency: int) -> int:
    """Threads that keep so many calls open: some look at answers while others are under way.

    One at a time stays one thread, so that the calls keep their order.
    """
    return 1 if concurrency == 1 else concurrency + 2


_own = threading.local()


def own_session(session: requests.Session) -> requests.Session:
    """This thread's copy of the session; the connections are shared, which urllib3 allows.

    requests does not promise that one session can be used by several threads.
    """
    if not hasattr(_own, "sessions"):
        _own.sessions = WeakKeyDictionary()
    sessions: WeakKeyDictionary[requests.Session, requests.Session] = _own.sessions
    if session not in sessions:
        copy = requests.Session()
        copy.headers, copy.auth = session.headers, session.auth
        copy.verify, copy.cert = session.verify, session.cert
        copy.proxies, copy.trust_env = session.proxies, session.trust_env
        copy.adapters = session.adapters
        sessions[session] = copy
    return sessions[session]


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


def _received(
    session: requests.Session, method: str, url: str, *, where: str, **options: Any
) -> tuple[requests.Response, bytes]:
    """The response, and its body; still gzipped, if it came so."""
    try:
        with session.request(
            method,
            url,
            timeout=(CONNECT_S, READ_S),
            allow_redirects=False,  # a token goes to the configured host and nowhere else
            stream=True,
            **options,
        ) as response:
            # In one piece: requests reads 10 kB at a time, which is slower than the line.
            return response, response.raw.read(decode_content=not is_gzipped(response.headers))
    except (requests.ConnectionError, requests.Timeout, HTTPError) as error:
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


def _answer(
    response: requests.Response, received: bytes, secrets: Collection[str], where: str
) -> Answer:
    """The answer without its secrets; with the gzip that it came in, if that holds none."""
    content, packed = received, None
    if received and is_gzipped(response.headers):
        try:
            content, packed = unpacked(received, most=MOST_PLAIN)
        except TooLarge as error:
            raise SourceUnavailable(
                f"{where}: {error}. Is the connection's host right? Then set fewer `window_days`."
            ) from error
        except zlib.error as error:
            raise PassingError(f"the reply is damaged ({error})") from error
    plain = hide(content, secrets)
    address = hide((response.url or "").encode(), secrets).decode()
    kept = packed if plain is content else None
    return Answer(response.status_code, address, response.headers, plain, packed=kept)


def _retried(once: Callable[[], Answer], where: str) -> Answer:
    tries = 0
    try:
        # Not the decorator: it would log the arguments, tokens among them.
        for attempt in stamina.retry_context(
            on=PassingError,
            attempts=ATTEMPTS,
            timeout=LONGEST_TRYING_S,
            wait_initial=0.5,
            wait_max=10,
        ):
            with attempt:
                tries += 1
                return once()
    except PassingError as fault:
        raise SourceUnavailable(
            f"{where}: {fault}; tried {tries} times. It is tried again later; if it goes on, "
            "check that the worker reaches the host named in the connection."
        ) from fault
    raise AssertionError("stamina ends by returning or raising")


def _patiently(ask: Callable[[Slot | None], Answer], limiter: Limiter | None) -> Answer:
    """The answer, asked again after each limit that lifts soon."""
    if limiter is None:
        return ask(None)
    waited = 0.0
    while True:
        patience_s = min(limiter.longest_wait_s, LONGEST_WAIT_S - waited)
        with limiter.slot(patience_s=patience_s) as slot:
            try:
                return ask(slot)
            except RateLimited as limit:
                # At least a second: a platform that says 0 and refuses would be asked for ever.
                # At most a day; 1.0 comes first because max(1.0, nan) is 1.0.
                wait_s = min(max(1.0, limit.wait_s), DAY_S)
                limiter.pause(Pause(wait_s, str(limit)))
                waited += slot.waited_s
                if wait_s > limiter.longest_wait_s or waited + wait_s > LONGEST_WAIT_S:
                    raise


def _with_told_wait(fault: Exception, answer: Answer, where: str) -> Exception:
    """The fault, after the wait that the answer itself names in `Retry-After`, if it does."""
    told = _retry_after_s(answer) if answer.status in {429, 503} else None
    if told is None:
        return fault
    if isinstance(fault, RateLimited):
        return RateLimited(str(fault), wait_s=max(fault.wait_s, told))
    if isinstance(fault, PassingError):
        return RateLimited(
            f"{where}: status {answer.status} with Retry-After {told:.0f} s. Nothing to do; it is "
            "tried again.",
            wait_s=told,
        )
    return fault


def _retry_after_s(answer: Answer) -> float | None:
    """Seconds to wait; a date is measured against the answer's own, whose clock it is."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isdecimal():
        return float(told)
    try:
        until = parsedate_to_datetime(told)
        return max((until - parsedate_to_datetime(answer.headers["date"])).total_seconds(), 0.0)
    except (KeyError, TypeError, ValueError):
        return None


def _misplaced(answer: Answer, where: str) -> Exception | None:
    """An answer that no platform gives: a redirect, or something that is not JSON."""
    if 300 <= answer.status < 400:
        return ConfigurationError(
            f"{where}: the host answered with a redirect ({answer.status}). Put the address it "
            "leads to into the connection's host, if it is the right one."
        )
    if answer.is_json:
        return None
    if answer.status >= 500:
        return PassingError(f"status {answer.status}: {first_lines(answer)!r}")
    if answer.status >= 400:
        return ConfigurationError(
            f"{where}: {answer.status} and no JSON ({first_lines(answer)!r}). Is the connection's "
            "host the address of this platform's API?"
        )
    return PassingError(f"status {answer.status}, but the reply is cut short or not JSON")


def _host(url: str) -> str:
    return url.split("://", 1)[-1].split("/", 1)[0].split("?", 1)[0]
