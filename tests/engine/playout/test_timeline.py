"""The pacer: when pictures are due, held, or the schedule moves."""

from hypothesis import given
from hypothesis import strategies as st

from engine.playout.timeline import Pacer


def test_a_picture_waits_until_it_is_due() -> None:
    pace = Pacer(25, start_s=100.0).pace(tick=5, now_s=100.15)
    assert round(pace.wait_s, 6) == 0.05
    assert not pace.hold


def test_a_picture_up_to_four_pictures_behind_is_shown_fresh_and_at_once() -> None:
    pace = Pacer(25, 0.0).pace(tick=10, now_s=0.55)
    assert (pace.hold, pace.wait_s) == (False, 0.0)


def test_a_picture_more_than_four_pictures_behind_is_held() -> None:
    assert Pacer(25, 0.0).pace(tick=10, now_s=0.57).hold


def test_after_a_suspended_minute_the_schedule_moves_instead_of_racing() -> None:
    pacer = Pacer(25, 0.0)
    assert round(pacer.pace(tick=10, now_s=60.4).reanchored_s, 6) == 60.0
    assert round(pacer.pace(tick=11, now_s=60.4).wait_s, 6) == 0.04


@given(st.lists(st.floats(0, 0.5), max_size=200))
def test_ticks_never_run_ahead_of_the_clock(costs: list[float]) -> None:
    pacer, now = Pacer(25, 0.0), 0.0
    for tick, cost in enumerate(costs):
        now += pacer.pace(tick, now).wait_s
        assert now >= pacer.due_s(tick) - 1e-9
        now += cost
