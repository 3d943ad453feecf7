"""The rows behind the numbers: ads and their days, from the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.store import Store

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
           sum(d.purchases) AS purchases, sum(d.revenue) AS revenue, sum(d.spend) AS spend,
           any_value(d.currency) AS currency,
           min(d.report_date) AS first_date, max(d.report_date) AS last_date
    FROM (SELECT DISTINCT platform, account_id, ad_id FROM ad_pictures WHERE picture = $picture) p
    JOIN ads a USING (platform, account_id, ad_id)
    JOIN campaigns c USING (platform, account_id, campaign_id)
    JOIN ad_daily d USING (platform, account_id, ad_id)
    WHERE c.node = $node AND c.objective = $objective
    GROUP BY ALL
    ORDER BY impressions DESC, p.platform, p.account_id, p.ad_id
"""
_LEADING_ADS = """
    SELECT p.picture, a.ad_id, a.name, c.name AS campaign
    FROM (SELECT DISTINCT platform, account_id, ad_id, picture FROM ad_pictures
          WHERE picture IN (SELECT unnest($pictures))) p
    JOIN ads a USING (platform, account_id, ad_id)
    JOIN campaigns c USING (platform, account_id, campaign_id)
    JOIN ad_daily d USING (platform, account_id, ad_id)
    WHERE c.node = $node AND c.objective = $objective
    GROUP BY p.picture, p.platform, p.account_id, a.ad_id, a.name, c.name
    QUALIFY row_number() OVER (
        PARTITION BY p.picture
        ORDER BY trim(coalesce(a.name, '')) = '', sum(d.impressions) DESC,
                 p.platform, p.account_id, a.ad_id
    ) = 1
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
    found = ask(store, {"ad": _AD, "days": _AD_DAYS, "pictures": _AD_PICTURES}, which)
    if not found["ad"]:
        return None
    return AdPage(found["ad"][0], found["days"], [row["picture"] for row in found["pictures"]])


def picture_ads(store: Store, node: str, objective: str, picture: str) -> list[dict[str, Any]]:
    """The ads of one cell that showed a picture, with their sums, most shown first."""
    which = {"node": node, "objective": objective, "picture": picture}
    return ask(store, {"ads": _PICTURE_ADS}, which)["ads"]


def leading_ads(
    store: Store, node: str, objective: str, pictures: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The ad that each picture is called by in one cell: the most shown with a name, else any."""
    which = {"node": node, "objective": objective, "pictures": list(pictures)}
    return {row["picture"]: row for row in ask(store, {"ads": _LEADING_ADS}, which)["ads"]}


def ask(
    store: Store, queries: Mapping[str, str], parameters: Mapping[str, object]
) -> dict[str, list[dict[str, Any]]]:
    """The rows of each query; none before the first warehouse is built."""
    from include.warehouse import open_warehouse

    found: dict[str, list[dict[str, Any]]] = {name: [] for name in queries}
    try:
        warehouse = open_warehouse(store)
    except FileNotFoundError:
        return found
    with warehouse:
        for name, query in queries.items():
            result = warehouse.execute(query, dict(parameters))
            columns = [column[0] for column in result.description or ()]
            found[name] = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
    return found
