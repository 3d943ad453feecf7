"""One analyst's brief, asked for in the catalogue and made by the DAG `fulfil_request`.

`requests/<id>.json` says what became of it: `state` is `done` with a `set_id`, or `refused`
with the reason in the analyst's words; a technical failure leaves none and is tried again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from generation.manifest import canonical
from include.config.brief import brief_of
from include.config.profiles import load_profile
from include.describe import describer_key_of
from include.errors import ConfigurationError
from include.generate import make_one, plan_brief, warehouse_version
from include.inspirations import Evidence, read_evidence
from include.store import Store
from include.warehouse import open_warehouse

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Request:
    """What the catalogue sends.

    Args:
        id: its own, letters, digits, hyphens.
        brief: as `include.config.brief.Brief`; untrusted.
        profile: None: the default.
    """

    id: str
    brief: Mapping[str, Any]
    profile: str | None = None


def request_of(conf: Mapping[str, Any] | None) -> Request:
    """The request in a DAG run's parameters.

    Raises:
        ConfigurationError: it has no usable id or no brief.
    """
    conf = conf or {}
    id_, brief, profile = conf.get("request_id"), conf.get("brief"), conf.get("profile")
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise ConfigurationError(
            f"fulfil_request: request_id {id_!r:.80}, expected up to 64 letters, digits or hyphens."
        )
    if not isinstance(brief, Mapping):
        raise ConfigurationError(f"fulfil_request {id_}: brief {brief!r:.80}, expected an object.")
    if profile is not None and not isinstance(profile, str):
        raise ConfigurationError(f"fulfil_request {id_}: profile {profile!r:.80}, expected a name.")
    return Request(id_, brief, profile)


def fulfil(store: Store, request: Request, *, run_id: str, made_at: datetime) -> dict[str, Any]:
    """Make the request's set with the newest evidence of its cell; gives what was recorded.

    A brief that cannot be used is recorded as refused and is no failure of the run. Doing it
    twice makes nothing twice.
    """
    key = f"requests/{request.id}.json"
    record: dict[str, Any] = {
        "request_id": request.id,
        "made_at": made_at.isoformat(),
        "run_id": run_id,
        "set_id": None,
        "reason": "",
    }
    try:
        brief = brief_of(request.brief, where=f"request {request.id}")
        used = load_profile(request.profile)
        evidence, warehouse = _evidence(store, made_at, used.name)
        plan = plan_brief(
            brief, used, run_id=run_id, made_at=made_at, evidence=evidence, warehouse=warehouse
        )
        make_one(store, plan, where=f"request {request.id}")
    except (ConfigurationError, ValueError) as error:
        record |= {"state": "refused", "reason": str(error)}
    else:
        record |= {"state": "done", "set_id": plan["set_id"]}
    store.write(key, canonical(record))
    return record


def _evidence(store: Store, made_at: datetime, profile: str) -> tuple[Evidence | None, str]:
    """The newest ranking up to that day; None before the first one."""
    try:
        with open_warehouse(store) as warehouse:
            version = warehouse_version(warehouse)
            key = describer_key_of(profile)
            return read_evidence(store, warehouse, made_at.date(), key), version
    except FileNotFoundError:
        return None, "none"
