"""Asks adAnalytics: the numbers per ad and day, slice by slice, and the account's totals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from include.errors import SchemaDrift
from include.sources import restli
from include.sources.http import Answer, listing, mapping
from include.sources.linkedin_ads_calls import Caller, Step, run
from include.sources.linkedin_ads_fields import NUMBERS, TOTALS
from include.sources.linkedin_ads_slices import Slice

log = logging.getLogger(__name__)

Counted = tuple[Answer, int]  # and its rows


class Analytics:
    """Numbers of one account.

    Args:
        cut_at: elements at which an answer counts as cut.
        note: told every answer about creatives, in whichever thread has it; it comes without
            its decoded body.
    """

    def __init__(
        self, caller: Caller, account_id: str, *, cut_at: int, note: Callable[[Answer], None]
    ) -> None:
        self._caller = caller
        self._account_id = account_id
        self._cut_at = cut_at
        self._note = note

    def totals(self, span: Slice) -> Answer:
        """Per day, what the whole account did: one element a day, so never cut."""
        return self._ask(span, "ACCOUNT", TOTALS)

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
        where = self._where(span)
        rows = len(listing(mapping(answer, where), "elements", where))
        self._note(answer)
        answer.let_go()
        return answer, rows

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
            values=len(fields),
        )

    def _settle(self, span: Slice, creatives: Sequence[str], counted: Counted) -> Iterator[Answer]:
        """The slice's answer, or those of its parts where it was cut."""
        answer, rows = counted
        if rows < self._cut_at:
            yield answer
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
