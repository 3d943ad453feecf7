"""Numbers per day from Meta's insights: asked directly, or as reports that Meta prepares.

A small account is asked directly, slice by slice. A large one, or a slice that Meta finds
too much, becomes a report: started, polled until it is complete, then read page by page.
A report that fails is started once more; then its days are halved, and a single day is
taken apart into campaigns, ad sets and ads (`reference/platform-apis.md` section 1.8).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

from include.errors import (
    AccountUnreadable,
    ConfigurationError,
    SchemaDrift,
    SourceUnavailable,
)
from include.sources.http import Answer, chunks, in_order, listing, mapping, threads_for
from include.sources.meta_calls import Calls, compact
from include.sources.meta_errors import TOO_MUCH, TooMuchData
from include.sources.meta_fields import IDS_PER_CALL, INSIGHTS_SIZE, JOB_FIELDS
from include.sources.replies import Window

log = logging.getLogger(__name__)

Pages = list[Answer] | None  # None when there are none to be had that way

COMPLETED = "Job Completed"
UNDER_WAY = {"Job Not Started", "Job Started", "Job Running"}
FAILED = {"Job Failed", "Job Skipped"}
# Below which level a node is taken apart, and what its parts are called there.
_PARTS = {"account": "campaign", "campaign": "adset", "adset": "ad"}
_STARTS = 2
_LONGEST_POLL_S = 30.0
# Insights exist for 37 months: https://developers.facebook.com/docs/marketing-api/insights
MONTHS_KEPT = 37
# A report that is not complete after this much waiting is taken for lost.
_PATIENCE_S = 3600.0


@dataclass(frozen=True)
class Question:
    """What is asked about a range of days.

    Args:
        node: the account, as `act_<id>`.
        query: parameters but for the range and the page.
        where: platform, account; messages start with it.
    """

    node: str
    query: Mapping[str, str]
    where: str


@dataclass
class Part:
    """Some days of a node, and the report about them."""

    node: str
    level: str
    since: date
    until: date
    job: str | None = None
    starts: int = 0
    waited_s: float = 0.0
    complete: bool = False
    too_much: bool = False
    parts: list[Part] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Meta is at it."""
        return self.job is not None and not self.complete and not self.too_much

    def leaves(self) -> list[Part]:
        """The parts that are read, in the order of their days."""
        return [leaf for part in self.parts for leaf in part.leaves()] if self.parts else [self]

    def __str__(self) -> str:
        return f"{self.node} {self.since} to {self.until}"


class Reports:
    """Reads the answer to one question for one window.

    Args:
        slice_days: days of one request; `reference/platform-apis.md` recommends 7.
        direct: ask without a report first.
        in_flight: reports that Meta may be preparing at a time.
        poll_s: the first wait between two polls; it doubles up to 30 s.
        sleep: waits that many seconds.
        note: told every page, in whichever thread has it; it comes without its decoded body.
    """

    def __init__(
        self,
        calls: Calls,
        question: Question,
        window: Window,
        *,
        slice_days: int,
        direct: bool,
        concurrency: int,
        in_flight: int,
        poll_s: float,
        sleep: Callable[[float], None],
        note: Callable[[Answer], None],
    ) -> None:
        self._calls = calls
        self._note = note
        self._question = question
        self._direct = direct
        self._concurrency = concurrency
        self._in_flight = in_flight
        self._poll_s = poll_s
        self._sleep = sleep
        self._given_up = threading.Event()
        self._slices = [
            Part(question.node, "account", since, until)
            for since, until in slices(window, slice_days)
        ]

    def prepare(self) -> None:
        """Have Meta prepare the reports; may run in a thread while others read other things."""
        if not self._direct:
            self._complete(self._slices)

    def give_up(self) -> None:
        """Nobody reads it any more: `prepare` ends at its next step."""
        self._given_up.set()

    def read(self) -> Iterator[Answer]:
        """All pages, by the order of days."""
        if not self._direct:
            yield from self._prepared(self._slices)
            return
        asked = [partial(self._asked_directly, part) for part in self._slices]
        for part, pages in zip(self._slices, self._in_order(asked), strict=True):
            yield from self._prepared([part]) if pages is None else pages

    def _in_order(self, calls: Iterable[Callable[[], Pages]]) -> Iterator[Pages]:
        return in_order(threads_for(self._concurrency), calls)

    # -- asked directly ----------------------------------------------------------------------

    def _asked_directly(self, part: Part) -> list[Answer] | None:
        """The pages, or None when a report is needed."""
        try:
            return self._numbers(f"{part.node}/insights", self._query(part), part, halving=False)
        except (TooMuchData, SourceUnavailable) as error:
            # Time-outs and server errors are how Meta says that a direct question is too large.
            log.info("%s: a report is asked for instead (%s).", part, error)
            return None

    # -- prepared by Meta --------------------------------------------------------------------

    def _prepared(self, slices: list[Part]) -> Iterator[Answer]:
        self._complete(slices)
        leaves = [leaf for part in slices for leaf in part.leaves()]
        results = [partial(self._results, leaf) for leaf in leaves]
        for leaf, pages in zip(leaves, self._in_order(results), strict=True):
            if pages is not None:
                yield from pages
                continue
            log.warning("meta: the results of report %s are gone; it is started again.", leaf)
            leaf.job, leaf.complete = None, False
            self._complete([leaf])
            for again in leaf.leaves():
                found = self._results(again)
                if found is None:
                    raise SourceUnavailable(
                        f"{self._question.where}: the results of {again} are gone as soon as they "
                        "are complete, twice. It is tried again later."
                    )
                yield from found

    def _complete(self, slices: list[Part]) -> None:
        """Start, poll, restart and split until every leaf is complete."""
        wait_s = self._poll_s
        while not self._given_up.is_set():
            leaves = [leaf for part in slices for leaf in part.leaves()]
            for leaf in leaves:
                if leaf.too_much:
                    self._split(leaf)
            leaves = [leaf for part in slices for leaf in part.leaves()]
            room = max(self._in_flight - sum(leaf.running for leaf in leaves), 0)
            fresh = [leaf for leaf in leaves if leaf.job is None and not leaf.complete][:room]
            if fresh:
                wait_s = self._poll_s
                list(in_order(self._concurrency, [partial(self._start, leaf) for leaf in fresh]))
                if any(leaf.too_much for leaf in fresh):
                    continue
            running = [leaf for leaf in leaves if leaf.running]
            if not running:
                return
            states = self._states(running)
            for leaf in running:
                self._judge(leaf, states.get(str(leaf.job)))
            if any(leaf.running for leaf in running):
                self._sleep(wait_s)
                for leaf in running:
                    leaf.waited_s += wait_s
                wait_s = min(2 * wait_s, _LONGEST_POLL_S)

    def _start(self, part: Part) -> None:
        where = f"{self._question.where} report {part}"
        part.starts += 1
        part.waited_s = 0.0
        try:
            # A second start must not be answered with the first one's report.
            answer = self._calls.post(
                f"{part.node}/insights",
                self._query(part),
                where=where,
                remembered=part.starts == 1,
            )
        except TooMuchData:
            part.too_much = True
            return
        job = mapping(answer, where).get("report_run_id")
        if not isinstance(job, str | int) or isinstance(job, bool) or not job:
            raise SchemaDrift(
                f"{where}: expected a report_run_id, got {job!r:.60}. A developer has to look at "
                "include/sources/meta_reports.py."
            )
        part.job = str(job)

    def _states(self, running: Sequence[Part]) -> dict[str, Any]:
        """What Meta says of each report; one that it does not know is missing."""
        polls = [
            partial(
                self._calls.nodes,
                [str(part.job) for part in group],
                JOB_FIELDS,
                kind="reports",
                where=self._question.where,
                needed=False,
                remembered=False,
            )
            for group in chunks(running, IDS_PER_CALL)
        ]
        states: dict[str, Any] = {}
        for answers in in_order(self._concurrency, polls):
            for answer in answers:
                states.update(mapping(answer, f"{self._question.where} reports"))
        return states

    def _judge(self, part: Part, state: Any) -> None:
        told = state if isinstance(state, dict) else {"async_status": "Job Skipped"}
        status = told.get("async_status")
        if status == COMPLETED:  # 100 per cent can show a moment before
            part.complete = True
            return
        if status not in FAILED:
            if part.waited_s >= _PATIENCE_S:
                self._start_again(part, f"{status!r} after {part.waited_s:.0f} s")
            elif status not in UNDER_WAY:
                log.warning("meta: report %s is in the unknown state %.60r.", part, status)
            return
        why = f"{status}: {told.get('error_code')}/{told.get('error_subcode')} "
        why += f"{str(told.get('error_message'))[:160]!r}"
        if (told.get("error_code"), told.get("error_subcode")) == TOO_MUCH:
            part.too_much = True
        elif part.starts < _STARTS:
            self._start_again(part, why)
        else:
            log.warning("meta: report %s failed twice (%s); it is split.", part, why)
            part.too_much = True

    def _start_again(self, part: Part, why: str) -> None:
        """Forget the report, so that it is started again.

        Raises:
            SourceUnavailable: it was started again before.
        """
        if part.starts >= _STARTS:
            raise SourceUnavailable(
                f"{self._question.where}: report {part} does not end ({why}), {part.starts} times. "
                "It is tried again later."
            )
        log.warning("meta: report %s is started again (%s).", part, why)
        part.job = None

    def _split(self, part: Part) -> None:
        """Halve the days; take a single day apart into campaigns, ad sets, ads.

        Raises:
            SourceUnavailable: one ad and one day are still too much.
        """
        part.too_much, part.job = False, None
        days = (part.until - part.since).days + 1
        if days > 1:
            middle = part.since + timedelta(days=days // 2)
            part.parts = [
                Part(part.node, part.level, part.since, middle - timedelta(days=1)),
                Part(part.node, part.level, middle, part.until),
            ]
            return
        level = _PARTS.get(part.level)
        if level is None or self._asked_level() == part.level:
            raise SourceUnavailable(
                f"{self._question.where}: Meta cannot give {part}, which is not divided further. "
                "It is tried again later."
            )
        query = {**self._query(part), "level": level, "fields": f"{level}_id"}
        try:
            pages = self._calls.pages(
                f"{part.node}/insights", query, where=self._where(part), size=INSIGHTS_SIZE
            )
        except TooMuchData as error:
            raise SourceUnavailable(
                f"{self._question.where}: Meta does not even list what ran in {part} ({error}). It "
                "is tried again later."
            ) from error
        where = f"{self._question.where} {part}"
        found = {
            str(row[f"{level}_id"])
            for page in pages
            for row in listing(mapping(page, where), "data", where)
            if isinstance(row, dict) and f"{level}_id" in row
        }
        part.parts = [Part(node, level, part.since, part.until) for node in sorted(found)]
        part.complete = not part.parts

    def _asked_level(self) -> str:
        return self._question.query["level"]

    def _results(self, part: Part) -> list[Answer] | None:
        """The pages of a complete report; None when it is gone."""
        if part.job is None:
            return []
        try:
            return self._numbers(f"{part.job}/insights", {}, part, halving=True)
        except AccountUnreadable as error:
            if error.kind == "gone":
                return None
            raise

    def _numbers(
        self, path: str, query: Mapping[str, str], part: Part, *, halving: bool
    ) -> list[Answer]:
        return self._calls.pages(
            path,
            query,
            where=self._where(part),
            size=INSIGHTS_SIZE,
            halving=halving,
            note=self._note,
        )

    def _where(self, part: Part) -> str:
        return f"{self._question.where} {part.since} to {part.until}"

    def _query(self, part: Part) -> dict[str, str]:
        days = {"since": part.since.isoformat(), "until": part.until.isoformat()}
        return {**self._question.query, "time_range": compact(days)}


def slices(window: Window, days: int) -> Iterator[tuple[date, date]]:
    """The window in pieces of at most so many days, both ends included."""
    since = window.since
    while since <= window.until:
        until = min(since + timedelta(days=days - 1), window.until)
        yield since, until
        since = until + timedelta(days=1)


def kept(window: Window, today: date, where: str) -> Window:
    """The part of the window that Meta still has; says in the log what it has not.

    Raises:
        ConfigurationError: it has none of it.
    """
    months = today.year * 12 + today.month - 1 - MONTHS_KEPT
    first = date(months // 12, months % 12 + 1, min(today.day, 28))
    if window.since >= first:
        return window
    if window.until < first:
        raise ConfigurationError(
            f"{where}: days {window.since} to {window.until} are asked for, but Meta keeps numbers "
            f"for {MONTHS_KEPT} months only, from {first} on. Ask for later days."
        )
    log.warning(
        "%s: Meta keeps numbers for %d months only; read from %s instead of %s.",
        where,
        MONTHS_KEPT,
        first,
        window.since,
    )
    return Window(first, window.until)
