"""What the ranking reads of a warehouse: what each picture did, by place and ad set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

import ranking
from include.config.objectives import Objectives
from include.tables import COUNT, FRACTION, PLATFORMS, RESIDUAL, RESTATEMENT_DAYS, TEXT
from ranking.fitting import Array

# A piece's fresh period: the last days on which it was shown.
FRESH_DAYS = 28

# Results that platforms credit days after the click; the others are told at once.
MATURING = frozenset({"leads", "app_installs", "purchases", "conversions"})

# Sums of decimals do not depend on the order in which threads add them up, so that the same
# warehouse gives the same bytes; floats would.
_EXACT = "DECIMAL(28, 9)"

# What was shown with a picture of its own: no residuals, and no pictures of which there is only a
# small preview.
_SHOWN = """
CREATE OR REPLACE TEMP VIEW shown AS
WITH previews AS (
    SELECT picture FROM creative_images WHERE picture IS NOT NULL
    GROUP BY picture HAVING bool_and(is_thumbnail)
)
SELECT d.*, p.picture, c.node, c.objective, coalesce(creatives.format, 'unknown') AS format
FROM ad_daily d
JOIN ad_pictures p USING (platform, account_id, ad_id)
JOIN campaigns c USING (platform, account_id, campaign_id)
LEFT JOIN ads USING (platform, account_id, ad_id)
LEFT JOIN creatives
    ON creatives.platform = d.platform AND creatives.account_id = d.account_id
    AND creatives.creative_id = ads.creative_id
WHERE c.node IS NOT NULL AND NOT starts_with(d.ad_id, '{residual}')
    AND p.picture NOT IN (SELECT picture FROM previews)
"""

_ROWS = """
WITH counted AS (
    SELECT platform, account_id, rules.result
    FROM ad_daily, (SELECT DISTINCT result FROM rules) AS rules
    GROUP BY ALL
    HAVING count(CASE rules.result {results} END) > 0
),
company AS (
    SELECT platform, account_id, ad_set_id, report_date, count(DISTINCT picture) > 1 AS beside
    FROM shown GROUP BY ALL
),
daily AS (
    SELECT s.node, s.objective, s.picture, s.platform, s.account_id, s.currency, s.format,
           s.campaign_id, s.ad_set_id, s.report_date, company.beside,
           coalesce(CASE rules.result {results} END, 0)::{exact} AS results,
           CASE rules.per WHEN 'spend' THEN s.spend ELSE s.impressions END::{exact} AS paid,
           coalesce(told.share, 1.0)::DECIMAL(10, 9) AS told,
           (0.5 ** (greatest(?::DATE - s.report_date, 0) / rules.half_life))::DECIMAL(10, 9)
               AS recency,
           max(s.report_date) OVER (PARTITION BY s.node, s.objective, s.picture)
               - s.report_date < {fresh} AS fresh
    FROM shown s
    JOIN rules USING (node, objective)
    JOIN counted USING (platform, account_id, result)
    JOIN company USING (platform, account_id, ad_set_id, report_date)
    LEFT JOIN told ON told.platform = s.platform AND told.result = rules.result
        AND told.age = s.as_of - s.report_date
)
SELECT node, objective, picture, platform, account_id, currency, format, campaign_id, ad_set_id,
       sum(results)::DOUBLE AS results,
       sum(paid)::DOUBLE AS paid,
       sum((paid * told)::{exact})::DOUBLE AS exposure,
       sum(((paid * told)::DECIMAL(28, 9) * recency)::{exact})::DOUBLE AS aged,
       coalesce(sum(results) FILTER (WHERE fresh), 0)::DOUBLE AS fresh_results,
       coalesce(sum((paid * told)::{exact}) FILTER (WHERE fresh), 0)::DOUBLE AS fresh_exposure,
       coalesce(sum((paid * told)::{exact}) FILTER (WHERE beside), 0)::DOUBLE AS beside,
       coalesce(sum(results) FILTER (WHERE report_date > ?), 0)::DOUBLE AS later_results,
       coalesce(sum((paid * told)::{exact}) FILTER (WHERE report_date > ?), 0)::DOUBLE
           AS later_exposure
FROM daily
GROUP BY ALL
ORDER BY ALL
"""

_PIECES = """
WITH money AS (
    SELECT node, objective, picture, currency, sum(spend) AS spend, sum(revenue) AS revenue,
           sum(impressions)::BIGINT AS impressions, sum(link_clicks)::BIGINT AS link_clicks,
           sum(spend) FILTER (WHERE conversions IS NOT NULL) AS converting_spend,
           sum(conversions) AS conversions,
           sum(spend) FILTER (WHERE revenue IS NOT NULL) AS earning_spend
    FROM shown GROUP BY ALL
), told AS (
    SELECT node, objective, picture, list(money ORDER BY currency) AS money
    FROM money GROUP BY ALL
), homes AS (
    SELECT node, objective, picture, platform, account_id, campaign_id,
           any_value(currency) AS currency, sum(impressions) AS impressions
    FROM shown GROUP BY ALL
), home AS (
    SELECT node, objective, picture,
           first({'platform': platform, 'account_id': account_id, 'campaign_id': campaign_id,
                  'currency': currency}
                 ORDER BY impressions DESC, platform, account_id, campaign_id) AS campaign
    FROM homes GROUP BY ALL
)
SELECT s.node, s.objective, s.picture,
       sum(s.impressions)::BIGINT AS impressions, sum(s.link_clicks)::BIGINT AS link_clicks,
       count(DISTINCT (s.platform, s.account_id, s.ad_id))::BIGINT AS ads,
       list(DISTINCT s.platform ORDER BY s.platform) AS platforms,
       count(DISTINCT (s.platform, s.account_id)) FILTER (WHERE s.spend > 0) AS accounts,
       min(s.report_date) AS first_date, max(s.report_date) AS last_date,
       sum(s.impressions) FILTER (WHERE s.reach > 0)::BIGINT AS reached_impressions,
       sum(s.reach)::BIGINT AS reach,
       sum(s.link_clicks) FILTER (WHERE s.landing_page_views IS NOT NULL)::BIGINT AS landing_clicks,
       sum(s.landing_page_views)::BIGINT AS landing_page_views,
       sum(s.view_through_conversions) AS view_through,
       -- Google counts conversions after a view beside the others, the rest among them.
       sum(coalesce(s.conversions, 0)
           + CASE WHEN s.platform = 'google_ads' THEN s.view_through_conversions ELSE 0 END)
           FILTER (WHERE s.view_through_conversions IS NOT NULL) AS conversions_with_views,
       any_value(told.money) AS money, any_value(home.campaign) AS campaign
FROM shown s
JOIN told USING (node, objective, picture)
JOIN home USING (node, objective, picture)
GROUP BY s.node, s.objective, s.picture
ORDER BY ALL
"""

# One describer's words only, of one revision: two would count the same thing twice.
_LABELS = """
WITH described AS (
    SELECT describer, revision, settings, picture, unnest(labels) AS shown
    FROM descriptions WHERE error IS NULL
), busiest AS (
    SELECT describer, revision, settings FROM described
    GROUP BY ALL
    ORDER BY count(DISTINCT picture) DESC, describer, revision DESC, settings LIMIT 1
)
SELECT DISTINCT picture, shown.category AS category, shown.label AS label
FROM described JOIN busiest USING (describer, revision, settings)
ORDER BY ALL
"""

# Groups and vectors likewise come from one describer each: that which saw most.
_CREATIVES = """
WITH busiest AS (
    SELECT describer_key FROM clusters
    GROUP BY describer_key ORDER BY count(*) DESC, describer_key DESC LIMIT 1
)
SELECT picture, creative FROM clusters JOIN busiest USING (describer_key)
"""
_VECTORS = """
WITH busiest AS (
    SELECT describer, revision, settings FROM vectors
    GROUP BY ALL ORDER BY count(*) DESC, describer, revision DESC, settings LIMIT 1
)
SELECT picture, vector FROM vectors JOIN busiest USING (describer, revision, settings)
WHERE picture IN (SELECT picture FROM ad_pictures)
ORDER BY picture
"""


@dataclass(frozen=True)
class Seen:
    """What was seen on pictures, by describers; nothing of a picture that nobody described.

    Args:
        labels: picture, category, label.
        creatives: picture -> the picture that stands for its near duplicates.
        vectors: picture -> vector of length 1.
    """

    labels: pa.Table
    creatives: Mapping[str, str]
    vectors: Mapping[str, Array]


@dataclass(frozen=True)
class Facts:
    """What the ranking reads of one warehouse.

    Args:
        rows: one per node, objective, picture, place and ad set.
        pieces: by (node, objective, picture).
    """

    rows: pa.Table
    pieces: Mapping[tuple[str, str, str], dict[str, Any]]
    seen: Seen


def read_facts(
    warehouse: DuckDBPyConnection, objectives: Objectives, day: date, *, promised_on: date | None
) -> Facts:
    """Everything that is ranked as of `day`.

    Args:
        promised_on: results after this day are told apart, as `later_`; None tells none apart.
    """
    warehouse.execute(_SHOWN.format(residual=RESIDUAL))
    cells = warehouse.execute("SELECT DISTINCT node, objective FROM shown ORDER BY ALL").fetchall()
    known = {objective.id for objective in objectives.ranked}
    warehouse.register("rules", _rules(objectives, [cell for cell in cells if cell[1] in known]))
    warehouse.register("told", _told(warehouse))
    results = " ".join(
        f"WHEN '{name}' THEN {name}"
        for name in sorted({objectives.of(n, o).result for n, o in cells if o in known})
    )
    query = _ROWS.format(results=results or "WHEN '' THEN 0", exact=_EXACT, fresh=FRESH_DAYS)
    since = day if promised_on is None else promised_on
    rows: pa.Table = warehouse.sql(query, params=[day, since, since]).to_arrow_table()
    pieces = warehouse.sql(_PIECES).to_arrow_table().to_pylist()
    found = {
        (p["node"], p["objective"], p["picture"]): p for p in pieces if p["objective"] in known
    }
    return Facts(rows, found, _seen(warehouse))


def _seen(warehouse: DuckDBPyConnection) -> Seen:
    labels: pa.Table = warehouse.sql(_LABELS).to_arrow_table()
    vectors: pa.Table = warehouse.sql(_VECTORS).to_arrow_table()
    flat: Any = pc.list_flatten(vectors["vector"]).to_numpy()
    rows = flat.reshape(len(vectors), -1) if len(vectors) else ()
    return Seen(
        labels,
        dict(warehouse.execute(_CREATIVES).fetchall()),
        dict(zip(map(str, vectors["picture"].to_pylist()), rows, strict=True)),
    )


def _rules(objectives: Objectives, cells: list[tuple[str, str]]) -> pa.Table:
    """Result, exposure and half-life of each cell."""
    rows = [
        {
            "node": node,
            "objective": name,
            "result": objectives.of(node, name).result,
            "per": objectives.of(node, name).per,
            "half_life": objectives.half_life(node),
        }
        for node, name in cells
    ]
    columns: list[pa.Field[Any]] = [
        pa.field(name, TEXT) for name in ("node", "objective", "result", "per")
    ]
    return pa.Table.from_pylist(rows, pa.schema([*columns, pa.field("half_life", FRACTION)]))


def _told(warehouse: DuckDBPyConnection) -> pa.Table:
    """Share of final results told by age, per platform and maturing result.

    Learned where the lake has several readings of days that are final now; elsewhere what is
    usual for a window of that length.
    """
    seen: dict[tuple[str, str], list[tuple[int, float, float]]] = {}
    rows = warehouse.execute("SELECT platform, result, age, seen, final FROM completeness")
    for platform, result, age, told, final in rows.fetchall():
        seen.setdefault((platform, result), []).append((age, told, final))
    table = []
    for platform in PLATFORMS:
        window = RESTATEMENT_DAYS[platform]
        for result in sorted(MATURING):
            curve = _curve(seen.get((platform, result), []), window)
            table += [
                {"platform": platform, "result": result, "age": age, "share": float(share)}
                for age, share in enumerate(curve)
            ]
    columns: list[pa.Field[Any]] = [
        pa.field("platform", TEXT),
        pa.field("result", TEXT),
        pa.field("age", COUNT),
        pa.field("share", FRACTION),
    ]
    return pa.Table.from_pylist(table, pa.schema(columns))


def _curve(rows: list[tuple[int, float, float]], window: int) -> Array:
    """The curve of one platform and result, over ages 0 to `window`."""
    told, final = np.zeros(window + 1), np.zeros(window + 1)
    for age, seen, whole in rows:
        if age <= window:
            told[age], final[age] = seen, whole
    return ranking.completeness(told, final, ranking.usual_completeness(window))
