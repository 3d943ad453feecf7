"""A mail server on loopback that keeps what it is sent."""

import json
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

import pytest
from aiosmtpd.controller import Controller

from include.processes import free_port


class MailSink:
    """Every message taken, parsed."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.recipients: list[list[str]] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        """Take the message."""
        self.messages.append(message_from_bytes(envelope.content))
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


@pytest.fixture
def mail_sink(monkeypatch) -> Iterator[MailSink]:
    """A running SMTP server, and Airflow's connection `smtp_default` on it."""
    sink = MailSink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port(0))
    controller.start()
    connection = {
        "conn_type": "smtp",
        "host": "127.0.0.1",
        "port": controller.port,
        "extra": {
            "disable_ssl": True,
            "disable_tls": True,
            "from_email": "pauta@example.com",
            "alerts_to": "datos@example.com",
            "report_to": "ana@example.com, juan@example.com",
        },
    }
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))
    yield sink
    controller.stop()
