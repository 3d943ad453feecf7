"""## Send the weekly report

**Makes** the week's report (HTML, text, figures), checks it, stores it below `reports/weekly/`, and
mails it to the addresses in the mail connection's extra field `report_to`. A report with a missing
number or picture is not sent.

**When** Monday at 07:30 in Bogotá, for the week that ended on Sunday. The partition key is the Monday.

| failure | what to do |
|---|---|
| `QualityFailed` | the log says which figure or picture is missing; mend its source, then clear `build_report` |
| `SMTPException` | the mail server refused: check the connection `smtp_default`, then clear `send_report` |
| `ConfigurationError` | `smtp_default` names no `report_to` or no `from_email` |
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronPartitionTimetable, task

from pauta.defaults import TASK_DEFAULTS
from pauta.runs import day_of, moment_of

with DAG(
    "send_weekly_report",
    doc_md=__doc__,
    schedule=CronPartitionTimetable("30 7 * * 1", timezone="America/Bogota", key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    tags=["report"],
    default_args={
        **TASK_DEFAULTS,
        "retries": 2,
        "retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=20),
        "pool": "mail",
    },
):

    @task
    def build_report(dag_run: Any = None) -> str:
        """Build, check and store the report of the seven days before the key."""
        from include.reports.checks import check
        from include.reports.weekly import build, write
        from include.store import open_store

        store = open_store()
        report = build(store, day_of(dag_run) - timedelta(days=1), now=moment_of(dag_run))
        check(report)
        return write(store, report)

    @task
    def send_report(folder: str) -> None:
        """Mail the stored report, once: a second try finds the note that it was sent."""
        from include.reports.weekly import read
        from include.store import open_store
        from pauta.mail import send_once

        store = open_store()
        send_once(store, folder, read(store, folder))

    send_report(build_report())
