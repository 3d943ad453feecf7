"""Runs one case through the real path, and holds what comes of it to what the case says."""

import gzip
import re
import traceback
import zlib
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from include.tables import RESIDUAL as RESIDUAL_ID
from tests.faults.case import (
    COMPLETE,
    ERRORS,
    MARKED,
    QUARANTINED,
    REPORTED,
    RESIDUAL,
    Case,
    Setting,
)
from tests.faults.platforms import SECRETS
from tests.faults.stage import Ending, Row, Stage, key_of

# A proof or token beside its name, not blotted out.
_NAMED_SECRET = re.compile(
    rb"(?:access_token|appsecret_proof|refresh_token|client_secret|oauth_signature)"
    rb"(?:=|%3D|\"\s*:\s*\"|':\s*')(?!\*\*\*|%2A|[\"'&\s]|<)[^\s\"'&]{6,}"
)


def check(case: Case, platform: str, on: Stage) -> None:
    """Run the case; fails with what was otherwise than it says."""
    setting = on.setting(platform, case.days)
    expected = on.undisturbed(platform, case.days)
    ending = on.disturbed(case, setting)
    assert not ending.faults.mistakes, ending.faults.mistakes
    unused = [fault for fault, struck in ending.faults.struck.items() if not struck]
    assert not unused, f"never struck: {unused}; asked: {_asked(ending)}"
    _check_secrets(ending)
    if case.outcome in ERRORS:
        _check_error(case, ending, expected)
        _check_recovery(case, ending, expected, on, setting)
        return
    if ending.error is not None:
        raise AssertionError(f"expected {case.outcome!r}, but it stopped") from ending.error
    if ending.alike is None:
        assert ending.store.exists(_bookmark(setting)), "the bookmark did not move"
    _OUTCOMES[case.outcome](case, ending, expected)


def _check_error(case: Case, ending: Ending, expected: Ending) -> None:
    assert ending.error is not None, f"expected {case.outcome}, but the run went through"
    assert type(ending.error).__name__ == case.outcome, repr(ending.error)
    assert case.says in str(ending.error), f"{case.says!r} is not in {ending.error}"
    assert not ending.store.keys("bookmarks"), "the bookmark moved"
    # Pictures come last: when they fail, what is published is whole and right.
    for name, rows in ending.tables.items():
        assert rows == expected.tables[name], f"{name} was published, and differs"


def _check_recovery(
    case: Case, ending: Ending, expected: Ending, on: Stage, setting: Setting
) -> None:
    """The same run again, after the trouble, over what it left behind."""
    again = on.run(setting, (), {}, ending.store, expected)
    assert again.error is None, f"the run after it stopped: {again.error!r}"
    assert again.tables == expected.tables
    assert not again.store.keys(f"raw/{setting.platform}/unfinished")


def _check_complete(case: Case, ending: Ending, expected: Ending) -> None:
    for name, rows in expected.tables.items():
        assert ending.tables[name] == rows, _difference(name, ending.tables[name], rows)
    set_aside = {name: len(rows) for name, rows in ending.quarantined.items() if rows}
    before = {name: len(rows) for name, rows in expected.quarantined.items() if rows}
    assert set_aside == before, f"rows were set aside: {set_aside}"


def _check_reported(case: Case, ending: Ending, expected: Ending) -> None:
    _check_complete(case, ending, expected)
    assert case.says not in expected.said, f"{case.says!r} is said without the fault too"
    assert case.says in ending.said, f"{case.says!r} is not in {ending.said}"


def _check_quarantined(case: Case, ending: Ending, expected: Ending) -> None:
    set_aside = ending.quarantined
    named = [
        row
        for rows in set_aside.values()
        for row in rows
        if case.says in f"{row.get('rule')} {row.get('reason')}"
    ]
    assert named, f"no row was set aside for {case.says!r}: {set_aside}"
    for name, rows in expected.tables.items():
        missing, added = _apart(ending.tables[name], rows)
        assert len(missing) <= len(set_aside.get(name, [])), f"{name} lacks {missing}"
        assert not added, f"{name} has other rows: {added}"


def _check_residual(case: Case, ending: Ending, expected: Ending) -> None:
    ads, totals = ending.tables["ad_daily"], ending.tables["totals_daily"]
    assert totals == expected.tables["totals_daily"]
    residual = [row for row in ads if row["ad_id"].startswith(RESIDUAL_ID)]
    assert residual, "there is no residual row"
    for total in totals:
        rows = [
            row
            for row in ads
            if row["report_date"] == total["report_date"]
            and total["level_id"] in {row["campaign_id"], row["account_id"]}
        ]
        for metric in ("impressions", "clicks", "spend"):
            summed = sum((row[metric] or 0 for row in rows), Decimal(0))
            assert summed == (total[metric] or 0), f"{metric} of {total}: ads sum to {summed}"
    missing, added = _apart(ads, expected.tables["ad_daily"])
    assert missing, "no row is missing: the fault left nothing out"
    assert not added, f"ad_daily has other rows: {added}"


def _check_marked(case: Case, ending: Ending, expected: Ending) -> None:
    before = {key_of("creative_images", row): row for row in expected.tables["creative_images"]}
    changed = [
        row
        for row in ending.tables["creative_images"]
        if row != before[key_of("creative_images", row)]
    ]
    assert changed, "no picture is marked"
    for row in changed:
        words = f"{row['status']} {row['reason']} {'is_thumbnail' if row['is_thumbnail'] else ''}"
        assert case.says in words, f"{case.says!r} is not what {row} says"
        assert row["status"] != "stored" or row["is_thumbnail"]
    for name, rows in expected.tables.items():
        if name == "creative_images":
            assert len(rows) == len(ending.tables[name])
        else:
            assert ending.tables[name] == rows, _difference(name, ending.tables[name], rows)


_OUTCOMES = {
    COMPLETE: _check_complete,
    REPORTED: _check_reported,
    QUARANTINED: _check_quarantined,
    RESIDUAL: _check_residual,
    MARKED: _check_marked,
}


def _check_secrets(ending: Ending) -> None:
    """No token in what was written, logged or raised."""
    texts = {f"log {number}": line.encode() for number, line in enumerate(ending.log)}
    if ending.error is not None:
        texts["traceback"] = "".join(traceback.format_exception(ending.error)).encode()
    for key in ending.store.keys():
        if not key.startswith(("lake/", "images/", "quarantine/")):
            texts[key] = _unpacked(ending.store.read(key))
    for place, text in texts.items():
        for secret in SECRETS:
            assert secret.encode() not in text, f"{place} holds a secret ({secret[:4]}…)"
        found = _NAMED_SECRET.search(text)
        assert found is None, f"{place} holds {found and found.group()[:40]!r}"


def _unpacked(data: bytes) -> bytes:
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    head, magic, packed = data.partition(b"pauta memory 1\n")
    return head + zlib.decompress(packed) if magic else data


def _apart(rows: Sequence[Row], expected: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows that are missing, and rows that are too many; what fills up totals is left out."""
    return _differing(
        [row for row in rows if not _fills_up(row)],
        [row for row in expected if not _fills_up(row)],
    )


def _differing(rows: Sequence[Row], expected: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows that are missing, and rows that are too many."""
    by_text = {repr(row): row for row in [*rows, *expected]}
    found, wanted = Counter(map(repr, rows)), Counter(map(repr, expected))
    missing, added = (wanted - found).elements(), (found - wanted).elements()
    return [by_text[text] for text in missing], [by_text[text] for text in added]


def _fills_up(row: Row) -> bool:
    return any(str(value).startswith(RESIDUAL_ID) for value in row.values())


def _difference(name: str, rows: Sequence[Row], expected: Sequence[Row]) -> str:
    missing, added = _differing(rows, expected)
    return f"{name}: {len(missing)} missing {missing[:3]}, {len(added)} other {added[:3]}"


def _asked(ending: Ending) -> list[str]:
    return [f"{each.method} {each.path}?{each.query}"[:160] for each in ending.faults.requests]


def _bookmark(setting: Setting) -> str:
    return f"bookmarks/{setting.platform}/{setting.account.account_id}.json"
