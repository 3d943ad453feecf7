"""X Ads: long windows by asynchronous jobs, and everything that goes wrong with them."""

from __future__ import annotations

import gzip
import json
import threading

import pytest

from include.errors import (
    ConfigurationError,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from include.sources import x_ads_files, x_ads_jobs
from include.sources.http import PassingError
from include.sources.memory import Memory
from include.sources.x_ads import Client, parse
from include.sources.x_ads_files import plain


class Platform:
    """An account whose ads are all asked for by jobs; what it says of a job can be changed.

    A job is named by its number in the order of their beginning.
    """

    def __init__(self, says, place):
        self.says, self.place = says, place
        self.begun = []
        self.polls = []
        self.files = {}  # number -> one answer after another
        self.told = {}  # number -> one description after another
        self.refused = 0  # so many beginnings are refused first
        self.ads = ["a"]
        self._lock = threading.Lock()

    def answer(self, asked):
        with self._lock:
            return self._answer(asked)

    def _answer(self, asked):
        path = asked.path.removeprefix("/x_ads/12/")
        if asked.path.startswith("/ton/"):
            return self._file(asked)
        if path.startswith("stats/jobs"):
            return self._begin(asked) if asked.method == "POST" else self._list(asked)
        if path.endswith("active_entities"):
            item = {
                "activity_start_time": "2026-11-01T12:00:00Z",
                "activity_end_time": "2026-11-02T12:00:00Z",
                "placements": ["ALL_ON_TWITTER"],
            }
            return self.says({"data": [{**item, "entity_id": ad} for ad in self.ads]})
        if path == "accounts/101":
            return self.says({"data": {"id": "101", "timezone": "America/Bogota"}})
        return self.says({"data": [], "next_cursor": None})

    def _begin(self, asked):
        if self.refused:
            self.refused -= 1
            return self.says({"errors": [{"code": "TOO_MANY_JOBS"}]}, 400)
        self.begun.append(asked.query)
        return self.says({"data": {"id": 1, "id_str": f"j{len(self.begun) - 1}"}})

    def _list(self, asked):
        ids = asked.query["job_ids"].split(",")
        self.polls.append(ids)
        return self.says({"data": [j for i in ids if (j := self._job(i))], "next_cursor": "c-x"})

    def _job(self, job_id):
        left = self.told.get(int(job_id[1:]), [])
        usual = {"status": "SUCCESS", "url": f"{self.place}/ton/{job_id}.json.gz"}
        told = usual | (left.pop(0) if left else {})
        return None if told.get("lost") else {"id_str": job_id, **told}

    def _file(self, asked):
        number = int(asked.path.split("/j")[1].split(".")[0])
        left = self.files.get(number, [])
        if left:
            return left.pop(0)
        return self.says(packed(self.begun[number]), 200, {"content-type": "application/gzip"})


def packed(query):
    """The file of a job: ten impressions in every hour."""
    day = query["start_time"], query["end_time"]
    hours = 24 * (int(day[1][8:10]) - int(day[0][8:10]))
    metrics = {"impressions": [10] * hours}
    body = {
        "data": [
            {"id": ad, "id_data": [{"segment": None, "metrics": metrics}]}
            for ad in query["entity_ids"].split(",")
        ],
        "time_series_length": hours,
        "request": {"params": {**query, "entity_ids": [], "granularity": "HOUR"}},
    }
    return gzip.compress(json.dumps(body).encode())


@pytest.fixture
def platform(server, says):
    running = Platform(says, server.url)
    server.answer = running.answer
    return running


@pytest.fixture
def slept():
    return []


@pytest.fixture
def client(server, slept):
    return Client(
        host=f"{server.url}/x_ads",
        consumer_key="key",
        consumer_secret="consumer-secret",
        access_token="900-token",
        access_token_secret="token-secret",
        most_calls=0,
        sleep=slept.append,
    )


@pytest.fixture
def impressions(client, fetch, account):
    """Impressions of all ads on 1 and 2 November, and of the account in three placements."""

    def read():
        parsed = parse(fetch(client, "x_ads"), account("x_ads"))
        ads = sum(sum(batch["impressions"].to_pylist()) for batch in parsed.batches)
        return ads, sum(row["impressions"] for row in parsed.rows["totals_daily"])

    return read


WHOLE = (480, 7200)  # 48 hours of one ad; ten days in three placements


def test_results_come_from_files_without_oauth(platform, server, impressions, slept):
    """Begun with the same parameters as a call; the file is asked for unsigned."""
    assert impressions() == WHOLE
    assert [query["entity"] for query in platform.begun].count("PROMOTED_TWEET") == 1
    files = [asked for asked in server.asked if asked.path.startswith("/ton/")]
    assert len(files) == 4
    assert not any("authorization" in asked.headers for asked in files)
    # One poll told of all four; the cursor of its answer leads nowhere and is not followed.
    assert [len(ids) for ids in platform.polls] == [4]
    assert slept == []


def test_polls_come_ever_later(platform, impressions, slept):
    """At once, then after 0.25, 0.5, 1 … seconds while nothing gets done, at most 30."""
    for number in range(4):
        platform.told[number] = [{"status": "PROCESSING", "url": None}] * 9
    assert impressions() == WHOLE
    assert slept == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_success_without_address_is_asked_about_again(platform, impressions):
    """X has said SUCCESS before it knew where the file is."""
    platform.told[1] = [{"url": None}, {"url": ""}]
    assert impressions() == WHOLE
    assert len(platform.begun) == 4
    assert platform.polls[1:] == [["j1"], ["j1"]]


@pytest.mark.parametrize("status", ["QUEUED", "UPLOADING", "SOMETHING_NEW"])
def test_other_words_are_taken_for_under_way(platform, impressions, caplog, status):
    """One that nobody knows is logged."""
    platform.told[0] = [{"status": status, "url": None}]
    assert impressions() == WHOLE
    assert ("SOMETHING_NEW" in caplog.text) == (status == "SOMETHING_NEW")


@pytest.mark.parametrize("told", [{"status": "FAILED"}, {"status": "CANCELLED"}, {"lost": True}])
def test_a_failed_job_is_begun_once_more(platform, impressions, told):
    """With the same parameters; when that fails too, the reading is tried again later."""
    platform.told[0] = [told]
    assert impressions() == WHOLE
    assert len(platform.begun) == 5
    assert platform.begun[4] in platform.begun[:4]
    platform.told = {number: [told] * 3 for number in range(20)}
    with pytest.raises(SourceUnavailable, match="begun 2 times"):
        impressions()


@pytest.mark.parametrize("status", [403, 404, 410, 426])
def test_a_file_that_is_gone_is_computed_once_more(platform, says, impressions, status):
    """Users saw late 404 and 426 on files of jobs that had ended well."""
    platform.files[2] = [says(b"gone", status)]
    assert impressions() == WHOLE
    assert len(platform.begun) == 5


def test_a_file_that_is_gone_twice_ends_the_reading(platform, says, impressions):
    """It is tried again later."""
    platform.files = {number: [says(b"gone", 404)] for number in range(20)}
    with pytest.raises(SourceUnavailable, match="gone twice"):
        impressions()


@pytest.mark.parametrize("told", [{"status": "FAILED"}, {"status": "PROCESSING", "url": None}])
def test_a_recomputed_job_that_does_not_end_well_ends_the_reading(
    platform, says, impressions, told
):
    """Failed, or not done within five minutes."""
    platform.files[0] = [says(b"gone", 404)]
    platform.told[4] = [told] * 100
    with pytest.raises(SourceUnavailable, match="did not end well"):
        impressions()


def test_a_damaged_file_is_fetched_again(platform, says, impressions):
    """Cut short, not JSON, not gzip, a server's error: none of them is taken for data."""
    whole = gzip.compress(b'{"data": []}')
    platform.files[0] = [says(whole[:-9])]
    platform.files[1] = [says(gzip.compress(b"<html>"))]
    platform.files[2] = [says(b"\x1f\x8b garbage")]
    platform.files[3] = [says(b"later", 503), says(whole, cut=True)]
    assert impressions() == WHOLE


def test_a_file_that_is_always_damaged_ends_the_reading(platform, says, impressions):
    """It is tried again later."""
    platform.files = {number: [says(b"nonsense")] * 9 for number in range(4)}
    with pytest.raises(SourceUnavailable, match="result file from"):
        impressions()


def test_only_known_hosts_are_asked_for_files(platform, says, impressions):
    """Whatever X says; and a redirect is not followed."""
    platform.told[0] = [{"url": "https://ton.example.com/j0.json.gz"}]
    with pytest.raises(ConfigurationError, match=r"ton\.example\.com"):
        impressions()
    for number in range(4, 8):
        platform.files[number] = [says(b"", 302, {"location": "https://pbs.twimg.com/x"})]
    with pytest.raises(ConfigurationError, match="leads elsewhere"):
        impressions()


def test_a_name_that_leads_inside_is_not_followed(server, platform, client, impressions):
    """The host is on the list, but its address is the worker's own."""
    client.download_hosts |= frozenset({"localhost"})
    platform.told[0] = [{"url": "https://localhost/j0.json.gz"}]
    with pytest.raises(ConfigurationError, match="no public address"):
        impressions()


def test_files_that_are_too_large_are_refused(platform, impressions, monkeypatch):
    """Packed or unpacked."""
    monkeypatch.setattr(x_ads_files, "MOST_PLAIN", 100)
    with pytest.raises(SourceUnavailable, match="unpacks to more"):
        impressions()
    monkeypatch.setattr(x_ads_files, "MOST_PACKED", 50)
    with pytest.raises(SourceUnavailable, match="has more than 50 bytes"):
        impressions()


def test_a_file_that_came_unpacked_is_taken():
    """A proxy may unpack on the way; damaged gzip is never taken."""
    assert plain(b'{"data": 1}') == (b'{"data": 1}', None)
    damaged = bytearray(gzip.compress(b"x" * 999))
    damaged[-6] ^= 1  # a bit of the checksum
    with pytest.raises(PassingError, match="no whole gzip"):
        plain(bytes(damaged))


def test_at_most_80_jobs_are_open(platform, impressions):
    """X allows 100, and others want some; the rest begin as the first get done."""
    platform.ads = [f"a{k:04}" for k in range(20 * 90)]
    platform.told = {number: [{"status": "PROCESSING", "url": None}] * 5 for number in range(93)}
    ads, _ = impressions()
    assert ads == 20 * 90 * 480
    assert len(platform.begun) == 93
    assert max(map(len, platform.polls)) == 80


def test_files_are_fetched_while_the_next_jobs_are_begun(platform, impressions, monkeypatch):
    """Two groups: the first one's files do not wait until all of the second is begun."""
    monkeypatch.setattr(x_ads_jobs, "BEGUN_AT_ONCE", 2)
    begun_before = []
    file = platform._file
    platform._file = lambda asked: (begun_before.append(len(platform.begun)), file(asked))[1]
    assert impressions() == WHOLE
    assert [len(ids) for ids in platform.polls] == [2, 2]
    assert min(begun_before) < 4


def test_refused_beginnings_wait_for_our_own_jobs(platform, impressions):
    """The last three are begun when the first has ended."""
    platform.refused = 3
    assert impressions() == WHOLE
    assert len(platform.begun) == 4


def test_when_others_have_all_jobs_the_reading_waits(platform, impressions):
    """Nothing of ours is under way whose end one could wait for."""
    platform.refused = 99
    with pytest.raises(RateLimited, match="other programs") as failure:
        impressions()
    assert failure.value.wait_s == 60


def test_a_job_that_failed_when_no_other_may_begin(platform, impressions):
    """Tried again later."""
    platform.told[0] = [{"status": "FAILED"}]
    begin = platform._begin

    def refuse_the_fifth(asked):
        platform.refused = len(platform.begun) == 4
        return begin(asked)

    platform._begin = refuse_the_fifth
    with pytest.raises(SourceUnavailable, match="no other may be begun"):
        impressions()


def test_jobs_that_never_end_are_left_alone(platform, impressions, slept):
    """After five minutes the worker goes."""
    platform.told = {number: [{"status": "PROCESSING", "url": None}] * 99 for number in range(9)}
    with pytest.raises(SourceUnavailable, match="still under way after 3"):
        impressions()
    assert 300 <= sum(slept) < 340


def test_what_was_begun_is_remembered(platform, client, impressions):
    """The next try asks about the same jobs instead of beginning others."""
    client.memory = Memory()
    platform.told = {number: [{"status": "PROCESSING", "url": None}] * 17 for number in range(4)}
    with pytest.raises(SourceUnavailable):
        impressions()
    client.memory = Memory.load(client.memory.dump())
    assert impressions() == WHOLE
    assert len(platform.begun) == 4


def test_a_job_without_id_stops_the_reading(platform, says, impressions):
    """The number beside it has lost digits."""
    platform._begin = lambda asked: says({"data": {"id": 1120829647711653888}})
    with pytest.raises(SchemaDrift, match="no id_str"):
        impressions()


def test_files_come_in_the_order_of_the_plan(platform, client, fetch):
    """Though the first job is the last to end."""
    platform.told[0] = [{"status": "PROCESSING", "url": None}] * 3
    replies = [r for r in fetch(client, "x_ads") if r.entity in {"stats", "totals"}]
    asked = [r.body["request"]["params"]["placement"] for r in replies]
    assert asked == ["ALL_ON_TWITTER", "SPOTLIGHT", "TREND", "ALL_ON_TWITTER"]
    assert [r.entity for r in replies] == ["totals", "totals", "totals", "stats"]
    # Named by what was asked, not by a file whose name is another in every try.
    assert "stats/jobs/accounts/101?entity=ACCOUNT&entity_ids=101&start_time=" in replies[0].url


def test_a_file_about_other_hours_is_refused(platform, client, impressions):
    """As the answer of a call would be."""
    platform.files[3] = []
    begin = platform._begin

    def other_hours(asked):
        said = begin(asked)
        platform.begun[-1] = {**platform.begun[-1], "start_time": "2026-11-02T05:00:00Z"}
        return said

    platform._begin = other_hours
    with pytest.raises(SchemaDrift, match="asked for start_time"):
        impressions()
