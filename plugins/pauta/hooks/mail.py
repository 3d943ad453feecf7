"""Sends a whole `EmailMessage` through Airflow's SMTP connection."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import cast

from airflow.providers.smtp.hooks.smtp import SmtpHook


class MessageSmtpHook(SmtpHook):
    """`SmtpHook` for a message that is already built.

    The stock hook builds its own: no text part, and every picture as an attachment of an
    unknown kind. Connection, TLS and login stay Airflow's.
    """

    def send(self, message: EmailMessage) -> None:
        """Send to the addresses in the message's own `To`.

        Raises:
            smtplib.SMTPException: the server refused the message or all recipients.
        """
        if self._smtp_client is None:
            raise RuntimeError("mail: use the hook in a `with` block, which opens the connection.")
        cast(smtplib.SMTP, self._smtp_client).send_message(message)
