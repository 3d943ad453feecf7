"""What stands behind the numbers of the small world: evidence, promises, notes and Data Docs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from include.data_docs import write_index, write_list
from include.lake import Partition, read_table, write_partition, write_table
from include.leaderboards import PROMISES, TRAITS, ranked_key
from include.quality import write_quality_report
from include.sources.replies import Account
from include.store import LocalStore

META = Account("meta", "1010000000000001", "x", "COP", "America/Bogota", "meta_default", 28)
LINKEDIN_ID = "508000001"
RULES = "gamma-poisson/1+objectives/1"
HOSTILE_FIELD = "insights.<b>new</b>"

# label -> share of the winners and of the others that show it
SHARES = {"phone": (0.68, 0.31), "green": (0.5, 0.25)}

_GRADES = ("same_ad_set", "same_campaign", "different_audiences")
_RAILS = {
    "awareness": (("frequency", 1.84, None), ("ctr", 0.0123, None)),
    "traffic": (("ctr", 0.0239, None), ("cpc", 281.9, "COP"), ("click_to_landing_gap", 0.21, None)),
    "engagement": (("ctr", 0.0087, None), ("cpm", 6740.0, "COP")),
    "leads": (("cpa", 12_400.0, "COP"), ("view_through_share", None, None)),
    "sales": (("cpa", 31_000.0, "COP"), ("roas", 3.42, "COP"), ("view_through_share", 0.12, None)),
}


def behind(objective: str, n: int) -> dict[str, Any]:
    """Columns of the n-th piece of a leaderboard: the fourth is worn, the sixth lacks money."""
    missing = {"currency": "COP", "amount": Decimal(250_000)} if n == 5 else None
    revenue = [{"currency": "COP", "amount": Decimal(4_240_000 - 100_000 * n)}]
    return {
        "verdict": "not_enough_evidence" if n == 5 else "winner",
        "worn": n == 3,
        "grade": _GRADES[n % 3],
        "missing": missing,
        "revenue": revenue if objective == "sales" else [],
        "guard_rails": [
            {"name": name, "value": value, "currency": currency}
            for name, value, currency in _RAILS[objective]
        ],
        "false_winners": 0.034,
        "details_es": [
            "Por la misma inversión, un anuncio usual llevaría menos resultados.",
            "Las cifras dicen cómo le fue a cada pieza donde la plataforma la mostró.",
        ],
        "details_en": [
            "For the same spend an ordinary ad would have fewer results by now.",
            "The numbers say how each piece did where the platform showed it.",
        ],
        "result": "link_clicks",
        "per": "spend",
    }


def put_traits(store: LocalStore, day: date, told: Iterable[Mapping[str, Any]]) -> None:
    """The traits of wompi traffic, with shares where `SHARES` has them."""
    rows = [
        {
            **{name: trait[name] for name in ("category", "label", "effect", "low", "high")},
            "pieces": trait["pieces"],
            "as_of": day,
            "node": "wompi",
            "objective": "traffic",
            "share_winners": SHARES.get(trait["label"], (None, None))[0],
            "share_others": SHARES.get(trait["label"], (None, None))[1],
        }
        for trait in told
    ]
    write_table(store, ranked_key(day, "traits"), pa.Table.from_pylist(rows, TRAITS))


def put_promises(store: LocalStore, day: date) -> None:
    """Three cells: one kept, one below its range, one of which no piece was shown again."""
    same = {"as_of": day, "promised_on": day - timedelta(days=30), "rule_version": RULES}
    told = (
        ("wompi", "traffic", 6, 5, 4_000.0, 6_000.0, 5_800.0, 5_100.0, 6_900.0, 0.8),
        ("wompi", "leads", 6, 4, 100.0, 180.0, 90.0, 120.0, 230.0, 0.25),
        ("banco", "sales", 6, 0, 0.0, 0.0, 0.0, 0.0, 0.0, None),
    )
    names = ("node", "objective", "pieces", "shown", "expected", "promised", "delivered", "low",
             "high", "covered")  # fmt: skip
    rows = []
    for values in told:
        row = {**same, **dict(zip(names, values, strict=True))}
        rows.append({**row, "ratio": row["promised"] / row["delivered"] if values[6] else None})
    write_table(store, ranked_key(day, "promises"), pa.Table.from_pylist(rows, PROMISES))


def put_earlier_reading(store: LocalStore, day: date) -> None:
    """The reading of the day before, when each ad had one purchase of its two."""
    newest = Partition("ad_daily", day, META.platform, META.account_id)
    rows = [
        {**row, "purchases": 1.0, "conversions": 1.0, "is_final": False}
        for row in read_table(store, newest.key).to_pylist()
        if row["report_date"] < day
    ]
    earlier = Partition("ad_daily", day - timedelta(days=1), META.platform, META.account_id)
    schema = read_table(store, newest.key).schema
    write_partition(store, earlier, pa.Table.from_pylist(rows, schema))


def put_notes(store: LocalStore, day: date, run_id: str) -> None:
    """One row of ten set aside, four fields unknown, odd rows; LinkedIn may not be read."""
    unknown = {HOSTILE_FIELD: 214, "ads.mood": 3, "ads.status=DORMANT": 2, "ads.aura": 1}
    write_quality_report(
        store,
        META,
        day,
        run_id=run_id,
        counts={"ad_daily": {"read": 10, "accepted": 9, "quarantined": 1}},
        notes={"ad_daily": {"unknown": unknown, "warnings": {"more_clicks_than_impressions": 7}}},
    )
    state = {
        "kind": "permission",
        "message": "linkedin_ads 508000001: 403 <b>no</b> r_ads_reporting.",
        "since": (day - timedelta(days=2)).isoformat(),
        "day": day.isoformat(),
    }
    store.write(f"accounts_state/linkedin_ads/{LINKEDIN_ID}.json", json.dumps(state).encode())


def put_documents(store: LocalStore, day: date) -> None:
    """One page of Data Docs, as if a script had come through, and its account's list."""
    page = (
        '<!DOCTYPE html><html lang="en"><head><title>Data Docs</title>'
        "<style>h1 { color: rgb(1, 2, 3); }</style></head><body><h1>ad_daily</h1>"
        "<script>document.title = 'run'</script></body></html>"
    )
    store.write(f"data_docs/meta/{META.account_id}/{day}/ad_daily.html", page.encode())
    write_index(store, META)
    # Nothing leads to these two: no table of that name, no account of that id.
    store.write(f"data_docs/meta/{META.account_id}/{day}/secret.html", b"secret")
    store.write("data_docs/meta/77/index.html", b"old")
    store.write("data_docs/warehouse/freshness.html", page.encode())
    write_list(store, "data_docs/warehouse", "Data Docs: warehouse")
