"""Which statistics calls an account needs: which ads, which hours, and now or by a job.

X counts 20 ids and 7 days as one call (90 days as one job), and allows 250 calls in 15
minutes. So only ads with activity are asked for, only for the days of it, and together with
others of the same days.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from include.errors import SchemaDrift
from include.sources.replies import Account, Window

IDS_PER_STATS = 20
STATS_HOURS = 7 * 24
JOB_HOURS = 90 * 24
ACTIVE_HOURS = 90 * 24
# X lets a user make 250 of these calls in 15 minutes, over all accounts. A quarter of them for
# one account leaves room for three more at the same time; a reading that needs more goes by
# jobs, which take 90 days instead of 7 and are not counted there. Fewer calls are quicker asked
# directly: a job is one call to begin, one to fetch, and waiting in between.
MOST_CALLS = 60
# One placement per call; an ad's number is the sum over them.
PLACEMENTS = ("ALL_ON_TWITTER", "SPOTLIGHT", "TREND")
AD_GROUPS = "ENGAGEMENT,BILLING,VIDEO,WEB_CONVERSION"
APP_GROUPS = "MOBILE_CONVERSION"  # X takes it in a request of its own only
TOTAL_GROUPS = "ENGAGEMENT,BILLING"
APP_OBJECTIVES = frozenset({"APP_INSTALLS", "APP_ENGAGEMENTS"})
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Query:
    """One statistics request: at most 20 ids of one kind, whole days, one placement."""

    entity: str
    ids: tuple[str, ...]
    start: datetime
    end: datetime
    placement: str
    metric_groups: str

    @property
    def params(self) -> dict[str, str]:
        """The query string; the same for a call and for a job."""
        return {
            "entity": self.entity,
            "entity_ids": ",".join(self.ids),
            "start_time": time_text(self.start),
            "end_time": time_text(self.end),
            "granularity": "HOUR",
            "placement": self.placement,
            "metric_groups": self.metric_groups,
        }

    def halves(self) -> tuple[Query, Query] | None:
        """The same with half the ids each; None when there is only one."""
        if len(self.ids) == 1:
            return None
        middle = len(self.ids) // 2
        first, second = (
            Query(self.entity, ids, self.start, self.end, self.placement, self.metric_groups)
            for ids in (self.ids[:middle], self.ids[middle:])
        )
        return first, second


@dataclass(frozen=True, order=True)
class Activity:
    """First and last day on which an ad's numbers may not be zero, in one placement."""

    first: date
    last: date
    ad_id: str
    goes_on: bool = False  # its days before `first` are asked for already


def time_text(moment: datetime) -> str:
    """`2026-03-05T00:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The whole hour in UTC with which the account's day begins.

    Of an hour that midnight cuts, the middle decides: in zones whose days begin at half past, or
    a quarter to, no hour lies wholly inside one day. `include.sources.x_ads_numbers` places the
    points of a series by the same rule.
    """
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    cut = midnight - _HOUR / 2
    whole = cut.replace(minute=0, second=0, microsecond=0)
    return whole if whole == cut else whole + _HOUR


def slices(window: Window, zone: ZoneInfo, *, hours: int) -> Iterator[tuple[datetime, datetime]]:
    """The window in pieces of whole days, each at most `hours` long; none cuts a day.

    A week in which clocks are set back has 169 hours: it is asked in two pieces.
    """
    first = window.since
    while first <= window.until:
        last = last_day(first, window.until, zone, hours=hours)
        yield day_start(first, zone), day_start(last + timedelta(days=1), zone)
        first = last + timedelta(days=1)


def last_day(first: date, until: date, zone: ZoneInfo, *, hours: int) -> date:
    """The last day, at most `until`, so that the days from `first` on have at most `hours`."""
    last = min(until, first + timedelta(days=hours // 24))
    start = day_start(first, zone)
    while day_start(last + timedelta(days=1), zone) - start > hours * _HOUR:
        last -= timedelta(days=1)
    return last


def activities(
    items: Iterable[Mapping[str, Any]], window: Window, zone: ZoneInfo
) -> dict[str, dict[str, Activity]]:
    """By placement and ad: the days to ask for, out of X's list of active entities.

    An item without readable times is asked for over the whole window: that costs calls, the
    other way would cost numbers.
    """
    found: dict[str, dict[str, Activity]] = {}
    for item in items:
        ad_id = str(item.get("entity_id"))
        first = _local_day(item.get("activity_start_time"), zone, window.since)
        last = _local_day(item.get("activity_end_time"), zone, window.until, ends=True)
        first, last = max(first, window.since), min(last, window.until)
        if first > last:
            continue
        for placement in item.get("placements") or ():
            of_ads = found.setdefault(str(placement), {})
            known = of_ads.get(ad_id, Activity(first, last, ad_id))
            of_ads[ad_id] = Activity(min(first, known.first), max(last, known.last), ad_id)
    return found


def plan(
    active: Mapping[str, Mapping[str, Activity]],
    app_ads: Collection[str],
    account: Account,
    window: Window,
    *,
    hours: int,
) -> list[Query]:
    """All statistics requests of a reading, each at most `hours` long, in a fixed order.

    Args:
        active: by placement and ad, see `activities`.
        app_ads: ads that are also asked for installs.
    """
    zone = ZoneInfo(account.timezone)
    queries = [
        Query("ACCOUNT", (account.account_id,), start, end, placement, TOTAL_GROUPS)
        for placement in PLACEMENTS
        for start, end in slices(window, zone, hours=hours)
    ]
    for placement in sorted(active):
        every = list(active[placement].values())
        queries += _packed(every, zone, hours, placement, AD_GROUPS)
        apps = [each for each in every if each.ad_id in app_ads]
        queries += _packed(apps, zone, hours, placement, APP_GROUPS)
    return queries


def _packed(
    ads: Iterable[Activity], zone: ZoneInfo, hours: int, placement: str, groups: str
) -> Iterator[Query]:
    """The ads in groups of at most 20 with neighbouring days; who runs on comes again."""
    waiting = sorted(ads)
    heapq.heapify(waiting)
    while waiting:
        first = waiting[0].first
        limit = last_day(first, max(each.last for each in waiting), zone, hours=hours)
        group: list[Activity] = []
        later: list[Activity] = []
        while waiting and len(group) < IDS_PER_STATS and waiting[0].first <= limit:
            each = heapq.heappop(waiting)
            # Days before an ad's first give nothing, but those asked for already would count twice.
            (later if each.goes_on and each.first > first else group).append(each)
        last = min(limit, max(each.last for each in group))
        following = last + timedelta(days=1)
        later += [
            Activity(following, each.last, each.ad_id, goes_on=True)
            for each in group
            if each.last > last
        ]
        for each in later:
            heapq.heappush(waiting, each)
        ids = tuple(sorted(each.ad_id for each in group))
        start, end = day_start(first, zone), day_start(following, zone)
        yield Query("PROMOTED_TWEET", ids, start, end, placement, groups)


def _local_day(text: Any, zone: ZoneInfo, otherwise: date, *, ends: bool = False) -> date:
    """The account's day of the hour in which a moment lies; an end that is midnight lies before.

    X's guide: from the start, floored to a day, to the end, ceiled to a day.
    """
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return otherwise
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    hour = (moment - timedelta(microseconds=ends)).astimezone(UTC)
    return hour.replace(minute=30, second=0, microsecond=0).astimezone(zone).date()


def check_hours(content: bytes, query: Query, where: str) -> None:
    """Refuse an answer about other hours than those that were asked for.

    It names them at its start or end; looking there costs less than decoding a year of hours.

    Raises:
        SchemaDrift: it names other hours. One that names none is refused by the parser.
    """
    ends = content[:4096] + b" " + content[-4096:]
    for name in ("start_time", "end_time"):
        told = re.search(rb'"%s"\s*:\s*"([^"]{1,40})"' % name.encode(), ends)
        asked = query.params[name]
        if told is None:
            continue
        try:
            same = datetime.fromisoformat(told[1].decode()) == datetime.fromisoformat(asked)
        except (ValueError, TypeError):
            same = False
        if not same:
            raise SchemaDrift(
                f"{where}: asked for {name} {asked}, X answered for {told[1].decode()!r}. "
                "A developer has to look at include/sources/x_ads.py."
            )
