"""Who hears of a failure, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

if TYPE_CHECKING:
    from airflow.sdk import Context

CONNECTION = "smtp_default"
# One text for every DAG. Values are rendered by Airflow; the mail shows the error as text.
_BODY = """\
<p><b>{dag} &gt; {task}</b> failed for the day {day} (try {tries}).</p>
<pre>{error}</pre>
<p><a href="{url}">Log of this task</a></p>
<p>What each failure means and what to do stands at the top of the DAG's page.</p>
"""


class MailOnFailure(BaseNotifier):
    """Mails one failed task to the address in the connection's extra field `alerts_to`.

    Airflow's own SmtpNotifier would be imported, with its mail client, in every process that
    parses a DAG file; this one imports it when there is something to say.
    """

    template_fields = ()

    def notify(self, context: Context) -> None:
        from html import escape

        from airflow.providers.smtp.hooks.smtp import SmtpHook

        task = context["ti"]
        run: Any = context["dag_run"]
        to = SmtpHook.get_connection(CONNECTION).extra_dejson.get("alerts_to")
        if not to:
            self.log.warning("Connection %s names no alerts_to: nobody is told.", CONNECTION)
            return
        with SmtpHook(CONNECTION) as hook:
            hook.send_email_smtp(
                to=to,
                from_email=hook.from_email,
                subject=f"Pauta: {task.dag_id} {task.task_id} failed",
                html_content=_BODY.format(
                    dag=escape(task.dag_id),
                    task=escape(task.task_id),
                    day=escape(str(run.partition_key or (run.conf or {}).get("day") or "none")),
                    tries=task.try_number,
                    error=escape(str(context.get("exception") or "no exception was given")),
                    url=escape(getattr(task, "log_url", "") or ""),
                ),
            )
