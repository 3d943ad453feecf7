"""One limiter for all threads of an account: calls open at once, and pauses for all."""

from __future__ import annotations

import threading
import time

import pytest

from include.errors import RateLimited
from include.sources.limits import Limiter, Pause, limiter_for


class Hands:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def limiter(hands, concurrency=2, **options):
    return Limiter(
        "meta 101", concurrency=concurrency, clock=hands.clock, sleep=hands.sleep, **options
    )


def test_no_more_calls_are_open_than_allowed():
    """Eight threads, three slots: three are open at a time, and all get their turn."""
    lock, most, now_open, done = threading.Lock(), 0, 0, 0
    slots = Limiter("meta 101", concurrency=3)

    def work():
        nonlocal most, now_open, done
        with slots.slot():
            with lock:
                now_open += 1
                most = max(most, now_open)
            time.sleep(0.01)
            with lock:
                now_open -= 1
                done += 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, done) == (3, 8)


def test_a_pause_is_waited_out_by_whoever_comes_next():
    """The first caller sleeps what is left; afterwards nobody waits."""
    hands = Hands()
    slots = limiter(hands)
    slots.pause(Pause(40, "told so"))
    hands.now += 10
    with slots.slot() as slot:
        assert slot.waited_s == 30
    with slots.slot() as slot:
        assert slot.waited_s == 0
    assert hands.slept == [30]


def test_a_pause_told_during_the_wait_is_waited_out_too():
    """Another thread's answer may ask for more while we sleep."""
    hands = Hands()
    slots = limiter(hands)
    slots.pause(Pause(10, "first"))
    sleep = hands.sleep

    def sleep_and_learn(seconds):
        sleep(seconds)
        if len(hands.slept) == 1:
            slots.pause(Pause(5, "second"))

    slots._sleep = sleep_and_learn
    with slots.slot() as slot:
        assert slot.waited_s == 15


def test_a_shorter_pause_does_not_end_a_longer_one():
    """Two threads are refused, one after the other; the longer wait holds."""
    hands = Hands()
    slots = limiter(hands)
    slots.pause(Pause(100, "long"))
    slots.pause(Pause(1, "short"))
    with slots.slot() as slot:
        assert slot.waited_s == 100


def test_a_pause_beyond_the_longest_wait_is_raised():
    """Airflow then waits without holding a worker; the slot is free again."""
    hands = Hands()
    slots = limiter(hands, concurrency=1)
    slots.pause(Pause(3600, "block 80004"))
    for _ in range(2):
        with (
            pytest.raises(RateLimited, match="meta 101: block 80004; 3600 s") as caught,
            slots.slot(),
        ):
            pass
        assert caught.value.wait_s == 3600
    assert hands.slept == []
    hands.now += 3600
    with slots.slot() as slot:
        assert slot.waited_s == 0


def test_a_caller_may_have_less_patience():
    """A call that has waited 290 s already waits 10 s more at most."""
    hands = Hands()
    slots = limiter(hands)
    slots.pause(Pause(11, "told so"))
    with pytest.raises(RateLimited), slots.slot(patience_s=10):
        pass


def test_a_sleep_that_does_not_move_the_clock_ends_all_the_same():
    """Tests hand in a sleep that returns at once; the wait counts as done."""
    slots = Limiter("meta 101", concurrency=1, clock=lambda: 0.0, sleep=lambda seconds: None)
    slots.pause(Pause(50, "told so"))
    with slots.slot() as slot:
        assert slot.waited_s == 50


def test_one_limiter_per_app_and_account():
    """The same for the same pair; the concurrency asked for last holds."""
    one = limiter_for("app-7", "101", 2)
    assert limiter_for("app-7", "101", 5) is one
    assert one.concurrency == 5
    assert limiter_for("app-7", "102", 2) is not one
    assert limiter_for("app-8", "101", 2) is not one
    assert limiter_for("app-7", "101", 2, sleep=lambda seconds: None) is not one


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_a_pause_is_a_number_of_seconds(seconds):
    """A platform's nonsense is not taken for a wait."""
    with pytest.raises(ValueError, match="seconds must be 0 or more and finite"):
        Pause(seconds, "told so")


def test_a_limiter_lets_something_through():
    """No slot at all would wait for ever."""
    with pytest.raises(ValueError, match="concurrency must be 1 or more, got 0"):
        Limiter("meta 101", concurrency=0)
