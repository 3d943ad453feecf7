"""How much of the best attainable effect a ranking delivers, and whether its promises hold.

python bench/ranking_truth.py [--quick] [--picture docs/images/ranking.svg]

On random worlds (`ranking_worlds.py`) and on the sandbox's known truth. Every method chooses six
pieces of each cell by its own score, under one rule: at most two of a campaign and two that look
the same, with the same taste for variety. Share: what the chosen pieces really do today above the
cell's average, over that of the best choice under the rule; an empty place counts as average.
Then the same worlds with absurd rows, and 200 cells over a million ads (`ranking_million.py`),
timed in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from bench_sandbox import sandbox_world  # type: ignore[import-not-found]
from numpy.typing import NDArray
from ranking_worlds import (  # type: ignore[import-not-found]
    DAYS,
    GATE_DOLLARS,
    GATE_IMPRESSIONS,
    PLATFORMS,
    World,
    random_world,
    with_absurd_ads,
)

import ranking

K = 6
FRESH_DAYS = 28
METHODS = {
    "ours": "this ranking",
    "eb": "plain empirical Bayes, one global baseline",
    "wilson": "Wilson lower bound of results per impression",
    "raw_impressions": "raw results per money, from 5,000 impressions",
    "raw_spend": "raw results per money, from 50 dollars",
    "raw": "raw results per money (raw cost per result)",
}
Floats = NDArray[np.float64]
HALF_LIVES = {"150 days": 150.0, "300 days": 300.0, "1000 days": 1000.0, "never": 1e9}


def rows_of(world: World) -> tuple[ranking.Shown, ranking.Places]:
    """The world as `ranking` reads it: one row per ad, maturity learned, ages weighed."""
    age = DAYS - 1 - world.day
    platform = world.platform[world.account[world.ad]]
    objective = world.objective_of_cell[world.cell[world.piece]]
    told = np.ones(len(world.ad))
    for number, window in enumerate(PLATFORMS.values()):
        curve = ranking.completeness(
            world.seen_at_age[number],
            world.final_at_age[number],
            ranking.usual_completeness(window),
        )
        mature = (platform == number) & np.array(world.matures)[objective[world.ad]]
        told[mature] = curve[np.minimum(age[mature], window)]
    last = np.zeros(len(world.cell), dtype=np.int64)
    np.maximum.at(last, world.piece[world.ad], world.day)
    fresh = world.day > last[world.piece[world.ad]] - FRESH_DAYS
    weight = ranking.recency(age)

    def per_ad(values: Floats) -> Floats:
        return np.bincount(world.ad, values, len(world.piece)).astype(np.float64)

    exposure = per_ad(world.spend * told)
    aged = per_ad(world.spend * told * weight)
    codes = (objective * len(world.platform) + world.account) * 3 + world.format
    found, place = np.unique(codes, return_inverse=True)
    account = found // 3 % len(world.platform)
    places = ranking.Places(
        objective=found // 3 // len(world.platform),
        platform=world.platform[account],
        account=account,
        format=found % 3,
        currency=world.currency[account],
    )
    shown = ranking.Shown(
        piece=world.piece,
        place=place,
        results=per_ad(world.results),
        exposure=exposure,
        recency=np.divide(aged, exposure, out=np.ones(len(exposure)), where=exposure > 0),
        fresh_results=per_ad(world.results * fresh),
        fresh_exposure=per_ad(world.spend * told * fresh),
    )
    return shown, places


def other_scores(world: World) -> dict[str, Floats]:
    """What a spreadsheet, and a textbook, would rank by."""
    piece = world.piece[world.ad]
    pieces = len(world.cell)

    def per_piece(values: Floats) -> Floats:
        return np.bincount(piece, values, pieces).astype(np.float64)

    results, seen = per_piece(world.results), per_piece(world.impressions)
    money = per_piece(world.spend / world.per_dollar[world.account[world.ad]])
    raw = np.divide(results, money, out=np.zeros(pieces), where=money > 0)
    objective = world.objective_of_cell[world.cell]
    usual = np.bincount(objective, results) / np.bincount(objective, money)
    eb = np.empty(pieces)
    for which in range(len(usual)):
        own = objective == which
        eb[own] = ranking.rate(results[own], money[own] * usual[which]).mean
    share = np.minimum(np.divide(results, seen, out=np.zeros(pieces), where=seen > 0), 1.0)
    z, n = 1.2815515655446004, np.maximum(seen, 1.0)
    middle = share + z**2 / (2 * n)
    reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return {
        "raw": raw,
        "raw_impressions": np.where(seen >= GATE_IMPRESSIONS, raw, 0.0),
        "raw_spend": np.where(money >= GATE_DOLLARS, raw, 0.0),
        "wilson": (middle - reach) / (1 + z**2 / n),
        "eb": eb,
    }


def home_of(world: World) -> NDArray[np.int64]:
    """The campaign with most impressions of each piece."""
    ads = np.bincount(world.ad, world.impressions, len(world.piece))
    order = np.lexsort((world.campaign, ads, world.piece))
    home = np.zeros(len(world.cell), dtype=np.int64)
    home[world.piece[order]] = world.campaign[order]
    return home


def chosen_by(
    score: Floats, able: NDArray[np.bool_], world: World, home: NDArray[np.int64]
) -> list[list[int]]:
    """The pieces that each cell's set would be inspired by."""
    found = []
    for cell in range(len(world.objective_of_cell)):
        rows = np.flatnonzero(world.cell == cell)
        order = rows[np.lexsort((rows, -score[rows]))] - rows[0]
        taken = ranking.choose(
            order.tolist(),
            score[rows],
            able[rows],
            home[rows].tolist(),
            k=K,
            looks=world.look[rows],
            same_look=0.95,
        )
        found.append((rows[0] + np.array(taken, dtype=np.int64)).tolist())
    return found


def gain(chosen: list[list[int]], world: World, *, rare: bool | None = None) -> float:
    """What the choices really do above the average of their cells, over all places.

    `rare`: only cells whose results are rare and credited late (or only the others).
    """
    late = np.array(world.matures)[world.objective_of_cell]
    return float(
        sum(
            world.truth[rows].sum() - len(rows) * world.truth[world.cell == cell].mean()
            for cell, rows in enumerate(chosen)
            if rare is None or late[cell] == rare
        )
    )


def gains(name: str, chosen: list[list[int]], world: World) -> dict[str, float]:
    """Gains of one method over all cells, and by kind of result."""
    return {
        name: gain(chosen, world),
        f"rare_{name}": gain(chosen, world, rare=True),
        f"plenty_{name}": gain(chosen, world, rare=False),
    }


def flattened(chosen: list[list[int]]) -> list[int]:
    """The choices of all cells in one list."""
    return [row for rows in chosen for row in rows]


def measured(world: World) -> tuple[dict[str, float], dict[str, Floats]]:
    """Sums of one world, and its estimates for the picture."""
    shown, places = rows_of(world)
    weighed = ranking.weigh(shown, places, world.cell, world.objective_of_cell)
    least = np.array(world.judged_from)[world.objective_of_cell[world.cell]]
    weighed, worn = weighed.without_wear(least)
    judged = weighed.judged(least)
    estimates = weighed.estimates()
    found = ranking.verdicts(estimates.prob_above_baseline, judged)
    home, young = home_of(world), world.born >= DAYS - FRESH_DAYS
    able = ranking.inspiring(estimates.prob_above_baseline, weighed.current, least)
    scores = {"ours": estimates.mean, **other_scores(world)}
    best = chosen_by(world.truth, np.ones(len(world.cell), dtype=np.bool_), world, home)
    out = {"young_best": float(young[flattened(best)].mean()), **gains("best", best, world)}
    for name, score in scores.items():
        rows = chosen_by(score, able if name == "ours" else score > 0, world, home)
        out |= gains(name, rows, world)
        flat = flattened(rows)
        out[f"young_{name}"] = float(young[flat].mean())
        if name == "ours":
            out["promised"] = float(estimates.mean[flat].sum())
            out["delivered"] = float(world.truth[flat].sum())
    winner = found.verdict == "winner"
    inside = (estimates.low <= world.truth) & (world.truth <= estimates.high)
    out |= {
        "winners": float(winner.sum()),
        "worn": float(worn.sum()),
        "false": float((world.truth[winner] <= 1).sum()),
        "covered": float(inside.sum()),
        "covered_judged": float(inside[judged].sum()),
        "judged": float(judged.sum()),
        "pieces": float(len(inside)),
        "young_pieces": float(young.mean()),
    }
    raw = np.divide(
        weighed.results, weighed.expected, out=np.zeros(len(inside)), where=weighed.expected > 0
    )
    return out, {
        "mean": estimates.mean,
        "low": estimates.low,
        "high": estimates.high,
        "truth": world.truth,
        "raw": raw,
        "expected": weighed.expected,
    }


def summary(worlds: list[dict[str, float]]) -> dict[str, float]:
    """The figures over worlds: sums over sums."""
    total = {name: sum(world[name] for world in worlds) for name in worlds[0]}
    young = {name: total[f"young_{name}"] / len(worlds) for name in [*METHODS, "best"]}
    return {
        **{f"share_{name}": round(total[name] / total["best"], 3) for name in METHODS},
        **{
            f"share_{kind}_{name}": round(total[f"{kind}_{name}"] / total[f"{kind}_best"], 3)
            for kind in ("rare", "plenty")
            for name in METHODS
        },
        "promise_ratio": round(total["promised"] / total["delivered"], 3),
        "coverage80": round(total["covered"] / total["pieces"], 3),
        "coverage80_judged": round(total["covered_judged"] / total["judged"], 3),
        "false_winner_rate": round(total["false"] / max(total["winners"], 1.0), 3),
        "winners": total["winners"],
        **{f"recent_{name}": round(value, 3) for name, value in young.items()},
        "recent_pieces": round(total["young_pieces"] / len(worlds), 3),
    }


def table_of(figures: Mapping[str, float]) -> str:
    """The figures as people read them."""
    lines = [f"{'method':48} {'share':>6} {'rare':>6} {'plenty':>6} {'recent':>7}"]
    for name, text in METHODS.items():
        share, recent = figures[f"share_{name}"], figures[f"recent_{name}"]
        rare, plenty = figures[f"share_rare_{name}"], figures[f"share_plenty_{name}"]
        lines.append(f"{text:48} {share:6.3f} {rare:6.3f} {plenty:6.3f} {recent:7.1%}")
    lines.append(f"{'the best choice':48} {1:6.3f} {1:6.3f} {1:6.3f} {figures['recent_best']:7.1%}")
    lines.append(
        f"promised / delivered {figures['promise_ratio']}, 80 % ranges cover "
        f"{figures['coverage80']:.1%} (judged pieces {figures['coverage80_judged']:.1%}), "
        f"false winners {figures['false_winner_rate']:.1%} of {figures['winners']:.0f} "
        f"(stated: at most {ranking.FALSE_WINNERS:.0%})"
    )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="3 worlds and 100,000 ads")
    parser.add_argument("--picture", type=Path, help="draw docs/images/ranking.svg from the runs")
    options = parser.parse_args()
    runs = [measured(random_world(seed)) for seed in range(4 if options.quick else 40)]
    figures = summary([found for found, _ in runs])
    print(
        f"{len(runs)} random worlds of 1,200 pieces in 20 cells; correlation over a year 0.6 to 1"
    )
    print(table_of(figures))
    for text, half_life in HALF_LIVES.items():
        few = [measured(random_world(seed, half_life=half_life))[0] for seed in range(len(runs))]
        found = summary(few)
        figures[f"half_life_{text.split()[0]}"] = {
            name: found[name]
            for name in ("share_ours", "promise_ratio", "coverage80", "false_winner_rate")
        }
        print(
            f"worlds that correlate by a half after {text}: share "
            f"{found['share_ours']} (eb {found['share_eb']}, raw {found['share_raw']}), promised / "
            f"delivered {found['promise_ratio']}, cover {found['coverage80']:.1%}, false winners "
            f"{found['false_winner_rate']:.1%}"
        )
    odd = summary(
        [measured(with_absurd_ads(random_world(seed), seed))[0] for seed in range(len(runs))]
    )
    print("\nthe same worlds; one ad in 200 also credited with what the biggest of its kind got")
    print(table_of(odd))
    sandbox = summary(
        [measured(sandbox_world(seed))[0] for seed in range(1 if options.quick else 3)]
    )
    print("\nthe sandbox's world, 12 months of 640 creatives")
    print(table_of(sandbox))
    ads = "100000" if options.quick else "1000000"
    script = [sys.executable, str(Path(__file__).with_name("ranking_million.py")), ads]
    timed = json.loads(subprocess.run(script, check=True, capture_output=True, text=True).stdout)
    print(
        f"\n200 cells over {ads} ads: {timed['million_s']} s ({timed['million_cpu_s']} s of "
        f"processor), {timed['million_mb']} MB"
    )
    if options.picture:
        from ranking_picture import draw  # type: ignore[import-not-found]

        options.picture.write_text(draw([found for _, found in runs], figures), encoding="utf-8")
    figures |= {f"absurd_{name}": value for name, value in odd.items()}
    figures |= {f"sandbox_{name}": value for name, value in sandbox.items()} | timed
    figures["stated_false_winner_rate"] = ranking.FALSE_WINNERS
    print(json.dumps(figures, sort_keys=True))


if __name__ == "__main__":
    main()
