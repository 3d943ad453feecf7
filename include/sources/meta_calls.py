"""One account's calls to Meta: pages, groups of ids, and the sizes that were found to work."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

import requests
from requests.auth import AuthBase

from include.errors import AccountUnreadable, SchemaDrift, SourceUnavailable
from include.sources.glances import last_member
from include.sources.http import Answer, call, chunks, in_order, mapping
from include.sources.limits import Limiter
from include.sources.memory import Memory
from include.sources.meta_errors import (
    CursorExpired,
    StoryUnreadable,
    TooMuchData,
    is_story_unreadable,
    verdict,
)
from include.sources.meta_fields import FEED, IDS_PER_CALL, STORY
from include.sources.meta_usage import usage

log = logging.getLogger(__name__)

# Objects of a kind that may be refused before it is taken for a lack of permission.
_REFUSED_BEFORE_GIVING_UP = 5
# https://developers.facebook.com/docs/graph-api/changelog/versions
VERSION_ENDS = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 20),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
    "v25.0": date(2028, 7, 29),
}
ENDS_SOON_DAYS = 60


class MetaAuth(AuthBase):
    """Sends the token as a header, and beside it the proof that we know the app's secret."""

    def __init__(self, token: str, app_secret: str | None) -> None:
        self.token = token
        self.proof = (
            None
            if app_secret is None
            else hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must appear nowhere."""
        return (self.token,) if self.proof is None else (self.token, self.proof)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        if self.proof is not None and request.url is not None:
            joint = "&" if "?" in request.url else "?"
            request.url += joint + urlencode({"appsecret_proof": self.proof})
        return request


class Calls:
    """Calls with one token to one version; several threads may share it.

    Args:
        root: host and version.
        sizes: page and group sizes that were found to work, by account and edge; kept by
            the caller, so that what one reading learned the next one knows.
    """

    def __init__(
        self,
        session: requests.Session,
        root: str,
        auth: MetaAuth,
        *,
        limiter: Limiter,
        memory: Memory | None,
        sizes: dict[str, int],
    ) -> None:
        self._session = session
        self._root = root
        self._auth = auth
        self._limiter = limiter
        self._memory = memory
        self._sizes = sizes
        self._lock = threading.Lock()
        self._warned: set[str] = set()

    def get(
        self, path: str, params: Mapping[str, str], *, where: str, remembered: bool = True
    ) -> Answer:
        """The answer to one GET; `remembered` ones may come from an earlier try."""
        return self._call("GET", path, where=where, params=params, remembered=remembered)

    def post(
        self, path: str, form: Mapping[str, str], *, where: str, remembered: bool = True
    ) -> Answer:
        """The answer to one POST: a report is started, or several reads are sent as one."""
        return self._call("POST", path, where=where, data=form, remembered=remembered)

    def _call(
        self,
        method: str,
        path: str,
        *,
        where: str,
        remembered: bool,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Answer:
        answer = call(
            self._session,
            method,
            f"{self._root}/{path}",
            where=where,
            verdict=verdict,
            secrets=self._auth.secrets,
            auth=self._auth,
            params=params,
            data=data,
            limiter=self._limiter,
            usage=usage,
            memory=self._memory if remembered else None,
        )
        self._heed_version(answer)
        return answer

    def pages(
        self,
        path: str,
        params: Mapping[str, str],
        *,
        where: str,
        size: int,
        halving: bool = True,
        note: Callable[[Answer], None] | None = None,
    ) -> list[Answer]:
        """All pages of an edge. A page may be short or even empty and still have a next one.

        `paging.next` holds the token, so each request is rebuilt with `after`. A page that is
        too much is asked for again with half the limit.

        Args:
            halving: False gives `TooMuchData` to the caller, who knows better what to do.
            note: told every page, which is then kept without its decoded body.
        """
        where = f"{where} {path.rsplit('/', 1)[-1]}"
        walk = partial(self._walk, path, params, where=where, size=size, halving=halving, note=note)
        try:
            return list(walk(remembered=True))
        except CursorExpired:
            log.warning("%s: the cursor of a page was refused; the listing begins again.", where)
            return list(walk(remembered=False))

    def _walk(
        self,
        path: str,
        params: Mapping[str, str],
        *,
        where: str,
        size: int,
        halving: bool,
        note: Callable[[Answer], None] | None,
        remembered: bool,
    ) -> Iterator[Answer]:
        edge = path.rsplit("/", 1)[-1]
        seen: set[str] = set()
        query = dict(params)
        while True:
            limit = self._sizes.get(edge, size)
            query["limit"] = str(limit)
            try:
                answer = self.get(path, query, where=where, remembered=remembered)
            except TooMuchData as error:
                if not halving:
                    raise
                self._halve(edge, limit, where, error)
                continue
            after = _next(answer, where, seen)
            if note is not None:
                note(answer)
                answer.let_go()
            yield answer
            if after is None:
                return
            seen.add(after)
            query["after"] = after

    def nodes(
        self,
        ids: Sequence[str],
        fields: Sequence[str],
        *,
        kind: str,
        where: str,
        needed: bool = True,
        remembered: bool = True,
        params: Mapping[str, str] | None = None,
    ) -> list[Answer]:
        """The objects with these ids, many in one call; each answer is keyed by id.

        A group that is refused is read in halves, down to the object that is to blame. Creatives
        whose story is to blame are found by one call, and everything else of them is read.
        Objects that cannot be read are left out, with a line in the log.

        Args:
            needed: when all are refused, raise it; else take the token's word for it.
        """
        told = f"{where} {kind}"
        size = self._sizes.get(kind, IDS_PER_CALL)
        groups = [(tuple(group), tuple(fields)) for group in chunks(ids, size)][::-1]
        answers: list[Answer] = []
        refused = 0
        read = partial(
            self.nodes, kind=kind, where=where, needed=False, remembered=remembered, params=params
        )
        while groups:
            group, asked = groups.pop()
            query = {"ids": ",".join(group), "fields": ",".join(asked), **(params or {})}
            middle = len(group) // 2
            halves = (group[:middle], group[middle:]) if middle else ()
            try:
                answers.append(self.get("", query, where=told, remembered=remembered))
            except (TooMuchData, StoryUnreadable) as error:
                if isinstance(error, TooMuchData) and halves:
                    self._halve(kind, len(group), told, error)
                lighter = _lighter(asked)
                if lighter is not None and not halves:
                    groups.append((group, lighter))
                    continue
                blamed: tuple[str, ...] = ()
                if lighter is not None and isinstance(error, StoryUnreadable):
                    blamed = self._to_blame(group, asked, told, remembered=remembered)
                if lighter is not None and blamed:
                    rest = tuple(name for name in group if name not in blamed)
                    groups += [(blamed, lighter), *([(rest, asked)] if rest else [])]
                    continue
                # Both at once: the one to blame is six halvings away.
                found = list(in_order(2, [partial(read, half, asked) for half in halves]))
                answers += [answer for half in found for answer in half]
                if not any(found):
                    refused += 1
                    log.warning("%s %s cannot be read: %s", told, ",".join(group), error)
            except AccountUnreadable as error:
                if halves:
                    groups += [(half, asked) for half in reversed(halves)]
                    continue
                refused += 1
                log.warning("%s %s cannot be read: %s", told, group[0], error)
                if refused >= _REFUSED_BEFORE_GIVING_UP and not answers:
                    break
        if refused and not answers and needed:
            raise AccountUnreadable(
                f"{told}: {refused} of {len(ids)} were refused and none could be read. Give the "
                "token's user access to them.",
                kind="permission",
            )
        return answers

    def _to_blame(
        self, group: Sequence[str], asked: Sequence[str], where: str, *, remembered: bool
    ) -> tuple[str, ...]:
        """The creatives of a refused group whose story cannot be read; none when nobody says.

        Nothing of the answer is kept but that: each object's story is asked for on its own, in
        one batch, which counts as many reads as there are objects.
        """
        fields = ",".join(name for name in (STORY, FEED) if name in asked)
        version = self._root.rsplit("/", 1)[-1]
        reads = [
            {"method": "GET", "relative_url": f"{version}/{name}?fields={fields}"} for name in group
        ]
        form = {"batch": compact(reads), "include_headers": "false"}
        answers = self.post("", form, where=f"{where} one by one", remembered=remembered).body
        if not isinstance(answers, list) or len(answers) != len(group):
            return ()
        return tuple(
            name for name, answer in zip(group, answers, strict=True) if is_story_unreadable(answer)
        )

    def _halve(self, edge: str, size: int, where: str, error: TooMuchData) -> None:
        """Remember half the size for this edge.

        Raises:
            SourceUnavailable: one at a time is already too much.
        """
        if size <= 1:
            raise SourceUnavailable(
                f"{where}: Meta finds even one object at a time too much ({error}). It is tried "
                "again later; if it goes on, a developer has to ask for fewer fields."
            ) from error
        with self._lock:
            self._sizes[edge] = min(self._sizes.get(edge, size), size // 2)
        log.info("%s: too much at a time; %d instead of %d from now on.", where, size // 2, size)

    def _heed_version(self, answer: Answer) -> None:
        """Say once in the log when Meta warns about the version, or answers with another."""
        asked = self._root.rsplit("/", 1)[-1]
        used = answer.headers.get("facebook-api-version", asked)
        warning = answer.headers.get("x-ad-api-version-warning")
        if used != asked:
            warning = f"asked for {asked}, answered with {used}. {warning or ''}".strip()
        with self._lock:
            if warning is None or warning in self._warned:
                return
            self._warned.add(warning)
        log.warning("meta: version warning: %.200s. Set `version` in the connection.", warning)


def warn_of_the_end(version: str, today: date) -> None:
    """Say in the log that Meta will soon stop answering this version."""
    ends = VERSION_ENDS.get(version)
    if ends is not None and (ends - today).days <= ENDS_SOON_DAYS:
        log.warning(
            "meta: version %s ends on %s. Set a newer `version` in the connection and run the "
            "tests against it.",
            version,
            ends,
        )


def compact(value: object) -> str:
    """JSON without spaces, as parameters carry it."""
    return json.dumps(value, separators=(",", ":"))


def _next(answer: Answer, where: str, seen: set[str]) -> str | None:
    """The cursor of the next page; None on the last.

    Raises:
        SchemaDrift: a next page without a cursor, or with one that was used before.
    """
    paging: Any = last_member(answer.content, "paging")
    if paging is None:
        paging = mapping(answer, where).get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    if not isinstance(after, str) or not after or after in seen:
        raise SchemaDrift(
            f"{where}: the reply names a next page, but its cursor is {after!r:.60} "
            f"(page {len(seen) + 1}). A developer has to look at include/sources/meta_calls.py."
        )
    return after


def _lighter(fields: Sequence[str]) -> tuple[str, ...] | None:
    """The fields without what one creative may be refused for; None when nothing is left."""
    for heavy in (STORY, FEED):
        if heavy in fields:
            return tuple(field for field in fields if field != heavy)
    return None
