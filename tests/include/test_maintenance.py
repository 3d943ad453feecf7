"""The weekly work on the lake, and what the doctor says of it."""

import hashlib
import json
import os
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from include.doctor import examine
from include.errors import QualityFailed
from include.lake import Partition, partitions, write_partition
from include.landing import Landing
from include.maintenance import (
    CHECKED_IN_WEEKS,
    compact_readings,
    expire_raw,
    newest_reports,
    search_orphans,
    verify_checksums,
)
from include.tables import TABLES

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
ACCOUNT = ("meta", "1010000000000001")


def read(store, day, table="ad_daily", rows=()):
    """A reading of the account, with rows or without."""
    data = pa.Table.from_pylist(list(rows), schema=TABLES[table].schema)
    write_partition(store, Partition(table, day, *ACCOUNT), data)


def land(store, day, data=b"reply"):
    """A landed reading of one raw file."""
    folder = f"raw/{'/'.join(ACCOUNT)}/year={day:%Y}/month={day:%m}/day={day:%d}"
    key = f"{folder}/ads.jsonl.gz"
    store.write(key, data)
    files = {key: hashlib.sha256(data).hexdigest()}
    record = Landing(*ACCOUNT, day, day, "run", NOW, files)
    store.write(f"{folder}/landing.json", record.to_json())
    return key


def picture(store, data):
    """A picture under its name; returns its sha256."""
    sha256 = hashlib.sha256(data).hexdigest()
    store.write(f"images/sha256/{sha256[:2]}/{sha256}.png", data)
    return sha256


def test_raw_replies_go_when_their_reading_is_old_and_in_the_lake(any_store):
    """Of three old days one never came into the lake; of 400 days ago nothing goes yet."""
    days = [DAY - timedelta(days=n) for n in (900, 401, 400, 500)]
    for day in days:
        land(any_store, day)
    for day in days[:3]:
        read(any_store, day)
    compact_readings(any_store, day=DAY)
    before = any_store.keys()
    dry = expire_raw(any_store, day=DAY, dry_run=True)
    assert any_store.keys() == before
    told = expire_raw(any_store, day=DAY)
    assert told == dry
    assert (told["expired_readings"], told["expired_files"]) == (2, 4)
    assert told["kept_because_not_in_the_lake"] == 1
    left = {key.split("/", 3)[3].rpartition("/")[0] for key in any_store.keys("raw")}
    assert left == {f"year={d:%Y}/month={d:%m}/day={d:%d}" for d in days[2:]}
    assert expire_raw(any_store, day=DAY)["expired_readings"] == 0


def test_raw_replies_of_open_windows_cannot_be_expired(store):
    """They are needed to replay what platforms still change."""
    with pytest.raises(ValueError, match="keep_days is 34, expected 35 or more"):
        expire_raw(store, day=DAY, keep_days=34)


def test_what_nobody_lists_is_told_and_what_was_half_written_is_removed(store):
    """One of three pictures is listed, one is of this morning; a set has no manifest."""
    listed, unlisted, young = (picture(store, data) for data in (b"one", b"two", b"three"))
    row = {"platform": "meta", "account_id": ACCOUNT[1], "creative_id": "k", "position": 0}
    row |= {"role": "image", "status": "stored", "is_thumbnail": False, "picture": listed}
    read(store, DAY - timedelta(days=90), "creative_images", [row])
    compact_readings(store, day=DAY)  # the listing is old, and still counts
    done, begun = "wompi-traffic-2026-11-01-00000000", "wompi-traffic-2026-11-02-00000000"
    for key in (f"{done}/manifest.json", f"{done}/1.png", f"{begun}/candidates/01.png"):
        store.write(f"sets/{key}", b"x")
    store.write("sets/plans/2026-11-01/001.json", b"[]")
    (store.path / "sets" / ".half.tmp").write_bytes(b"half")
    old = (NOW - timedelta(days=2)).timestamp()
    for path in store.path.rglob("*"):
        if path.is_file() and young not in path.name:
            os.utime(path, (old, old))
    os.utime(store.path / f"images/sha256/{young[:2]}/{young}.png", (NOW.timestamp(),) * 2)
    dry = search_orphans(store, day=DAY, now=NOW, dry_run=True)
    assert (store.path / "sets" / ".half.tmp").exists()
    told = search_orphans(store, day=DAY, now=NOW)
    assert told == dry
    counts = ("pictures_nobody_lists", "sets_without_manifest", "half_written_files")
    assert [told[name] for name in counts] == [1, 1, 1]
    assert told["examples"] == [
        f"images/sha256/{unlisted[:2]}/{unlisted}.png",
        begun,
        "sets/.half.tmp",
    ]
    assert not (store.path / "sets" / ".half.tmp").exists()
    assert search_orphans(store, day=DAY, now=NOW)["half_written_files"] == 0


@pytest.mark.parametrize("harm", ["raw", "gone", "picture"])
def test_in_four_weeks_every_file_is_held_to_its_sha256(harm, any_store):
    """Eight files; the one that was harmed is named in one of four weeks, and only there."""
    keys = [land(any_store, DAY - timedelta(days=n), str(n).encode()) for n in range(4)]
    shas = [picture(any_store, str(n).encode()) for n in range(4)]
    weeks = [DAY + timedelta(weeks=n) for n in range(CHECKED_IN_WEEKS)]
    checked = [verify_checksums(any_store, day=day)["checked_files"] for day in weeks]
    assert checked == [2, 2, 2, 2]
    if harm == "gone":
        any_store.delete(keys[2])
    else:
        image = f"images/sha256/{shas[2][:2]}/{shas[2]}.png"
        any_store.write(keys[2] if harm == "raw" else image, b"harmed")
    found = []
    for day in weeks:
        try:
            verify_checksums(any_store, day=day)
        except QualityFailed as failure:
            found.append(str(failure))
    assert len(found) == 1
    assert (shas[2] if harm == "picture" else keys[2]) in found[0]
    assert "Restore it from a backup" in found[0]


def test_each_work_leaves_a_report_and_a_dry_run_none(store, ad_day):
    """The doctor tells the newest of each."""
    rows = [ad_day(report_date=DAY - timedelta(days=60))]
    for back in (60, 59, 3):
        read(store, DAY - timedelta(days=back), rows=rows)
    assert compact_readings(store, day=DAY, dry_run=True)["merged_readings"] == 2
    assert newest_reports(store) == {}
    compact_readings(store, day=DAY - timedelta(days=7))
    told = compact_readings(store, day=DAY)
    assert told == {
        "merged_readings": 0,
        "rows_before": 0,
        "rows_after": 0,
        "merged": [],
        "rows_per_ad_day": 1.0,
    }
    verify_checksums(store, day=DAY)
    reports = newest_reports(store)
    assert {work: day for work, (day, _) in reports.items()} == {
        "compaction": DAY,
        "checksums": DAY,
    }
    kept = json.loads(store.read(f"maintenance/{DAY - timedelta(days=7)}/compaction.json"))
    assert (kept["merged_readings"], kept["rows_before"], kept["rows_after"]) == (2, 2, 1)
    assert len(partitions(store, "ad_daily")) == 1


def said(store):
    """What the doctor says, by subject."""
    return {finding.what: finding for finding in examine(store)}


def test_the_doctor_says_how_far_each_account_is(store):
    """Never read; read without bookmark; read long ago and compacted; unreadable."""
    what = " ".join(ACCOUNT)
    assert said(store)[what].seen == "never read: run collect_meta"
    read(store, DAY - timedelta(days=90))
    compact_readings(store, day=DAY)
    assert said(store)[what].seen == "read 2026-08-24, but no bookmark: clear the run"
    store.write(f"bookmarks/{'/'.join(ACCOUNT)}.json", b'{"through": "2026-08-24"}')
    found = said(store)[what]
    assert (found.seen, found.ok) == ("complete up to 2026-08-24", True)
    state = {"since": "2026-11-01", "message": "the account is closed"}
    store.write(f"accounts_state/{'/'.join(ACCOUNT)}.json", json.dumps(state).encode())
    found = said(store)[what]
    assert (found.seen, found.ok) == ("unreadable since 2026-11-01: the account is closed", False)


def test_the_doctor_says_what_maintenance_found(store):
    """Nothing yet; then the newest of each work; too long ago is something to look at."""
    assert said(store)["maintenance"].seen == "never run; 0 days lie whole"
    read(store, DAY)
    search_orphans(store, day=DAY, now=NOW)
    found = said(store)["maintenance, orphans"]
    assert found.seen == (
        "2026-11-22: half written files 0, pictures nobody lists 0, sets without manifest 0"
    )
    assert found.ok
    read(store, DAY + timedelta(days=11))
    assert not said(store)["maintenance, orphans"].ok
    assert said(store)["free space"].ok
    assert said(store)["warehouse"].seen == "none yet: run build_warehouse"
