"""Readings of long ago, merged and still told one by one."""

import os
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from include.compaction import WHOLE_DAYS, compact, factor
from include.errors import QualityFailed
from include.lake import (
    Partition,
    compacted_files,
    newest_before,
    partitions,
    read_compacted,
    read_reading,
    readings,
    told_rows,
    write_partition,
)
from include.store import LocalStore
from include.tables import RESTATEMENT_DAYS, TABLES

FIRST = date(2026, 5, 20)  # windows of the first readings reach over the end of a month
LATER = FIRST + timedelta(days=200)
ROW = {
    "platform": "meta",
    "account_id": "1",
    "timezone": "UTC",
    "currency": "COP",
    "campaign_id": "c",
    "ad_set_id": "s",
    "clicks": 0,
    "link_clicks": 0,
    "engagements": 0,
    "spend": Decimal("1.000001"),
}


def reading(number, told, run="run"):
    """A reading of the day `FIRST + number`: (ad, report day) -> (impressions, leads)."""
    as_of = FIRST + timedelta(days=number)
    rows = [
        {
            **ROW,
            "ad_id": ad,
            "report_date": FIRST + timedelta(days=day),
            "impressions": impressions,
            "leads": leads,
            "is_final": number - day > RESTATEMENT_DAYS["meta"],
            "run_id": f"{run}-{number}",
            "fetched_at": datetime(2026, 11, 21, tzinfo=UTC) + timedelta(days=number),
            "raw_sha256": f"{number:064}",
        }
        for (ad, day), (impressions, leads) in sorted(told.items())
        if day <= number
    ]
    schema = TABLES["ad_daily"].schema
    return Partition("ad_daily", as_of, "meta", "1"), pa.Table.from_pylist(rows, schema=schema)


def ordered(data):
    """Rows by key."""
    return data.sort_by([(name, "ascending") for name in TABLES["ad_daily"].key])


def all_readings(store, table="ad_daily"):
    """Every reading's rows, by day."""
    return {p.as_of: ordered(read_reading(store, p)).to_pylist() for p in readings(store, table)}


TOLD = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.integers(0, 16)),
    st.tuples(st.integers(0, 1), st.none() | st.sampled_from([0.0, 1.5])),
    max_size=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    told=st.lists(st.tuples(st.integers(0, 16), TOLD), max_size=10),
    until=st.lists(st.integers(0, 20), max_size=3),
)
@example(  # told alike, then not told, then told as before; a reading arrives between two others
    told=[(n, {("a", 2): (1, None)} if n != 4 else {("b", 0): (1, None)}) for n in (2, 3, 5, 4)],
    until=[20],
)
def test_every_reading_is_given_back_as_it_was(told, until, tmp_path_factory):
    """Whatever is merged when, and collected again or late, before or after it was merged."""
    store = LocalStore(tmp_path_factory.mktemp("lake"))
    expected = {}
    for position, (number, rows) in enumerate(told):
        partition, data = reading(number, rows, run=f"run{position}")
        write_partition(store, partition, data)
        expected[partition.as_of] = ordered(data).to_pylist()
        if position < len(until):
            compact(store, day=FIRST + timedelta(days=until[position] + WHOLE_DAYS + 1))
            assert all_readings(store) == expected
    compact(store, day=LATER)
    assert all_readings(store) == expected
    assert partitions(store, "ad_daily") == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=st.lists(st.tuples(st.integers(0, 9), TOLD), max_size=8), seed=st.integers(0, 99))
def test_merging_little_by_little_gives_the_same_bytes(told, seed, tmp_path_factory):
    """At once or in three steps, in any order of arrival."""
    once, often = (LocalStore(tmp_path_factory.mktemp("lake")) for _ in range(2))
    written = {}
    for number, rows in told:
        partition, data = reading(number, rows)
        written[partition] = data
    for partition, data in written.items():
        write_partition(once, partition, data)
    compact(once, day=LATER)
    shuffled = list(written.items())
    random.Random(seed).shuffle(shuffled)
    for partition, data in shuffled:
        write_partition(often, partition, data)
        compact(often, day=LATER)
    assert often.keys() == once.keys()
    assert [often.read(key) for key in often.keys()] == [once.read(key) for key in once.keys()]


def test_a_month_that_changes_little_is_kept_once(store):
    """28 readings of an ad-day of which two differ: three runs, and the footer has all 28."""
    for number in range(28):
        leads = 0.0 if number < 3 else 1.0 if number < 7 else 2.0
        write_partition(store, *reading(number, {("a", 0): (5, leads)}))
    (done,) = compact(store, day=LATER)
    assert (done.readings, done.rows_before, done.rows_after) == (28, 28, 3)
    assert factor(store) == 3.0
    may, june = compacted_files(store, "ad_daily")
    assert may.key == (
        "lake/ad_daily/year=2026/month=05/platform=meta/account=1/compacted-0.parquet"
    )
    rows, kept = read_compacted(store, may.key)
    day = [FIRST + timedelta(days=n) for n in (0, 2, 3, 6, 7, 27)]
    spans = [tuple(r.values()) for r in rows.select(rows.column_names[-3:]).to_pylist()]
    assert spans == [(day[0], day[1], day[2]), (day[2], day[3], day[4]), (day[4], day[5], None)]
    assert len(kept) == 28
    # The readings of June covered days of June too, though they told nothing of them.
    assert len(read_compacted(store, june.key)[1]) == 16


def test_the_last_35_days_stay_whole(store):
    """A reading of exactly 35 days ago is not merged, one day older is."""
    for number in (0, 1):
        write_partition(store, *reading(number, {("a", 0): (5, None)}))
    day = FIRST + timedelta(days=36)
    (planned,) = compact(store, day=day, dry_run=True)
    assert (planned.readings, planned.rows_before) == (1, 1)
    assert len(partitions(store, "ad_daily")) == 2
    assert len(compact(store, day=day)) == 1
    assert [p.as_of for p in partitions(store, "ad_daily")] == [FIRST + timedelta(days=1)]
    assert compact(store, day=day) == []


def test_a_picture_taken_out_of_a_creative_leaves_with_its_listing(store):
    """Two cards in the first listing, one in the second: each listing comes back whole."""
    schema = TABLES["creative_images"].schema
    row = {"platform": "meta", "account_id": "1", "creative_id": "k", "role": "image"}
    row |= {"status": "stored", "is_thumbnail": False}
    for number, cards in ((0, 2), (1, 1)):
        rows = [{**row, "position": n} for n in range(cards)]
        place = Partition("creative_images", FIRST + timedelta(days=number), "meta", "1")
        write_partition(store, place, pa.Table.from_pylist(rows, schema=schema))
    compact(store, day=LATER)
    told = [
        len(read_reading(store, Partition("creative_images", FIRST + timedelta(n), "meta", "1")))
        for n in (0, 1)
    ]
    assert told == [2, 1]
    (every,) = told_rows(store, "creative_images", "meta", "1")
    assert every["position"].to_pylist() == [0, 1]


def test_the_newest_reading_before_a_day_is_found_where_it_lies(store):
    """Among the merged ones only when no other is earlier than the day."""
    assert newest_before(store, "ad_daily", "meta", "1", LATER) is None
    for number in (0, 4, 60):
        write_partition(store, *reading(number, {("a", 0): (number, None)}))
    compact(store, day=FIRST + timedelta(days=50))

    def told(day):
        found = newest_before(store, "ad_daily", "meta", "1", FIRST + timedelta(days=day))
        return None if found is None else found["impressions"].to_pylist()

    assert (told(61), told(60), told(4), told(0)) == ([60], [4], [0], None)
    assert newest_before(store, "ad_daily", "meta", "2", LATER) is None
    with pytest.raises(FileNotFoundError, match="no reading lake/ad_daily/year=2026/month=05"):
        read_reading(store, Partition("ad_daily", FIRST + timedelta(days=1), "meta", "1"))


@pytest.mark.parametrize("writes", range(5))
@pytest.mark.parametrize("after", [False, True])
def test_a_compaction_that_dies_loses_and_doubles_nothing(writes, after, store, monkeypatch):
    """At each write and delete, before or after it is done; run again, the bytes are the same."""
    other = LocalStore(store.path / "undisturbed")
    expected = {}
    for number in range(3):
        partition, data = reading(number + 10, {("a", 9): (number, None), ("a", 12): (1, None)})
        for each in (store, other):
            write_partition(each, partition, data)
        expected[partition.as_of] = ordered(data).to_pylist()
    compact(other, day=LATER)
    left = [writes]

    def dying(act):
        def wrapped(*arguments):
            if left[0] == 0 and not after:
                raise KeyboardInterrupt
            act(*arguments)
            left[0] -= 1
            if left[0] == -1:
                raise KeyboardInterrupt

        return wrapped

    monkeypatch.setattr(store, "write", dying(store.write))
    monkeypatch.setattr(store, "delete", dying(store.delete))
    with pytest.raises(KeyboardInterrupt):
        compact(store, day=LATER)
    monkeypatch.undo()
    assert all_readings(store) == expected
    compact(store, day=LATER)
    lake = store.keys("lake")
    assert lake == other.keys("lake")
    assert [store.read(key) for key in lake] == [other.read(key) for key in lake]


def test_a_disk_that_fills_up_loses_nothing(store, monkeypatch):
    """The merged file cannot be written: the readings stay where they are."""
    partition, data = reading(3, {("a", 2): (1, None)})
    write_partition(store, partition, data)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        compact(store, day=LATER)
    monkeypatch.undo()
    assert store.keys() == [partition.key]


@pytest.mark.parametrize(
    ("change", "told"),
    [({}, "tells {'platform': 'meta'.* twice"), ({"run_id": "other"}, "several values of run_id")],
)
def test_what_cannot_be_one_reading_is_not_merged(store, change, told):
    """The same key twice, or rows of two runs in one file."""
    partition, data = reading(3, {("a", 2): (1, None)})
    row = data.to_pylist()[0]
    twice = pa.Table.from_pylist([row, {**row, **change}], schema=data.schema)
    write_partition(store, partition, twice)
    with pytest.raises(QualityFailed, match=told):
        compact(store, day=LATER)
    assert store.keys() == [partition.key]


def test_without_anything_compacted_there_is_no_factor(store):
    """None, and no division by zero."""
    assert factor(store) is None
    assert compact(store, day=LATER) == []
