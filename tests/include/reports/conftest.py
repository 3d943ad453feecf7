"""A week of a small world: ranked pieces, sets with pictures, and a warehouse of a few rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

import include.reports.figures
from include.lake import write_table
from include.leaderboards import LEADERBOARD, TRAITS, ranked_key
from include.reports.weekly import Report, build
from include.store import LocalStore, Store
from tests.include.catalogue.world import picture, put_set

SUNDAY = date(2026, 11, 22)
AS_OF = date(2026, 11, 21)
NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)  # 07:30 in Bogota

# node, objective, then mean, low, high and weight of its chosen pieces.
CELLS: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {
    ("wompi", "traffic"): [(2.5, 2.0, 3.1, 0.75), (1.5, 1.1, 1.9, 0.25)],
    ("wompi", "leads"): [(1.8, 1.2, 2.6, 1.0)],
    ("wompi", "sales"): [(1.7, 1.2, 2.4, 1.0)],
    ("banco", "traffic"): [(1.25, 1.0, 1.5, 1.0)],
    ("tu360compras", "awareness"): [(0.95, 0.8, 1.1, 1.0)],
}
HOSTILE = '<script>alert("x")</script>\r\nBcc: eve@example.com'


def sha_of(node: str, objective: str, n: int) -> str:
    """The picture of a cell's n-th piece."""
    data = picture(f"{node}{objective}{n}", "#2f7fd1", 120)
    return hashlib.sha256(data).hexdigest()


def put_pieces(store: Store, **changes: Any) -> None:
    """The leaderboard; `changes` overwrite columns of the first row."""
    rows: list[dict[str, Any]] = []
    for (node, objective), pieces in CELLS.items():
        for n, (mean, low, high, weight) in enumerate(pieces):
            data = picture(f"{node}{objective}{n}", "#2f7fd1", 120)
            sha = hashlib.sha256(data).hexdigest()
            store.write(f"images/sha256/{sha[:2]}/{sha}.png", data)
            rows.append(
                {
                    "as_of": AS_OF,
                    "node": node,
                    "objective": objective,
                    "picture": sha,
                    "rank": n + 1,
                    "mean": mean,
                    "low": low,
                    "high": high,
                    "prob_above_baseline": 0.95,
                    "verdict": "winner" if low > 1.05 else "ordinary",
                    "results": 412.0,
                    "expected": 412 / mean,
                    "spend": [{"currency": "COP", "amount": Decimal("1240300.4")}],
                    "chosen": True,
                    "weight": weight,
                    "reason_es": "Mejor que lo usual",
                    "reason_en": "Better than usual",
                    "rule_version": "gamma-poisson/1+objectives/1",
                }
            )
    unjudged = {**rows[-1], "rank": 2, "verdict": "not_enough_evidence", "chosen": False}
    rows.append({**unjudged, "picture": "f" * 64, "weight": 0.0})
    rows[0] |= changes
    write_table(store, ranked_key(AS_OF, "leaderboard"), pa.Table.from_pylist(rows, LEADERBOARD))


def put_traits(store: Store) -> None:
    """A clear trait, one whose range holds 1, one of an unknown label, one of two pieces."""
    rows = [
        {"category": "prop", "label": "phone", "effect": 1.4, "low": 1.2, "high": 1.7},
        {"category": "prop", "label": "keys", "effect": 1.3, "low": 0.9, "high": 1.7},
        {"category": "prop", "label": "unicorn", "effect": 3.0, "low": 2.0, "high": 4.0},
    ]
    place = {"as_of": AS_OF, "node": "wompi", "objective": "traffic", "pieces": 9}
    rare = {"category": "prop", "label": "car", "effect": 2.0, "low": 1.5, "high": 3.0}
    rows.append({**rare, "pieces": 2})
    traits = pa.Table.from_pylist([{**place, **row} for row in rows], TRAITS)
    write_table(store, ranked_key(AS_OF, "traits"), traits)


def warehouse_of(*, days: str = "2026-11-18") -> duckdb.DuckDBPyConnection:
    """Two ads of the best piece and one each of two others, all shown on one day."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE ad_daily (platform TEXT, account_id TEXT, campaign_id TEXT, ad_id TEXT,"
        " report_date DATE, impressions BIGINT, currency TEXT, spend DECIMAL(18, 6))"
    )
    con.execute("CREATE TABLE ads (platform TEXT, account_id TEXT, ad_id TEXT, name TEXT)")
    con.execute(
        "CREATE TABLE ad_pictures (platform TEXT, account_id TEXT, ad_id TEXT, picture TEXT)"
    )
    con.execute(
        "CREATE TABLE campaigns (platform TEXT, account_id TEXT, campaign_id TEXT, name TEXT,"
        " node TEXT, objective TEXT)"
    )
    con.execute(
        "CREATE TABLE reconciliation (platform TEXT, account_id TEXT, report_date DATE,"
        " currency TEXT, total_spend DECIMAL(38, 6), spend_difference DECIMAL(38, 6))"
    )
    for account, day, total, difference in (
        ("1010000000000001", days, 1000, 6),
        ("1010000000000001", "2026-11-19", 1000, 6),
        ("1010000000000001", "2026-11-15", 1000, 900),  # the week before
        ("1010000000000002", days, 1000, 5),
        ("101", days, 200, -10),
        ("101", "2026-11-19", None, None),
    ):
        row = ["meta", account, day, "COP", total, difference]
        con.execute("INSERT INTO reconciliation VALUES (?, ?, ?, ?, ?, ?)", row)
    best, other = sha_of("wompi", "traffic", 0), sha_of("wompi", "leads", 0)
    for ad, campaign, impressions, currency, spend, name, shown in (
        ("a1", "c1", 900, "COP", "700000.6", "WMP | Cobra con QR", best),
        ("a2", "c1", 100, "COP", "300000.0", "WMP | El otro", best),
        ("a3", "c2", 500, "USD", "99.5", HOSTILE, other),
        ("a4", "c3", 5, "COP", "0.0", None, sha_of("tu360compras", "awareness", 0)),
    ):
        place = ["meta", "101"]
        row = [*place, campaign, ad, days, impressions, currency, spend]
        con.execute("INSERT INTO ad_daily VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        con.execute("INSERT INTO ads VALUES (?, ?, ?, ?)", [*place, ad, name])
        con.execute("INSERT INTO ad_pictures VALUES (?, ?, ?, ?)", [*place, ad, shown])
    con.execute("INSERT INTO campaigns VALUES ('meta', '101', 'c1', 'One', 'wompi', 'traffic')")
    con.execute("INSERT INTO campaigns VALUES ('meta', '101', 'c2', 'Two', 'wompi', 'leads')")
    con.execute(
        "INSERT INTO campaigns VALUES ('meta', '101', 'c3', 'T3C | Three', 'tu360compras',"
        " 'awareness')"
    )
    return con


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """The week's data; the hand-made warehouse stands in for the stored one."""

    @contextmanager
    def opened(_: Store) -> Iterator[duckdb.DuckDBPyConnection]:
        yield warehouse_of()

    monkeypatch.setattr(include.reports.figures, "open_warehouse", opened)
    store = LocalStore(tmp_path)
    put_pieces(store)
    put_traits(store)
    for node, objective, day in (
        ("wompi", "traffic", 20),
        ("wompi", "traffic", 21),
        ("wompi", "leads", 22),
        ("banco", "traffic", 22),
        ("tu360compras", "awareness", 16),
        ("wompi", "sales", 21),
        ("wompi", "sales", 15),  # the week before
        ("banco", "sales", 23),  # the week after
    ):
        kind = "generated" if objective == "leads" else "drawn"
        put_set(store, node, objective, date(2026, 11, day), kind=kind)
    return store


@pytest.fixture
def made(store: LocalStore) -> Callable[..., Report]:
    """Builds the week's report."""

    def made(**options: Any) -> Report:
        options = {"now": NOW, "base_url": "https://pauta.example/catalogue", **options}
        return build(store, SUNDAY, **options)

    return made
