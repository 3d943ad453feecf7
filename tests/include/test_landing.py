"""Replies go to disk as they come; what an interruption leaves behind serves the next try only."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from include.config.nodes import load_nodes
from include.errors import QualityFailed, RateLimited
from include.landing import (
    Landing,
    land_raw,
    parse_landing,
    raw_folder,
    read_landing,
)
from include.sandbox.credentials import META_TOKEN
from include.sandbox.faults import Fault, Faults
from include.sandbox.server import serving
from include.sandbox.world import World
from include.sources.memory import Memory
from include.sources.meta import Client
from include.sources.replies import Account, Reply, Window, load_replies

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNT = load_nodes().account("meta", "1010000000000002")
FOLDER = raw_folder(ACCOUNT, DAY)
LIMIT = Fault(
    "status",
    r"^GET /meta/.*/insights",
    times=-1,
    skip=1,
    status=400,
    headers={
        "x-business-use-case-usage": json.dumps(
            {
                ACCOUNT.account_id: [
                    {
                        "type": "ads_insights",
                        "call_count": 100,
                        "total_cputime": 100,
                        "total_time": 100,
                        "estimated_time_to_regain_access": 60,
                    }
                ]
            }
        )
    },
    body={"error": {"message": "limit", "type": "OAuthException", "code": 80000}},
)


@pytest.fixture(scope="module")
def faults() -> Faults:
    """What goes wrong with the sandbox."""
    return Faults()


@pytest.fixture(scope="module")
def base_url(faults: Faults) -> Iterator[str]:
    """The sandbox over a small world."""
    world = World(today=date(2026, 11, 21), creatives_per_month=8, months=2)
    with serving(world, lambda: NOW, faults=faults) as url:
        yield url


def land(store, url, *, now=NOW, days=7) -> Landing:
    # A sleep of its own also means a limiter of its own: no test waits for another's limit.
    client = Client(host=f"{url}/meta", access_token=META_TOKEN, sleep=lambda _: None)
    return land_raw(store, client, ACCOUNT, DAY, run_id="run", now=now, window_days=days)


def files(store) -> dict[str, bytes]:
    return {key: store.read(key) for key in store.keys()}


def test_an_interrupted_reading_asks_only_for_what_it_lacks(any_store, base_url, faults):
    """A limit after some of the calls: the second try makes the others, with the same bytes."""
    faults.clear()
    land(any_store, base_url)
    undisturbed, all_calls = files(any_store), len(faults.requests)
    for key in any_store.keys():
        any_store.delete(key)

    faults.clear()
    faults.add(LIMIT)
    with pytest.raises(RateLimited):
        land(any_store, base_url)
    assert any_store.keys() == [f"{FOLDER}/unfinished"]
    assert META_TOKEN.encode() not in any_store.read(f"{FOLDER}/unfinished")

    faults.clear()
    land(any_store, base_url)
    assert 0 < len(faults.requests) < all_calls
    assert files(any_store) == undisturbed


def test_what_was_kept_serves_no_other_moment(store, base_url, faults):
    """Yesterday's answers under today's date would be old numbers; tomorrow's run asks all."""
    faults.clear()
    faults.add(LIMIT)
    with pytest.raises(RateLimited):
        land(store, base_url)
    faults.clear()
    later = NOW + timedelta(hours=1)
    assert land(store, base_url, now=later).fetched_at == later
    calls = len(faults.requests)
    assert f"{FOLDER}/unfinished" not in store.keys()
    faults.clear()
    land(store, base_url, now=later)
    assert len(faults.requests) == calls


def test_a_try_that_died_after_landing_leaves_nothing_behind(store, base_url, faults):
    """Killed between the landing record and the end: the next try removes what was kept."""
    faults.clear()
    faults.add(LIMIT)
    with pytest.raises(RateLimited):
        land(store, base_url)
    kept = store.read(f"{FOLDER}/unfinished")
    faults.clear()
    land(store, base_url)
    whole = files(store)
    store.write(f"{FOLDER}/unfinished", kept)
    land(store, base_url)
    assert files(store) == whole


def test_a_broken_reading_keeps_the_one_before(store, base_url, faults):
    """Raw files and record of the last whole reading stand until the next is whole."""
    faults.clear()
    land(store, base_url)
    before = files(store)
    faults.add(LIMIT)
    with pytest.raises(RateLimited):
        land(store, base_url, now=NOW + timedelta(hours=1))
    assert {k: v for k, v in files(store).items() if not k.endswith("unfinished")} == before


@dataclass
class Scripted:
    """A client that gives these replies."""

    replies: list[Reply]
    memory: Memory | None = None
    asked: list[Window] = field(default_factory=list)

    def fetch(self, account: Account, window: Window, *, now: datetime) -> Iterator[Reply]:
        self.asked.append(window)
        yield from self.replies


def reply(entity: str, content: bytes) -> Reply:
    return Reply(entity, "https://x.test", 200, NOW, content=content)


def test_replies_of_an_entity_share_a_file_in_the_order_they_came(store):
    """However the entities are mixed while they are read."""
    told = [reply("ads", b"[1]"), reply("campaigns", b"[2]"), reply("ads", b"[3]")]
    landing = land_raw(store, Scripted(told), ACCOUNT, DAY, run_id="r", now=NOW)
    assert sorted(landing.files) == [f"{FOLDER}/ads.jsonl.gz", f"{FOLDER}/campaigns.jsonl.gz"]
    ads = list(load_replies(store.read(f"{FOLDER}/ads.jsonl.gz")))
    assert [each.content for each in ads] == [b"[1]", b"[3]"]
    text = gzip.decompress(store.read(f"{FOLDER}/campaigns.jsonl.gz"))
    assert text.endswith(b',"bytes":3,"body":[2]}\n')
    assert read_landing(store, ACCOUNT, DAY) == landing


def test_a_file_that_a_reading_no_longer_has_goes(store):
    """The folder holds one reading, not what is left of two."""
    both = [reply("ads", b"[]"), reply("videos", b"[]")]
    land_raw(store, Scripted(both), ACCOUNT, DAY, run_id="r", now=NOW)
    land_raw(store, Scripted(both[:1]), ACCOUNT, DAY, run_id="r", now=NOW)
    assert store.keys() == [f"{FOLDER}/ads.jsonl.gz", f"{FOLDER}/landing.json"]


def test_a_wider_window_is_kept(store):
    """A repair of one day reads the week again."""
    client = Scripted([reply("ads", b"[]")])
    land_raw(store, client, ACCOUNT, DAY, run_id="r", now=NOW, window_days=7)
    land_raw(store, client, ACCOUNT, DAY, run_id="r", now=NOW, window_days=1)
    assert client.asked == [Window(DAY - timedelta(days=6), DAY)] * 2


def test_a_raw_file_that_is_gone_stops_the_load(store, base_url, faults):
    """The record lists it; a reading without it would lose its entity silently."""
    faults.clear()
    landing = land(store, base_url)
    store.delete(f"{FOLDER}/ads.jsonl.gz")
    with pytest.raises(QualityFailed, match=r"ads\.jsonl\.gz: the raw file is gone"):
        parse_landing(store, ACCOUNT, landing)
