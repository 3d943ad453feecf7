"""The local server that speaks the four platforms' wire formats over one synthetic world.

    python -m include.sandbox.server --port 8765 --now 2026-11-20T12:00:00Z

It listens on loopback only. In tests:

    with serving(World(today=date(2026, 11, 20)), clock) as base_url:
        requests.get(f"{base_url}/meta/v26.0/me", ...)
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from include.sandbox import admin, cdn, google_ads, linkedin_ads, meta, x_ads
from include.sandbox.desk import Clock, Desk
from include.sandbox.faults import FaultLayer, Faults
from include.sandbox.loopback import HOST, listener_on, served, server_of
from include.sandbox.pictures import Pictures
from include.sandbox.world import World


def create_app(
    world: World,
    clock: Clock,
    *,
    cache_dir: Path | None = None,
    drawers: Executor | None = None,
    faults: Faults | None = None,
    delay_s: float = 0.0,
    admin_token: str | None = None,
) -> ASGIApp:
    """The four platforms and their image hosts.

    Args:
        world: what they tell about.
        clock: the instant that they take for now, with a time zone; asked once per request.
        cache_dir: folder in which drawn pictures are kept; None keeps them in memory.
        drawers: processes that draw; None draws in the server's own threads.
        faults: what goes wrong, and the log of what was asked.
        delay_s: seconds that every answer takes at least, as over a real network.
        admin_token: opens `/admin`; None leaves it out.
    """
    desk = Desk(world, clock, Pictures(world, cache_dir, drawers=drawers))
    faults = Faults() if faults is None else faults
    platforms = Starlette(
        routes=[
            Mount("/meta", routes=meta.routes(desk)),
            Mount("/google_ads", routes=google_ads.routes(desk)),
            Mount("/x_ads", routes=x_ads.routes(desk)),
            Mount("/linkedin_ads", routes=linkedin_ads.routes(desk)),
            Mount("/cdn", routes=cdn.routes(desk)),
            Mount("/admin", routes=admin.routes(faults, admin_token)),
        ]
    )
    return FaultLayer(platforms, faults, delay_s=delay_s)


@contextmanager
def serving(
    world: World,
    clock: Clock,
    *,
    cache_dir: Path | None = None,
    faults: Faults | None = None,
    delay_s: float = 0.0,
    admin_token: str | None = None,
) -> Iterator[str]:
    """Serves in a thread on a free loopback port; gives the base URL, stops at the end.

    Arguments as in `create_app`.

    Raises:
        RuntimeError: the server did not start within 20 seconds.
    """
    app = create_app(
        world,
        clock,
        cache_dir=cache_dir,
        faults=faults,
        delay_s=delay_s,
        admin_token=admin_token,
    )
    with served(app) as base_url:
        yield base_url


def run(
    port: int,
    *,
    now: datetime | None = None,
    creatives_per_month: int = 640,
    cache_dir: Path | None = None,
    seed: int = 7,
    months: int = 12,
    delay_s: float = 0.0,
    admin_token: str | None = None,
) -> None:
    """Serves until interrupted.

    Args:
        port: on 127.0.0.1; 0 takes a free one.
        now: the instant at which the sandbox's clock stands still; None follows the real clock.
        creatives_per_month: size of the world.
        cache_dir: folder for drawn pictures; None keeps them in memory.
        seed: another seed is another world.
        months: calendar months of history, that of `now` included.
        delay_s: seconds that every answer takes at least.
        admin_token: opens `/admin`, through which faults are set; None leaves it out.
    """

    def clock() -> datetime:
        return datetime.now(UTC) if now is None else now

    world = World(
        today=clock().date(), seed=seed, creatives_per_month=creatives_per_month, months=months
    )
    listener = listener_on(port)
    print(f"sandbox: http://{HOST}:{listener.getsockname()[1]}", flush=True)
    # Fresh processes, not forks: the server's threads may hold locks when one is made.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as drawers:
        app = create_app(
            world,
            clock,
            cache_dir=cache_dir,
            drawers=drawers,
            delay_s=delay_s,
            admin_token=admin_token,
        )
        server_of(app).run([listener])


def main(arguments: list[str] | None = None) -> None:
    """The command line of `python -m include.sandbox.server`."""
    parser = argparse.ArgumentParser(prog="include.sandbox.server", description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--now", type=datetime.fromisoformat, help="ISO instant with offset")
    parser.add_argument("--creatives-per-month", type=int, default=640)
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--delay-ms", type=float, default=0.0, help="added to every answer")
    parser.add_argument("--admin-token", help="opens /admin; without it there is none")
    given = parser.parse_args(arguments)
    if given.now is not None and given.now.tzinfo is None:
        parser.error(f"--now {given.now.isoformat()} has no offset, expected one such as +00:00.")
    run(
        given.port,
        now=given.now,
        creatives_per_month=given.creatives_per_month,
        cache_dir=given.cache_dir,
        seed=given.seed,
        months=given.months,
        delay_s=given.delay_ms / 1000,
        admin_token=given.admin_token,
    )


if __name__ == "__main__":
    main()
