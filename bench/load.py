"""How quickly the lake becomes a checked warehouse, against a bare copy and against pandas.

    python bench/load.py [--rows 10000000] [--pandas-rows 2000000] [--repeats 3]

The lake is that of `bench/long_lake.py`: five years of eight accounts, compacted, the last 35 days
whole. Each step runs in a process of its own, on warm file caches, so that its peak memory is
its own. Processor seconds stand beside the clock's: they tell how much a busy machine adds. The
bare copy is `CREATE TABLE AS SELECT *` of the same rows of every table, into a DuckDB
file, with the same threads and memory; it checks nothing and makes nothing of them. pandas does the
same steps as the build (all readings with what supersedes them, newest rows, newest listings, sums
per ad and account, the checks) on a smaller lake, of which the build is timed again: at the full
size it does not fit into memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from long_lake import TODAY, make_lake

from include.config.nodes import load_nodes
from include.store import LocalStore
from include.tables import AD_DAILY, TABLES

THREADS, MEMORY = 2, "1GB"  # those of include/warehouse/building.py
PROMISES = {
    "ratio_to_copy": "at most 2",
    "ratio_pandas": "at least 5",
    "peak_mb": "under 2000",
    "incremental_s": "under 10",
    "asof_s": "under 2",
    "gx_10k_s": "under 1",
    "rows_per_ad_day": "under 2",
}


def copy_bare(root: Path) -> float:
    """All rows of the lake into a DuckDB file, as they are."""
    import duckdb

    path = root / "bare.duckdb"
    path.unlink(missing_ok=True)
    started = time.perf_counter()
    config = {"threads": THREADS, "memory_limit": MEMORY, "preserve_insertion_order": False}
    with duckdb.connect(str(path), config=config) as copy:
        for name in TABLES:
            files = [str(path) for path in (root / "lake" / name).rglob("*.parquet")]
            copy.execute(
                f"CREATE TABLE {name} AS SELECT * FROM"  # noqa: S608
                " read_parquet(?, union_by_name = true, hive_partitioning = false)",
                [files],
            )
    seconds = time.perf_counter() - started
    path.unlink()
    return seconds


def build(root: Path, hour: int) -> float:
    """A version of the warehouse, gone on from the one before when there is one."""
    from include.warehouse import build

    started = time.perf_counter()
    now = datetime(2026, 11, 21, hour, tzinfo=UTC)
    build(LocalStore(root), day=TODAY, run_id="bench", nodes=load_nodes(), now=now)
    return time.perf_counter() - started


def build_anew(root: Path) -> float:
    """From nothing."""
    shutil.rmtree(root / "warehouse", ignore_errors=True)
    return build(root, 12)


def build_next_day(root: Path) -> float:
    """One more day of all accounts, on the version before."""
    return build(root, 13)


def ask_as_of(root: Path) -> float:
    """What was known on a day of 2025, summed per account, over all readings."""
    from include.warehouse import open_warehouse

    query = """
        SELECT platform, account_id, count(*), sum(spend), sum(leads), max(as_of)
        FROM ad_daily_asof(?)
        GROUP BY platform, account_id
    """
    day = TODAY - timedelta(days=500)
    with open_warehouse(LocalStore(root)) as warehouse:
        started = time.perf_counter()
        rows = warehouse.execute(query, [day]).fetchall()
        seconds = time.perf_counter() - started
    assert len(rows) == 8
    assert all(row[-1] <= day for row in rows)
    return seconds


def load_with_pandas(root: Path) -> float:
    """The same steps in pandas."""
    import pandas as pd

    from include.lake import Partition, lake_place

    started = time.perf_counter()

    def all_of(name: str) -> pd.DataFrame:
        parts = []
        for path in sorted((root / "lake" / name).rglob("*.parquet")):
            part = pd.read_parquet(path, partitioning=None)
            place = lake_place(path.relative_to(root).as_posix())
            if isinstance(place, Partition):
                part["as_of"] = part["told_until"] = place.as_of
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    key = list(AD_DAILY.key)
    readings = all_of(AD_DAILY.name).sort_values([*key, "as_of"], ignore_index=True)
    readings["superseded_on"] = readings.groupby(key, sort=False)["as_of"].shift(-1)
    daily = readings[readings["superseded_on"].isna()]
    newest = {
        name: all_of(name).sort_values("as_of").drop_duplicates(list(table.key), keep="last")
        for name, table in TABLES.items()
        if name != AD_DAILY.name
    }
    measures = ["impressions", "link_clicks", "engagements", "video_views", "spend"]
    measures += ["leads", "purchases", "conversions"]
    place = ["platform", "account_id"]
    ads = daily.groupby([*place, "ad_id", "campaign_id", "currency"])[measures].sum().reset_index()
    named = ads.merge(newest["campaigns"][[*place, "campaign_id", "objective"]], how="left")
    results = named.groupby(["objective", *place, "currency"])[measures].sum()
    assert not readings.duplicated([*key, "as_of"]).any()
    assert not daily.duplicated(key).any()
    assert (readings.groupby(key, sort=False)["as_of"].max().to_numpy() == daily["as_of"]).all()
    assert results["impressions"].sum() == daily["impressions"].sum()
    for name, table in [("readings", readings), ("results", results.reset_index())]:
        table.to_parquet(root / f"{name}.pandas.parquet")
    seconds = time.perf_counter() - started
    for path in root.glob("*.pandas.parquet"):
        path.unlink()
    return seconds


def judge_partition(root: Path) -> float:
    """Great Expectations on a partition of 10,000 rows, everything being imported."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from include.expectations import validate
    from include.lake import Partition

    account = load_nodes().accounts_of("meta")[0]
    path = root / Partition("ad_daily", TODAY, account.platform, account.account_id).key
    data = pq.read_table(path, schema=AD_DAILY.schema, partitioning=None)
    copies = []
    while sum(map(len, copies)) < 10_000:  # of a smaller lake: the same rows of other ads
        column = data.schema.get_field_index("ad_id")
        named = pc.binary_join_element_wise(data["ad_id"], str(len(copies)), "-")
        copies.append(data.set_column(column, data.schema.field("ad_id"), named))
    data = pa.concat_tables(copies)
    store = LocalStore(Path(tempfile.mkdtemp(dir=root)))
    told = []
    for start in (0, 0):
        started = time.perf_counter()
        validate(store, "ad_daily", data.slice(start, 10_000), account=account, day=TODAY)
        told.append(time.perf_counter() - started)
    shutil.rmtree(store.path)
    return told[-1]


def count_rows(root: Path) -> float:
    """Rows of the compacted months per ad-day; no time."""
    import duckdb

    files = str(root / "lake/ad_daily/**/compacted-0.parquet")
    query = "SELECT count(*) / (count(*) - count(superseded_on)) FROM read_parquet(?)"
    found = duckdb.execute(query, [files]).fetchall()
    return float(found[0][0])


STEPS: dict[str, Callable[[Path], float]] = {
    "copy": copy_bare,
    "build": build_anew,
    "next": build_next_day,
    "asof": ask_as_of,
    "pandas": load_with_pandas,
    "gx": judge_partition,
}


@dataclass(frozen=True)
class Cost:
    """What one step took in a process of its own; `cpu_s` also of other cores and imports."""

    seconds: float
    cpu_s: float
    peak_mb: float


def measured(step: str, root: Path) -> Cost:
    """Take a step in a process of its own."""
    print(f"  {step} …", end="", flush=True)
    done = subprocess.run(
        [sys.executable, __file__, "--step", step, "--lake", str(root)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{step} failed:\n{done.stderr}")
    cost = Cost(**json.loads(done.stdout.splitlines()[-1]))
    print(
        f" {cost.seconds:.1f} s, {cost.cpu_s:.1f} s of processor, {cost.peak_mb:.0f} MB", flush=True
    )
    return cost


def main() -> None:
    """Make the lakes, take each step, print the table and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000, help="ad-days")
    parser.add_argument("--pandas-rows", type=int, default=2_000_000, help="ad-days for pandas")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="make the lakes here, and keep them")
    parser.add_argument("--step", choices=sorted(STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--lake", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        seconds = STEPS[options.step](options.lake)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(json.dumps(asdict(Cost(seconds, time.process_time(), peak))))
        return
    place = options.keep or Path(tempfile.mkdtemp(prefix="pauta-load-"))
    try:
        figures = compare(place, options.rows, options.pandas_rows, options.repeats)
    finally:
        if options.keep is None:
            shutil.rmtree(place)
    for name, value in figures.items():
        print(f"{name:15} {value:10.2f}   {PROMISES.get(name, '')}")
    print(json.dumps(figures))


def compare(place: Path, rows: int, pandas_rows: int, repeats: int) -> dict[str, float]:
    """All figures; each ratio is of steps that ran one after the other."""
    figures: dict[str, float] = {"rows": rows, "pandas_rows": min(rows, pandas_rows)}
    lake, following = _lake(place, rows)
    copies, builds, nights, asked = [], [], [], []
    for number in range(repeats):
        print(f"run {number + 1} of {repeats}", flush=True)
        copies.append(measured("copy", lake))
        builds.append(measured("build", lake))
        with _one_day_more(lake, following):
            nights.append(measured("next", lake))
            asked.append(measured("asof", lake))
    pairs = list(zip(builds, copies, strict=True))
    median = statistics.median
    figures["copy_s"] = median(cost.seconds for cost in copies)
    figures["build_s"] = median(cost.seconds for cost in builds)
    figures["ratio_to_copy"] = median(build.seconds / copy.seconds for build, copy in pairs)
    figures["ratio_to_copy_cpu"] = median(build.cpu_s / copy.cpu_s for build, copy in pairs)
    figures["peak_mb"] = max(cost.peak_mb for cost in (*builds, *nights))
    figures["incremental_s"] = median(cost.seconds for cost in nights)
    figures["incremental_cpu_s"] = median(cost.cpu_s for cost in nights)
    figures["asof_s"] = median(cost.seconds for cost in asked)
    figures["gx_10k_s"] = median(measured("gx", lake).seconds for _ in range(repeats))
    figures["rows_per_ad_day"] = count_rows(lake)
    small = lake if rows <= pandas_rows else _lake(place, pandas_rows)[0]
    by_pandas, built = measured("pandas", small), measured("build", small)
    figures["ratio_pandas"] = by_pandas.seconds / built.seconds
    figures["ratio_pandas_cpu"] = by_pandas.cpu_s / built.cpu_s
    return {name: round(value, 3) for name, value in figures.items()}


def _lake(place: Path, rows: int) -> tuple[Path, Path]:
    """The lake of so many ad-days and its next day, made unless it is there."""
    lake, following = place / f"lake-{rows}", place / f"next-{rows}"
    if not (place / f"made-{rows}").exists():
        make_lake(lake, following, ad_days=rows)
        (place / f"made-{rows}").touch()
    return lake, following


@contextmanager
def _one_day_more(lake: Path, following: Path) -> Iterator[None]:
    """The next day's files lie in the lake meanwhile."""
    files = [(path, lake / path.relative_to(following)) for path in following.rglob("*.parquet")]
    for source, target in files:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    yield
    for _, target in files:
        target.unlink()


if __name__ == "__main__":
    main()
