"""The local server that speaks the four platforms' wire formats over one synthetic world.

    python -m include.sandbox.server --port 8765 --now 2026-11-20T12:00:00Z

It listens on loopback only. In tests:

    with serving(World(today=date(2026, 11, 20)), clock) as base_url:
        requests.get(f"{base_url}/meta/v26.0/me", ...)
"""

from __future__ import annotations

import argparse
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from include.sandbox import cdn, google_ads, linkedin_ads, meta, x_ads
from include.sandbox.desk import Clock, Desk
from include.sandbox.pictures import Pictures
from include.sandbox.world import World

_HOST = "127.0.0.1"
_START_SECONDS = 20.0


def create_app(
    world: World,
    clock: Clock,
    *,
    cache_dir: Path | None = None,
    drawers: Executor | None = None,
) -> Starlette:
    """The four platforms and their image hosts.

    Args:
        world: what they tell about.
        clock: the instant that they take for now, with a time zone; asked once per request.
        cache_dir: folder in which drawn pictures are kept; None keeps them in memory.
        drawers: processes that draw; None draws in the server's own threads.
    """
    desk = Desk(world, clock, Pictures(world, cache_dir, drawers=drawers))
    return Starlette(
        routes=[
            Mount("/meta", routes=meta.routes(desk)),
            Mount("/google_ads", routes=google_ads.routes(desk)),
            Mount("/x_ads", routes=x_ads.routes(desk)),
            Mount("/linkedin_ads", routes=linkedin_ads.routes(desk)),
            Mount("/cdn", routes=cdn.routes(desk)),
        ]
    )


def _server(app: Starlette) -> uvicorn.Server:
    # h11 keeps the raw path and query, which Rest.li needs; no access log: urls carry tokens.
    return uvicorn.Server(
        uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", http="h11")
    )


def _listener(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((_HOST, port))
    # From here on callers wait instead of being refused, though uvicorn still starts.
    listener.listen(128)
    return listener


@contextmanager
def serving(world: World, clock: Clock, *, cache_dir: Path | None = None) -> Iterator[str]:
    """Serves in a thread on a free loopback port; gives the base URL, stops at the end.

    Raises:
        RuntimeError: the server did not start within 20 seconds.
    """
    listener = _listener(0)
    server = _server(create_app(world, clock, cache_dir=cache_dir))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    waited = threading.Event()
    for _ in range(int(_START_SECONDS / 0.01)):
        if server.started:
            break
        waited.wait(0.01)
    else:
        raise RuntimeError(f"sandbox: server did not start within {_START_SECONDS:g} s.")
    try:
        yield f"http://{_HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def run(
    port: int,
    *,
    now: datetime | None = None,
    creatives_per_month: int = 640,
    cache_dir: Path | None = None,
    seed: int = 7,
    months: int = 12,
) -> None:
    """Serves until interrupted.

    Args:
        port: on 127.0.0.1; 0 takes a free one.
        now: the instant at which the sandbox's clock stands still; None follows the real clock.
        creatives_per_month: size of the world.
        cache_dir: folder for drawn pictures; None keeps them in memory.
        seed: another seed is another world.
        months: calendar months of history, that of `now` included.
    """

    def clock() -> datetime:
        return datetime.now(UTC) if now is None else now

    world = World(
        today=clock().date(), seed=seed, creatives_per_month=creatives_per_month, months=months
    )
    listener = _listener(port)
    print(f"sandbox: http://{_HOST}:{listener.getsockname()[1]}", flush=True)
    # Fresh processes, not forks: the server's threads may hold locks when one is made.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as drawers:
        _server(create_app(world, clock, cache_dir=cache_dir, drawers=drawers)).run([listener])


def main(arguments: list[str] | None = None) -> None:
    """The command line of `python -m include.sandbox.server`."""
    parser = argparse.ArgumentParser(prog="include.sandbox.server", description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--now", type=datetime.fromisoformat, help="ISO instant with offset")
    parser.add_argument("--creatives-per-month", type=int, default=640)
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--months", type=int, default=12)
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
    )


if __name__ == "__main__":
    main()
