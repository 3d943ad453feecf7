"""A small lake, and its building into a warehouse."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from include.config.nodes import Nodes, load_nodes
from include.lake import Partition, write_partition
from include.quality import rows_to_table, write_quality_report, write_quarantine
from include.sources.replies import Account
from include.store import Store
from include.tables import TABLES
from include.warehouse import build, open_warehouse
from include.warehouse.tables import WAREHOUSE

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Lake:
    """One store, the account that is read into it, and the warehouse made of it."""

    store: Store
    account: Account
    reading: Callable[..., Any]

    def write(self, day: date = DAY, *, run_id: str = "run-1", **rows: Rows) -> None:
        """One reading of the account, as the collector leaves it."""
        landing = self.reading(day, run_id=run_id)
        counts = {}
        for name in TABLES:
            split = rows_to_table(name, rows.get(name, []), account=self.account, landing=landing)
            write_quarantine(self.store, name, self.account, split, run_id=run_id)
            partition = Partition(name, day, self.account.platform, self.account.account_id)
            write_partition(self.store, partition, split.accepted)
            counts[name] = {
                "read": split.read,
                "accepted": split.accepted.num_rows,
                "quarantined": split.quarantined.num_rows,
            }
        write_quality_report(self.store, self.account, day, run_id=run_id, counts=counts)

    def build(self, *, nodes: Nodes | None = None, hours: int = 0) -> str:
        """The version built so many hours after the usual time."""
        if nodes is None:
            nodes = load_nodes()
        now = NOW + timedelta(hours=hours)
        return build(self.store, day=DAY, run_id="run", nodes=nodes, now=now)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the current warehouse."""
        with open_warehouse(self.store) as warehouse:
            return warehouse.execute(query).fetchall()

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        return {name: self.ask(f"SELECT * FROM {name} ORDER BY ALL") for name in WAREHOUSE}  # noqa: S608


@pytest.fixture
def lake_in(peso_account: Account, reading: Callable[..., Any]) -> Callable[[Store], Lake]:
    """The lake of a store."""
    return lambda store: Lake(store, peso_account, reading)


@pytest.fixture
def lake(lake_in: Callable[[Store], Lake], store: Store) -> Lake:
    """A lake in a folder of its own."""
    return lake_in(store)


@pytest.fixture
def listing(peso_account: Account) -> dict[str, Rows]:
    """Two campaigns, two ads of one creative with two cards, as the account lists them."""
    where = {"platform": "meta", "account_id": peso_account.account_id}
    picture = {"role": "image", "source_ref": "h", "mime": "image/png", "status": "stored"}
    picture |= {"is_thumbnail": False}
    size = {"width": 640, "height": 640, "bytes": 99}
    campaigns = (
        ("c1", "WMP | traffic | Cobra con QR", "traffic"),
        ("c2", "Other | x", "unknown"),
    )
    return {
        "accounts": [{**where, "currency": "COP", "timezone": "America/Bogota"}],
        "campaigns": [
            {**where, "campaign_id": i, "name": name, "objective": objective}
            for i, name, objective in campaigns
        ],
        "ad_sets": [{**where, "ad_set_id": "s1", "campaign_id": "c1"}],
        "ads": [
            {**where, "ad_id": ad, "ad_set_id": "s1", "campaign_id": "c1", "creative_id": "k1"}
            for ad in ("a1", "a2")
        ],
        "creatives": [{**where, "creative_id": "k1"}],
        "creative_images": [
            {**where, **picture, **size, "creative_id": "k1", "position": n, "picture": sha * 32}
            for n, sha in enumerate(("aa", "bb"))
        ],
    }


@pytest.fixture
def money() -> Callable[[str], Decimal]:
    """Six decimals, as the lake keeps money."""
    return lambda text: Decimal(text).quantize(Decimal("0.000001"))
