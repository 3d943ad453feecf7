"""The server as a process, and the mail sink."""

import smtplib
import subprocess
import sys
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage

import pytest
import requests

from include.sandbox.mail import mail_sink
from include.sandbox.server import main


def test_the_command_serves_until_it_is_ended(tmp_path):
    """It says where it listens, answers as slowly as told, tells its log, stops on a signal."""
    command = [
        sys.executable,
        "-m",
        "include.sandbox.server",
        *("--port", "0", "--now", "2026-11-20T12:00:00+00:00"),
        *("--creatives-per-month", "20", "--months", "1", "--cache-dir", str(tmp_path)),
        *("--delay-ms", "40", "--admin-token", "admin-token"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1]
            reply = requests.get(f"{address}/meta/v26.0/me", timeout=30)
            assert reply.json()["error"]["code"] == 2500
            assert reply.elapsed >= timedelta(milliseconds=40)
            head = {"Authorization": "Bearer admin-token"}
            log = requests.get(f"{address}/admin/requests", headers=head, timeout=30).json()
            assert [asked["path"] for asked in log["requests"]] == ["/meta/v26.0/me"]
            assert requests.get(f"{address}/cdn/simgad/1", timeout=30).status_code == 404
        finally:
            process.terminate()
            process.wait(timeout=20)


def test_a_clock_without_offset_is_refused(capsys):
    """An instant without time zone would mean something else on each machine."""
    with pytest.raises(SystemExit):
        main(["--now", "2026-11-20T12:00:00"])
    assert "has no offset" in capsys.readouterr().err


def test_mails_are_kept_as_files_in_the_order_they_came(tmp_path):
    """With envelope and content; accents survive; a second sink goes on counting."""
    for number, subject in ((1, "Así va tu semana"), (2, "Otra vez")):
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "pauta@example.com", "a@b.co", subject
        message.set_content("Tres piezas destacadas: más clics.\n")
        with (
            mail_sink(tmp_path / "mail") as port,
            smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp,
        ):
            smtp.send_message(message)
        kept = message_from_bytes((tmp_path / "mail" / f"{number:04d}.eml").read_bytes())
        assert kept["X-Envelope-To"] == "a@b.co"
        assert "piezas destacadas" in str(kept.get_payload())
    assert sorted(f.name for f in (tmp_path / "mail").iterdir()) == ["0001.eml", "0002.eml"]


def test_a_sink_with_an_open_session_can_be_stopped(tmp_path):
    """A client that never says goodbye does not keep the program alive."""
    with mail_sink(tmp_path) as port:
        session = smtplib.SMTP("127.0.0.1", port, timeout=10)
        session.ehlo()
    session.close()
    assert list(tmp_path.iterdir()) == []
