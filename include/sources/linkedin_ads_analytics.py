"""Asks adAnalytics: the numbers per ad and day, slice by slice, and the account's totals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from include.errors import SchemaDrift
from include.sources import restli
from include.sources.glances import begins_with_list, texts
from include.sources.http import Answer, listing, mapping
from include.sources.linkedin_ads_calls import Caller, Step, run
from include.sources.linkedin_ads_fields import NUMBERS, TOTALS
from include.sources.linkedin_ads_slices import Slice

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counted:
    """An answer about creatives: its rows, and which creatives they name."""

    answer: Answer
    rows: int
    creatives: frozenset[str]


class Analytics:
    """Numbers of one account.

    Args:
        cut_at: elements at which an answer counts as cut.
        note: told the creatives that each answer names, in whichever thread has it.
    """

    def __init__(
        self,
        caller: Caller,
        account_id: str,
        *,
        cut_at: int,
        note: Callable[[Collection[str]], None],
    ) -> None:
        self._caller = caller
        self._account_id = account_id
        self._cut_at = cut_at
        self._note = note

    def totals(self, span: Slice) -> Answer:
        """Per day, what the whole account did: one element a day, so never cut."""
        answer = self._ask(span, "ACCOUNT", TOTALS)
        days = (span.until - span.since).days + 1
        self._caller.spend(self._account_id, days * len(TOTALS))
        return answer

    def steps(self, spans: Sequence[Slice], creatives: Sequence[str]) -> list[Step[Counted]]:
        """What to ask for the numbers per creative and day; what is cut comes in parts.

        Args:
            creatives: URNs, for days that are cut.
        """
        return [
            Step(partial(self._numbers, span), partial(self._settle, span, creatives))
            for span in spans
        ]

    def _numbers(self, span: Slice) -> Counted:
        answer = self._ask(span, "CREATIVE", NUMBERS)
        counted = _glanced(answer) or _counted(answer, self._where(span))
        self._caller.spend(self._account_id, counted.rows * len(NUMBERS))
        self._note(counted.creatives)
        answer.let_go()
        return counted

    def _ask(self, span: Slice, pivot: str, fields: tuple[str, ...]) -> Answer:
        query: dict[str, restli.Value] = {
            "q": "analytics",
            "pivot": pivot,
            "timeGranularity": "DAILY",
            "dateRange": restli.days(span.since, span.until),
            "accounts": [f"urn:li:sponsoredAccount:{self._account_id}"],
        }
        if span.creatives:
            query["creatives"] = span.creatives
        query["fields"] = restli.Raw(",".join(fields))
        return self._caller.get(
            "adAnalytics",
            query,
            where=self._where(span),
            account_id=self._account_id,
        )

    def _settle(self, span: Slice, creatives: Sequence[str], counted: Counted) -> Iterator[Answer]:
        """The slice's answer, or those of its parts where it was cut."""
        rows = counted.rows
        if rows < self._cut_at:
            yield counted.answer
            return
        where = self._where(span)
        parts = span.parts(creatives, self._cut_at)
        if not parts:
            raise SchemaDrift(
                f"{where}: {rows} rows, {self._cut_at} or more in a slice that cannot be made "
                "smaller; LinkedIn leaves the rest out. A developer has to look at "
                "include/sources/linkedin_ads_slices.py."
            )
        log.info("%s: cut at %d rows, asked for again in %d parts.", where, rows, len(parts))
        yield from run(self._caller.concurrency, self.steps(parts, creatives))

    def _where(self, span: Slice) -> str:
        return f"linkedin_ads {self._account_id} adAnalytics {span}"


def _glanced(answer: Answer) -> Counted | None:
    """What the bytes tell, if they can: every row names its days and one pivot, both once."""
    named = texts(answer.content, "pivotValues", in_list=True)
    if named is None or not begins_with_list(answer.content, "elements"):
        return None
    rows, creatives = named
    if rows != answer.content.count(b'"dateRange"'):
        return None
    return Counted(answer, rows, creatives)


def _counted(answer: Answer, where: str) -> Counted:
    """What the decoded answer tells.

    Raises:
        SchemaDrift: it has no list of rows.
    """
    rows = listing(mapping(answer, where), "elements", where)
    pivots = [row.get("pivotValues") for row in rows if isinstance(row, dict)]
    named = frozenset(str(pivot[0]) for pivot in pivots if isinstance(pivot, list) and pivot)
    return Counted(answer, len(rows), named)
