"""Exports made by hand: the four samples of docs/exports/ become ads with numbers and pictures."""

import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
from PIL import Image

from include.collect import fetch_pictures, land_raw, load_reading, move_bookmark, replay
from include.config.nodes import load_nodes
from include.errors import AccountUnreadable, ConfigurationError
from include.sources import exports
from include.sources.replies import Account, Window
from include.store import LocalStore, Store
from include.warehouse import build
from include.warehouse.versions import read_pointer, version_key

SAMPLES = Path(__file__).parents[3] / "docs" / "exports"
ACCOUNTS = {
    "meta": "1010000000000001",
    "google_ads": "1234567801",
    "x_ads": "18ce54co",
    "linkedin_ads": "508000001",
}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)
NOVEMBER = Window(date(2026, 11, 1), DAY)


def account_of(platform: str) -> Account:
    return load_nodes().account(platform, ACCOUNTS[platform])


def put_samples(store: Store, *platforms: str) -> None:
    """The documented samples in their accounts' folders, with their own names."""
    assert isinstance(store, LocalStore)
    for platform in platforms:
        shutil.copytree(SAMPLES / platform, store.path / "inbox" / platform / ACCOUNTS[platform])


def drop(store: LocalStore, platform: str, name: str, data: str | bytes) -> None:
    """One file in the account's folder."""
    path = store.path / "inbox" / platform / ACCOUNTS[platform] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def read(store: Store, platform: str, window: Window = NOVEMBER) -> Any:
    """What one reading of the inbox gives."""
    account = account_of(platform)
    return exports.parse(exports.Client(store).fetch(account, window, now=NOW), account)


def days_in(parsed: Any) -> list[dict[str, Any]]:
    """The rows of ad_daily, whichever way they were read."""
    batches = [row for batch in parsed.batches for row in batch.to_pylist()]
    return [*parsed.rows["ad_daily"], *batches]


META = (
    "Campaign ID,Campaign name,Ad set ID,Ad set name,Ad ID,Ad name,Day,Impressions,"
    "Amount spent (COP),Clicks (all),Link clicks,Post engagements\n"
)


def meta_csv(*rows: Sequence[object], header: str = META) -> str:
    return header + "".join(",".join(map(str, row)) + "\n" for row in rows)


def meta_row(ad: str = "31", day: str = "2026-11-20", impressions: object = 100) -> list[object]:
    return ["11", "WMP | sales", "21", "set", ad, f"ad {ad}", day, impressions, "9.50", 5, 4, 6]


def test_the_samples_of_four_platforms_are_ads_with_pictures_in_the_warehouse(store):
    """Each sample goes the way of a platform's replies; sums are those of the files."""
    put_samples(store, *ACCOUNTS)
    for platform in ACCOUNTS:
        account = account_of(platform)
        land_raw(store, exports.Client(store), account, DAY, run_id="by hand", now=NOW)
        load_reading(store, account, DAY)
        with requests.Session() as session:
            fetch_pictures(store, account, DAY, session=session, hosts=frozenset())
        assert move_bookmark(store, account, DAY) == DAY
    build(store, day=DAY, run_id="test", nodes=load_nodes(), now=NOW)
    pointer = read_pointer(store)
    assert pointer is not None
    path = store.local_copy(version_key(pointer.version), store.path / "scratch")
    with duckdb.connect(str(path), read_only=True) as warehouse:
        sums = warehouse.execute(
            "SELECT platform, count(DISTINCT ad_id), count(*), sum(impressions), sum(clicks), "
            "sum(spend) FROM ad_daily GROUP BY platform ORDER BY platform"
        ).fetchall()
        shown = warehouse.execute(
            "SELECT ads.platform, ads.name, picture IS NOT NULL FROM ads "
            "LEFT JOIN ad_pictures USING (platform, account_id, ad_id) ORDER BY ALL"
        ).fetchall()
    # Added up by hand from the files; Meta's and Google's own totals rows say the same.
    assert sums == [
        ("google_ads", 3, 7, 247_940, 6_382, Decimal("5608276.50")),
        ("linkedin_ads", 3, 7, 36_825, 317, Decimal("1397092.00")),
        ("meta", 3, 8, 70_500, 1_840, Decimal("1126351.50")),
        ("x_ads", 3, 7, 101_405, 919, Decimal("785072.00")),
    ]
    assert shown == [
        ("google_ads", "Envío gratis, ¡este fin de semana!", True),
        ("google_ads", "Todo para tu casa, a un clic", True),
        ("google_ads", None, True),
        ("linkedin_ads", "Crédito para pymes", True),
        ("linkedin_ads", "Nómina sin papeles", True),
        ("linkedin_ads", "Wompi en tu tienda", True),
        ("meta", "Cobra con QR, sin filas", True),
        ("meta", "Tu apartamento en 360", True),
        ("meta", "Un link y te pagan", True),
        ("x_ads", "Enlaces de pago", True),
        ("x_ads", "Tu banco cerca", False),
        ("x_ads", "Tu tienda cobra sola", True),
    ]


def test_a_reading_of_exports_is_replayed_without_the_inbox(store):
    """The files are landed as they came; the folder may be emptied afterwards."""
    put_samples(store, "linkedin_ads")
    account = account_of("linkedin_ads")
    land_raw(store, exports.Client(store), account, DAY, run_id="by hand", now=NOW)
    load_reading(store, account, DAY)
    with requests.Session() as session:
        fetch_pictures(store, account, DAY, session=session, hosts=frozenset())
    before = {key: store.read(key) for key in store.keys("lake")}
    shutil.rmtree(store.path / "inbox")
    shutil.rmtree(store.path / "lake")
    replay(store, account, DAY)
    assert {key: store.read(key) for key in store.keys("lake")} == before


def test_the_inbox_may_lie_on_s3(any_store):
    """Names with spaces and accents are read there as well."""
    for path in sorted((SAMPLES / "google_ads").iterdir()):
        key = f"inbox/google_ads/{ACCOUNTS['google_ads']}/{path.name}"
        if isinstance(any_store, LocalStore):
            drop(any_store, "google_ads", path.name, path.read_bytes())
        else:
            any_store.client.upload_file(str(path), any_store.bucket, f"{any_store.prefix}/{key}")
    client = exports.Client(any_store, platform="google_ads")
    assert [found["id"] for found in client.accounts()] == [ACCOUNTS["google_ads"]]
    parsed = read(any_store, "google_ads")
    assert len(days_in(parsed)) == 7
    for image in parsed.rows["creative_images"]:
        assert image["status"] == "stored"
        kept = f"images/sha256/{image['picture'][:2]}/{image['picture']}."
        assert [key for key in any_store.keys("images") if key.startswith(kept)]


def test_the_same_files_give_the_same_replies(store):
    """Order of files and pictures is by name, whatever the file system says."""
    put_samples(store, "linkedin_ads")
    account = account_of("linkedin_ads")
    first = list(exports.Client(store).fetch(account, NOVEMBER, now=NOW))
    assert list(exports.Client(store).fetch(account, NOVEMBER, now=NOW)) == first
    assert [reply.url.rsplit("/", 1)[-1] for reply in first] == [
        "account_508000001_ad_performance_report.csv",
        "891300001.jpg",
        "Wompi en tu tienda-1.jpg",
        "Wompi en tu tienda-2.jpg",
        "nomina_sin_papeles.png",
    ]


def test_only_days_of_the_window_are_rows_and_every_ad_is_listed(store):
    """A file may cover a quarter; the reading takes its own days."""
    put_samples(store, "x_ads")
    parsed = read(store, "x_ads", Window(date(2026, 11, 18), date(2026, 11, 18)))
    assert [row["impressions"] for row in days_in(parsed)] == [10_240, 4_120]
    assert len(parsed.rows["ads"]) == 3


def test_a_newer_file_replaces_the_days_it_tells_again(store):
    """Weekly exports of the last 30 days overlap; the file that ends later was made later."""
    old = meta_csv(meta_row(day="2026-11-12"), meta_row(day="2026-11-13", impressions=200))
    new = meta_csv(
        meta_row(day="2026-11-13", impressions=210), meta_row(day="2026-11-20", impressions=300)
    )
    drop(store, "meta", "b old.csv", old)
    drop(store, "meta", "a new.csv", new)
    parsed = read(store, "meta")
    found = {row["report_date"].day: row["impressions"] for row in days_in(parsed)}
    assert found == {12: 100, 13: 210, 20: 300}
    assert parsed.unknown["export_files.day replaced by a newer file"] == 1


def test_two_files_that_contradict_each_other_are_refused(store):
    """Both end on the same day, so nobody can tell which is right."""
    drop(store, "meta", "a.csv", meta_csv(meta_row()))
    drop(store, "meta", "b.csv", meta_csv(meta_row(impressions=101)))
    with pytest.raises(ConfigurationError, match=r"b.csv and .*a.csv tell different numbers of ad"):
        read(store, "meta")


def test_a_total_of_each_day_becomes_totals_daily(store):
    """The account's total is held against its ads by the collector's residual rows."""
    total = ["", "", "", "", "", "", "2026-11-20", 150, "12.00", 7, "", ""]
    drop(store, "meta", "a.csv", meta_csv(total, meta_row(), meta_row(day="2026-11-19")))
    [row] = read(store, "meta").rows["totals_daily"]
    assert (row["level"], row["level_id"]) == ("account", ACCOUNTS["meta"])
    assert (row["report_date"], row["impressions"], row["clicks"]) == (DAY, 150, 7)
    assert row["spend"] == Decimal("12.00")


def test_totals_of_campaigns_serve_where_the_account_has_none(store):
    """Meta's pages can add up each campaign's days."""
    total = ["11", "WMP | sales", "", "", "", "", "2026-11-20", 150, "12.00", 7, "", ""]
    drop(store, "meta", "a.csv", meta_csv(total, meta_row()))
    [row] = read(store, "meta").rows["totals_daily"]
    assert (row["level"], row["level_id"], row["impressions"]) == ("campaign", "11", 150)


def test_a_total_over_all_days_that_is_not_the_sum_is_reported(store):
    """No day can be told for the difference, so no row is made of it."""
    total = ["", "", "", "", "", "", "All", 250, "19.00", 10, "", ""]
    rows = (total, meta_row(), meta_row(day="2026-11-19"))
    drop(store, "meta", "a.csv", meta_csv(*rows))
    parsed = read(store, "meta")
    assert parsed.rows["totals_daily"] == []
    assert dict(parsed.unknown) == {
        "export_files.total of impressions is 250, its ads add up to 200": 1
    }


def test_several_rows_without_an_ad_for_one_day_are_refused(store):
    """A pivot repeats nothing: its rows would be taken for totals."""
    nobody = ["", "", "", "", "", "", "2026-11-20", 150, "12.00", 7, "", ""]
    drop(store, "meta", "a.csv", meta_csv(nobody, nobody, meta_row()))
    with pytest.raises(ConfigurationError, match="2 rows of 2026-11-20 name no ad"):
        read(store, "meta")


def test_a_row_with_names_and_no_ids_is_refused(store):
    """Names change and repeat; an ad is told by its id."""
    row = ["", "WMP | sales", "", "set", "", "ad", "2026-11-20", 150, "12.00", 7, 6, 5]
    drop(store, "meta", "a.csv", meta_csv(row))
    with pytest.raises(ConfigurationError, match=r"line 2 names \['WMP \| sales', 'set', 'ad'\]"):
        read(store, "meta")


def test_a_number_that_is_none_is_set_aside_and_not_zero(store):
    """The row goes to quarantine with the text as it came."""
    drop(store, "meta", "a.csv", meta_csv(meta_row(), meta_row("32", impressions="<10")))
    rows = days_in(read(store, "meta"))
    assert rows[1]["impressions"] is None
    assert rows[1]["_unparsed"] == {"impressions": "<10"}


def test_unknown_columns_are_counted_and_ratios_are_not_news(store):
    """A new column is reported; CTR is computed and never read."""
    header = META.replace("Impressions,", "Impressions,CTR (all),Cost per result,Wishes,")
    row = meta_row()
    row[8:8] = ["1.5", "3", "8"]
    drop(store, "meta", "a.csv", meta_csv(row, header=header))
    assert dict(read(store, "meta").unknown) == {"export_files.Wishes": 1}


def test_pictures_are_found_by_settings_by_file_name_by_id_and_by_name(store):
    """In this order; a picture of no ad is counted, a carousel keeps its order."""
    header = META.replace("Ad name,", "Ad name,Image name,")
    rows = []
    for ad, image in (("31", ""), ("32", "gente.png"), ("33", ""), ("34", ""), ("35", "")):
        row = meta_row(ad)
        row.insert(6, image)
        rows.append(row)
    drop(store, "meta", "a.csv", meta_csv(*rows, header=header))
    drop(store, "meta", "settings.yaml", 'pictures: {"31": [sol.png]}\n')
    names = ("sol", "fotos/gente", "33 (2)", "33", "33-10", "Ad 34", "nobody", "31")
    for shade, name in enumerate(names):
        path = store.path / "inbox/meta" / ACCOUNTS["meta"] / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("L", (120, 120), shade).save(path)
    parsed = read(store, "meta")
    found: dict[str, list[str]] = {}
    for row in parsed.rows["creative_images"]:
        found.setdefault(row["creative_id"], []).append(row["source_ref"])
    assert found == {
        "31": ["inbox:sol.png"],
        "32": ["inbox:fotos/gente.png"],
        "33": ["inbox:33.png", "inbox:33 (2).png", "inbox:33-10.png"],
        "34": ["inbox:Ad 34.png"],
        "35": [None],
    }
    assert dict(parsed.unknown) == {
        "export_pictures.nobody.png belongs to no ad": 1,
        "export_pictures.31.png belongs to no ad": 1,
    }
    formats = {row["creative_id"]: row["format"] for row in parsed.rows["creatives"]}
    assert formats == {"31": "image", "32": "image", "33": "carousel", "34": "image", "35": None}


def test_a_file_that_is_no_picture_and_a_tiny_one_are_marked(store):
    """A broken picture does not stop the numbers; a preview is never shown as the creative."""
    drop(store, "meta", "a.csv", meta_csv(meta_row("31"), meta_row("32")))
    drop(store, "meta", "31.png", b"<html>no picture</html>")
    Image.new("L", (64, 64)).save(store.path / "inbox/meta" / ACCOUNTS["meta"] / "32.png")
    broken, tiny = read(store, "meta").rows["creative_images"]
    assert (broken["status"], broken["picture"]) == ("broken", None)
    assert "23 bytes that begin with '<html>" in broken["reason"]
    assert (tiny["status"], tiny["is_thumbnail"]) == ("stored", True)


def test_an_empty_inbox_says_where_to_put_files(store):
    """The account cannot be read; the others go on."""
    with pytest.raises(AccountUnreadable, match="no export lies in inbox/meta/10100000") as error:
        read(store, "meta")
    assert error.value.kind == "not_enabled"


def test_an_inbox_without_the_days_asked_for_says_how_far_it_goes(store):
    """Somebody has forgotten to export again."""
    drop(store, "meta", "a.csv", meta_csv(meta_row(day="2026-09-30")))
    with pytest.raises(AccountUnreadable, match="newest day in it is 2026-09-30") as error:
        read(store, "meta")
    assert error.value.kind == "gone"


def test_files_of_another_kind_are_refused_by_name_and_litter_is_not(store):
    """A spreadsheet is saved as CSV first; what file managers leave behind is passed over."""
    drop(store, "meta", "a.csv", meta_csv(meta_row()))
    drop(store, "meta", ".DS_Store", b"x")
    drop(store, "meta", "Thumbs.db", b"x")
    assert len(days_in(read(store, "meta"))) == 1
    drop(store, "meta", "numbers.xlsx", b"PK")
    with pytest.raises(ConfigurationError, match=r"cannot read numbers\.xlsx\. Expected are expor"):
        read(store, "meta")


def test_a_link_that_leads_out_of_the_inbox_is_not_followed(store, tmp_path):
    """Many people may write into the folder; no file of the machine comes in that way."""
    secret = tmp_path / "secret.csv"
    secret.write_text(meta_csv(meta_row()))
    drop(store, "meta", "a.csv", meta_csv(meta_row()))
    (store.path / "inbox/meta" / ACCOUNTS["meta"] / "b.csv").symlink_to(secret)
    with pytest.raises(ConfigurationError, match=r"b\.csv: a link that leads out of the inbox"):
        read(store, "meta")


def test_a_file_that_is_too_large_is_refused_and_a_picture_marked(store, monkeypatch):
    """Neither is read whole into memory."""
    monkeypatch.setattr("include.sources.exports.inbox.MAX_BYTES", 100)
    drop(store, "meta", "a.csv", meta_csv(meta_row()))
    drop(store, "meta", "31.png", b"x" * 101)
    [image] = read(store, "meta").rows["creative_images"]
    assert image["status"] == "broken"
    assert image["reason"].startswith("more than ")
    monkeypatch.setattr("include.sources.exports.inbox.MAX_TABLE_BYTES", 100)
    with pytest.raises(ConfigurationError, match=r"a\.csv: more than 100 bytes; export fewer days"):
        read(store, "meta")


def test_exports_need_no_links_renewed_and_no_connection(store):
    """The client has what the DAG asks of every client."""
    client = exports.Client(store, platform="meta")
    client.check()
    assert client.accounts() == []
    assert client.refresh_images(account_of("meta"), [{"source_ref": "inbox:a.png"}]) == {}
