"""The rows behind the numbers: ads and their days, from the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.store import Store

if TYPE_CHECKING:
    import duckdb

_AD = """
    SELECT a.name, a.status, a.creative_id, c.name AS campaign, c.node, c.objective,
           k.currency, k.timezone, k.name AS account
    FROM ads a
    LEFT JOIN campaigns c USING (platform, account_id, campaign_id)
    LEFT JOIN accounts k USING (platform, account_id)
    WHERE a.platform = $platform AND a.account_id = $account_id AND a.ad_id = $ad_id
"""
_AD_DAYS = """
    SELECT report_date, impressions, link_clicks, engagements, leads, purchases, spend,
           currency, is_final
    FROM ad_daily
    WHERE platform = $platform AND account_id = $account_id AND ad_id = $ad_id
    ORDER BY report_date DESC
"""
_AD_PICTURES = """
    SELECT DISTINCT picture FROM ad_pictures
    WHERE platform = $platform AND account_id = $account_id AND ad_id = $ad_id
    ORDER BY picture
"""
_PICTURE_ADS = """
    SELECT p.platform, p.account_id, p.ad_id, a.name, c.name AS campaign,
           sum(d.impressions) AS impressions, sum(d.link_clicks) AS link_clicks,
           sum(d.engagements) AS engagements, sum(d.leads) AS leads,
           sum(d.purchases) AS purchases, sum(d.spend) AS spend, any_value(d.currency) AS currency,
           min(d.report_date) AS first_date, max(d.report_date) AS last_date
    FROM (SELECT DISTINCT platform, account_id, ad_id FROM ad_pictures WHERE picture = $picture) p
    JOIN ads a USING (platform, account_id, ad_id)
    JOIN campaigns c USING (platform, account_id, campaign_id)
    JOIN ad_daily d USING (platform, account_id, ad_id)
    WHERE c.node = $node AND c.objective = $objective
    GROUP BY ALL
    ORDER BY impressions DESC, p.platform, p.account_id, p.ad_id
"""


@dataclass(frozen=True)
class AdPage:
    """One ad and what it did on each report day, newest first."""

    ad: Mapping[str, Any]
    days: Sequence[Mapping[str, Any]]
    pictures: Sequence[str]


def ad_page(store: Store, platform: str, account_id: str, ad_id: str) -> AdPage | None:
    """One ad of the warehouse, or None."""
    which = {"platform": platform, "account_id": account_id, "ad_id": ad_id}
    with _warehouse(store) as warehouse:
        ad = _rows(warehouse, _AD, which)
        if not ad:
            return None
        days = _rows(warehouse, _AD_DAYS, which)
        pictures = [row["picture"] for row in _rows(warehouse, _AD_PICTURES, which)]
        return AdPage(ad[0], days, pictures)


def picture_ads(store: Store, node: str, objective: str, picture: str) -> list[dict[str, Any]]:
    """The ads of one cell that showed a picture, with their sums, most shown first."""
    which = {"node": node, "objective": objective, "picture": picture}
    with _warehouse(store) as warehouse:
        return _rows(warehouse, _PICTURE_ADS, which)


def _warehouse(store: Store) -> duckdb.DuckDBPyConnection:
    from include.warehouse import open_warehouse

    return open_warehouse(store)


def _rows(
    warehouse: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, str]
) -> list[dict[str, Any]]:
    result = warehouse.execute(query, dict(parameters))
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
