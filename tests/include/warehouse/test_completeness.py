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


@pytest.mark.parametrize("readings", [[("a", 27, 6.0)], [("a", 0, 6.0), ("a", 9, 8.0)], []])
def test_days_read_once_or_not_to_the_end_teach_nothing(
    readings: list[tuple[str, int, float]],
) -> None:
    """A backfill of old days says nothing of how they grew, nor does a day that still grows."""
    assert table(readings) == {}
