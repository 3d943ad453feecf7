"""Which errors are tried again."""

from datetime import timedelta

import pytest
from airflow.sdk import RetryAction

from include.errors import (
    AccountUnreadable,
    AuthenticationExpired,
    ConfigurationError,
    QualityFailed,
    RateLimited,
    SchemaDrift,
    SourceUnavailable,
)
from pauta.retries import PautaRetries


def decide(error):
    """The policy's answer on the first try."""
    return PautaRetries().evaluate(error, try_number=1, max_tries=4)


def test_a_rate_limit_waits_as_long_as_the_platform_asked():
    """Sooner would cost the next window too."""
    decision = decide(RateLimited("meta act_1", wait_s=90))
    assert (decision.action, decision.retry_delay) == (RetryAction.RETRY, timedelta(seconds=90))


def test_no_wait_is_longer_than_two_hours():
    """Google was seen to ask for 17 hours; the next daily run comes before that."""
    assert decide(RateLimited("google_ads", wait_s=62513)).retry_delay == timedelta(hours=2)


@pytest.mark.parametrize(
    "error",
    [
        AccountUnreadable("seen", kind="closed"),
        AuthenticationExpired("seen"),
        ConfigurationError("seen"),
        QualityFailed("seen"),
        SchemaDrift("seen"),
    ],
)
def test_what_a_person_has_to_mend_fails_at_once(error):
    """Four more tries with a dead token get an account locked."""
    assert decide(error).action is RetryAction.FAIL


@pytest.mark.parametrize("error", [SourceUnavailable("down"), OSError("No space left on device")])
def test_anything_else_follows_the_task_s_own_retries(error):
    """A host that is down or a full disk may be better in two minutes."""
    assert decide(error).action is RetryAction.DEFAULT
