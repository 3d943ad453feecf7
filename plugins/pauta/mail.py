"""Sends a stored report once."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from include.errors import ConfigurationError

if TYPE_CHECKING:
    from include.reports.weekly import Report
    from include.store import Store

CONNECTION = "smtp_default"
log = logging.getLogger(__name__)


def send_once(store: Store, folder: str, report: Report) -> None:
    """Mail the report to `report_to` of the mail connection, unless it was mailed before.

    The note is written after the mail server took the message: a task killed in between sends
    the report twice rather than never.

    Raises:
        ConfigurationError: the connection names no `report_to` or no `from_email`.
    """
    from include.reports.weekly import message
    from pauta.hooks.mail import MessageSmtpHook

    note = f"{folder}/sent.json"
    with MessageSmtpHook(CONNECTION) as hook:
        recipients = hook.conn.extra_dejson.get("report_to")
        if not recipients or not hook.from_email:
            raise ConfigurationError(
                f"connection {CONNECTION}: extra has from_email={hook.from_email!r} and "
                f"report_to={recipients!r}; both are needed to send a report."
            )
        if isinstance(recipients, str):
            recipients = [part.strip() for part in recipients.split(",")]
        if store.exists(note) and json.loads(store.read(note))["to"] == recipients:
            log.info("%s was sent before; nothing to do.", folder)
            return
        hook.send(message(report, sender=hook.from_email, recipients=recipients))
    store.write(note, json.dumps({"to": recipients}).encode())
