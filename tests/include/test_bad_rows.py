"""Each kind of bad row and file lands where docs/operations.md says."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from include.errors import SchemaDrift

DAY_AFTER = timedelta(days=1)
PAGE = (Path(__file__).parents[2] / "docs/operations.md").read_text("utf-8")
TABLE = PAGE.partition("## Where bad rows and files land")[2].partition("\n## ")[0]
DOCUMENTED = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", TABLE, re.MULTILINE))

QUARANTINED = {
    "a number that is none (NaN, infinite)": ({"conversions": float("nan")}, "not_a_number"),
    "a negative amount or count": ({"spend": Decimal(-1)}, "negative"),
    "more link clicks than clicks (not on X)": (
        {"link_clicks": 21},
        "more_link_clicks_than_clicks",
    ),
    "a currency that is none": ({"currency": "XXL"}, "unknown_currency"),
    "another currency than the account's": ({"currency": "USD"}, "other_currency"),
    "a day after the last complete one": ({"report_date": DAY_AFTER}, "day_in_future"),
    "a day before the window": ({"report_date": -40 * DAY_AFTER}, "day_outside_window"),
    "a required column is absent": ({"campaign_id": ...}, "missing"),
    "a value of another type": ({"impressions": "many"}, "wrong_type"),
    "another account's row": ({"account_id": "9"}, "wrong_account"),
}


@pytest.mark.parametrize("what", QUARANTINED)
def test_a_bad_row_is_set_aside_under_the_documented_rule(what, ad_day, split):
    """The good row beside it is published."""
    change, rule = QUARANTINED[what]
    row = ad_day(ad_id="bad")
    for name, value in change.items():
        if value is ...:
            del row[name]
        else:
            row[name] = row[name] + value if isinstance(value, timedelta) else value
    found = split("ad_daily", [ad_day(), row])
    assert found.accepted["ad_id"].to_pylist() == ["a1"]
    assert found.quarantined["rule"].to_pylist() == [rule]
    assert DOCUMENTED[what] == f"quarantine, rule `{rule}`"


def test_rows_with_one_key_land_where_documented(ad_day, split):
    """Of equal rows one is kept; of different ones none, since nobody knows which is right."""
    other = ad_day(ad_id="a2", impressions=999)
    found = split("ad_daily", [ad_day(), ad_day(), ad_day(ad_id="a2"), other])
    assert found.accepted["ad_id"].to_pylist() == ["a1"]
    assert sorted(found.quarantined["rule"].to_pylist()) == [
        "duplicate_key",
        "duplicate_key",
        "duplicate_row",
    ]
    same, other = "the same row twice", "different rows with one key"
    assert DOCUMENTED[same] == "one is published, the other in quarantine, rule `duplicate_row`"
    assert DOCUMENTED[other] == "all in quarantine, rule `duplicate_key`"


def test_more_clicks_than_impressions_are_kept_and_told(ad_day, split):
    """A click may come a day after its impression."""
    found = split("ad_daily", [ad_day(impressions=1)])
    assert found.accepted.num_rows == 1
    assert found.warnings == {"more_clicks_than_impressions": 1}
    assert DOCUMENTED["more clicks than impressions"] == (
        "published, with a warning in log, quality report and Data Docs"
    )


def test_a_column_nobody_knows_stops_the_reading(ad_day, split):
    """Nothing of it is published, since it may change what the other columns mean."""
    with pytest.raises(SchemaDrift):
        split("ad_daily", [ad_day(wish_bid=3)])
    told = "the task stops with `SchemaDrift`; what was published stands"
    assert DOCUMENTED["a column that we do not know"] == told
