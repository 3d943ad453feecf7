"""How quickly one account of 400 ads and 365 days is read, checked and published, per platform.

The promises: landing takes at most 1.3 times what the platform's limits make necessary (calls
needed x 50 ms / calls open at once); 50,000 ad days are parsed, checked and written per second
and core; the collecting process stays under 400 MB. Run:

    python bench/collect.py [--platform meta] [--ads 400] [--days 365]

The sandbox serves from a process of its own, every answer 50 ms late. Its answers are computed,
gzipped and laid ready before the clock starts: a platform's own thinking is not ours to measure.
Then, each in a process of its own: the same requests with nothing but `requests` and threads,
bodies received and thrown away (`bare_ratio`: what this machine can do at best); the landing;
the loading, as the DAG has them in two tasks; the parsing, timed by its processor. `peak_mb` is
the larger of landing and loading. `received_mb` is what came over the line.

What `needed` leaves out and a client cannot: that calls wait for each other (a token comes before
all else, posts before their pictures), and that every fifth of X's jobs is done at its second look.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import requests
from needed_calls import needed

PLATFORMS = ("meta", "google_ads", "x_ads", "linkedin_ads")
DELAY_S = 0.05
TODAY = date(2026, 11, 21)
DAY = TODAY - timedelta(days=1)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TIMES = 3  # what is timed is timed so often; the middle one counts
BAR = 40


def credentials(url: str) -> dict[str, str]:
    """What the sandbox accepts, as the environment variables of `pauta collect`."""
    from include.sandbox import credentials as accepted

    return {
        "META_ACCESS_TOKEN": accepted.META_TOKEN,
        "GOOGLE_ADS_CLIENT_ID": accepted.GOOGLE_CLIENT_ID,
        "GOOGLE_ADS_CLIENT_SECRET": accepted.GOOGLE_CLIENT_SECRET,
        "GOOGLE_ADS_REFRESH_TOKEN": accepted.GOOGLE_REFRESH_TOKEN,
        "GOOGLE_ADS_TOKEN_URL": f"{url}/google_ads/token",
        "X_ADS_CONSUMER_KEY": accepted.X_CONSUMER_KEY,
        "X_ADS_CONSUMER_SECRET": accepted.X_CONSUMER_SECRET,
        "X_ADS_ACCESS_TOKEN": accepted.X_ACCESS_TOKEN,
        "X_ADS_ACCESS_TOKEN_SECRET": accepted.X_ACCESS_TOKEN_SECRET,
        "LINKEDIN_ADS_REFRESH_TOKEN": accepted.LINKEDIN_REFRESH_TOKEN,
        "LINKEDIN_ADS_CLIENT_ID": accepted.LINKEDIN_CLIENT_ID,
        "LINKEDIN_ADS_CLIENT_SECRET": accepted.LINKEDIN_CLIENT_SECRET,
        "LINKEDIN_ADS_TOKEN_URL": f"{url}/linkedin_ads/oauth/v2/accessToken",
    }


def serve(options: argparse.Namespace) -> None:
    """The sandbox; tells its address and what is in its world on one line."""
    from canned import Canned
    from long_world import LongRunningWorld

    from include.sandbox.accounts import ACCOUNTS
    from include.sandbox.loopback import HOST, listener_on
    from include.sandbox.server import create_app

    account = next(a for a in ACCOUNTS if a.platform == options.platform)
    world = LongRunningWorld(account, ads=options.ads, days=options.days, today=TODAY)
    canned = Canned(create_app(world, lambda: NOW), delay_s=DELAY_S)

    async def serving() -> None:
        listener = listener_on(0)
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, ended.set)
        async with await loop.create_server(canned.connection, sock=listener):
            url = f"http://{HOST}:{listener.getsockname()[1]}"
            print(json.dumps({"url": url, "counts": world.counts()}), flush=True)
            await ended.wait()

    asyncio.run(serving())


def concurrency_of(platform: str) -> int:
    """How many calls its client has open at once."""
    found: int = import_module(f"include.sources.{platform}").CONCURRENCY
    return found


def land(options: argparse.Namespace) -> None:
    """Land one account; tells the measurements on one line."""
    from include.collect import land_raw
    from include.config.nodes import load_nodes
    from include.sources.environment import client_from
    from include.store import LocalStore

    logging.disable(logging.WARNING)
    account = load_nodes().accounts_of(options.platform)[0]
    client = client_from(
        credentials(options.url), options.platform, host=f"{options.url}/{options.platform}"
    )
    store = LocalStore(options.folder)
    began, worked = time.perf_counter(), time.process_time()
    landing = land_raw(
        store, client, account, DAY, run_id="bench", now=NOW, window_days=options.days
    )
    told = {
        "land_s": time.perf_counter() - began,
        "land_cpu_s": time.process_time() - worked,
        "raw_mb": sum(len(store.read(key)) for key in landing.files) / 1e6,
        "landing_mb": peak_mb(),
    }
    print(json.dumps(told), flush=True)


def load(options: argparse.Namespace) -> None:
    """Check and publish what was landed; tells the measurements on one line."""
    from include.collect import load_reading
    from include.config.nodes import load_nodes
    from include.store import LocalStore

    logging.disable(logging.WARNING)
    account = load_nodes().accounts_of(options.platform)[0]
    began = time.perf_counter()
    load_reading(LocalStore(options.folder), account, DAY)
    told = {"load_s": time.perf_counter() - began, "loading_mb": peak_mb()}
    print(json.dumps(told), flush=True)


def bare(options: argparse.Namespace) -> None:
    """Ask again for all that the last landing asked for, and throw the answers away."""
    asked = requests.get(f"{options.url}/bench/requests", timeout=60).json()
    requests.delete(f"{options.url}/bench/requests", timeout=60)  # it is asked, so told, again
    concurrency = concurrency_of(options.platform)  # imports, so asked before the clock
    received = 0

    def once(request: dict[str, Any]) -> int:
        with session.request(**request, timeout=60, allow_redirects=False, stream=True) as answer:
            return len(answer.raw.read(decode_content=False))

    began, worked = time.perf_counter(), time.process_time()
    with requests.Session() as session:
        session.trust_env = False
        with ThreadPoolExecutor(concurrency) as pool:
            received = sum(pool.map(once, asked))
    told = {
        "bare_s": time.perf_counter() - began,
        "bare_cpu_s": time.process_time() - worked,
        "received_mb": received / 1e6,
    }
    print(json.dumps(told), flush=True)


def parse(options: argparse.Namespace) -> None:
    """Parse, check and write the numbers of a landed reading, three times; tells the best."""
    import pyarrow as pa

    from include.collect import parse_landing, read_landing
    from include.config.nodes import load_nodes
    from include.lake import Partition, write_partition
    from include.reading import daily_split
    from include.store import LocalStore

    logging.disable(logging.WARNING)
    pa.set_cpu_count(1)  # rows per second are told for one core
    pa.array(["first"]).filter(pa.array([True]))  # libraries load once, whatever the rows
    account = load_nodes().accounts_of(options.platform)[0]
    store = LocalStore(options.folder)
    landing = read_landing(store, account, DAY)
    place = Partition("ad_daily", DAY, account.platform, account.account_id)
    tries = []
    for _ in range(3):
        began = time.process_time()
        parsed = parse_landing(store, account, landing)
        told: dict[str, Any] = {"parse_s": time.process_time() - began}
        told["by_row"] = len(parsed.rows["ad_daily"])
        split = daily_split(parsed, account, landing)
        told["check_s"] = time.process_time() - began - told["parse_s"]
        write_partition(store, place, split.accepted)
        told["cpu_s"] = time.process_time() - began
        told["rows"] = split.read
        tries.append(told)
    print(json.dumps(min(tries, key=lambda told: float(told["cpu_s"]))), flush=True)


def peak_mb() -> float:
    """The most memory that this process, or one it started, ever held."""
    asked = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in asked) / 1024


# What the processes that the bench starts do.
PARTS = {"serve": serve, "land": land, "load": load, "bare": bare, "parse": parse}


class Bar:
    """Calls made of calls needed, on one line of a terminal."""

    def __init__(self, name: str, total: int) -> None:
        self.name, self.total = name, total

    def show(self, done: int, what: str) -> None:
        """Draw it again."""
        if sys.stderr.isatty():
            full = min(BAR, BAR * done // max(self.total, 1))
            line = f"\r{self.name:<13}[{'#' * full:<{BAR}}] {done}/{self.total} calls, {what}"
            print(f"{line:<100}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line to what is printed next."""
        if sys.stderr.isatty():
            print("\r" + " " * 100 + "\r", end="", file=sys.stderr, flush=True)


def requests_made(url: str) -> int:
    """What the sandbox was asked since it was last told to forget."""
    return len(requests.get(f"{url}/bench/requests", timeout=60).json())


def measured(command: list[str], url: str, bar: Bar, what: str) -> dict[str, Any]:
    """What a process of its own tells, and the calls that the sandbox got meanwhile."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while True:
        try:
            output, _ = process.communicate(timeout=2.0)
            break
        except subprocess.TimeoutExpired:
            bar.show(requests_made(url) if sys.stderr.isatty() else 0, what)
    if process.returncode:
        raise SystemExit(f"{bar.name}: {what} ended with {process.returncode}.")
    told: dict[str, Any] = json.loads(output.splitlines()[-1])
    return told


def landed(command: list[str], url: str, bar: Bar, what: str, folder: Path) -> dict[str, Any]:
    """A landing into an empty folder, and how many calls it made."""
    shutil.rmtree(folder, ignore_errors=True)
    requests.delete(f"{url}/bench/requests", timeout=60)
    told = measured([*command, "--land", "--url", url], url, bar, what)
    return {"calls": requests_made(url), **told}


def started(options: argparse.Namespace, platform: str) -> list[str]:
    """The command line of a process for one platform."""
    size = ["--ads", str(options.ads), "--days", str(options.days), "--platform", platform]
    return [sys.executable, __file__, *size]


def middle(tries: list[dict[str, Any]], by: str) -> dict[str, Any]:
    """The try whose time is the median."""
    wanted = median(float(told[by]) for told in tries)
    return min(tries, key=lambda told: abs(float(told[by]) - wanted))


def bench(options: argparse.Namespace, platform: str) -> dict[str, Any]:
    """All numbers of one platform."""
    server = subprocess.Popen(
        [*started(options, platform), "--serve"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    try:
        if server.stdout is None or not (line := server.stdout.readline()):
            raise SystemExit(f"{platform}: the sandbox did not start.")
        served = json.loads(line)
        url, calls = served["url"], needed(platform, served["counts"], options.days)
        bar = Bar(platform, sum(calls.values()))
        bar.show(0, "warming up")
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "data"
            command = [*started(options, platform), "--folder", str(folder)]
            landed(command, url, bar, "warming up", folder)
            tries = [landed(command, url, bar, "landing", folder) for _ in range(TIMES)]
            asking = [*command, "--bare", "--url", url]
            bares = [measured(asking, url, bar, "asking") for _ in range(TIMES)]
            told = middle(tries, "land_s") | middle(bares, "bare_s")
            told |= measured([*command, "--load"], url, bar, "loading")
            told |= measured([*command, "--parse"], url, bar, "parsing")
        bar.end()
    finally:
        server.terminate()
        server.wait()
    told["needed"] = calls
    told["calls_needed"] = sum(calls.values())
    told["concurrency"] = concurrency_of(platform)
    told["least_s"] = told["calls_needed"] * DELAY_S / told["concurrency"]
    told["wall_ratio"] = told["land_s"] / told["least_s"]
    told["bare_ratio"] = told["bare_s"] / told["least_s"]
    told["rows_per_s"] = told["rows"] / told["cpu_s"]
    told["peak_mb"] = max(told["landing_mb"], told["loading_mb"])
    return told


def show(platform: str, told: dict[str, Any]) -> None:
    """One platform's part of the table."""
    needs = ", ".join(f"{what} {count}" for what, count in told["needed"].items())
    print(
        f"{platform}\n"
        f"  calls made {told['calls']}, needed {told['calls_needed']} ({needs})\n"
        f"  landed in {told['land_s']:.1f} s, at least {told['least_s']:.1f} s with "
        f"{told['concurrency']} open at once: ratio {told['wall_ratio']:.2f}; "
        f"{told['land_cpu_s']:.1f} s of processor, {told['raw_mb']:.1f} MB raw\n"
        f"  the same calls bare in {told['bare_s']:.1f} s: ratio {told['bare_ratio']:.2f}; "
        f"{told['bare_cpu_s']:.1f} s of processor, {told['received_mb']:.0f} MB received\n"
        f"  {told['rows']:,} ad days, {told['by_row']:,} of them row by row: parsed in "
        f"{told['parse_s']:.2f} s, checked in {told['check_s']:.2f} s, parsed + checked + written "
        f"in {told['cpu_s']:.2f} s of one core: {told['rows_per_s']:,.0f} rows/s\n"
        f"  published with all checks in {told['load_s']:.1f} s; peak memory "
        f"{told['landing_mb']:.0f} MB landing, {told['loading_mb']:.0f} MB loading; "
        f"load of the machine {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def main() -> None:
    """Print a table, then one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platform", choices=PLATFORMS, help="only this one")
    parser.add_argument("--ads", type=int, default=400)
    parser.add_argument("--days", type=int, default=365)
    for part in PARTS:
        parser.add_argument(
            f"--{part}", dest="part", action="store_const", const=part, help=argparse.SUPPRESS
        )
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        PARTS[options.part](options)
        return
    line = {}
    for platform in [options.platform] if options.platform else PLATFORMS:
        told = bench(options, platform)
        show(platform, told)
        line[platform] = {
            "wall_ratio": round(told["wall_ratio"], 2),
            "bare_ratio": round(told["bare_ratio"], 2),
            "rows_per_s": round(told["rows_per_s"]),
            "peak_mb": round(told["peak_mb"]),
            "landing_mb": round(told["landing_mb"]),
            "loading_mb": round(told["loading_mb"]),
        }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
