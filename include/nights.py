"""A night's plans as files, in chunks that tasks hand to each other by key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from include.generate import plan_sets
from include.set_plans import Plan
from include.store import Store

# A model is loaded once per task, so a task takes many sets; about an hour of one GPU.
SETS_PER_CHUNK = 200


def write_plans(
    store: Store,
    night: date,
    *,
    run_id: str,
    made_at: datetime,
    profile: str | None = None,
    size: int = SETS_PER_CHUNK,
) -> list[str]:
    """Plan the night and keep the plans; returns the keys of their chunks, in order.

    Planning the same night again replaces its plans.

    Raises:
        FileNotFoundError: nothing was ranked up to that night.
        ConfigurationError: brand manual or profile cannot be used.
    """
    plans = plan_sets(store, night, profile=profile, run_id=run_id, made_at=made_at)
    folder = f"plans/{night.isoformat()}"
    keys = []
    for number, start in enumerate(range(0, len(plans), size)):
        keys.append(f"{folder}/{number:03}.json")
        store.write(keys[-1], _json(plans[start : start + size]))
    for key in store.keys(folder):
        if key not in keys:
            store.delete(key)
    return keys


def read_plans(store: Store, key: str) -> list[Plan]:
    """The plans of one chunk."""
    plans: list[Plan] = json.loads(store.read(key))
    return plans


def _json(plans: Sequence[Plan]) -> bytes:
    return json.dumps(plans, sort_keys=True, ensure_ascii=False).encode()
