"""Great Expectations over whole partitions, and the pages it leaves."""

import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from include import expectations
from include.config.nodes import load_nodes
from include.errors import QualityFailed
from include.expectations import validate, validate_files
from include.quality import rows_to_table
from include.tables import TABLES

DAY = date(2026, 11, 20)
FOLDER = "data_docs/meta/1010000000000001"


@pytest.fixture
def good(ad_day, split):
    """Four good ad-days."""
    return split("ad_daily", [ad_day(ad_id=f"a{n}") for n in range(4)]).accepted


def changed(data, column, values):
    """The table with other values in one column."""
    index = data.column_names.index(column)
    field = data.schema.field(column)
    return data.set_column(index, field, pa.array(values, field.type))


def test_a_good_partition_passes_and_leaves_a_page(good, peso_account, any_store):
    """The page lies in the account's own folder, and the account's index leads to it."""
    result = validate(any_store, "ad_daily", good, account=peso_account, day=DAY)
    assert (result.success, result.rows, result.failed, result.positions) == (True, 4, (), ())
    assert result.page == f"{FOLDER}/2026-11-20/ad_daily.html"
    assert "Succeeded" in any_store.read(result.page).decode()
    index = any_store.read(f"{FOLDER}/index.html").decode()
    assert 'href="2026-11-20/ad_daily.html"' in index


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("impressions", [1, -2, 3, -4]), "column='impressions'"),
        (("spend", [1, 2, 3, -1]), "column='spend'"),
        (("link_clicks", [1, 2, 3, 21]), "column_B='link_clicks'"),
        (("currency", ["COP", "cop", "COP", "COP"]), "column='currency'"),
        (("platform", ["meta", "x_ads", "meta", "meta"]), "value_set=['meta']"),
        (("report_date", [DAY + timedelta(days=n) for n in range(4)]), "column='report_date'"),
        (("ad_id", ["a1", "a1", "a2", "a3"]), "expect_compound_columns_to_be_unique"),
    ],
)
def test_a_broken_expectation_stops_the_partition(change, told, good, peso_account, store):
    """The failure names expectation, rows and page; the page says failed."""
    with pytest.raises(QualityFailed) as failure:
        validate(store, "ad_daily", changed(good, *change), account=peso_account, day=DAY)
    assert told in str(failure.value)
    assert f"see {FOLDER}/2026-11-20/ad_daily.html" in str(failure.value)
    assert "Failed" in store.read(f"{FOLDER}/2026-11-20/ad_daily.html").decode()


def test_the_failure_names_the_first_bad_rows(good, peso_account, store):
    """Rows 1 and 3 have negative impressions, so a1 and a3 are named and a0 is not."""
    broken = changed(good, "impressions", [100, -2, 100, -4])
    broken = changed(changed(broken, "clicks", [0] * 4), "link_clicks", [0] * 4)
    with pytest.raises(QualityFailed, match="2 of 4 rows") as failure:
        validate(store, "ad_daily", broken, account=peso_account, day=DAY)
    named = str(failure.value).partition("First rows")[2]
    assert ("'a1'" in named, "'a3'" in named, "'a0'" in named) == (True, True, False)


def test_a_warning_is_told_and_lets_the_partition_pass(good, peso_account, store, caplog):
    """More clicks than impressions may be true on one day."""
    data = changed(good, "impressions", [1, 1000, 1000, 1000])
    result = validate(store, "ad_daily", data, account=peso_account, day=DAY)
    assert result.success
    assert len(result.warned) == 1
    assert "1 of 4 rows; kept" in caplog.text


def test_on_x_more_link_clicks_than_clicks_only_warn(ad_day, reading, store):
    """The same rule has the severity that the platform's definition asks for."""
    account = load_nodes().account("x_ads", "18ce54co")
    row = ad_day(platform="x_ads", account_id="18ce54co", clicks=3, link_clicks=4)
    data = rows_to_table("ad_daily", [row], account=account, landing=reading()).accepted
    result = validate(store, "ad_daily", data, account=account, day=DAY)
    assert result.success
    assert "link_clicks" in result.warned[0]


@pytest.mark.parametrize("name", ["ads", "creative_images"])
def test_ads_and_pictures_have_suites(name, split, peso_account, store):
    """One good row passes; the same row twice does not."""
    rows = {
        "ads": {"ad_id": "a1", "ad_set_id": "s1", "campaign_id": "c1", "creative_id": "k1"},
        "creative_images": {
            "creative_id": "k1",
            "position": 0,
            "role": "image",
            "source_ref": "hash",
            "picture": "ab" * 32,
            "mime": "image/png",
            "width": 90,
            "height": 640,
            "bytes": 1234,
            "is_thumbnail": False,
            "status": "stored",
        },
    }
    row = {"platform": "meta", "account_id": peso_account.account_id, **rows[name]}
    data = split(name, [row]).accepted
    result = validate(store, name, data, account=peso_account, day=DAY)
    assert result.success
    # A picture 90 px wide may be a thumbnail taken for the creative.
    assert len(result.warned) == (name == "creative_images")
    with pytest.raises(QualityFailed, match="compound_columns_to_be_unique"):
        validate(store, name, pa.concat_tables([data, data]), account=peso_account, day=DAY)


def test_a_large_partition_is_judged_in_a_process_of_its_own(
    good, peso_account, store, tmp_path, monkeypatch
):
    """The same page and the same complaints, and the memory goes when that process ends."""
    here = validate(store, "ad_daily", good, account=peso_account, day=DAY)
    page = store.read(here.page)
    path = tmp_path / "part.parquet"
    pq.write_table(good, path)
    monkeypatch.setattr(expectations, "LARGE", 1)
    (there,) = validate_files(store, {"ad_daily": path}, account=peso_account, day=DAY)
    assert there == here
    assert store.read(there.page) == page
    pq.write_table(pa.concat_tables([good, good]), path)
    with pytest.raises(QualityFailed, match=r"compound_columns_to_be_unique.*First rows: \[\{"):
        validate_files(store, {"ad_daily": path}, account=peso_account, day=DAY)
    path.write_bytes(path.read_bytes().replace(b"impressions", b"expressions"))
    with pytest.raises(RuntimeError, match=r"2026-11-20: Great Expectations ended with 1"):
        validate_files(store, {"ad_daily": path}, account=peso_account, day=DAY)


def test_small_partitions_are_judged_here(good, peso_account, store, tmp_path):
    """A process of their own would take longer than the judging."""
    path = tmp_path / "part.parquet"
    pq.write_table(good, path)
    (result,) = validate_files(store, {"ad_daily": path}, account=peso_account, day=DAY)
    assert result == validate(store, "ad_daily", good, account=peso_account, day=DAY)


def test_an_empty_partition_passes(peso_account, split, store):
    """An account without activity has no rows, and that is no error."""
    data = split("ad_daily", []).accepted
    assert validate(store, "ad_daily", data, account=peso_account, day=DAY).success


def test_a_table_without_suite_is_a_callers_mistake(good, peso_account, store):
    """Every table of the lake has one."""
    with pytest.raises(ValueError, match="no suite for 'wishes'"):
        validate(store, "wishes", good, account=peso_account, day=DAY)


def test_the_page_calls_nobody_and_is_the_same_each_time(good, peso_account, store, tmp_path):
    """Great Expectations' own page loads a logo with an installation id; ours loads nothing."""
    before = {path for path in Path(os.environ.get("TMPDIR", "/tmp")).glob("tmp*") if path.is_dir()}
    pages = []
    for _ in range(2):
        result = validate(store, "ad_daily", good, account=peso_account, day=DAY)
        pages.append(store.read(result.page))
    assert pages[0] == pages[1]
    text = pages[0].decode()
    assert "http://" not in text
    assert "https://" not in text
    assert "<script" not in text
    assert "default-src 'none'" in text
    after = {path for path in Path(os.environ.get("TMPDIR", "/tmp")).glob("tmp*") if path.is_dir()}
    assert not {p for p in after - before if any(p.glob("**/data_docs*"))}


def test_each_of_ten_thousand_rows_is_judged(good, peso_account, store):
    """Of 10,000 rows, which are judged as one frame, the one with negative spend is named."""
    data = pa.concat_tables([good] * 2500)
    ids = pc.cast(pa.array(range(10_000)), pa.string())
    index = data.column_names.index("ad_id")
    data = data.set_column(index, data.schema.field("ad_id"), ids)
    result = validate(store, "ad_daily", data, account=peso_account, day=DAY)
    assert (result.rows, result.success) == (10_000, True)
    spend = [Decimal(-1 if n == 7_777 else 1) for n in range(10_000)]
    with pytest.raises(QualityFailed, match=r"'spend'.*: 1 of 10000 rows.*'7777'"):
        validate(store, "ad_daily", changed(data, "spend", spend), account=peso_account, day=DAY)


@pytest.mark.parametrize("name", ["accounts", "campaigns", "ad_sets", "creatives", "totals_daily"])
def test_every_table_has_a_suite(name, split, peso_account, store):
    """One good row passes; the same row twice does not."""
    row = {
        "platform": "meta",
        "account_id": peso_account.account_id,
        "currency": "COP",
        "timezone": "America/Bogota",
        "campaign_id": "c1",
        "ad_set_id": "s1",
        "creative_id": "k1",
        "objective": "leads",
        "level": "campaign",
        "level_id": "c1",
        "report_date": DAY,
        "impressions": 3,
        "clicks": 2,
        "spend": Decimal(1),
    }
    columns = TABLES[name].schema.names
    data = split(name, [{key: value for key, value in row.items() if key in columns}]).accepted
    assert data.num_rows == 1
    assert validate(store, name, data, account=peso_account, day=DAY).success
    with pytest.raises(QualityFailed, match="compound_columns_to_be_unique"):
        validate(store, name, pa.concat_tables([data, data]), account=peso_account, day=DAY)
