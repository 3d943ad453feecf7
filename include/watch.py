"""Follows Airflow's runs in the terminal until they have nothing left to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from rich.console import Console

from include.airflow_rest import AirflowRest
from include.processes import Processes

ACTIVE = {"queued", "running"}
CHAIN_LIMIT_S = 900
QUIET_S = 6


class Watch:
    """Follows DAG runs, prints what changes, and stops at the first failure."""

    def __init__(
        self, airflow: AirflowRest, processes: Processes, console: Console, dag_ids: Iterable[str]
    ) -> None:
        self.airflow = airflow
        self.processes = processes
        self.console = console
        self.began = time.monotonic()
        # What an earlier demo ran, also what failed then, is no news.
        self.seen = {
            (dag_id, run["dag_run_id"]): run["state"]
            for dag_id in dag_ids
            for run in airflow.runs(dag_id)
            if run["state"] not in ACTIVE
        }

    def succeeded(self, dag_id: str, day: date) -> bool:
        """Whether a run of that day is already done."""
        return any(
            run["partition_key"] == day.isoformat() and run["state"] == "success"
            for run in self.airflow.runs(dag_id)
        )

    def trigger(self, dag_id: str, day: date, conf: dict[str, Any] | None = None) -> None:
        """Ask for a run."""
        # Airflow starts a DAG's last missed run by itself when it is unpaused soon after.
        self.airflow.unpause(dag_id)
        self.airflow.trigger(dag_id, day.isoformat(), conf)

    def until_quiet(self, *dag_ids: str) -> None:
        """Wait until none of these DAGs has had anything to do for six seconds.

        An event becomes a run one or two scheduler passes later: a moment of silence is not
        the end.

        Raises:
            RuntimeError: a run failed (with its task's log), a process ended, or time is up.
        """
        busy = time.monotonic()
        while time.monotonic() - busy < QUIET_S:
            self.processes.check_alive()
            if time.monotonic() - self.began > CHAIN_LIMIT_S:
                raise RuntimeError(f"not done after {CHAIN_LIMIT_S} s; see .demo/logs.")
            if [dag_id for dag_id in dag_ids if self._look(dag_id)]:
                busy = time.monotonic()
            time.sleep(1)

    def _look(self, dag_id: str) -> bool:
        """Print new states of the DAG's runs; whether any is still active."""
        active = False
        for run in self.airflow.runs(dag_id):
            key, state = (dag_id, run["dag_run_id"]), run["state"]
            active |= state in ACTIVE
            if self.seen.get(key) == state:
                continue
            self.seen[key] = state
            self._say(dag_id, run)
            if state == "failed":
                raise RuntimeError(self._complaint(dag_id, run["dag_run_id"]))
        return active

    def _say(self, dag_id: str, run: dict[str, Any]) -> None:
        marks = {"success": "[green]done[/]", "running": "running", "queued": "queued"}
        passed = time.monotonic() - self.began
        state = marks.get(run["state"], f"[red]{run['state']}[/]")
        self.console.print(f"{passed:5.0f} s  {dag_id:<22} {run['partition_key']}  {state}")

    def _complaint(self, dag_id: str, run_id: str) -> str:
        failures = self.airflow.failures(dag_id, run_id)
        logs = "\n\n".join(
            f"--- {f.dag_id} {f.task_id} [{f.map_index}] ---\n{f.log}" for f in failures
        )
        return f"{dag_id} {run_id} failed.\n{logs}"


def wait_for(
    condition: Callable[[], bool], processes: Processes, limit_s: float, what: str
) -> None:
    """Look every half second until the condition holds.

    Raises:
        RuntimeError: a process ended meanwhile, or the time is up.
    """
    began = time.monotonic()
    while not condition():
        processes.check_alive()
        if time.monotonic() - began > limit_s:
            raise RuntimeError(f"waited {limit_s:.0f} s for {what}; see .demo/logs.")
        time.sleep(0.5)
