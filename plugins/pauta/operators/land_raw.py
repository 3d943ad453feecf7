"""Lands one account's replies; waits without a worker where the platform asks for patience."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import AccountUnreadable, RateLimited

if TYPE_CHECKING:
    from airflow.sdk import Context

# Beyond this a run has little chance to end before the report readers come; it fails, and the
# next day's reading covers the same window.
LONGEST_WAIT = timedelta(hours=2)


class LandRaw(BaseOperator):
    """Reads one account's platform and keeps the replies as they came.

    Short waits happen inside the client. One longer than five minutes reaches this operator as
    `RateLimited`: it defers, so that neither a worker nor a slot of the pool is held, and goes
    on with what was not answered yet. Waits together last two hours at most.

    An account that cannot be read fails the task on the first day it happens, so that somebody
    hears of it; as long as that stays so, the task is skipped with the reason.

    Args:
        platform: such as `meta`.
        account_id: as in `nodes.yaml`.
    """

    template_fields: Sequence[str] = ("account_id",)

    def __init__(self, *, platform: str, account_id: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.platform = platform
        self.account_id = account_id

    def execute(self, context: Context) -> str:
        """Land the day of the run.

        Returns:
            the account's id, for the next task.
        """
        return self._land(context, waited_s=0.0)

    def go_on(
        self, context: Context, event: dict[str, Any] | None = None, *, waited_s: float
    ) -> str:
        """Land again once a wait is over."""
        return self._land(context, waited_s=waited_s)

    def _land(self, context: Context, *, waited_s: float) -> str:
        from include.collect import note_unreadable
        from include.config.nodes import load_nodes
        from include.landing import land_raw
        from include.store import open_store
        from pauta.connections import client_for
        from pauta.runs import day_of, moment_of

        context["label"] = self.account_id  # type: ignore[typeddict-unknown-key]
        run: Any = context["dag_run"]
        day = day_of(run)
        store = open_store()
        account = load_nodes().account(self.platform, self.account_id)
        try:
            land_raw(
                store,
                client_for(account),
                account,
                day,
                run_id=run.run_id,
                now=moment_of(run),
                window_days=context["params"].get("window_days"),
            )
        except RateLimited as limit:
            self._wait(limit, waited_s)
        except AccountUnreadable as error:
            if note_unreadable(store, account, error, day):
                raise
            raise AirflowSkipException(str(error)) from error
        return account.account_id

    def _wait(self, limit: RateLimited, waited_s: float) -> None:
        """Defer for as long as the platform asked.

        Raises:
            RateLimited: all waits together would be too long.
        """
        total = waited_s + limit.wait_s
        if total > LONGEST_WAIT.total_seconds():
            raise limit
        from airflow.providers.standard.triggers.temporal import DateTimeTrigger

        until = datetime.now(UTC) + timedelta(seconds=limit.wait_s)
        self.log.warning("%s Waiting until %s.", limit, f"{until:%H:%M:%S} UTC")
        self.defer(
            trigger=DateTimeTrigger(moment=until),
            method_name="go_on",
            kwargs={"waited_s": total},
        )
