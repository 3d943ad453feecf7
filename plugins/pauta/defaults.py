"""What every task of every DAG has in common."""

from __future__ import annotations

from typing import Any

from pauta.alerts import MailOnFailure
from pauta.retries import PautaRetries

# Retries, their pauses, time limits and pools are each DAG's own.
TASK_DEFAULTS: dict[str, Any] = {
    "owner": "data-engineering",
    "retry_policy": PautaRetries(),
    "on_failure_callback": MailOnFailure(),
}
