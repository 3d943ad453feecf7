"""What a task asks of the run it belongs to.

Partitioned runs have no logical date and no data interval in Airflow 3.3, so nothing
here reads `ds`; the partition key is the day.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from include.errors import ConfigurationError


def day_of(dag_run: Any) -> date:
    """The day a run is about: its partition key, else the parameter `day`.

    Raises:
        ConfigurationError: the run has neither, or the text is not a date.
    """
    text = dag_run.partition_key or (dag_run.conf or {}).get("day")
    if not text:
        raise ConfigurationError(
            f"{dag_run.dag_id} {dag_run.run_id}: the run has no partition key and no `day`. "
            "Trigger it with a partition key such as 2026-11-20."
        )
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{dag_run.dag_id} {dag_run.run_id}: the day is {text!r}; expected YYYY-MM-DD."
        ) from error


def moment_of(dag_run: Any) -> datetime:
    """When the run was asked for. Every retry of it gets the same answer, so its files do too."""
    moment: datetime = dag_run.run_after
    return moment


def label_mapped(text: str) -> None:
    """Name this mapped task in the grid, for tasks with `map_index_template="{{ label }}"`.

    The arguments of a task group that is mapped are not in the template's context.
    """
    from airflow.sdk import get_current_context

    get_current_context()["label"] = text  # type: ignore[typeddict-unknown-key]
