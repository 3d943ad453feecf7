"""What Great Expectations says of the warehouse as a whole."""

from datetime import date, timedelta

import pytest

from include.errors import QualityFailed
from include.lake import Partition, read_table, write_partition
from include.warehouse.judging import FOLDER, judge_warehouse

DAY = date(2026, 11, 20)


def told(found):
    """Table -> what was warned of, in words."""
    return {each.table: " ".join(each.warned) for each in found if each.warned}


def test_links_freshness_and_what_ads_lack_are_told(lake, listing, ad_day, store):
    """Ad a9 is not listed and three days are not read: warnings, each with its page."""
    lake.write(**listing, ad_daily=[ad_day(ad_id="a9")])
    lake.build()
    found = judge_warehouse(store, day=DAY + timedelta(days=3))
    warned = told(found)
    assert "column='ads_is_listed'" in warned["ad_daily"]
    assert "1 of 1 rows" in warned["ad_daily"]
    assert "column='days_behind'" in warned["freshness"]
    assert set(warned) == {"ad_daily", "freshness"}
    assert not [each.failed for each in found if each.failed]
    assert {each.page for each in found} == {
        key for key in store.keys(FOLDER) if key != f"{FOLDER}/index.html"
    }
    assert 'href="row_counts.html"' in store.read(f"{FOLDER}/index.html").decode()


def test_an_account_is_held_to_its_own_past(lake, listing, ad_day, store):
    """Of usually 40 ads 10 are left: a quarter. Campaigns were always two: too few to judge."""
    ad = listing["ads"][0]
    for back in (3, 2, 1, 0):
        ads = [{**ad, "ad_id": f"a{n}"} for n in range(40 if back else 10)]
        lake.write(DAY - timedelta(days=back), **{**listing, "ads": ads}, run_id=f"run-{back}")
    lake.build()
    assert list(told(judge_warehouse(store, day=DAY))) == ["row_counts"]
    page = store.read(f"{FOLDER}/row_counts.html").decode()
    assert "share_of_usual" in page
    assert "0.25" in page


def test_what_cannot_be_stops_after_all_pages(lake, listing, ad_day, store):
    """A campaign with an objective that we do not know came into the lake past the reading."""
    lake.write(**listing, ad_daily=[ad_day()])
    place = Partition("campaigns", DAY, "meta", lake.account.account_id)
    data = read_table(store, place.key)
    column = data.column_names.index("objective")
    changed = data.set_column(column, data.schema.field("objective"), [["leads", "glory"]])
    write_partition(store, place, changed)
    lake.build()
    with pytest.raises(QualityFailed, match=r"campaigns: .*'objective'.*1 of 2 rows"):
        judge_warehouse(store, day=DAY)
    assert store.exists(f"{FOLDER}/account_reconciliation.html")
    assert "Failed" in store.read(f"{FOLDER}/campaigns.html").decode()
