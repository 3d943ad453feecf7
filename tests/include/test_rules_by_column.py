"""The rules by column and the rules by row are one set of rules."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.config.nodes import load_nodes
from include.quality import rows_to_table
from include.rules import Place, broken_rules, typed
from include.rules_by_column import plain, unbroken, warnings_of
from include.tables import DAILY_PARSED, TABLES

DAY = date(2026, 11, 20)
SINCE = DAY - timedelta(days=27)
ACCOUNTS = {
    "meta": load_nodes().account("meta", "1010000000000001"),
    "x_ads": load_nodes().account("x_ads", "18ce54co"),
}
LINEAGE = {
    "run_id": "run-1",
    "fetched_at": datetime(2026, 11, 21, 12, tzinfo=UTC),
    "raw_sha256": "0" * 64,
}
WHOLE = pa.schema([*DAILY_PARSED, TABLES["ad_daily"].schema.field("is_final")])


class Reading:
    since, day, run_id = SINCE, DAY, "run-1"


COUNT = st.one_of(st.none(), st.integers(-2, 60))
FRACTION = st.one_of(st.none(), st.sampled_from([0.0, 0.5, 3.0, -1.5, float("nan"), float("inf")]))
MONEY = st.one_of(st.none(), st.decimals(-2, 9, places=6))
OTHER = {
    "platform": st.sampled_from(["meta"] * 9 + ["x_ads", ""]),
    "account_id": st.sampled_from(["1010000000000001"] * 9 + ["2", None]),
    "currency": st.sampled_from(["COP"] * 9 + ["USD", "PSO", "", None]),
    "report_date": st.sampled_from([DAY, SINCE, DAY + timedelta(1), SINCE - timedelta(1), None]),
    "ad_id": st.sampled_from(["a1", "a2", "á", "", None]),
    "campaign_id": st.sampled_from(["c1", "c1", "", None]),
    "attribution_setting": st.sampled_from([None, "", "7d_click"]),
    "is_final": st.sampled_from([True, False, None]),
}
BY_TYPE = {pa.int64(): COUNT, pa.float64(): FRACTION, pa.decimal128(18, 6): MONEY}


def a_row(changes, number):
    """A good row but for these columns."""
    good = {
        **dict.fromkeys(WHOLE.names),
        "platform": "meta",
        "account_id": "1010000000000001",
        "report_date": DAY,
        "timezone": "America/Bogota",
        "currency": "COP",
        "campaign_id": "c1",
        "ad_set_id": "s1",
        "ad_id": f"a{number}",
        "impressions": 1000,
        "clicks": 20,
        "link_clicks": 10,
        "spend": Decimal("12.500000"),
        "is_final": False,
    }
    return {**good, **changes}


CHANGES = st.dictionaries(st.sampled_from(WHOLE.names), st.none(), max_size=3).flatmap(
    lambda names: st.fixed_dictionaries(
        {name: OTHER.get(name, BY_TYPE.get(WHOLE.field(name).type, st.just("x"))) for name in names}
    )
)


def split(rows, batches=(), platform="meta"):
    return rows_to_table(
        "ad_daily",
        rows,
        list(batches),
        account=ACCOUNTS[platform],
        landing=Reading,
        constants=LINEAGE,
    )


def told(found):
    """The rows set aside; in a doubled row of a batch an absent count or amount is already 0."""
    rows = [
        [
            row["rule"],
            row["reason"],
            {k: v for k, v in json.loads(row["row"]).items() if v not in (0, "0.000000")},
        ]
        for row in found.quarantined.to_pylist()
    ]
    return sorted(rows, key=str)


def row_by_row(rows):
    """What the rules by row say of each row, without any column."""
    account = ACCOUNTS["meta"]
    place = Place("meta", account.account_id, account.currency, SINCE, DAY)
    verdicts = []
    for row in rows:
        values, faults = typed("ad_daily", {**row, **LINEAGE})
        faults = faults or broken_rules("ad_daily", values, place)
        verdicts.append([(fault.rule, fault.reason) for fault in faults])
    return verdicts


@settings(max_examples=200, deadline=None)
@given(st.lists(CHANGES, max_size=8), st.integers(0, 8))
def test_rows_and_batches_get_the_same_verdicts(changes, cut):
    """Whether a page came by columns or by rows, and whatever is wrong with it."""
    rows = [a_row(change, number) for number, change in enumerate(changes)]
    expected = [faults for faults in row_by_row(rows) if faults]
    whole = [pa.RecordBatch.from_pylist(rows, schema=WHOLE)]
    parts = [pa.RecordBatch.from_pylist(rows[:cut], schema=WHOLE)]
    splits = [split(rows), split([], whole), split(rows[cut:], parts)]
    # A number that only the rules by row can judge sends all rows there.
    odd = a_row({"ad_id": "odd", "impressions": 1.0}, 0)
    by_row = split([*rows, odd])
    for found in splits:
        assert found.read == len(rows)
        assert found.accepted.equals(by_row.accepted)
        assert found.accepted.schema == TABLES["ad_daily"].schema
        assert found.warnings == by_row.warnings
        aside = [row for row in found.quarantined.to_pylist() if "duplicate" not in row["rule"]]
        assert Counter(row["reason"] for row in aside) == Counter(
            "; ".join(reason for _, reason in faults) for faults in expected
        )
        assert told(found) == told(splits[0])
    assert "odd" in str(by_row.quarantined["row"].to_pylist())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "platform": OTHER["platform"],
                "account_id": OTHER["account_id"],
                "level": st.sampled_from(["account", "campaign", "ad", None]),
                "level_id": st.sampled_from(["1", "", None]),
                "report_date": OTHER["report_date"],
                "currency": OTHER["currency"],
                "impressions": COUNT,
                "clicks": COUNT,
                "spend": MONEY,
            }
        ),
        max_size=6,
    )
)
def test_totals_get_the_same_verdicts(rows):
    """A column that is not plain sends all rows to the rules by row; nothing else changes."""
    odd = {**dict.fromkeys(TABLES["totals_daily"].schema.names), "impressions": "many"}
    account = ACCOUNTS["meta"]
    by_column = rows_to_table("totals_daily", rows, account=account, landing=Reading)
    by_row = rows_to_table("totals_daily", [*rows, odd], account=account, landing=Reading)
    assert by_column.accepted.equals(by_row.accepted)
    reasons = [
        Counter(row["reason"] for row in found.quarantined.to_pylist() if "many" not in row["row"])
        for found in (by_column, by_row)
    ]
    assert reasons[0] == reasons[1]


def test_good_rows_never_see_the_rules_by_row():
    """If they did, a year of numbers would take minutes and nobody would know why."""
    data = pa.Table.from_pylist([a_row({}, number) for number in range(3)], schema=WHOLE)
    place = Place("meta", "1010000000000001", "COP", SINCE, DAY)
    assert unbroken("ad_daily", data, place).to_pylist() == [True] * 3
    assert plain([a_row({}, 1)], WHOLE) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"impressions": True},
        {"impressions": 1.0},
        {"spend": 1.5},
        {"spend": Decimal("1E-7")},
        {"spend": Decimal("NaN")},
        {"leads": 2**60 + 1},
        {"reach": 2**63},
        {"ad_id": 7},
        {"ad_id": "\ud83d"},
        {"report_date": datetime(2026, 11, 20, tzinfo=UTC)},
        {"_unparsed": {"spend": "1,5"}},
        {"wish_bid": 1},
    ],
)
def test_what_arrow_would_bend_is_not_plain(changes):
    """Arrow takes 1.0 for a count and True for 1; such rows are judged one by one."""
    assert plain([a_row({}, 1), a_row(changes, 2)], WHOLE) is None


def test_what_people_take_back_is_a_warning():
    """Fewer followers than the day before: the row stays, the reading tells."""
    found = split([a_row({"follows": -2}, 1), a_row({"follows": -1, "shares": -3}, 2)])
    assert found.accepted["follows"].to_pylist() == [-2, -1]
    assert found.warnings == {"negative_follows": 2, "negative_shares": 1}
    assert warnings_of("ads", TABLES["ads"].schema.empty_table()) == {}


def test_an_account_whose_currency_is_none_has_no_good_row():
    """nodes.yaml may hold three letters that are no currency; every row then says so."""
    account = ACCOUNTS["meta"]
    wrong = type(account)(**{**vars(account), "currency": "PSO"})
    rows = [a_row({"currency": "PSO"}, 1)]
    found = rows_to_table("ad_daily", rows, account=wrong, landing=Reading, constants=LINEAGE)
    assert found.quarantined["rule"].to_pylist() == ["unknown_currency"]


def test_x_may_have_more_link_clicks_than_clicks_in_batches_too():
    """As in the rules by row."""
    row = a_row({"platform": "x_ads", "account_id": "18ce54co", "clicks": 3, "link_clicks": 4}, 1)
    found = split([], [pa.RecordBatch.from_pylist([row], schema=WHOLE)], platform="x_ads")
    assert found.accepted.num_rows == 1
    assert found.warnings == {"more_link_clicks_than_clicks": 1}


def test_batches_with_other_columns_are_a_programmer_s_mistake():
    """Nothing is guessed from their order."""
    batch = pa.RecordBatch.from_pylist([{"ad_id": "1"}])
    with pytest.raises(ValueError, match="batches have the columns"):
        split([], [batch])
    with pytest.raises(ValueError, match="ads is judged row by row"):
        unbroken("ads", TABLES["ads"].schema.empty_table(), Place("meta", "1", "COP", DAY, DAY))


def test_batches_are_taken_out_of_the_list():
    """A year of numbers is not held twice."""
    batches = [pa.RecordBatch.from_pylist([a_row({}, n)], schema=WHOLE) for n in (2, 1)]
    found = rows_to_table(
        "ad_daily", [], batches, account=ACCOUNTS["meta"], landing=Reading, constants=LINEAGE
    )
    assert batches == []
    assert found.accepted["ad_id"].to_pylist() == ["a1", "a2"]
    assert set(found.accepted["raw_sha256"].to_pylist()) == {"0" * 64}
