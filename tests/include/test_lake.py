"""Partition paths, and Parquet objects that come back as they were."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.lake import (
    Compacted,
    Partition,
    lake_place,
    latest,
    partitions,
    read_table,
    readings_in,
    write_partition,
    write_table,
)
from include.tables import PLATFORMS, TABLES

PARTITIONS = st.builds(
    Partition,
    table=st.sampled_from(sorted(TABLES)),
    as_of=st.dates(min_value=date(1000, 1, 1)),
    platform=st.sampled_from(PLATFORMS),
    account_id=st.from_regex(r"[A-Za-z0-9]{1,40}", fullmatch=True),
)


@given(PARTITIONS)
def test_reading_a_path_undoes_building_it(partition):
    """Every partition comes back from its own key."""
    assert Partition.of(partition.key) == partition


def test_the_path_is_the_documented_one():
    """Hive partitions by day of reading, platform and account."""
    assert Partition("ad_daily", date(2026, 11, 3), "meta", "101").key == (
        "lake/ad_daily/year=2026/month=11/day=03/platform=meta/account=101/part-0.parquet"
    )


@pytest.mark.parametrize("key", ["lake/ad_daily/x.parquet", "raw/meta", ""])
def test_another_path_is_no_partition(key):
    """The message shows the key."""
    with pytest.raises(ValueError, match="is not a partition path"):
        Partition.of(key)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "n": st.none() | st.integers(-(2**63), 2**63 - 1),
            "x": st.none() | st.floats(allow_nan=False),
            "t": st.none() | st.text(),
            "d": st.none() | st.dates(),
            "m": st.none() | st.decimals(-(10**11), 10**11, places=6),
        }
    ),
    max_size=20,
)
SCHEMA = pa.schema(
    [
        ("n", pa.int64()),
        ("x", pa.float64()),
        ("t", pa.string()),
        ("d", pa.date32()),
        ("m", pa.decimal128(18, 6)),
    ]
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=ROWS)
def test_write_then_read_is_identity(rows, store):
    """Values, nulls and types survive, and the same rows give the same bytes."""
    data = pa.Table.from_pylist(rows, schema=SCHEMA)
    write_table(store, "x/one.parquet", data)
    write_table(store, "x/two.parquet", data)
    assert read_table(store, "x/one.parquet").equals(data)
    assert store.read("x/one.parquet") == store.read("x/two.parquet")


def test_money_keeps_its_last_digit_on_s3(s3_store):
    """0.000001 pesos stay 0.000001 pesos."""
    data = pa.table({"m": pa.array([Decimal("999999999999.000001")], pa.decimal128(18, 6))})
    write_table(s3_store, "x.parquet", data)
    assert read_table(s3_store, "x.parquet")["m"].to_pylist() == [Decimal("999999999999.000001")]


def test_other_columns_than_the_tables_are_refused(store):
    """A partition has the columns of include/tables.py, or is not written."""
    data = pa.table({"platform": ["meta"]})
    with pytest.raises(ValueError, match=r"ads/.*: columns are \['platform'\], expected"):
        write_partition(store, Partition("ads", date(2026, 11, 20), "meta", "1"), data)
    assert store.keys() == []


def account_row(name):
    """One row of `accounts`."""
    rows = [
        {
            "platform": "meta",
            "account_id": "1",
            "name": name,
            "currency": "COP",
            "timezone": "America/Bogota",
        }
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["accounts"].schema)


def test_readings_are_listed_oldest_first_and_read_with_their_day(any_store):
    """A rerun of one day replaces that day only."""
    days = [date(2026, 11, 20), date(2026, 9, 30), date(2026, 11, 19)]
    for day in days:
        write_partition(any_store, Partition("accounts", day, "meta", "1"), account_row("old"))
    write_partition(any_store, Partition("accounts", days[0], "meta", "1"), account_row("new"))
    write_partition(any_store, Partition("accounts", days[1], "x_ads", "2"), account_row("x"))
    found = partitions(any_store, "accounts")
    assert [p.as_of for p in found] == [days[1], days[1], days[2], days[0]]
    names = [read_table(any_store, p.key)["name"].to_pylist() for p in found]
    assert names == [["old"], ["x"], ["old"], ["new"]]
    newest = latest(found)
    assert [(p.platform, p.as_of) for p in newest] == [("x_ads", days[1]), ("meta", days[0])]


def test_of_two_writers_of_one_partition_one_wins_whole(any_store):
    """Two collects of one account and day at once: readers see the one or the other."""
    place = Partition("accounts", date(2026, 11, 20), "meta", "1")
    versions = [pa.concat_tables([account_row(name)] * 500) for name in ("first", "second")]
    write_partition(any_store, place, versions[0])

    def write(number):
        write_partition(any_store, place, versions[number % 2])

    def read(_):
        return set(read_table(any_store, place.key)["name"].to_pylist())

    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(write, number) for number in range(20)]
        seen = [found.result() for found in [pool.submit(read, n) for n in range(20)]]
        for done in writes:
            done.result()
    assert all(names in ({"first"}, {"second"}) for names in seen)
    assert any_store.keys() == [place.key]
    assert read_table(any_store, place.key) in versions


def test_a_compacted_path_is_no_partition_and_comes_back():
    """Readings of a month in one file; `partitions` leaves it out."""
    place = Compacted("ad_daily", date(2026, 9, 1), "meta", "1")
    assert place.key == (
        "lake/ad_daily/year=2026/month=09/platform=meta/account=1/compacted-0.parquet"
    )
    assert Compacted.of(place.key) == lake_place(place.key) == place
    assert Compacted.of(Partition("ads", date(2026, 9, 1), "meta", "1").key) is None
    with pytest.raises(ValueError, match="without its list of readings"):
        readings_in(pa.schema([]))
