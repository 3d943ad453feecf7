"""Stores, and rows as parsers give them, for the tests of the lake and the warehouse."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from include.config.nodes import load_nodes
from include.quality import Split, rows_to_table
from include.sources.replies import Account
from include.store import LocalStore, S3Store, Store

DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Reading:
    """What a landing record tells about a reading."""

    since: date
    day: date
    run_id: str


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_store(
    s3_server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> S3Store:
    """An empty prefix of a bucket, reached as in production: through the AWS environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    boto3.client("s3").create_bucket(Bucket="pauta")
    return S3Store("pauta", f"test-{abs(hash(request.node.nodeid))}")


@pytest.fixture(params=["local", "s3"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """The same test on a folder and on S3."""
    if request.param == "local":
        return LocalStore(tmp_path / "data")
    store: S3Store = request.getfixturevalue("s3_store")
    return store


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """A folder of its own."""
    return LocalStore(tmp_path / "data")


@pytest.fixture
def peso_account() -> Account:
    """The first Meta account: COP, America/Bogota."""
    return load_nodes().account("meta", "1010000000000001")


@pytest.fixture
def reading() -> Callable[..., Reading]:
    """A reading of 28 days up to 20 November 2026, unless told otherwise."""

    def make(day: date = DAY, *, days: int = 28, run_id: str = "run-1") -> Reading:
        return Reading(day - timedelta(days=days - 1), day, run_id)

    return make


@pytest.fixture
def ad_day(peso_account: Account) -> Callable[..., dict[str, Any]]:
    """One good row of `ad_daily`; the arguments replace columns, `...` takes one away."""

    def make(**changes: Any) -> dict[str, Any]:
        row = {
            "platform": "meta",
            "account_id": peso_account.account_id,
            "report_date": DAY,
            "timezone": "America/Bogota",
            "currency": "COP",
            "campaign_id": "c1",
            "ad_set_id": "s1",
            "ad_id": "a1",
            "impressions": 1000,
            "clicks": 20,
            "link_clicks": 10,
            "engagements": 5,
            "spend": Decimal("12.50"),
            "is_final": False,
            "run_id": "run-1",
            "fetched_at": datetime(2026, 11, 21, 12, tzinfo=UTC),
            "raw_sha256": "0" * 64,
            **changes,
        }
        return {key: value for key, value in copy.copy(row).items() if value is not ...}

    return make


@pytest.fixture
def split(
    peso_account: Account, reading: Callable[..., Reading]
) -> Callable[[str, list[dict[str, Any]]], Split]:
    """The rows of one table split, for the usual account and reading."""

    def of(name: str, rows: list[dict[str, Any]]) -> Split:
        return rows_to_table(name, rows, account=peso_account, landing=reading())

    return of
