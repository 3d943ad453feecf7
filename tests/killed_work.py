"""What `test_killed.py` kills: `python killed_work.py collect FOLDER URL | generate FOLDER`."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import requests

from include.store import LocalStore

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BRIEF = "node: wompi\nobjective: traffic\n"


def collect(folder: Path, base_url: str) -> None:
    """One Meta account, the four steps of its DAG."""
    from include.collect import fetch_pictures, land_raw, load_reading, move_bookmark
    from include.config.nodes import load_nodes
    from include.sandbox.credentials import META_TOKEN
    from include.sources.meta import Client

    store = LocalStore(folder)
    account = load_nodes().account("meta", "1010000000000002")
    client = Client(host=f"{base_url}/meta", access_token=META_TOKEN)
    land_raw(store, client, account, DAY, run_id="run", now=NOW, window_days=7)
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


if __name__ == "__main__":
    if sys.argv[1] == "collect":
        collect(Path(sys.argv[2]), sys.argv[3])
    else:
        generate(Path(sys.argv[2]))
