"""What analysts asked for: kept in the application database, answered in the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, func, inspect, select
from sqlalchemy.orm import Session

from include.catalogue.database import AskedSet, upgrade
from include.store import Store

AN_HOUR = timedelta(hours=1)
# A set takes minutes of a GPU that the whole team shares.
MOST_AN_HOUR = 20

State = Literal["waiting", "done", "refused"]


@dataclass(frozen=True)
class Asked:
    """One request and what became of it.

    Args:
        set_id: of a request that is done.
        reason: why it was refused, in English, as the run wrote it down.
    """

    request_id: str
    node: str
    objective: str
    brief: Mapping[str, Any]
    asked_by: str
    asked_at: datetime
    run_id: str
    state: State
    set_id: str | None
    reason: str


def keep(engine: Engine, row: AskedSet) -> None:
    """Write a request down; the tables are made first where nothing was published yet."""
    upgrade(engine)
    with Session(engine) as session, session.begin():
        session.add(row)


def asked_lately(engine: Engine, user_id: str, now: datetime) -> int:
    """How many sets this user asked for in the last hour."""
    if not _has_table(engine):
        return 0
    since = now.astimezone(UTC) - AN_HOUR
    which = (AskedSet.user_id == user_id, AskedSet.asked_at > since)
    with Session(engine) as session:
        return session.scalar(select(func.count()).where(*which)) or 0


def find(engine: Engine, store: Store, request_id: str) -> Asked | None:
    """One request, or None; only an id that was given out here is looked for in the store."""
    if not _has_table(engine):
        return None
    with Session(engine) as session:
        row = session.get(AskedSet, request_id)
        if row is None:
            return None
        answer = _answer(store, row.request_id)
        at = row.asked_at if row.asked_at.tzinfo else row.asked_at.replace(tzinfo=UTC)
        return Asked(
            request_id=row.request_id,
            node=row.node,
            objective=row.objective,
            brief=row.brief,
            asked_by=row.asked_by,
            asked_at=at,
            run_id=row.run_id,
            state=answer["state"] if answer else "waiting",
            set_id=answer["set_id"] if answer else None,
            reason=answer["reason"] if answer else "",
        )


def _answer(store: Store, request_id: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(store.read(f"requests/{request_id}.json"))
    except FileNotFoundError:
        return None
    return found


def _has_table(engine: Engine) -> bool:
    return inspect(engine).has_table(AskedSet.__tablename__)
