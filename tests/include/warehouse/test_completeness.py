"""How complete young days were, from the readings that the lake keeps."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

SQL = (Path(__file__).parents[3] / "include/warehouse/completeness.sql").read_text("utf-8")
DAY = date(2026, 10, 1)

# ad, age of the day at the reading, leads told.
READINGS = [
    ("a", 0, 6.0),
    ("a", 2, 8.0),
    ("a", 27, 10.0),
    ("b", 2, 5.0),  # not listed at first: nothing was told of it
    ("b", 27, 10.0),
    ("c", 27, 7.0),
]
WINDOW = 28


def table(readings: list[tuple[str, int, float]]) -> dict[int, tuple[float, ...]]:
    """(days, seen, final) of leads by age, of ads of one account and day.

    Each reading tells a row of its first day too: a window of 28 days.
    """
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE ad_daily_readings (platform TEXT, account_id TEXT, ad_id TEXT,"
        " report_date DATE, as_of DATE, leads DOUBLE, purchases DOUBLE,"
        " conversions DOUBLE, app_installs DOUBLE, link_clicks BIGINT, impressions BIGINT,"
        " engagements BIGINT, video_views BIGINT)"
    )
    first = [("other", WINDOW - 1, age) for age in sorted({age for _, age, _ in readings})]
    told = [(ad, age, age, leads) for ad, age, leads in readings]
    for ad, age, seen_at, leads in [*told, *((ad, age, at, 0.0) for ad, age, at in first)]:
        as_of = DAY + timedelta(days=seen_at)
        con.execute(
            "INSERT INTO ad_daily_readings VALUES ('meta', '1', ?, ?, ?, ?, NULL, NULL, NULL,"
            " 100, 1000, 0, NULL)",
            [ad, as_of - timedelta(days=age), as_of, leads],
        )
    con.execute("ALTER TABLE ad_daily_readings ADD COLUMN told_until DATE")
    con.execute("UPDATE ad_daily_readings SET told_until = as_of")
    con.execute(
        "CREATE OR REPLACE TABLE ad_daily_readings AS SELECT *, lead(as_of) OVER"
        " (PARTITION BY ad_id, report_date ORDER BY as_of) AS superseded_on FROM ad_daily_readings"
    )
    con.execute(
        "CREATE TABLE readings AS SELECT platform, account_id, as_of, min(report_date) AS since"
        " FROM ad_daily_readings GROUP BY ALL"
    )
    con.execute(SQL)
    query = "SELECT age, days, seen, final FROM completeness WHERE result = 'leads'"
    return {age: tuple(rest) for age, *rest in con.execute(query).fetchall()}


def test_a_day_grows_from_its_first_reading_to_its_last() -> None:
    """6 of 27 leads on the first morning, 13 from the third day on, 27 in the end."""
    found = table(READINGS)
    assert found[0] == (1, 6.0, 27.0)
    assert found[1] == (1, 6.0, 27.0)
    assert found[2] == (1, 13.0, 27.0)
    assert found[26] == (1, 13.0, 27.0)
    assert found[27] == (1, 27.0, 27.0)


def test_a_row_that_did_not_change_need_not_be_told_again() -> None:
    """Readings keep only what changed: ad "a" is as it was told last."""
    found = table([("a", 0, 6.0), ("b", 9, 4.0), ("a", 27, 6.0), ("b", 27, 4.0)])
    assert found[9] == (1, 10.0, 10.0)


def test_days_that_grow_otherwise_give_a_range() -> None:
    """Of one day 2 of 10 leads were told at first, of the next 8 of 10: 26 % to 74 % of days."""
    con = duckdb.connect()
    con.execute("CREATE TABLE readings AS SELECT 'meta' AS platform, '1' AS account_id,"
                " DATE '2026-11-20' AS as_of, DATE '2026-10-24' AS since")  # fmt: skip
    con.execute("CREATE TABLE ad_daily_readings (platform TEXT, account_id TEXT, ad_id TEXT,"
                " report_date DATE, as_of DATE, told_until DATE, superseded_on DATE,"
                " leads DOUBLE, purchases DOUBLE,"
                " conversions DOUBLE, app_installs DOUBLE)")  # fmt: skip
    for day, first in ((DAY, 2.0), (DAY + timedelta(days=1), 8.0)):
        last = day + timedelta(days=27)
        rows = ((day, day + timedelta(days=26), last, first), (last, last, None, 10.0))
        for as_of, until, superseded_on, leads in rows:
            con.execute(
                "INSERT INTO ad_daily_readings VALUES ('meta', '1', 'a', ?, ?, ?, ?, ?, 0, 0, 0)",
                [day, as_of, until, superseded_on, leads],
            )
    con.execute(SQL)
    told = con.execute("SELECT days, seen, final, low, high FROM completeness WHERE age = 0")
    assert told.fetchone() == pytest.approx((2, 10.0, 20.0, 0.26, 0.74))


def test_a_day_told_alike_to_the_end_is_followed_to_the_end() -> None:
    """Compacted: one row stands for all readings of days 0 to 27, and all was told on day 0."""
    con = duckdb.connect()
    con.execute("CREATE TABLE readings AS SELECT 'meta' AS platform, '1' AS account_id,"
                " DATE '2026-11-20' AS as_of, DATE '2026-10-24' AS since")  # fmt: skip
    con.execute("CREATE TABLE ad_daily_readings AS SELECT 'meta' AS platform, '1' AS account_id,"
                " 'a' AS ad_id, DATE '2026-10-01' AS report_date, DATE '2026-10-01' AS as_of,"
                " DATE '2026-10-28' AS told_until, NULL::DATE AS superseded_on,"
                " 3.0 AS leads, 0.0 AS purchases,"
                " 0.0 AS conversions, 0.0 AS app_installs")  # fmt: skip
    con.execute(SQL)
    told = con.execute("SELECT min(age), max(age), min(seen), max(seen), max(final)"
                       " FROM completeness")  # fmt: skip
    assert told.fetchone() == (0, 27, 3.0, 3.0, 3.0)


@pytest.mark.parametrize("readings", [[("a", 27, 6.0)], [("a", 0, 6.0), ("a", 9, 8.0)], []])
def test_days_read_once_or_not_to_the_end_teach_nothing(
    readings: list[tuple[str, int, float]],
) -> None:
    """A backfill of old days says nothing of how they grew, nor does a day that still grows."""
    assert table(readings) == {}
