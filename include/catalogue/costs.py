"""What a set cost to make, as the run that finished it wrote it down."""

from __future__ import annotations

from pydantic import BaseModel

from include.store import Store


class Cost(BaseModel):
    """Seconds of the device over all candidates of one set."""

    device: str
    candidates: int
    seconds: float


def cost_of(store: Store, set_id: str) -> Cost | None:
    """The cost of a published set; None where none was written, as of an analyst's brief."""
    try:
        data = store.read(f"timings/sets/{set_id}.json")
    except FileNotFoundError:
        return None
    return Cost.model_validate_json(data)
