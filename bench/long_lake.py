"""A lake of years: compacted readings, the last 35 days whole, and one day more to come.

Five years of the eight accounts of `nodes.yaml`. Each ad lives 120 days. A row changes on the 1st,
3rd and 7th day after with a chance of one in four each, so the compacted months hold about 1.75
rows per ad-day, and every reading of the last 35 days holds its whole window.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
from rich.progress import track

from include.config.nodes import load_nodes
from include.lake import Compacted, Partition
from include.sources.replies import Account
from include.tables import TABLES

TODAY = date(2026, 11, 20)
DAYS = 5 * 365
FIRST = TODAY - timedelta(days=DAYS - 1)
WHOLE_DAYS = 35
WINDOW = 28
LIFE_DAYS = 120

_AD_DAYS = """
CREATE OR REPLACE TABLE ad_days AS
SELECT
    day::DATE AS report_date,
    '{account}-' || (
        ad + (datediff('day', DATE '2021-01-01', day::DATE) + 7 * ad) // {life} * 100000
    ) AS ad_id,
    'c' || (ad % 97) AS campaign_id, 's' || (ad % 397) AS ad_set_id, hash(ad, day) >> 1 AS h
FROM range(DATE '{first}', DATE '{end}', INTERVAL 1 DAY) AS days(day), range({ads}) AS ads(ad)
"""
# What is told of an ad-day, and from which reading on.
_CHANGES = """
CREATE OR REPLACE TABLE changes AS
SELECT *, 0 AS version, report_date AS changed_on FROM ad_days
UNION ALL
SELECT ad_days.*, age, (report_date + age)::DATE
FROM ad_days, (VALUES (1), (3), (7)) AS ages(age)
WHERE hash(h, age) % 4 = 0
"""
_ROW = """
    '{platform}' AS platform, '{account}' AS account_id, report_date, '{timezone}' AS timezone,
    '{currency}' AS currency, campaign_id, ad_set_id, ad_id,
    (200 + h % 5000)::BIGINT AS impressions, NULL::BIGINT AS reach,
    (83 + h % 97)::BIGINT AS clicks,
    (h % 83)::BIGINT AS link_clicks, (h % 89)::BIGINT AS engagements,
    (h % 53)::BIGINT AS video_views, ((h % 900000) / 100.0)::DECIMAL(18, 6) AS spend,
    ((h + version) % 7)::DOUBLE AS conversions, ((h + version) % 5)::DOUBLE AS leads,
    ((h + version) % 3)::DOUBLE AS purchases,
    (((h + version) % 700000) / 100.0)::DECIMAL(18, 6) AS revenue,
    NULL::BIGINT AS landing_page_views, NULL::DOUBLE AS app_installs,
    NULL::DOUBLE AS view_through_conversions, NULL::BIGINT AS video_completions,
    (h % 11)::BIGINT AS reactions, (h % 3)::BIGINT AS comments, (h % 2)::BIGINT AS shares,
    NULL::BIGINT AS follows, '7d_click' AS attribution_setting
"""
_COMPACTED = """
WITH told AS (
    SELECT
        *,
        lead(changed_on) OVER (PARTITION BY ad_id, report_date ORDER BY changed_on) AS next
    FROM changes
    WHERE report_date >= DATE '{month}' AND report_date < DATE '{following}'
        AND changed_on < DATE '{cut}'
)
SELECT
    {row}, changed_on AS as_of,
    coalesce(
        next - 1, least((report_date + {window} - 1)::DATE, (DATE '{cut}' - 1)::DATE)
    )::DATE AS told_until,
    next AS superseded_on
FROM told
ORDER BY ad_id, report_date, as_of
"""
_WHOLE = """
WITH told AS (
    SELECT *
    FROM changes
    WHERE report_date > DATE '{day}' - {window} AND report_date <= DATE '{day}'
        AND changed_on <= DATE '{day}'
    QUALIFY row_number() OVER (PARTITION BY ad_id, report_date ORDER BY changed_on DESC) = 1
)
SELECT
    {row}, (DATE '{day}' - report_date > 28) AS is_final, 'scheduled__{day}' AS run_id,
    TIMESTAMPTZ '{day} 12:00:00+00' AS fetched_at, sha256('{account}{day}') AS raw_sha256
FROM told
ORDER BY report_date, ad_id
"""
_WHERE = "'{platform}' AS platform, '{account}' AS account_id"
_LISTED = {
    "accounts": """
        SELECT
            {where}, 'Marca' AS name, '{currency}' AS currency, '{timezone}' AS timezone,
            'ACTIVE' AS status
    """,
    "campaigns": """
        SELECT
            {where}, 'c' || n AS campaign_id, 'WMP | leads | ' || n AS name, 'ACTIVE' AS status,
            'leads' AS objective, 'L' AS objective_raw, NULL::TIMESTAMPTZ AS created_at
        FROM range(97) AS numbers(n)
    """,
    "ad_sets": """
        SELECT
            {where}, 's' || n AS ad_set_id, 'c' || (n % 97) AS campaign_id, 'set' AS name,
            'ACTIVE' AS status, NULL::TIMESTAMPTZ AS created_at
        FROM range(397) AS numbers(n)
    """,
    "ads": """
        SELECT
            {where}, ad_id, ad_set_id, campaign_id, 'k' || ad_id AS creative_id, 'ad' AS name,
            'ACTIVE' AS status, NULL::TIMESTAMPTZ AS created_at
        FROM known_ads
    """,
    "creatives": """
        SELECT
            {where}, 'k' || ad_id AS creative_id, 'piece' AS name, 'head' AS headline,
            'body' AS body, 'OPEN' AS call_to_action, NULL::VARCHAR AS link_url, 'image' AS format
        FROM known_ads
    """,
    "creative_images": """
        SELECT
            {where}, 'k' || ad_id AS creative_id, 0::INTEGER AS position, 'image' AS role,
            ad_id AS source_ref, sha256(campaign_id || ad_set_id) AS picture, 'image/png' AS mime,
            1080::INTEGER AS width, 1080::INTEGER AS height, 99::BIGINT AS bytes,
            false AS is_thumbnail, 'stored' AS status, NULL::VARCHAR AS reason
        FROM known_ads
    """,
    "totals_daily": """
        SELECT
            {where}, 'campaign' AS level, campaign_id AS level_id, report_date,
            '{currency}' AS currency, sum(200 + h % 5000)::BIGINT AS impressions,
            sum(83 + h % 97)::BIGINT AS clicks,
            sum(((h % 900000) / 100.0)::DECIMAL(18, 6))::DECIMAL(18, 6) AS spend
        FROM ad_days
        WHERE report_date > DATE '{day}' - {window} AND report_date <= DATE '{day}'
        GROUP BY ALL
    """,
}
_KNOWN_ADS = """
CREATE OR REPLACE TABLE known_ads AS
SELECT DISTINCT ad_id, ad_set_id, campaign_id FROM ad_days WHERE report_date <= DATE '{day}'
"""


def make_lake(root: Path, next_day: Path, *, ad_days: int) -> None:
    """Write the lake below `root`, and the readings of the day after `TODAY` below `next_day`."""
    accounts = [
        account
        for platform in ("meta", "google_ads", "x_ads", "linkedin_ads")
        for account in load_nodes().accounts_of(platform)
    ]
    for folder in (root, next_day):
        shutil.rmtree(folder, ignore_errors=True)
    con = duckdb.connect(config={"threads": 2, "memory_limit": "3GB"})
    for account in track(accounts, "Lake of five years"):
        _make_account(con, account, root, next_day, ads=max(1, ad_days // DAYS // len(accounts)))


def _make_account(
    con: duckdb.DuckDBPyConnection, account: Account, root: Path, next_day: Path, *, ads: int
) -> None:
    words = {
        "platform": account.platform,
        "account": account.account_id,
        "timezone": account.timezone,
        "currency": account.currency,
        "window": WINDOW,
    }
    end = TODAY + timedelta(days=2)
    con.execute(
        _AD_DAYS.format(account=account.account_id, life=LIFE_DAYS, first=FIRST, end=end, ads=ads)
    )
    con.execute(_CHANGES)
    row = _ROW.format(**words)
    cut = TODAY - timedelta(days=WHOLE_DAYS - 1)
    for month, following in _months(FIRST, cut):
        place = Compacted("ad_daily", month, account.platform, account.account_id)
        query = _COMPACTED.format(row=row, month=month, following=following, cut=cut, **words)
        footer = json.dumps(_readings(account, month, following, cut))
        _copy(con, query, root / place.key, f", KV_METADATA {{'pauta.readings': '{footer}'}}")
    for back in range(WHOLE_DAYS - 1, -2, -1):
        day = TODAY - timedelta(days=back)
        target = next_day if back < 0 else root
        words["day"] = day.isoformat()
        con.execute(_KNOWN_ADS.format(day=day))
        for name in TABLES:
            query = _WHOLE.format(row=row, **words)
            if name != "ad_daily":
                query = _LISTED[name].format(where=_WHERE.format(**words), **words)
            place = Partition(name, day, account.platform, account.account_id)
            _copy(con, query, target / place.key)


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path, more: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd{more})")


def _readings(account: Account, month: date, following: date, cut: date) -> list[dict[str, object]]:
    """The readings that a month's file stands for: all that covered a day of it."""
    days = (following - month).days + WINDOW - 1
    told = [month + timedelta(days=n) for n in range(days)]
    return [
        {
            "as_of": day.isoformat(),
            "since": (day - timedelta(days=WINDOW - 1)).isoformat(),
            "rows": 0,
            "run_id": f"scheduled__{day}",
            "fetched_at": f"{day}T12:00:00+00:00",
            "raw_sha256": "0" * 64,
        }
        for day in told
        if FIRST <= day < cut
    ]


def _months(first: date, end: date) -> Iterator[tuple[date, date]]:
    month = first.replace(day=1)
    while month < end:
        following = (month + timedelta(days=32)).replace(day=1)
        yield month, following
        month = following
