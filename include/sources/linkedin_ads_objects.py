"""Posts, pictures and videos by their URNs: many at once, and one by one where that is refused.

That a post is closed to us is no error: posts of members (thought leader ads) and of pages on
which the token's member has no role answer 403, deleted ones 404. Their pictures are then
missing, with the reason; the numbers are not.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote

from include.sources import restli
from include.sources.http import Answer, chunks, in_order
from include.sources.linkedin_ads_calls import Caller, Step, run
from include.sources.linkedin_ads_errors import told, verdict_of_objects

log = logging.getLogger(__name__)

# Some 4 kB of query: what is longer is tunnelled.
AT_ONCE = 100
# So many are asked for singly before a whole resource counts as closed to the token.
PROBES = 3

VIDEO = "urn:li:video:"
_URN = re.compile(r"urn%3Ali%3A[^,)&/?]+", re.IGNORECASE)
_WHY = {
    400: "of a kind that is not served",
    403: "closed to this token",
    404: "deleted, or never there",
}


class Objects:
    """Reads objects of one account's creatives."""

    def __init__(self, caller: Caller, account_id: str, *, remembered: bool = True) -> None:
        self._caller = caller
        self._account_id = account_id
        self._remembered = remembered
        self._closed: set[str] = set()

    def fetch(self, kind: str, urns: Sequence[str]) -> Iterator[Answer]:
        """Answers that together speak of every URN, in their order.

        Args:
            kind: `posts`, `images` or `videos`.
        """
        yield from run(self._caller.concurrency, self.steps(kind, urns))

    def steps(self, kind: str, urns: Sequence[str]) -> list[Step[Answer]]:
        """What to ask for these objects."""
        return [
            Step(partial(self._batch, kind, group), partial(self._settle, kind, group))
            for group in chunks(urns, AT_ONCE)
        ]

    def _settle(self, kind: str, group: Sequence[str], answer: Answer) -> Iterator[Answer]:
        """The answer, or answers about each object when they were refused together."""
        if answer.status < 400 or kind in self._closed:
            yield answer
            return
        probes = [self._one(kind, urn) for urn in group[:PROBES]]
        if all(probe.status == 403 for probe in probes):
            self._closed.add(kind)
            self._say_closed(kind, answer)
            yield answer
            return
        yield from probes
        rest = (partial(self._one, kind, urn) for urn in group[PROBES:])
        yield from in_order(self._caller.concurrency, rest)

    def _say_closed(self, kind: str, answer: Answer) -> None:
        log.warning(
            "linkedin_ads %s %s: closed to this token (%s); pictures are missing, numbers are not. "
            "Give it r_organization_social, and its member a role on the page.",
            self._account_id,
            kind,
            told(answer),
        )

    def _batch(self, kind: str, group: Sequence[str]) -> Answer:
        return self._get(kind, {"ids": group}, kind, method="BATCH_GET")

    def _one(self, kind: str, urn: str) -> Answer:
        return self._get(f"{kind}/{restli.key(urn)}", {}, f"{kind} {urn}", method=None)

    def _get(
        self, path: str, query: Mapping[str, restli.Value], what: str, *, method: str | None
    ) -> Answer:
        return self._caller.get(
            path,
            query,
            where=f"linkedin_ads {self._account_id} {what}",
            account_id=self._account_id,
            method=method,
            verdict=verdict_of_objects,
            remembered=self._remembered,
        )


def found_in(body: Any) -> dict[str, dict[str, Any]]:
    """What an answer shows, by URN; of many, or of one."""
    if not isinstance(body, dict):
        return {}
    results = body.get("results")
    if isinstance(results, dict):
        return {urn: dict(item) for urn, item in results.items() if isinstance(item, dict)}
    urn = body.get("id")
    return {urn: dict(body)} if isinstance(urn, str) else {}


def refused_in(url: str, status: int, body: Any) -> dict[str, str]:
    """Why an answer does not show what was asked for, by URN."""
    if status >= 400:
        return {urn: _reason(urn, status) for urn in map(unquote, _URN.findall(url))}
    errors = body.get("errors") if isinstance(body, dict) else None
    return {
        urn: _reason(urn, error.get("status") if isinstance(error, dict) else None)
        for urn, error in (errors.items() if isinstance(errors, dict) else ())
    }


def link_of(item: Mapping[str, Any]) -> str | None:
    """Where the picture's file is, or the video's poster: a video's own file is no picture."""
    name = "thumbnail" if str(item.get("id")).startswith(VIDEO) else "downloadUrl"
    link = item.get(name)
    return link if isinstance(link, str) and link else None


def _reason(urn: str, status: Any) -> str:
    why = _WHY.get(status)
    return f"LinkedIn did not show {urn} ({status}{f': {why}' if why else ''})"
