"""Back-off: quick at first, patient later, never in step with its neighbours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streaming.reconnect import CAP_S, FIRST_S, GROWTH, JITTER, STABLE_S, Backoff

seeds = st.integers(0, 2**32)


def after(failures: int, seed: int = 0) -> Backoff:
    backoff = Backoff(seed)
    for _ in range(failures):
        backoff = backoff.failed(live_s=0)
    return backoff


@given(seeds, st.integers(0, 3000))
def test_waits_are_never_negative_and_never_over_the_cap(seed: int, failures: int) -> None:
    assert 0 <= Backoff(seed, failures).wait_s() <= CAP_S


@given(seeds, st.integers(1, 7))
def test_each_wait_is_its_step_give_or_take_the_jitter(seed: int, failures: int) -> None:
    step = min(CAP_S, FIRST_S * GROWTH ** (failures - 1))
    wait = after(failures, seed).wait_s()
    assert step * (1 - JITTER) <= wait <= min(CAP_S, step * (1 + JITTER))


@given(seeds, st.integers(0, 50))
def test_the_same_seed_waits_the_same(seed: int, failures: int) -> None:
    assert after(failures, seed).wait_s() == after(failures, seed).wait_s()


@given(seeds, st.integers(0, 50), st.floats(STABLE_S, 1e7))
def test_a_stable_minute_starts_the_count_again(seed: int, failures: int, live_s: float) -> None:
    assert after(failures, seed).failed(live_s) == after(1, seed)


def test_a_short_life_does_not_start_the_count_again() -> None:
    assert after(5).failed(STABLE_S - 1).failures == 6


def test_the_first_attempt_does_not_wait() -> None:
    assert Backoff().wait_s() == 0


def test_outputs_that_fall_together_do_not_knock_together() -> None:
    assert len({after(1, seed).wait_s() for seed in range(100)}) == 100


def test_a_week_of_failures_is_still_half_a_minute() -> None:
    assert 0 < Backoff(1, 20_000).wait_s() <= CAP_S
