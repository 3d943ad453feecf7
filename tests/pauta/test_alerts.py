"""Who hears of a failed task, and what the mail says."""

import json
from types import SimpleNamespace

import pytest

from include.errors import AuthenticationExpired
from pauta.alerts import MailOnFailure

pytestmark = pytest.mark.airflow


def context(error):
    """As much of Airflow's context as the mail shows."""
    return {
        "ti": SimpleNamespace(
            dag_id="collect_meta", task_id="land_raw", try_number=1, log_url="http://127.0.0.1/log"
        ),
        "dag_run": SimpleNamespace(partition_key="2026-11-20", conf={}),
        "exception": error,
    }


def test_a_failure_is_mailed_with_where_and_why(mail_sink):
    """Enough to decide from a phone whether it can wait."""
    MailOnFailure().notify(context(AuthenticationExpired("meta act_1: token refused, renew it.")))
    [mail] = mail_sink.messages
    assert mail_sink.recipients == [["datos@example.com"]]
    assert mail["Subject"] == "Pauta: collect_meta land_raw failed"
    html = mail.get_payload()[0].get_payload(decode=True).decode()
    assert "2026-11-20" in html
    assert "meta act_1: token refused, renew it." in html
    assert "http://127.0.0.1/log" in html


def test_an_error_with_markup_stays_text(mail_sink):
    """An ad's name may be part of an error."""
    MailOnFailure().notify(context(ValueError("<script>alert(1)</script>")))
    html = mail_sink.messages[0].get_payload()[0].get_payload(decode=True).decode()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_without_an_address_nobody_is_mailed(mail_sink, monkeypatch):
    """A fresh installation must not fail twice because nobody is named yet."""
    monkeypatch.setenv(
        "AIRFLOW_CONN_SMTP_DEFAULT", json.dumps({"conn_type": "smtp", "host": "127.0.0.1"})
    )
    MailOnFailure().notify(context(ValueError("x")))
    assert mail_sink.messages == []
