"""Every table of the warehouse: columns, types, meaning; the order is the order of building.

What each table holds is made by the `.sql` file of its name; a build is published only if
its tables have these columns and types.
"""

from __future__ import annotations

import pyarrow as pa

from include.tables import (
    ACCOUNTS,
    AD_DAILY,
    AD_SETS,
    ADS,
    CAMPAIGNS,
    COUNT,
    CREATIVE_IMAGES,
    CREATIVES,
    FRACTION,
    LINEAGE,
    TEXT,
    TOTALS_DAILY,
    Column,
    Table,
)
from include.warehouse.columns import (
    ACCOUNT,
    AD,
    AS_OF,
    DAY,
    MONEY_SUM,
    NODE,
    OBJECTIVE,
    PICTURE,
    PLATFORM,
    RATE,
)
from include.warehouse.rooms import CLUSTERS, DESCRIPTIONS, LEADERBOARDS, PROMISES, VECTORS

_SUMS = (
    Column("ads", COUNT, "ads with a row", "count"),
    Column("impressions", COUNT, "times shown", "count"),
    Column("link_clicks", COUNT, "clicks that lead off the ad", "count"),
    Column("engagements", COUNT, "interactions the platform counts as engagement", "count"),
    Column("leads", FRACTION, "leads; null when no row has them", "count"),
    Column("purchases", FRACTION, "purchases; null when no row has them", "count"),
    Column("conversions", FRACTION, "all conversions; null when no row has them", "count"),
    Column("video_views", COUNT, "video views; null when no row has them", "count"),
    Column("spend", MONEY_SUM, "cost", "`currency`"),
    Column("currency", TEXT, "currency of `spend`", "ISO 4217"),
    Column(
        "spend_reporting",
        MONEY_SUM,
        "`spend` in the reporting currency, each day by its own rate; null when any of it has none",
        "`reporting_currency`",
    ),
    Column("reporting_currency", TEXT, "currency of `spend_reporting`", "ISO 4217"),
    Column("unrated", COUNT, "ad-days with cost for whose day no rate is known", "count"),
    Column("first_date", DAY, "first report day with a row", "day"),
    Column("last_date", DAY, "last report day with a row", "day"),
)

COMPLETENESS = Table(
    "completeness",
    "How much of its final results each platform had told of a day, by the day's age; of days that "
    "were read young and again when final.",
    ("platform", "result", "age"),
    (
        PLATFORM,
        Column("result", TEXT, "column of `ad_daily`"),
        Column("age", pa.int32(), "days between report day and reading", "day"),
        Column("days", COUNT, "account days that were followed", "count"),
        Column("seen", FRACTION, "told at that age", "count"),
        Column("final", FRACTION, "told in the end, of the same days", "count"),
        Column("low", FRACTION, "share told by then that nine days in ten reach", "fraction"),
        Column("high", FRACTION, "share that one day in ten exceeds", "fraction"),
    ),
)

AD_RESULTS = Table(
    "ad_results",
    "What each ad did, all report days; the marts are sums of it.",
    ("platform", "account_id", "ad_id", "campaign_id", "currency"),
    (PLATFORM, ACCOUNT, AD, Column("campaign_id", TEXT, "campaign"), *_SUMS[1:]),
)

EXCHANGE_RATES = Table(
    "exchange_rates",
    "`include/config/exchange_rates.csv`: what one unit of a currency is worth from a day on.",
    ("currency", "day"),
    (
        Column("day", DAY, "first day of the rate; it holds until the currency's next one"),
        Column("currency", TEXT, "currency", "ISO 4217"),
        Column("rate", RATE, "worth of one unit in the reporting currency"),
        Column("reporting_currency", TEXT, "the reporting currency", "ISO 4217"),
    ),
)

RESTATEMENT = Table(
    "restatement",
    "How long each platform still changes its numbers.",
    ("platform",),
    (
        PLATFORM,
        Column("days", pa.int32(), "days before the newest reading that are not final", "day"),
    ),
)

READINGS = Table(
    "readings",
    "Every reading of an account's numbers, with the lineage that all its rows share.",
    ("platform", "account_id", "as_of"),
    (
        PLATFORM,
        ACCOUNT,
        Column("as_of", DAY, "its last complete report day"),
        Column("since", DAY, "first report day that it told of; `as_of` when it told nothing"),
        Column("rows", COUNT, "rows of `ad_daily` that it told", "count"),
        *(column for column in AD_DAILY.columns if column.name in LINEAGE[1:]),
    ),
)

AD_PICTURES = Table(
    "ad_pictures",
    "The main picture of each ad: the stored one of the lowest position. One per ad, so that no "
    "number is counted twice.",
    ("platform", "account_id", "ad_id"),
    (PLATFORM, ACCOUNT, AD, PICTURE),
)

PICTURE_RESULTS = Table(
    "picture_results",
    "What each picture did, per node, objective and account; all report days.",
    ("node", "objective", "platform", "account_id", "picture", "currency"),
    (NODE, OBJECTIVE, PLATFORM, ACCOUNT, PICTURE, *_SUMS),
)

ACCOUNT_RESULTS = Table(
    "account_results",
    "What all ads of an account did per objective, with or without a picture or a node.",
    ("objective", "platform", "account_id", "currency"),
    (OBJECTIVE, PLATFORM, ACCOUNT, *_SUMS),
)

QUALITY_RUNS = Table(
    "quality_runs",
    "How many rows each run read, accepted and set aside; accepted + quarantined = read.",
    ("run_id", "as_of", "platform", "account_id", "table_name"),
    (
        Column("run_id", TEXT, "run that read the rows"),
        AS_OF,
        PLATFORM,
        ACCOUNT,
        Column("table_name", TEXT, "table of the lake"),
        Column("read", COUNT, "rows read", "count"),
        Column("accepted", COUNT, "rows published", "count"),
        Column("quarantined", COUNT, "rows set aside", "count"),
    ),
)

QUARANTINED = Table(
    "quarantined",
    "Every row that was set aside, with the rule it broke, the reason and the run.",
    (),
    (
        Column("table_name", TEXT, "table of the lake"),
        PLATFORM,
        ACCOUNT,
        AS_OF,
        Column("run_id", TEXT, "run that set it aside"),
        Column("rule", TEXT, "first rule it broke (`include/rules.py`)"),
        Column("reason", TEXT, "what was seen and what was expected, for every rule it broke"),
        Column("row", TEXT, "the row as it was read; untrusted text", "JSON"),
    ),
)

FRESHNESS = Table(
    "freshness",
    "How far each account of `nodes.yaml` is read, and each account of the lake beside them.",
    ("platform", "account_id"),
    (
        PLATFORM,
        ACCOUNT,
        Column("name", TEXT, "name in `nodes.yaml`; null when the file no longer names it"),
        Column("newest_as_of", DAY, "newest reading; null when it was never read", "day"),
        Column("readings", COUNT, "readings kept", "count"),
        Column("first_report_date", DAY, "oldest report day", "day"),
        Column("last_report_date", DAY, "newest report day with a row", "day"),
        Column("report_days", COUNT, "report days with a row", "count"),
        Column("rows", COUNT, "rows in `ad_daily`", "count"),
        Column(
            "vanished_rows",
            COUNT,
            "rows of earlier readings that the newest one, though it covers their day, no longer "
            "tells; they stay in `ad_daily` with their own `as_of`",
            "count",
        ),
        Column("quarantined", COUNT, "rows of the newest reading's last run set aside", "count"),
    ),
)


RECONCILIATION = Table(
    "reconciliation",
    "Whether the ads of a day add up to what the platform says of the whole account; a total is "
    "null where none was told.",
    ("platform", "account_id", "report_date", "currency"),
    (
        PLATFORM,
        ACCOUNT,
        Column("report_date", DAY, "day in the account's time zone", "day"),
        Column("currency", TEXT, "currency of all money of the row", "ISO 4217"),
        Column("total_impressions", COUNT, "times shown, by the platform's total", "count"),
        Column("total_clicks", COUNT, "all clicks, by the platform's total", "count"),
        Column("total_spend", MONEY_SUM, "cost, by the platform's total", "`currency`"),
        Column("residual_impressions", COUNT, "of these in residual rows, beyond all ads", "count"),
        Column("residual_spend", MONEY_SUM, "of the cost in residual rows", "`currency`"),
        Column("impressions_difference", COUNT, "total minus ads and residuals", "count"),
        Column("clicks_difference", COUNT, "total minus ads and residuals", "count"),
        Column("spend_difference", MONEY_SUM, "total minus ads and residuals", "`currency`"),
    ),
)


DOUBLE_COUNTS = Table(
    "double_counts",
    "What looks like one thing counted twice, of the newest 62 report days: `same_series`, an ad "
    "whose days are those of another ad; `same_result`, a campaign of which two results agree on "
    "every day. Nothing is taken away.",
    ("rule", "platform", "account_id", "id", "twin", "currency"),
    (
        Column("rule", TEXT, "`same_series` or `same_result`"),
        PLATFORM,
        ACCOUNT,
        Column("id", TEXT, "the ad, or the campaign"),
        Column("twin", TEXT, "account and id of the other ad, or the two columns that agree"),
        Column("first_date", DAY, "first report day of it", "day"),
        Column("last_date", DAY, "last report day of it", "day"),
        Column("days", COUNT, "report days that agree", "count"),
        Column("counted", FRACTION, "impressions of the ad, or results, on these days", "count"),
        Column("spend", MONEY_SUM, "cost on these days", "`currency`"),
        Column("currency", TEXT, "currency of `spend`", "ISO 4217"),
    ),
)

ACCOUNT_RECONCILIATION = Table(
    "account_reconciliation",
    "Whether the ads of an account add up to what the platform says, over its newest 28 report "
    "days; differences are total minus ads and residuals.",
    ("platform", "account_id", "currency"),
    (
        PLATFORM,
        ACCOUNT,
        Column("currency", TEXT, "currency of all money of the row", "ISO 4217"),
        Column("first_date", DAY, "first report day compared", "day"),
        Column("last_date", DAY, "last report day compared", "day"),
        Column("days", COUNT, "report days with an ad or a total", "count"),
        Column("days_without_total", COUNT, "of these, days of which no total was told", "count"),
        Column("days_off", COUNT, "days that differ by a count or a cent", "count"),
        Column("campaigns", COUNT, "campaigns with totals; null when none are told", "count"),
        Column("campaigns_off", COUNT, "of these, campaigns that differ on any day", "count"),
        Column("total_impressions", COUNT, "times shown, by the platform's totals", "count"),
        Column("impressions_difference", COUNT, "told by nobody", "count"),
        Column("residual_impressions", COUNT, "in residual rows, beyond all ads", "count"),
        Column("clicks_difference", COUNT, "told by nobody", "count"),
        Column("total_spend", MONEY_SUM, "cost, by the platform's totals", "`currency`"),
        Column("spend_difference", MONEY_SUM, "told by nobody", "`currency`"),
        Column("residual_spend", MONEY_SUM, "in residual rows, beyond all ads", "`currency`"),
        Column("double_counts", COUNT, "rows of `double_counts`", "count"),
    ),
)


def _beside(table: Table, *columns: Column, name: str = "", meaning: str = "") -> Table:
    """A table of the lake with further columns."""
    return Table(
        name or table.name, meaning or table.meaning, table.key, (*table.columns, *columns)
    )


_DAILY = tuple(column for column in AD_DAILY.columns if column.name not in LINEAGE)
_IS_FINAL = Column(
    "is_final",
    pa.bool_(),
    "the account's newest reading is so much later that the platform no longer changes the day",
)

WAREHOUSE: dict[str, Table] = {
    table.name: table
    for table in (
        READINGS,
        RESTATEMENT,
        EXCHANGE_RATES,
        Table(
            "ad_daily_readings",
            "All that readings told of what each ad did on each report day; their lineage stands "
            "in `readings`. Of readings older than 35 days only what changed.",
            (*AD_DAILY.key, "as_of"),
            (
                *_DAILY,
                Column("as_of", DAY, "first reading that told the row thus"),
                Column("told_until", DAY, "last reading, of those in turn, that told it thus"),
                Column(
                    "superseded_on",
                    DAY,
                    "first later reading that tells the key; null for what `ad_daily` shows",
                ),
            ),
        ),
        Table(
            AD_DAILY.name,
            "What each ad did on each report day: the newest reading of each key. A row that newer "
            "readings no longer tell stays. `ad_daily_asof(day)` gives the same as it stood after "
            "the reading of a day.",
            AD_DAILY.key,
            (*_DAILY, _IS_FINAL, AS_OF),
        ),
        _beside(ACCOUNTS, AS_OF),
        _beside(CAMPAIGNS, NODE, AS_OF),
        _beside(AD_SETS, AS_OF),
        _beside(ADS, AS_OF),
        _beside(CREATIVES, AS_OF),
        _beside(
            CREATIVE_IMAGES,
            AS_OF,
            meaning="Image files of the creatives, as each creative's newest listing has them.",
        ),
        DESCRIPTIONS,
        CLUSTERS,
        VECTORS,
        AD_PICTURES,
        AD_RESULTS,
        PICTURE_RESULTS,
        ACCOUNT_RESULTS,
        COMPLETENESS,
        LEADERBOARDS,
        PROMISES,
        QUALITY_RUNS,
        QUARANTINED,
        FRESHNESS,
        _beside(
            TOTALS_DAILY,
            AS_OF,
            meaning="What the platform says a whole account or campaign did on a report day: the "
            "newest reading of each key.",
        ),
        RECONCILIATION,
        DOUBLE_COUNTS,
        ACCOUNT_RECONCILIATION,
    )
}
