"""What inspires a night's sets: chosen pictures, what they show, and the ads behind them."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from duckdb import DuckDBPyConnection

from generation.vocabulary import CATEGORIES
from generation.votes import FREE_CATEGORIES, Observed, Winner
from include.describe import read_descriptions
from include.leaderboards import ranked_days, read_leaderboard, read_traits
from include.store import Store

logger = logging.getLogger(__name__)

Cell = tuple[str, str]  # node, objective
Row = dict[str, Any]

_ADS = """
SELECT c.node, c.objective, p.picture, d.platform, d.account_id, d.ad_id,
       any_value(a.name) AS name, any_value(c.name) AS campaign,
       sum(d.impressions)::BIGINT AS impressions, sum(d.link_clicks) AS link_clicks,
       sum(d.engagements) AS engagements, sum(d.video_views) AS video_views,
       sum(d.leads) AS leads, sum(d.purchases) AS purchases, sum(d.conversions) AS conversions,
       sum(d.spend) AS spend, any_value(d.currency) AS currency
FROM ad_daily d
JOIN ad_pictures p USING (platform, account_id, ad_id)
JOIN campaigns c USING (platform, account_id, campaign_id)
LEFT JOIN ads a USING (platform, account_id, ad_id)
WHERE c.node IS NOT NULL AND p.picture IN (SELECT unnest(?))
GROUP BY c.node, c.objective, p.picture, d.platform, d.account_id, d.ad_id
ORDER BY impressions DESC, d.platform, d.account_id, d.ad_id
"""


@dataclass(frozen=True)
class Evidence:
    """Everything about the cells of one night, by node and objective.

    Args:
        as_of: the day of the leaderboard.
        pieces: all rows of the leaderboard, best first.
        traits: what the good pieces share.
        ads: by node, objective and picture; the most shown first.
        descriptions: by picture, of one describer.
    """

    as_of: date
    pieces: Mapping[Cell, list[Row]]
    traits: Mapping[Cell, list[Row]]
    ads: Mapping[tuple[str, str, str], list[Row]]
    descriptions: Mapping[str, Row]

    def chosen(self, cell: Cell) -> list[Row]:
        """The pieces that inspire the cell's set, heaviest first as ranked."""
        return [row for row in self.pieces.get(cell, []) if row["chosen"]]

    def winners(self, cell: Cell) -> list[Winner]:
        """The chosen pieces with what they show."""
        return [
            Winner(
                row["picture"],
                row["weight"],
                self._labels(row["picture"]),
                (self.descriptions.get(row["picture"]) or {}).get("caption") or "",
            )
            for row in self.chosen(cell)
        ]

    def inspirations(self, cell: Cell, result: str) -> list[Row]:
        """The chosen pieces as the manifest tells them, with `result` as their ads' results."""
        return [self._inspiration(cell, row, result) for row in self.chosen(cell)]

    def _labels(self, picture: str) -> tuple[Observed, ...]:
        labels = (self.descriptions.get(picture) or {}).get("labels") or []
        return tuple(Observed(o["category"], o["label"], o["similarity"]) for o in labels)

    def _inspiration(self, cell: Cell, row: Row, result: str) -> Row:
        described = self.descriptions.get(row["picture"]) or {}
        numbers = ("rank", "weight", "mean", "low", "high", "prob_above_baseline", "verdict")
        sums = ("results", "expected", "impressions", "link_clicks")
        return {
            "picture": row["picture"],
            **{name: row[name] for name in (*numbers, *sums)},
            "spend": [
                {"currency": s["currency"], "amount": amount(s["amount"])} for s in row["spend"]
            ],
            "first_date": row["first_date"].isoformat(),
            "last_date": row["last_date"].isoformat(),
            "reason": {"es": row["reason_es"], "en": row["reason_en"]},
            "description": described.get("caption") or "",
            "ads": [
                {
                    **{name: ad[name] for name in ("platform", "account_id", "ad_id", "currency")},
                    "name": ad["name"] or "",
                    "campaign": ad["campaign"] or "",
                    "impressions": ad["impressions"],
                    "results": float(ad[result]),
                    "spend": amount(ad["spend"]),
                }
                for ad in self.ads.get((*cell, row["picture"]), [])
                # Where the platform does not count this result, the ranking leaves the ad out.
                if ad[result] is not None
            ],
        }


def read_evidence(
    store: Store, warehouse: DuckDBPyConnection, night: date, describer_key: str
) -> Evidence:
    """The newest leaderboard up to `night`, with what stands behind it.

    Raises:
        FileNotFoundError: nothing was ranked up to that night.
    """
    days = [day for day in ranked_days(store) if day <= night]
    if not days:
        raise FileNotFoundError(
            f"leaderboards: nothing was ranked up to {night}; run rank_creatives first."
        )
    pieces = _by_cell(read_leaderboard(store, days[-1]).sort_by("rank").to_pylist())
    traits = _by_cell(read_traits(store, days[-1]).to_pylist())
    chosen = sorted({r["picture"] for rows in pieces.values() for r in rows if r["chosen"]})
    described = read_descriptions(store, describer_key).to_pylist()
    descriptions = {row["picture"]: row for row in described if row["picture"] in set(chosen)}
    _tell_unknown(descriptions.values())
    ads: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    found = warehouse.execute(_ADS, [chosen])
    names = [column[0] for column in found.description or []]
    for values in found.fetchall():
        ad = dict(zip(names, values, strict=True))
        ads[ad["node"], ad["objective"], ad["picture"]].append(ad)
    return Evidence(days[-1], pieces, traits, ads, descriptions)


def amount(money: Decimal) -> str:
    """`1234.50`: an amount of money as text, with two decimals."""
    return format(money.quantize(Decimal("0.01")), "f")


def _by_cell(rows: Iterable[Row]) -> dict[Cell, list[Row]]:
    cells: dict[Cell, list[Row]] = defaultdict(list)
    for row in rows:
        cells[row["node"], row["objective"]].append(row)
    return cells


def _tell_unknown(described: Iterable[Row]) -> None:
    """Log the labels that fusion will not count, so that a new describer is noticed."""
    unknown: Counter[str] = Counter()
    for row in described:
        for seen in row["labels"] or []:
            known = CATEGORIES.get(seen["category"])
            if known is None and seen["category"] in FREE_CATEGORIES:
                continue
            if known is None or seen["label"] not in known:
                unknown[ascii(seen["category"])[:40]] += 1
    for category, count in sorted(unknown.items()):
        logger.warning("descriptions: %d labels of %s are not in the vocabulary", count, category)
