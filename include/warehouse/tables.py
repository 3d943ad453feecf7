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
    MONEY,
    TEXT,
    TOTALS_DAILY,
    Column,
    Table,
)

# Sums over years of one account in pesos do not fit into the 12 whole digits of one day's money.
MONEY_SUM = pa.decimal128(38, 6)
# Ten decimals: a peso is a fraction of a thousandth of a dollar.
RATE = pa.decimal128(18, 10)
DAY = pa.date32()

_AS_OF = Column("as_of", DAY, "day of the reading that told it: its last complete report day")
_PLATFORM = Column("platform", TEXT, "which platform")
_ACCOUNT = Column("account_id", TEXT, "ad account")
_AD = Column("ad_id", TEXT, "ad")
_PICTURE = Column("picture", TEXT, "sha256 of the picture's file")
_NODE = Column("node", TEXT, "business node by `nodes.yaml`; null when no pattern matches")
_OBJECTIVE = Column("objective", TEXT, "common objective of the campaign, or `unknown`")

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

_LABEL = pa.struct([("category", TEXT), ("label", TEXT), ("similarity", pa.float32())])
_AMOUNT = pa.struct([("currency", TEXT), ("amount", MONEY)])
_GUARD_RAIL = pa.struct([("name", TEXT), ("value", FRACTION), ("currency", TEXT)])
_REMOVAL = pa.struct([("text", TEXT), ("rule", TEXT)])

DESCRIPTIONS = Table(
    "descriptions",
    "What each picture shows, by describer; the files of `descriptions/`.",
    ("picture", "describer", "revision", "settings"),
    (
        _PICTURE,
        Column("describer", TEXT, "which describer", absent="required"),
        Column("revision", TEXT, "its revision", absent="required"),
        Column("settings", TEXT, "its settings", absent="required"),
        Column("caption", TEXT, "of the photo, one sentence; untrusted when a model wrote it"),
        Column("whole_caption", TEXT, "of the piece with its template; null without a template"),
        Column("text", TEXT, "caption and labels as one line; null where the describer has none"),
        Column("labels", pa.list_(_LABEL), "labels of the vocabulary, with their similarity"),
        Column("palette", pa.list_(TEXT), "dominant colours", "hex"),
        Column("photo_box", pa.list_(pa.float32()), "x0, y0, x1, y1 of the photo", "fractions"),
        Column("text_share", pa.float32(), "share of the area that is text", "fraction"),
        Column("ocr_text", TEXT, "text read in the picture; never reaches a prompt"),
        Column("width", pa.int32(), "width", "px"),
        Column("height", pa.int32(), "height", "px"),
        Column("removed", pa.list_(_REMOVAL), "words taken out of the caption, and by which rule"),
        Column("error", TEXT, "why it could not be described; null when it could"),
    ),
)

LEADERBOARDS = Table(
    "leaderboards",
    "All leaderboards that were stored before this build.",
    ("as_of", "node", "objective", "picture"),
    (
        Column("as_of", DAY, "day of the ranking"),
        _NODE,
        _OBJECTIVE,
        _PICTURE,
        Column("rank", pa.int32(), "1 is the best of its node and objective"),
        Column("mean", FRACTION, "estimate; 1.0 is an ordinary ad in the same place", "index"),
        Column("low", FRACTION, "lower end of the 80 % range", "index"),
        Column("high", FRACTION, "upper end of the 80 % range", "index"),
        Column("prob_above_baseline", FRACTION, "chance that it beats an ordinary ad", "fraction"),
        Column("verdict", TEXT, "`winner`, `ordinary`, `weak` or `not_enough_evidence`"),
        Column("results", FRACTION, "what the objective counts", "count"),
        Column("expected", FRACTION, "what an ordinary ad would have had", "count"),
        Column("evidence", FRACTION, "expected results, by what each ad set is worth", "count"),
        Column("impressions", COUNT, "times shown", "count"),
        Column("link_clicks", COUNT, "clicks that lead off the ad", "count"),
        Column("ads", COUNT, "ads that showed it", "count"),
        Column("platforms", pa.list_(TEXT), "where it ran"),
        Column("spend", pa.list_(_AMOUNT), "cost per currency", "`currency`"),
        Column("first_date", DAY, "first report day with a row", "day"),
        Column("last_date", DAY, "last report day with a row", "day"),
        Column("campaign_id", TEXT, "campaign that showed it most"),
        Column("chosen", pa.bool_(), "inspires the next set"),
        Column("weight", FRACTION, "its share among the chosen; they add up to 1", "fraction"),
        Column("reason_es", TEXT, "why, in Spanish"),
        Column("reason_en", TEXT, "why, in English"),
        Column("rule_version", TEXT, "method and settings that gave the number"),
        Column("result", TEXT, "what counts as a result: a column of `ad_daily`"),
        Column("per", TEXT, "what it is held against: `spend` or `impressions`"),
        Column(
            "current", FRACTION, "expected results by age; of the fresh period if worn", "count"
        ),
        Column("complete", FRACTION, "share of its final results told by then", "fraction"),
        Column("worn", pa.bool_(), "its last 28 days on air are surely below the time before"),
        Column("grade", TEXT, "`same_ad_set`, `same_campaign` or `different_audiences`"),
        Column("missing", _AMOUNT, "what it would still have to spend to be judged"),
        Column("revenue", pa.list_(_AMOUNT), "value of its conversions", "`currency`"),
        Column("guard_rails", pa.list_(_GUARD_RAIL), "ratios shown beside the KPI"),
        Column(
            "false_winners", FRACTION, "expected share of false ones of all winners", "fraction"
        ),
        Column("details_es", pa.list_(TEXT), "what lies behind the reason, in Spanish"),
        Column("details_en", pa.list_(TEXT), "what lies behind the reason, in English"),
    ),
)

PROMISES = Table(
    "promises",
    "What stored leaderboards promised of their chosen pieces, and what these delivered since.",
    ("as_of", "node", "objective"),
    (
        Column("as_of", DAY, "day of the comparison"),
        Column("promised_on", DAY, "day of the leaderboard held to account"),
        _NODE,
        _OBJECTIVE,
        Column("pieces", COUNT, "chosen pieces", "count"),
        Column("shown", COUNT, "of these, shown again since", "count"),
        Column("expected", FRACTION, "what ordinary ads would have had since", "count"),
        Column("promised", FRACTION, "index x expected", "count"),
        Column("delivered", FRACTION, "results since", "count"),
        Column("low", FRACTION, "lower end of the 80 % range of what was to come", "count"),
        Column("high", FRACTION, "upper end of it", "count"),
        Column("ratio", FRACTION, "promised over delivered; null when nothing came", "ratio"),
        Column("covered", FRACTION, "share of pieces within their own range", "fraction"),
        Column("rule_version", TEXT, "method and settings that made the promise"),
    ),
)

COMPLETENESS = Table(
    "completeness",
    "How much of its final results each platform had told of a day, by the day's age; of days that "
    "were read young and again when final.",
    ("platform", "result", "age"),
    (
        _PLATFORM,
        Column("result", TEXT, "column of `ad_daily`"),
        Column("age", pa.int32(), "days between report day and reading", "day"),
        Column("days", COUNT, "account days that were followed", "count"),
        Column("seen", FRACTION, "told at that age", "count"),
        Column("final", FRACTION, "told in the end, of the same days", "count"),
    ),
)

AD_RESULTS = Table(
    "ad_results",
    "What each ad did, all report days; the marts are sums of it.",
    ("platform", "account_id", "ad_id", "campaign_id", "currency"),
    (_PLATFORM, _ACCOUNT, _AD, Column("campaign_id", TEXT, "campaign"), *_SUMS[1:]),
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
        _PLATFORM,
        Column("days", pa.int32(), "days before the newest reading that are not final", "day"),
    ),
)

READINGS = Table(
    "readings",
    "Every reading of an account's numbers, with the lineage that all its rows share.",
    ("platform", "account_id", "as_of"),
    (
        _PLATFORM,
        _ACCOUNT,
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
    (_PLATFORM, _ACCOUNT, _AD, _PICTURE),
)

PICTURE_RESULTS = Table(
    "picture_results",
    "What each picture did, per node, objective and account; all report days.",
    ("node", "objective", "platform", "account_id", "picture", "currency"),
    (_NODE, _OBJECTIVE, _PLATFORM, _ACCOUNT, _PICTURE, *_SUMS),
)

ACCOUNT_RESULTS = Table(
    "account_results",
    "What all ads of an account did per objective, with or without a picture or a node.",
    ("objective", "platform", "account_id", "currency"),
    (_OBJECTIVE, _PLATFORM, _ACCOUNT, *_SUMS),
)

QUALITY_RUNS = Table(
    "quality_runs",
    "How many rows each run read, accepted and set aside; accepted + quarantined = read.",
    ("run_id", "as_of", "platform", "account_id", "table_name"),
    (
        Column("run_id", TEXT, "run that read the rows"),
        _AS_OF,
        _PLATFORM,
        _ACCOUNT,
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
        _PLATFORM,
        _ACCOUNT,
        _AS_OF,
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
        _PLATFORM,
        _ACCOUNT,
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
        _PLATFORM,
        _ACCOUNT,
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
            (*_DAILY, _IS_FINAL, _AS_OF),
        ),
        _beside(ACCOUNTS, _AS_OF),
        _beside(CAMPAIGNS, _NODE, _AS_OF),
        _beside(AD_SETS, _AS_OF),
        _beside(ADS, _AS_OF),
        _beside(CREATIVES, _AS_OF),
        _beside(
            CREATIVE_IMAGES,
            _AS_OF,
            meaning="Image files of the creatives, as each creative's newest listing has them.",
        ),
        DESCRIPTIONS,
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
            _AS_OF,
            meaning="What the platform says a whole account or campaign did on a report day: the "
            "newest reading of each key.",
        ),
        RECONCILIATION,
    )
}
