"""One question to LinkedIn: version headers, Rest.li addresses, long queries, tokens, pages."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import requests

from include.errors import AuthenticationExpired, SchemaDrift
from include.sources import restli
from include.sources.http import Answer, Bearer, Verdict, call, in_order, mapping, threads_for
from include.sources.limits import Limiter, Pause, limiter_for
from include.sources.linkedin_ads_errors import verdict as verdict_of_accounts
from include.sources.linkedin_ads_tokens import Tokens
from include.sources.memory import Memory

log = logging.getLogger(__name__)

# LinkedIn answers 414 to a query of more than 4 kB:
# https://learn.microsoft.com/linkedin/shared/api-guide/concepts/query-tunneling
LONGEST_QUERY = 4_000
# A token that was just made is refused for some seconds; one connector waits 30.
YOUNG_TRIES = 3
YOUNG_WAIT_S = 10.0
# LinkedIn refuses more than 45 million metric values asked for within five minutes.
MOST_VALUES = 40_000_000
VALUES_WINDOW_S = 300.0


Told = TypeVar("Told")


class Tunnel(Bearer):
    """Sends the token, and the query in the body of a POST, as LinkedIn wants long ones.

    What is asked stays one address, in the memory of answers and in the raw replies.
    """

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        super().__call__(request)
        url, _, query = str(request.url).partition("?")
        request.method, request.url, request.body = "POST", url, query.encode("ascii")
        request.headers["X-HTTP-Method-Override"] = "GET"
        request.headers["Content-Type"] = "application/x-www-form-urlencoded"
        return request


class Budget:
    """Metric values asked for in the last five minutes; asks for a pause before the throttle."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._spent: deque[tuple[float, int]] = deque()

    def spend(self, values: int) -> Pause | None:
        """Count values that were just answered."""
        now = self._clock()
        self._spent.append((now, values))
        while self._spent and self._spent[0][0] <= now - VALUES_WINDOW_S:
            self._spent.popleft()
        total = sum(count for _, count in list(self._spent))
        if total < self._most:
            return None
        return Pause(
            VALUES_WINDOW_S - (now - self._spent[0][0]),
            f"{total:,} metric values in five minutes, LinkedIn refuses more than 45 million",
        )


@dataclass(frozen=True)
class Step(Generic[Told]):
    """Something to ask, in a thread, and what then follows from it, in the order of the steps."""

    ask: Callable[[], Told]
    settle: Callable[[Told], Iterator[Answer]]


def run(concurrency: int, steps: Sequence[Step[Told]]) -> Iterator[Answer]:
    """The answers that the steps settle on, in their order; the asking goes on meanwhile."""
    told = in_order(threads_for(concurrency), (step.ask for step in steps))
    for step, each in zip(steps, told, strict=True):
        yield from step.settle(each)


class _StaleMark(Exception):
    """A page after the first was refused."""


def _verdict_of_later_pages(answer: Answer, where: str) -> Exception | None:
    found = verdict_of_accounts(answer, where)
    return _StaleMark(str(found)) if answer.status == 400 and found is not None else found


class _TooLong(Exception):
    """The address is too long for a GET."""


@dataclass(frozen=True)
class Question:
    """One request, but for the token."""

    url: str
    long: bool
    headers: Mapping[str, str]
    where: str
    verdict: Verdict
    limiter: Limiter | None
    memory: Memory | None


class Caller:
    """Asks LinkedIn; may be used by several threads."""

    def __init__(
        self,
        *,
        host: str,
        version: str,
        tokens: Tokens,
        session: requests.Session,
        page_size: int,
        concurrency: int,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root = f"{host.rstrip('/')}/rest"
        self.version = version
        self.tokens = tokens
        self.session = session
        self.page_size = page_size
        self.concurrency = concurrency
        self.memory: Memory | None = None
        self._sleep = sleep
        self._clock = clock
        self._budget = Budget(MOST_VALUES, clock)

    def limiter(self, account_id: str) -> Limiter:
        """Shared by all calls about the account."""
        return limiter_for(
            "linkedin_ads", account_id, self.concurrency, clock=self._clock, sleep=self._sleep
        )

    def get(
        self,
        path: str,
        query: Mapping[str, restli.Value],
        *,
        where: str,
        account_id: str = "",
        method: str | None = None,
        verdict: Verdict = verdict_of_accounts,
        remembered: bool = True,
    ) -> Answer:
        """The answer, whose `url` holds the whole question also where the query was tunnelled.

        Args:
            method: Rest.li method for those calls that need it named.
            remembered: whether the answer of an earlier try is as good.
        """
        # Complete, not as `params`: requests would encode the syntax, too.
        text = restli.query(query)
        headers = {"LinkedIn-Version": self.version, "X-Restli-Protocol-Version": "2.0.0"}
        question = Question(
            url=f"{self.root}/{path}?{text}" if text else f"{self.root}/{path}",
            long=len(text) > LONGEST_QUERY,
            headers=headers if method is None else headers | {"X-RestLi-Method": method},
            where=where,
            verdict=verdict,
            limiter=self.limiter(account_id) if account_id else None,
            memory=self.memory if remembered and account_id else None,
        )
        tries = renewals = 0
        while True:
            token = self.tokens.value()
            try:
                return self._ask(question, token)
            except AuthenticationExpired:
                if renewals == 0 and self.tokens.refused(token):
                    renewals += 1
                elif tries < YOUNG_TRIES and self.tokens.can_be_young():
                    tries += 1
                    self._sleep(YOUNG_WAIT_S)
                else:
                    raise

    def spend(self, account_id: str, values: int) -> None:
        """Count metric values that were answered, and rest before LinkedIn wants it.

        Those that an earlier try was answered count, too: it may have been minutes ago.
        """
        pause = self._budget.spend(values)
        if pause is not None:
            self.limiter(account_id).pause(pause)

    def pages(
        self,
        path: str,
        query: Mapping[str, restli.Value],
        *,
        where: str,
        account_id: str = "",
        method: str | None = None,
    ) -> list[Answer]:
        """All pages of a listing; begun anew, once, when the mark of a page has expired.

        Raises:
            SchemaDrift: a mark comes again, or is refused twice.
        """
        walk = partial(self._walk, path, query, where=where, account_id=account_id, method=method)
        try:
            return list(walk(remembered=True))
        except _StaleMark:
            log.info("%s: the mark of a page was refused; the listing begins anew.", where)
        try:
            return list(walk(remembered=False))
        except _StaleMark as refused:
            raise SchemaDrift(str(refused)) from refused

    def _walk(
        self, path: str, query: Mapping[str, restli.Value], *, where: str, **options: Any
    ) -> Iterator[Answer]:
        asked: dict[str, restli.Value] = {**query, "pageSize": self.page_size}
        seen: set[str] = set()
        while True:
            judge = _verdict_of_later_pages if seen else verdict_of_accounts
            answer = self.get(path, asked, where=where, verdict=judge, **options)
            yield answer
            metadata = mapping(answer, where).get("metadata")
            token = metadata.get("nextPageToken") if isinstance(metadata, dict) else None
            if not token:
                return
            if token in seen:
                raise SchemaDrift(
                    f"{where}: page {len(seen) + 1} repeats the token {token!r:.60}. "
                    "A developer has to look at include/sources/linkedin_ads_calls.py."
                )
            seen.add(token)
            asked["pageToken"] = str(token)

    def _ask(self, question: Question, token: str) -> Answer:
        def first(answer: Answer, where: str) -> Exception | None:
            return _TooLong() if answer.status == 414 else question.verdict(answer, where)

        if question.long:
            return self._send(question, Tunnel(token), question.verdict)
        try:
            return self._send(question, Bearer(token), first)
        except _TooLong:  # a proxy on the way may be stricter than LinkedIn
            return self._send(question, Tunnel(token), question.verdict)

    def _send(self, question: Question, auth: Bearer, verdict: Verdict) -> Answer:
        answer = call(
            self.session,
            "GET",
            question.url,
            where=question.where,
            verdict=verdict,
            secrets=self.tokens.secrets,
            auth=auth,
            headers=question.headers,
            limiter=question.limiter,
            memory=question.memory,
        )
        answer.url = question.url
        return answer
