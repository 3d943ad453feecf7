"""Access tokens: renewed ahead of their end, once, and again when refused early."""

from __future__ import annotations

import threading
import time

import pytest

from include.errors import SourceUnavailable
from include.sources.tokens import AccessToken


class Issuer:
    """Gives t1, t2, ... that hold for an hour unless told."""

    def __init__(self, holds_s: float = 3600.0) -> None:
        self.holds_s = holds_s
        self.given = 0
        self.now = 0.0

    def renew(self):
        self.given += 1
        return f"t{self.given}", self.holds_s

    def token(self):
        return AccessToken(self.renew, clock=lambda: self.now)


def test_a_token_is_used_until_five_minutes_before_its_end():
    """A call that begins with it and waits 300 s for a limit still ends with a good token."""
    issuer = Issuer()
    token = issuer.token()
    assert token.value() == "t1"
    issuer.now = 3299
    assert token.value() == "t1"
    issuer.now = 3300
    assert token.value() == "t2"


def test_a_short_lived_token_is_used_for_half_its_life():
    """Five minutes ahead of the end of a two-minute token would renew it at every call."""
    issuer = Issuer(holds_s=120)
    token = issuer.token()
    token.value()
    issuer.now = 59
    assert token.value() == "t1"
    issuer.now = 60
    assert token.value() == "t2"


def test_threads_that_need_a_token_at_once_renew_it_once():
    """Platforms refuse two renewals with the same refresh token at the same time."""
    renewals = []

    def slow():
        time.sleep(0.02)
        renewals.append(1)
        return f"t{len(renewals)}", 3600.0

    token, values = AccessToken(slow), []
    threads = [threading.Thread(target=lambda: values.append(token.value())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == ["t1"] * 8
    assert len(renewals) == 1


def test_a_token_refused_early_is_renewed_once_for_all_threads():
    """Two threads are refused with t1: t2 serves both."""
    issuer = Issuer()
    token = issuer.token()
    token.value()
    issuer.now = 100
    assert token.refused("t1") is True
    assert token.value() == "t2"
    assert token.refused("t1") is True
    assert token.value() == "t2"
    assert issuer.given == 2


def test_a_token_refused_as_soon_as_it_is_made_is_not_renewed():
    """Its age is not the reason, and another would be refused as well."""
    issuer = Issuer()
    token = issuer.token()
    token.value()
    issuer.now = 59
    assert token.refused("t1") is False
    assert token.value() == "t1"


def test_a_renewal_that_fails_is_tried_by_the_next_caller():
    """The error goes to whoever needed the token; nothing is remembered of it."""
    outcomes = iter([SourceUnavailable("down"), ("t1", 3600.0)])

    def renew():
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    token = AccessToken(renew)
    with pytest.raises(SourceUnavailable):
        token.value()
    assert token.value() == "t1"
