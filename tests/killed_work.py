"""What `test_killed.py` kills: `killed_work.py collect FOLDER URL RUN | generate FOLDER | many`.

With `many` it imports everything once, and forks a child for each line of arguments it reads: the
child's process id goes to standard output, then its exit code (negative: the signal).
"""

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import requests

from include.store import LocalStore

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BRIEF = "node: wompi\nobjective: traffic\n"


def collect(folder: Path, base_url: str, run_id: str) -> None:
    """One Meta account, the four steps of its DAG."""
    from include.collect import fetch_pictures, land_raw, load_reading, move_bookmark
    from include.config.nodes import load_nodes
    from include.sandbox.credentials import META_TOKEN
    from include.sources.meta import Client

    store = LocalStore(folder)
    account = load_nodes().account("meta", "1010000000000002")
    client = Client(host=f"{base_url}/meta", access_token=META_TOKEN)
    land_raw(store, client, account, DAY, run_id=run_id, now=NOW, window_days=7)
    load_reading(store, account, DAY)
    hosts = frozenset({base_url.removeprefix("http://")})
    with requests.Session() as session:
        fetch_pictures(store, account, DAY, session=session, hosts=hosts)
    move_bookmark(store, account, DAY)


def generate(folder: Path) -> None:
    """One set of four storyboards."""
    from include.generate import generate_brief

    brief = folder.parent / "brief.yaml"
    brief.write_text(BRIEF)
    generate_brief(brief, "storyboard", folder, made_at=NOW)


def many() -> None:
    """A child of its own for each line."""
    import great_expectations  # noqa: F401

    import include.collect
    import include.expectations
    import include.sources.meta  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            main(line.split())
            sys.stdout.flush()
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def main(arguments: list[str]) -> None:
    """Do the work that the first word names."""
    work, *rest = arguments
    if work == "collect":
        collect(Path(rest[0]), rest[1], rest[2])
    elif work == "generate":
        generate(Path(rest[0]))
    else:
        many()


if __name__ == "__main__":
    main(sys.argv[1:])
