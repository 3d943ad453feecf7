"""What a platform client gives and what its parser takes.

A client turns HTTP into `Reply` objects; they are stored as they came and can be
parsed again years later without the network. A parser turns them into plain rows.
"""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Account:
    """One ad account, as named in `include/config/nodes.yaml`."""

    platform: str
    account_id: str
    name: str
    currency: str
    timezone: str
    connection: str
    lookback_days: int


@dataclass(frozen=True)
class Window:
    """Report days to read, both ends included, in the account's time zone."""

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.since > self.until:
            raise ValueError(f"window: since {self.since} must not be after until {self.until}.")


@dataclass(frozen=True)
class Reply:
    """One HTTP reply: the decoded body, and where and when it was read.

    `url` holds no secret: tokens and signatures are removed by the client.
    """

    entity: str
    url: str
    status: int
    fetched_at: datetime
    body: Any


@dataclass
class Parsed:
    """Rows per table, and how often a field or value was seen that nobody mapped."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)


def dump_replies(replies: Iterable[Reply]) -> bytes:
    """JSON lines, gzipped; the same replies give the same bytes."""
    buffer = io.BytesIO()
    # mtime=0: a gzip header with the wall clock would differ on every rerun.
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as out:
        for reply in replies:
            line = {
                "entity": reply.entity,
                "url": reply.url,
                "status": reply.status,
                "fetched_at": reply.fetched_at.isoformat(),
                "body": reply.body,
            }
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode())
            out.write(b"\n")
    return buffer.getvalue()


def load_replies(data: bytes) -> Iterator[Reply]:
    """The replies of one raw file, in the order they were read."""
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as lines:
        for text in lines:
            line = json.loads(text)
            yield Reply(
                entity=line["entity"],
                url=line["url"],
                status=line["status"],
                fetched_at=datetime.fromisoformat(line["fetched_at"]),
                body=line["body"],
            )
