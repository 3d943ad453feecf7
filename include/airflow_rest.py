"""The few calls of Airflow's public REST API that the demo makes (stable API v2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests


@dataclass(frozen=True)
class TaskFailure:
    """A task that failed for good, and what its log says."""

    dag_id: str
    task_id: str
    map_index: int
    log: str


class AirflowRest:
    """A logged-in session with one api-server."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()

    def healthy(self) -> bool:
        """Whether api-server, database, scheduler, dag-processor and triggerer all answer."""
        try:
            reply = self.session.get(f"{self.base_url}/api/v2/monitor/health", timeout=5)
        except requests.ConnectionError:
            return False
        if reply.status_code != requests.codes.ok:
            return False
        return all(part.get("status") == "healthy" for part in reply.json().values())

    def log_in(self, user: str, password: str) -> None:
        """Use this user's token from now on."""
        token = self._call("POST", "/auth/token", {"username": user, "password": password})
        self.session.headers["Authorization"] = f"Bearer {token['access_token']}"

    def dag_ids(self) -> set[str]:
        """DAGs that the dag-processor has read without error."""
        dags = self._call("GET", "/api/v2/dags?limit=200")["dags"]
        return {dag["dag_id"] for dag in dags if not dag["has_import_errors"]}

    def import_errors(self) -> list[str]:
        """File and message of every DAG file that cannot be imported."""
        errors = self._call("GET", "/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}:\n{error['stack_trace']}" for error in errors]

    def put_connection(self, connection: dict[str, Any]) -> None:
        """Make the connection, or replace the one with the same id."""
        self._bulk("connections", connection, "connection_id")

    def put_pool(self, pool: dict[str, Any]) -> None:
        """Make the pool, or replace the one with the same name."""
        self._bulk("pools", pool, "name")

    def unpause(self, dag_id: str) -> None:
        """Let the DAG's runs start."""
        self._call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, day: str, conf: dict[str, Any] | None = None) -> str:
        """Ask for a run of one day (its partition key); returns the run id."""
        body = {"logical_date": None, "partition_key": day, "conf": conf or {}}
        run: str = self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)["dag_run_id"]
        return run

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The DAG's runs, newest first."""
        path = f"/api/v2/dags/{dag_id}/dagRuns?order_by=-run_after&limit=50"
        runs: list[dict[str, Any]] = self._call("GET", path)["dag_runs"]
        return runs

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of one run."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=500"
        tasks: list[dict[str, Any]] = self._call("GET", path)["task_instances"]
        return tasks

    def failures(self, dag_id: str, run_id: str) -> list[TaskFailure]:
        """The run's failed tasks with the text of their last log."""
        failed = [task for task in self.tasks(dag_id, run_id) if task["state"] == "failed"]
        return [
            TaskFailure(dag_id, task["task_id"], task["map_index"], self._log(dag_id, run_id, task))
            for task in failed
        ]

    def _log(self, dag_id: str, run_id: str, task: dict[str, Any]) -> str:
        path = (
            f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task['task_id']}"
            f"/logs/{max(task['try_number'], 1)}?map_index={task['map_index']}&full_content=true"
        )
        content = self._call("GET", path)["content"]
        return "\n".join(_line(entry) for entry in content)

    def _bulk(self, what: str, entity: dict[str, Any], key: str) -> None:
        # The bulk call is the API's only "create or replace".
        action = {"action": "create", "action_on_existence": "overwrite", "entities": [entity]}
        reply = self._call("PATCH", f"/api/v2/{what}", {"actions": [action]})
        if reply["create"]["errors"]:
            raise RuntimeError(f"airflow {what} {entity[key]}: {reply['create']['errors']}")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        reply = self.session.request(method, f"{self.base_url}{path}", json=body, timeout=60)
        if not reply.ok:
            raise RuntimeError(f"airflow {method} {path}: {reply.status_code} {reply.text[:500]}")
        return reply.json()


def _line(entry: Any) -> str:
    """One log line: Airflow sends structured entries, with errors as lists of frames."""
    if not isinstance(entry, dict):
        return str(entry)
    lines = [f"{entry.get('timestamp') or ''} {entry.get('level', '')} {entry.get('event', '')}"]
    for error in entry.get("error_detail") or []:
        frames = [f"  {f['filename']}:{f['lineno']} {f['name']}" for f in error.get("frames", [])]
        lines += [*frames, f"{error.get('exc_type')}: {error.get('exc_value')}"]
    return "\n".join(lines)
