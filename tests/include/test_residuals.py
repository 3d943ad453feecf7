"""What ads lack of the totals becomes rows of its own; what they have too much is told."""

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from include.errors import SchemaDrift
from include.residuals import placeholders, residual_rows
from include.tables import TABLES

FIRST, SECOND = date(2026, 11, 19), date(2026, 11, 20)


@pytest.fixture
def ads(ad_day):
    """Numbers of ads as (campaign, ad, day, impressions, clicks, spend)."""

    def make(*told):
        rows = [
            ad_day(
                campaign_id=campaign,
                ad_id=ad,
                report_date=day,
                impressions=impressions,
                clicks=clicks,
                link_clicks=0,
                spend=Decimal(spend),
            )
            for campaign, ad, day, impressions, clicks, spend in told
        ]
        return pa.Table.from_pylist(rows, schema=TABLES["ad_daily"].schema)

    return make


@pytest.fixture
def totals(peso_account):
    """Totals as (level id, day, impressions, clicks, spend)."""

    def make(*told, level="campaign"):
        rows = [
            {
                "platform": "meta",
                "account_id": peso_account.account_id,
                "level": level,
                "level_id": level_id,
                "report_date": day,
                "currency": "COP",
                "impressions": impressions,
                "clicks": clicks,
                "spend": Decimal(spend),
            }
            for level_id, day, impressions, clicks, spend in told
        ]
        return pa.Table.from_pylist(rows, schema=TABLES["totals_daily"].schema)

    return make


def test_what_ads_lack_of_a_campaign_becomes_one_row_a_day(ads, totals, peso_account):
    """Two ads with 600 + 300 impressions of 1000, and 9 + 4.5 of 15 pesos."""
    found = residual_rows(
        ads(
            ("c1", "a1", FIRST, 600, 12, "9"),
            ("c1", "a2", FIRST, 300, 6, "4.50"),
            ("c1", "a1", SECOND, 500, 10, "7"),
        ),
        totals(("c1", FIRST, 1000, 20, "15"), ("c1", SECOND, 500, 10, "7")),
        peso_account,
    )
    assert found.rows == [
        {
            "platform": "meta",
            "account_id": peso_account.account_id,
            "report_date": FIRST,
            "timezone": "America/Bogota",
            "currency": "COP",
            "campaign_id": "c1",
            "ad_set_id": "__residual__:c1",
            "ad_id": "__residual__:c1",
            "impressions": 100,
            "clicks": 2,
            "spend": Decimal("1.5"),
        }
    ]
    assert found.reconciliation == {
        "level": "campaign",
        "total": {"impressions": 1500, "clicks": 30, "spend": "22"},
        "ads": {"impressions": 1400, "clicks": 28, "spend": "20.5"},
        "difference": {"impressions": 100, "clicks": 2, "spend": "1.5"},
        "residual_rows": 1,
        "above_total": 0,
        "examples": [],
    }


def test_a_campaign_of_which_no_ad_is_listed_is_all_residual(ads, totals, peso_account):
    """Performance Max, or a campaign whose ads are deleted: its days would be missing."""
    found = residual_rows(
        ads(("c1", "a1", FIRST, 5, 1, "1")),
        totals(("c1", FIRST, 5, 1, "1"), ("c2", FIRST, 70, 7, "0.70")),
        peso_account,
    )
    (row,) = found.rows
    assert (row["ad_id"], row["impressions"], row["clicks"]) == ("__residual__:c2", 70, 7)
    assert row["spend"] == Decimal("0.70")


def test_ads_above_the_total_are_told_and_not_taken_away(ads, totals, peso_account):
    """30 impressions too many, 1 click too few: the click is added, the 30 stay."""
    found = residual_rows(
        ads(("c1", "a1", FIRST, 130, 4, "10"), ("c2", "a2", FIRST, 8, 0, "2")),
        totals(("c1", FIRST, 100, 5, "10")),
        peso_account,
    )
    (row,) = found.rows
    assert (row["impressions"], row["clicks"], row["spend"]) == (0, 1, 0)
    told = found.reconciliation
    assert told["difference"] == {"impressions": -38, "clicks": 1, "spend": "-2"}
    assert told["above_total"] == 2
    assert told["examples"] == [
        {
            "level_id": "c1",
            "report_date": "2026-11-19",
            "impressions": -30,
            "clicks": 1,
            "spend": "0",
        },
        {
            "level_id": "c2",
            "report_date": "2026-11-19",
            "impressions": -8,
            "clicks": 0,
            "spend": "-2",
        },
    ]


def test_an_account_s_total_is_held_against_all_its_ads(ads, totals, peso_account):
    """X tells the account; the row's campaign is a placeholder too."""
    account_id = peso_account.account_id
    found = residual_rows(
        ads(("c1", "a1", FIRST, 40, 2, "4"), ("c2", "a2", FIRST, 50, 3, "5")),
        totals((account_id, FIRST, 100, 5, "10"), level="account"),
        peso_account,
    )
    (row,) = found.rows
    assert (row["impressions"], row["clicks"], row["spend"]) == (10, 0, 1)
    assert row["campaign_id"] == row["ad_id"] == f"__residual__:{account_id}"


def test_rounding_is_no_missing_ad(ads, totals, peso_account):
    """A millionth of a peso without an impression stays a difference; a cent is money."""
    same = ads(("c1", "a1", FIRST, 100, 5, "9.999999"), ("c2", "a2", FIRST, 1, 0, "1.00"))
    found = residual_rows(
        same,
        totals(("c1", FIRST, 100, 5, "10"), ("c2", FIRST, 1, 0, "1.01")),
        peso_account,
    )
    assert [(row["campaign_id"], row["spend"]) for row in found.rows] == [("c2", Decimal("0.01"))]
    assert found.reconciliation["difference"]["spend"] == "0.010001"


def test_without_totals_nothing_is_known(ads, totals, peso_account):
    """No total is not a total of nothing."""
    found = residual_rows(ads(("c1", "a1", FIRST, 5, 1, "1")), totals(), peso_account)
    assert (found.rows, found.reconciliation) == ([], None)
    found = residual_rows(ads(), totals(("c1", FIRST, 5, 1, "1")), peso_account)
    assert found.rows[0]["impressions"] == 5
    assert found.reconciliation["ads"] == {"impressions": 0, "clicks": 0, "spend": "0"}


def test_totals_of_two_levels_stop_the_reading(ads, totals, peso_account):
    """Campaigns and their account added up would count everything twice."""
    both = pa.concat_tables(
        [totals(("c1", FIRST, 5, 1, "1")), totals(("1", FIRST, 5, 1, "1"), level="account")]
    )
    with pytest.raises(SchemaDrift, match=r"levels \['account', 'campaign'\], expected one"):
        residual_rows(ads(), both, peso_account)


def test_residual_rows_have_an_ad_an_ad_set_and_a_campaign(ads, totals, peso_account):
    """Joins then find something; a campaign that is listed keeps its own row."""
    found = residual_rows(
        ads(),
        totals(("c1", FIRST, 5, 1, "1"), ("c1", SECOND, 5, 1, "1"), ("c2", FIRST, 5, 1, "1")),
        peso_account,
    )
    made = placeholders(found.rows, {"c1"}, peso_account)
    assert [(ad["ad_id"], ad["ad_set_id"], ad["campaign_id"]) for ad in made["ads"]] == [
        ("__residual__:c1", "__residual__:c1", "c1"),
        ("__residual__:c2", "__residual__:c2", "c2"),
    ]
    assert {row["status"] for rows in made.values() for row in rows} == {"residual"}
    assert [row["ad_set_id"] for row in made["ad_sets"]] == ["__residual__:c1", "__residual__:c2"]
    assert [(row["campaign_id"], row["objective"]) for row in made["campaigns"]] == [
        ("c2", "unknown")
    ]
