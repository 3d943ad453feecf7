"""All readings, renewed night by night, compacted, and asked as of any day."""

import random
import shutil
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from include.compaction import WHOLE_DAYS, compact
from include.lake import Partition, partitions
from include.store import LocalStore
from include.tables import RESTATEMENT_DAYS
from include.warehouse import building, open_warehouse, read_pointer
from include.warehouse.versions import version_key

FIRST = date(2026, 5, 24)  # the readings cross the end of a month
LAST = 12
LATER = FIRST + timedelta(days=WHOLE_DAYS + LAST + 1)

TOLD = st.dictionaries(
    st.tuples(st.sampled_from(["a1", "a2"]), st.integers(0, LAST)), st.integers(0, 1), max_size=6
)
READ = st.tuples(st.just("read"), st.integers(0, LAST), TOLD)
STEP = READ | st.tuples(st.just("compact"), st.integers(0, LAST)) | st.tuples(st.just("build"))


def on(number):
    """A day of the small calendar of these tests."""
    return FIRST + timedelta(days=number)


@pytest.fixture
def read(ad_day, listing):
    """Write a reading: (ad, report day) -> impressions; days after it are left out."""

    def write(lake, number, told):
        rows = [
            ad_day(ad_id=ad, report_date=on(day), impressions=n, clicks=0, link_clicks=0)
            for (ad, day), n in sorted(told.items())
            if day <= number
        ]
        listed = {**listing, "ads": listing["ads"][: 1 + number % 2]}
        lake.write(on(number), **listed, ad_daily=rows, run_id=f"run-{number}")
        return {(row["ad_id"], row["report_date"]): row["impressions"] for row in rows}

    return write


def contents(lake):
    """Every row of every table, and what each day of the calendar knew."""
    with open_warehouse(lake.store) as warehouse:
        found = {
            name: warehouse.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()  # noqa: S608
            for name in building.WAREHOUSE
        }
        for number in range(LAST + 2):
            told = "SELECT * FROM ad_daily_asof(?) ORDER BY ALL"
            found[f"as of {on(number)}"] = warehouse.execute(told, [on(number)]).fetchall()
    return found


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, max_size=7))
@example(  # a reading that was compacted is collected again with other numbers
    steps=[
        *(("read", n, {("a1", 0): 1, ("a2", n): 1}) for n in (0, 1, 2)),
        ("compact", 2),
        ("build",),
        ("read", 1, {("a1", 0): 0}),
        ("build",),
        ("compact", 2),
    ]
)
def test_going_on_from_yesterday_gives_what_a_build_from_nothing_gives(
    steps, tmp_path_factory, lake_in, read, monkeypatch
):
    """Whatever was read, read again, or compacted between two builds."""
    monkeypatch.setattr(building, "WORN", 10**9)  # always go on
    lake = lake_in(LocalStore(tmp_path_factory.mktemp("lake")))
    for hours, (what, *rest) in enumerate([("build",), *steps, ("build",)]):
        if what == "read":
            read(lake, *rest)
        elif what == "compact":
            compact(lake.store, day=on(rest[0] + WHOLE_DAYS + 1))
        else:
            lake.build(hours=hours)
    anew = lake_in(LocalStore(tmp_path_factory.mktemp("anew")))
    for room in ("lake", "quality"):
        if (lake.store.path / room).is_dir():
            shutil.copytree(lake.store.path / room, anew.store.path / room)
    assert anew.build()[-8:] == lake.build()[-8:]
    assert contents(anew) == contents(lake)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=st.dictionaries(st.integers(0, LAST), TOLD, max_size=6), until=st.integers(-1, LAST))
@example(told={n: {("a1", 0): 1} if n != 3 else {("a2", 0): 1} for n in (0, 2, 3, 4)}, until=4)
def test_each_day_is_asked_as_it_stood(told, until, tmp_path_factory, lake_in, read):
    """Against a plain walk over the readings up to the day; some of them compacted."""
    lake = lake_in(LocalStore(tmp_path_factory.mktemp("lake")))
    expected = {}
    known = {}
    for number in range(LAST + 1):
        if number in told:
            rows = read(lake, number, told[number])
            known = known | {key: (n, on(number)) for key, n in rows.items()}
        expected[on(number)] = known
    compact(lake.store, day=on(until + WHOLE_DAYS + 1))
    lake.build()
    query = "SELECT ad_id, report_date, impressions, as_of FROM ad_daily_asof(?)"
    with open_warehouse(lake.store) as warehouse:
        for day, rows in expected.items():
            found = warehouse.execute(query, [day]).fetchall()
            assert {(ad, report): (n, as_of) for ad, report, n, as_of in found} == rows
            assert len(found) == len(rows)
        shown = warehouse.execute(query.replace("ad_daily_asof(?)", "ad_daily")).fetchall()
        assert {(ad, report): (n, as_of) for ad, report, n, as_of in shown} == known
        days = warehouse.execute("SELECT as_of FROM readings ORDER BY as_of").fetchall()
        assert days == [(on(number),) for number in sorted(told)]


def shown(lake):
    """All that people see; `ad_daily_readings` alone may have fewer rows once it is compacted."""
    return {name: rows for name, rows in contents(lake).items() if name != "ad_daily_readings"}


@pytest.mark.parametrize("killed", [False, True])
def test_compacting_changes_nothing_that_is_shown(killed, lake, read):
    """Also while a killed compaction has left the readings beside the file that holds them."""
    rng = random.Random(7)
    for number in range(LAST):
        told = {(ad, day): rng.randrange(2) for ad in ("a1", "a2") for day in range(LAST)}
        read(lake, number, {key: n for key, n in told.items() if rng.random() < 0.8})
    lake.build()
    before = shown(lake)
    kept = {p.key: lake.store.read(p.key) for p in partitions(lake.store, "ad_daily")}
    assert compact(lake.store, day=LATER)
    if killed:
        for key in random.Random(3).sample(sorted(kept), 5):
            lake.store.write(key, kept[key])
    lake.build(hours=1)
    assert shown(lake) == before
    ((rows,),) = lake.ask("SELECT count(*) FROM ad_daily_readings")
    assert rows < sum(range(LAST + 1)) * 2


def test_a_day_is_final_once_the_platform_changes_it_no_more(lake, ad_day):
    """Meta changes numbers for 28 days: of two days read alike, only the older one is final."""
    old, young = FIRST, FIRST + timedelta(days=1)
    lake.write(young, ad_daily=[ad_day(report_date=old), ad_day(report_date=young)])
    newest = old + timedelta(days=RESTATEMENT_DAYS["meta"] + 1)
    lake.write(newest, ad_daily=[ad_day(report_date=newest)])
    lake.build()
    final = "SELECT report_date FROM {} WHERE is_final"
    assert lake.ask(final.format("ad_daily")) == [(old,)]
    asof = f"ad_daily_asof(DATE '{newest - timedelta(days=1)}')"
    assert lake.ask(final.format(asof)) == []


def test_a_reading_keeps_its_lineage_in_one_row(lake, ad_day):
    """Run, moment and raw files are the same for all rows of a reading."""
    rows = [ad_day(report_date=FIRST + timedelta(days=n), run_id="night") for n in range(3)]
    lake.write(FIRST + timedelta(days=2), ad_daily=rows)
    lake.build()
    told = lake.ask("SELECT as_of, since, rows, run_id, raw_sha256 FROM readings")
    assert told == [(FIRST + timedelta(days=2), FIRST, 3, "night", "0" * 64)]


def test_a_night_reads_only_what_is_new(lake, read, monkeypatch):
    """The second build opens the new day's files; of the others it knows the fingerprint."""
    for number in range(9):
        read(lake, number, {("a1", number): 1})
    lake.build()
    read(lake, 9, {("a1", 9): 1})
    asked = []
    local_copy = LocalStore.local_copy
    monkeypatch.setattr(
        LocalStore,
        "local_copy",
        lambda self, key, folder: asked.append(key) or local_copy(self, key, folder),
    )
    lake.build(hours=1)
    looked_at = [key for key in asked if key.startswith("lake/ads/")]
    assert looked_at
    assert {Partition.of(key).as_of for key in looked_at} == {on(9)}


@pytest.mark.parametrize("change", ["DROP TABLE made_of", "UPDATE recipe SET sha256 = ''"])
def test_a_version_of_another_make_is_not_gone_on_from(change, lake, read):
    """What it holds is not trusted: the next build starts from nothing and is right."""
    read(lake, 0, {("a1", 0): 1})
    version = lake.build()
    path = Path(lake.store.root) / version_key(version)
    with duckdb.connect(str(path)) as warehouse:
        warehouse.execute("UPDATE ad_daily_readings SET impressions = 99")
        warehouse.execute(change)
    read(lake, 1, {("a1", 1): 1})
    lake.build(hours=1)
    assert lake.ask("SELECT max(impressions) FROM ad_daily") == [(1,)]
    assert read_pointer(lake.store).rows["ad_daily"] == 2


def test_money_is_told_in_one_currency_by_the_day_s_rate(lake, ad_day, money, monkeypatch):
    """10 dollars at 4000 and 10 at 4100; before the first rate nothing is known, and not zero."""
    from include.config.exchange_rates import Rate, Rates

    rates = Rates(
        "COP",
        (Rate(on(1), "USD", Decimal(4000)), Rate(on(3), "USD", Decimal(4100))),
    )
    monkeypatch.setattr(building, "load_rates", lambda: rates)
    monkeypatch.setattr("include.rules.BY_TABLE", {}, raising=False)
    dollars = {"currency": "USD", "spend": Decimal(10)}
    pesos = {"currency": "COP", "spend": Decimal(7), "ad_id": "a2"}

    def write(days):
        schema = building.AD_DAILY.schema
        import pyarrow as pa

        from include.lake import write_partition

        rows = [ad_day(report_date=on(n), **dollars) for n in days]
        rows.append(ad_day(report_date=on(0), **pesos))
        data = pa.Table.from_pylist(rows, schema=schema)
        write_partition(lake.store, Partition("ad_daily", on(4), "meta", "1"), data)

    told = "SELECT currency, spend, spend_reporting, unrated FROM account_results ORDER BY currency"
    write((2, 3))
    lake.build()
    peso = ("COP", money("7"), money("7"), 0)
    assert lake.ask(told) == [peso, ("USD", money("20"), money("81000"), 0)]
    write((0, 2, 3))
    lake.build(hours=1)
    assert lake.ask(told) == [peso, ("USD", money("30"), None, 1)]
    assert lake.ask("SELECT DISTINCT reporting_currency FROM ad_results") == [("COP",)]
