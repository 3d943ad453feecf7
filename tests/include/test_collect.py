"""From a platform to the lake, against the sandbox: four steps, each of which may be repeated."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pytest
import requests

from include.collect import (
    fetch_pictures,
    is_final,
    land_raw,
    load_reading,
    move_bookmark,
    note_unreadable,
    raw_folder,
    read_landing,
    replay,
    window_of,
)
from include.config.nodes import load_nodes
from include.errors import AccountUnreadable, QualityFailed, SourceUnavailable
from include.lake import Partition, read_table
from include.sandbox.credentials import META_TOKEN
from include.sandbox.server import serving
from include.sandbox.world import World
from include.sources.meta import Client
from include.sources.replies import Reply, dump_replies, load_replies
from include.store import LocalStore
from include.tables import RESIDUAL, TABLES

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNT = load_nodes().account("meta", "1010000000000002")
METRICS = Partition("ad_daily", DAY, ACCOUNT.platform, ACCOUNT.account_id)


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """The sandbox over a small world."""
    world = World(today=date(2026, 11, 21), creatives_per_month=40, months=2)
    with serving(world, lambda: NOW) as url:
        yield url


@pytest.fixture(scope="module")
def collected(base_url: str, tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """A store with one whole reading of seven days; tests copy it before they change it."""
    store = LocalStore(tmp_path_factory.mktemp("lake"))
    collect(store, base_url)
    return store


@pytest.fixture
def store(collected: LocalStore, tmp_path: Path) -> LocalStore:
    """A copy of `collected` that a test may spoil."""
    shutil.copytree(collected.path, tmp_path / "lake")
    return LocalStore(tmp_path / "lake")


def land(store: LocalStore, base_url: str, *, run_id: str = "run", days: int = 7) -> None:
    client = Client(host=f"{base_url}/meta", access_token=META_TOKEN)
    land_raw(store, client, ACCOUNT, DAY, run_id=run_id, now=NOW, window_days=days)


def pictures(store: LocalStore, base_url: str) -> dict[str, int]:
    hosts = frozenset({base_url.removeprefix("http://")})
    with requests.Session() as session:
        return fetch_pictures(store, ACCOUNT, DAY, session=session, hosts=hosts)


def collect(store: LocalStore, base_url: str) -> None:
    land(store, base_url)
    load_reading(store, ACCOUNT, DAY)
    pictures(store, base_url)
    move_bookmark(store, ACCOUNT, DAY)


def files(store: LocalStore) -> dict[str, bytes]:
    return {key: store.read(key) for key in store.keys()}


def test_a_reading_is_raw_replies_eight_tables_pictures_and_a_bookmark(collected):
    """What the next DAGs rely on, and what a replay needs."""
    keys = collected.keys()
    tables = {key.split("/")[1] for key in keys if key.startswith("lake/")}
    assert tables == {
        *("accounts", "campaigns", "ad_sets", "ads", "creatives", "creative_images"),
        *("ad_daily", "totals_daily"),
    }
    assert f"{raw_folder(ACCOUNT, DAY)}/landing.json" in keys
    assert json.loads(collected.read(f"bookmarks/meta/{ACCOUNT.account_id}.json")) == {
        "through": "2026-11-20"
    }
    shown = read_table(collected, METRICS.key)
    assert shown.num_rows > 0
    assert set(shown.column("run_id").to_pylist()) == {"run"}


def test_every_stored_picture_has_the_bytes_its_name_says(collected):
    """Content-addressed: whoever has the name can check the file."""
    images = collected.keys("images")
    assert images
    for key in images:
        assert hashlib.sha256(collected.read(key)).hexdigest() == Path(key).stem


def test_collecting_twice_changes_no_byte(store, base_url):
    """A cleared task, a retry and a second click are harmless."""
    before = files(store)
    collect(store, base_url)
    assert files(store) == before


def test_raw_replies_hold_no_token(collected):
    """A folder that people copy around must not open the account."""
    for key in collected.keys("raw"):
        data = collected.read(key)
        text = gzip.decompress(data) if key.endswith(".gz") else data
        assert META_TOKEN.encode() not in text


def test_a_replay_needs_no_network(store):
    """Every partition comes back from raw, byte for byte, that of the pictures too."""
    before = files(store)
    for key in [*store.keys("lake"), *store.keys("quality"), *store.keys("data_docs")]:
        store.delete(key)
    counts = replay(store, ACCOUNT, DAY)
    assert files(store) == before
    assert set(counts) == set(TABLES)


def test_a_replay_before_the_pictures_leaves_their_table_alone(store, caplog):
    """What came of the files is known for one landing only."""
    store.delete(f"{raw_folder(ACCOUNT, DAY)}/pictures.json.gz")
    before = files(store)
    assert "creative_images" not in replay(store, ACCOUNT, DAY)
    assert files(store) == before
    assert "no pictures were fetched for this landing" in caplog.text


def test_ads_and_residuals_add_up_to_the_totals(collected):
    """Day by day and campaign by campaign, in what the next DAGs read."""

    def sums(name, level):
        data = read_table(collected, Partition(name, DAY, "meta", ACCOUNT.account_id).key)
        summed = data.group_by([level, "report_date"]).aggregate(
            [(measure, "sum") for measure in ("impressions", "clicks", "spend")]
        )
        return {tuple(row.values()) for row in summed.to_pylist()}

    assert sums("ad_daily", "campaign_id") == sums("totals_daily", "level_id")


def test_the_quality_report_tells_more_than_counts(store):
    """Warnings, what nobody mapped, and how ads compare with totals stand beside the counts."""
    rename(store, "campaigns", b'"effective_status"', b'"wish_status"')
    load_reading(store, ACCOUNT, DAY)
    reports = {key.rsplit("/", 1)[1]: json.loads(store.read(key)) for key in store.keys("quality")}
    daily = reports["ad_daily.json"]
    assert daily["read"] == daily["accepted"]
    assert daily["unknown"]["campaigns.wish_status"] > 0
    assert isinstance(daily["warnings"], dict)
    told = reports["totals_daily.json"]["reconciliation"]
    assert told["level"] == "campaign"
    assert told["residual_rows"] == daily["residual_rows"]


def test_an_ad_without_rows_comes_back_as_a_residual(store):
    """The ad level is silent about one ad; the sums still equal the totals, and it is told."""
    ads = read_table(store, METRICS.key)
    ad_id = next(ad for ad in ads["ad_id"].to_pylist() if not ad.startswith(RESIDUAL))
    gone = ads.filter(pc.equal(ads["ad_id"], ad_id))
    rename(store, "insights", f'"ad_id":"{ad_id}"'.encode(), b'"ad_id":"gone"', drop=True)
    load_reading(store, ACCOUNT, DAY)
    after = read_table(store, METRICS.key)
    assert ad_id not in after["ad_id"].to_pylist()
    assert pc.sum(after["impressions"]).as_py() == pc.sum(ads["impressions"]).as_py()
    campaign = gone["campaign_id"][0].as_py()
    assert f"{RESIDUAL}{campaign}" in after["ad_id"].to_pylist()
    listed = read_table(store, Partition("ads", DAY, "meta", ACCOUNT.account_id).key)
    assert f"{RESIDUAL}{campaign}" in listed["ad_id"].to_pylist()


def test_a_one_day_repair_does_not_narrow_a_week(store, base_url):
    """Replacing seven days by one would lose six."""
    before = read_table(store, METRICS.key).num_rows
    land(store, base_url, days=1)
    load_reading(store, ACCOUNT, DAY)
    assert read_table(store, METRICS.key).num_rows == before


def test_a_raw_file_that_was_altered_stops_the_load(store):
    """Half a file from a broken copy must not become a partition."""
    landing = read_landing(store, ACCOUNT, DAY)
    key = next(iter(landing.files))
    store.write(key, store.read(key)[:-10])
    published = store.read(METRICS.key)
    with pytest.raises(QualityFailed, match="not those that were landed"):
        load_reading(store, ACCOUNT, DAY)
    assert store.read(METRICS.key) == published


def rename(store: LocalStore, entity: str, old: bytes, new: bytes, *, drop: bool = False) -> None:
    """Spoil the landed replies of one entity; `drop` takes away the objects that hold `old`."""
    landing = read_landing(store, ACCOUNT, DAY)
    key = next(k for k in landing.files if k.endswith(f"/{entity}.jsonl.gz"))
    replies = []
    for reply in load_replies(store.read(key)):
        content = reply.content.replace(old, new)
        if drop:
            body = json.loads(content)
            body["data"] = [item for item in body["data"] if new.decode() not in compact(item)]
            content = compact(body).encode()
        replies.append(
            Reply(reply.entity, reply.url, reply.status, reply.fetched_at, content=content)
        )
    data = dump_replies(replies)
    store.write(key, data)
    changed = {**landing.files, key: hashlib.sha256(data).hexdigest()}
    store.write(
        f"{raw_folder(ACCOUNT, DAY)}/landing.json", replace(landing, files=changed).to_json()
    )


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def test_rows_over_the_limit_stop_the_reading_and_keep_what_was_published(store):
    """Spend below zero in every row is a changed platform, not a bad row."""
    rename(store, "insights", b'"spend":"', b'"spend":"-')
    published = store.read(METRICS.key)
    with pytest.raises(QualityFailed, match="set aside"):
        load_reading(store, ACCOUNT, DAY)
    assert store.read(METRICS.key) == published
    [aside] = [k for k in store.keys("quarantine") if "ad_daily" in k]
    assert "spend" in read_table(store, aside).column("reason")[0].as_py()


def test_an_account_that_cannot_be_read_is_news_once(store):
    """It worked yesterday: somebody hears of it. Tomorrow it is only skipped."""
    closed = AccountUnreadable("meta 1: the account is closed.", kind="closed")
    tomorrow = DAY + timedelta(days=1)
    assert note_unreadable(store, ACCOUNT, closed, DAY)
    assert note_unreadable(store, ACCOUNT, closed, DAY)  # the same day, tried again
    assert not note_unreadable(store, ACCOUNT, closed, tomorrow)
    key = f"accounts_state/meta/{ACCOUNT.account_id}.json"
    assert json.loads(store.read(key)) == {
        "kind": "closed",
        "message": "meta 1: the account is closed.",
        "since": "2026-11-20",
        "day": "2026-11-21",
    }
    move_bookmark(store, ACCOUNT, DAY)
    assert not store.exists(key)


def test_an_account_that_never_worked_is_no_news(tmp_path):
    """Somebody is still setting it up."""
    gone = AccountUnreadable("meta 1: no such account.", kind="gone")
    assert not note_unreadable(LocalStore(tmp_path), ACCOUNT, gone, DAY)


def test_an_unreachable_host_loses_nothing(store):
    """Yesterday's reading stands, and the message names platform and host."""
    before = files(store)
    with pytest.raises(SourceUnavailable, match="meta"):
        land(store, "http://127.0.0.1:9")
    assert files(store) == before


def test_the_bookmark_waits_for_every_table(store):
    """It moves only after everything it covers is durable."""
    store.delete(Partition("creatives", DAY, ACCOUNT.platform, ACCOUNT.account_id).key)
    store.delete(f"bookmarks/meta/{ACCOUNT.account_id}.json")
    with pytest.raises(QualityFailed, match=r"lake/creatives/.* is not there"):
        move_bookmark(store, ACCOUNT, DAY)
    assert not store.exists(f"bookmarks/meta/{ACCOUNT.account_id}.json")


def test_repairing_an_old_day_does_not_move_the_bookmark_back(store):
    """The account is still read up to the later day."""
    store.write(f"bookmarks/meta/{ACCOUNT.account_id}.json", b'{"through": "2026-11-25"}')
    assert move_bookmark(store, ACCOUNT, DAY) == date(2026, 11, 25)


def test_only_pictures_that_an_ad_served_are_fetched(collected):
    """An account's first reading lists a year of creatives; the week's ads need a few."""
    key = Partition("creative_images", DAY, ACCOUNT.platform, ACCOUNT.account_id).key
    rows = read_table(collected, key).to_pylist()
    by_status = {
        status: [r for r in rows if r["status"] == status] for status in ("stored", "waiting")
    }
    assert by_status["stored"]
    assert by_status["waiting"]
    assert all(row["picture"] is None for row in by_status["waiting"])
    assert all("no ad served it" in row["reason"] for row in by_status["waiting"])


def test_a_window_ends_on_the_day_and_has_as_many_days_as_asked():
    """Seven days up to the 20th begin on the 14th."""
    assert window_of(ACCOUNT, DAY, window_days=7).since == date(2026, 11, 14)
    assert window_of(ACCOUNT, DAY).since == date(2026, 10, 24)  # Meta's 28 days
    with pytest.raises(ValueError, match="1 or more"):
        window_of(ACCOUNT, DAY, window_days=0)


def test_a_day_is_final_after_the_platform_s_restatement_window():
    """Meta changes numbers for 28 days, X for 14."""
    assert not is_final("meta", date(2026, 10, 23), DAY)
    assert is_final("meta", date(2026, 10, 22), DAY)
    assert is_final("x_ads", date(2026, 11, 5), DAY)
