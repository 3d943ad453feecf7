"""Google Ads' numbers, a batch of a stream at a time, column by column.

`NotPlain` says that a batch holds something unusual: a number that does not parse, an id
that is missing, a row that is no object. Nothing has been counted or taken then, and
`include.sources.google_ads_numbers` reads the batch row by row and says what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from include.sources import columns
from include.sources.columns import NotPlain
from include.sources.google_ads_numbers import (
    ASSET_GROUP,
    ATTRIBUTION,
    CATEGORIES,
    COLUMN_OF,
    NOT_OFFERED,
    RESULTS,
    Result,
    Results,
)
from include.sources.replies import Account
from include.sources.strict import six_places
from include.tables import DAILY_PARSED

Part = dict[str, Any]

_NAMED = frozenset({"resourceName", "id"})
_NAMED_ONLY = frozenset({"resourceName"})
_AD_ROW = frozenset({"campaign", "adGroupAd", "segments", "metrics"})
_ASSET_GROUP_ROW = frozenset({"campaign", "assetGroup", "segments", "metrics"})
_TOTAL_ROW = frozenset({"campaign", "segments", "metrics"})
_DAY = frozenset({"date"})
_TOTALS = frozenset({"impressions", "clicks", "costMicros"})
_DELIVERY = frozenset(
    {
        "impressions",
        "clicks",
        "costMicros",
        "conversions",
        "conversionsValue",
        "viewThroughConversions",
        "engagements",
        "videoTrueviewViews",
        "videoQuartileP100Rate",
    }
)
_CATEGORY = frozenset({"date", "conversionActionCategory"}) | {
    "conversionAction",
    "conversionActionName",
}
_CONVERSIONS = frozenset({"conversions", "conversionsValue", "allConversions"})
# A double times 1e6 is off by less than this up to 1e14; nearer to a half it is not trusted.
_SURE = 0.45
_LARGE = 1e14
_NO_RESULT = Result("", "")


class _Batch:
    """The rows of one batch, taken apart into the objects they are made of.

    Raises:
        NotPlain: a part is missing or no object, or an id or day is missing or no text.
    """

    def __init__(self, rows: list[Part], entity: str) -> None:
        self.entity = entity
        try:
            self.segments: list[Part] = [row["segments"] for row in rows]
            self.metrics: list[Part] = [row["metrics"] for row in rows]
            campaigns = [row["campaign"] for row in rows]
            if entity.endswith("asset_group"):
                groups = [row["assetGroup"] for row in rows]
                group_ids = [group["id"] for group in groups]
                self.ads = [f"{ASSET_GROUP}{group}" for group in group_ids]
                owned = [(campaigns, _NAMED), (groups, _NAMED), (rows, _ASSET_GROUP_ROW)]
            else:
                ads = [row["adGroupAd"] for row in rows]
                self.ads = [ad["resourceName"].rpartition("/")[2] for ad in ads]
                group_ids = _ad_groups(self.ads)
                owned = [(campaigns, _NAMED), (ads, _NAMED_ONLY), (rows, _AD_ROW)]
            self.campaign_ids = [campaign["id"] for campaign in campaigns]
            self.days = [segment["date"] for segment in self.segments]
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise NotPlain(f"a part is missing: {error}") from error
        self.group_ids = group_ids
        self.campaigns, self.groups = _ids(self.campaign_ids), _ids(group_ids)
        self.dates = columns.days(self.days)
        if self.dates.null_count:
            raise NotPlain("a day is missing")
        self.keys = [f"{ad} {day}" for ad, day in zip(self.ads, self.days, strict=True)]
        self._parts = owned

    def unknown(self, segments: frozenset[str], metrics: frozenset[str]) -> Counter[str]:
        """How often a field was seen that nobody maps.

        Raises:
            NotPlain: a part is no object.
        """
        found: Counter[str] = Counter()
        parts = [*self._parts, (self.segments, segments), (self.metrics, metrics)]
        for part, known in parts:
            for name in columns.strangers(part, known):
                found[f"{self.entity}.{name}"] += 1
        return found


def daily_batch(
    rows: list[Part],
    entity: str,
    account: Account,
    results: Results,
    unknown: Counter[str],
) -> pa.RecordBatch:
    """The rows as `DAILY_PARSED`; takes what they achieved out of `results`.

    Raises:
        NotPlain: see the module.
    """
    batch = _Batch(rows, entity)
    news = batch.unknown(_DAY, _DELIVERY)
    size = len(rows)

    def each(name: str) -> list[Any]:
        return [metrics.get(name) for metrics in batch.metrics]

    impressions = columns.counts(each("impressions"), absent=0)
    clicks = columns.counts(each("clicks"), absent=0)
    achieved = _achieved(batch, results)
    found = {
        "platform": columns.constant(account.platform, size, pa.string()),
        "account_id": columns.constant(account.account_id, size, pa.string()),
        "report_date": batch.dates,
        "timezone": columns.constant(account.timezone, size, pa.string()),
        "currency": columns.constant(account.currency, size, pa.string()),
        "campaign_id": batch.campaigns,
        "ad_set_id": batch.groups,
        "ad_id": columns.texts(batch.ads),
        "impressions": impressions,
        "clicks": clicks,
        "link_clicks": clicks,
        "engagements": columns.counts(each("engagements"), absent=0),
        "video_views": columns.counts(each("videoTrueviewViews")),
        "video_completions": _completions(each("videoQuartileP100Rate"), impressions),
        "spend": columns.money_of_micros(each("costMicros"), absent=0),
        "conversions": columns.fractions(each("conversions")),
        "view_through_conversions": columns.fractions(each("viewThroughConversions")),
        "revenue": money_of_numbers(each("conversionsValue")),
        "attribution_setting": columns.constant(ATTRIBUTION, size, pa.string()),
        **achieved,
    }
    for name in NOT_OFFERED:
        found[name] = pa.nulls(size, DAILY_PARSED.field(name).type)
    made = pa.RecordBatch.from_arrays(
        [found[name] for name in DAILY_PARSED.names], schema=DAILY_PARSED
    )
    # Only now is it certain that the rows are not read a second time.
    for key in batch.keys if results else []:
        results.pop(key, None)
    unknown.update(news)
    return made


def total_rows(rows: list[Part], account: Account, unknown: Counter[str]) -> list[dict[str, Any]]:
    """The rows as `totals_daily`: campaigns by day, as the platform adds them up.

    Raises:
        NotPlain: see the module.
    """
    try:
        campaigns = [row["campaign"] for row in rows]
        segments = [row["segments"] for row in rows]
        metrics = [row["metrics"] for row in rows]
        found = columns.totals(
            account,
            "campaign",
            ids=[campaign["id"] for campaign in campaigns],
            on=[segment["date"] for segment in segments],
            impressions=[each.get("impressions") for each in metrics],
            clicks=[each.get("clicks") for each in metrics],
            spend=columns.money_of_micros([each.get("costMicros") for each in metrics], absent=0),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NotPlain(f"a part is missing: {error}") from error
    parts = (rows, _TOTAL_ROW), (campaigns, _NAMED), (segments, _DAY), (metrics, _TOTALS)
    new = [name for part, known in parts for name in columns.strangers(part, known)]
    unknown.update(f"totals.{name}" for name in new)
    return found


def read_results(rows: list[Part], entity: str, results: Results, unknown: Counter[str]) -> None:
    """Add conversions by category to what each ad and day has.

    Raises:
        NotPlain: see the module.
    """
    batch = _Batch(rows, entity)
    news = batch.unknown(_CATEGORY, _CONVERSIONS)
    categories = [segments.get("conversionActionCategory") or "" for segments in batch.segments]
    values: list[Any] = [metrics.get("conversions") for metrics in batch.metrics]
    if set(map(type, values)) - {int, float} or set(map(type, categories)) - {str}:
        raise NotPlain("a conversion that is no number, or a category that is no text")
    columns.fractions(values)
    for category, times in Counter(categories).items():
        if category not in CATEGORIES:
            if not category.isidentifier():
                raise NotPlain(f"the category {category!r}")
            news[f"{entity}.conversion_action_category={category}"] += times
    told = zip(batch.keys, batch.campaign_ids, batch.group_ids, categories, values, strict=True)
    for key, campaign_id, group_id, category, value in told:
        result = results.get(key)
        if result is None:
            result = results[key] = Result(campaign_id, group_id)
        column = COLUMN_OF.get(category)
        if column is not None:
            setattr(result, column, (getattr(result, column) or 0.0) + value)
    unknown.update(news)


def money_of_numbers(values: Sequence[Any]) -> pa.Array[Any]:
    """decimal(18, 6) from JSON numbers, rounded as `strict.six_places` does; None stays null.

    Raises:
        NotPlain: a value is no finite number, or too large.
    """
    if set(map(type, values)) - {int, float, type(None)}:
        raise NotPlain("an amount that is no number")
    try:
        amounts = np.array([0.0 if value is None else value for value in values], np.float64)
    except OverflowError as error:
        raise NotPlain(str(error)) from error
    with np.errstate(over="ignore"):
        micros = amounts * 1e6
    if len(micros) and not np.abs(micros).max() < 1e18:
        raise NotPlain("an amount that is too large or not finite")
    rounded = np.rint(micros)
    whole = rounded.astype(np.int64)
    doubtful = (np.abs(micros - rounded) > _SURE) | (np.abs(micros) > _LARGE)
    for index in np.nonzero(doubtful)[0].tolist():
        whole[index] = int(six_places(Decimal(repr(values[index]))) * 1_000_000)
    exact = whole.tolist()
    return columns.money_of_micros(
        [None if value is None else exact[index] for index, value in enumerate(values)]
    )


def _ad_groups(ads: list[str]) -> list[str]:
    """The first half of each `<ad group id>~<ad id>`."""
    found = []
    for ad in ads:
        group, tilde, own = ad.partition("~")
        if not (tilde and group and own):
            raise NotPlain(f"the ad's name ends in {ad!r}")
        found.append(group)
    return found


def _ids(values: list[Any]) -> pa.Array[Any]:
    found = columns.texts(values)
    if found.null_count or "" in values:
        raise NotPlain("an id is missing")
    return found


def _achieved(batch: _Batch, results: Results) -> dict[str, pa.Array[Any]]:
    if not results:
        return {name: pa.nulls(len(batch.ads), pa.float64()) for name in RESULTS}
    keys = batch.keys
    if len(set(keys)) != len(keys):
        raise NotPlain("an ad has two rows of one day")
    told = [results.get(key, _NO_RESULT) for key in keys]
    if any(result.unparsed for result in told):
        raise NotPlain("a conversion that does not parse")
    return {name: pa.array([getattr(r, name) for r in told], pa.float64()) for name in RESULTS}


def _completions(rates: list[Any], impressions: pa.Array[Any]) -> pa.Array[Any]:
    """Videos seen to the end: the rate is a share of the impressions."""
    shares = columns.fractions(rates)
    if shares.null_count == len(shares):
        return pa.nulls(len(shares), pa.int64())
    seen = shares.fill_null(0.0).to_numpy() * impressions.to_numpy()
    if not np.abs(seen).max() < 2**53:
        raise NotPlain("a rate that is no share")
    found: pa.Array[Any] = pa.array(
        np.rint(seen).astype(np.int64), mask=np.asarray(shares.is_null())
    )
    return found
