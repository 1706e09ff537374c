"""The bus: ducking, ceiling, room tone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.playout.mixer import CEILING, Mixer

TICK = 1920


def loop(level: float = 0.1) -> np.ndarray:
    return np.full((48_000, 2), level, np.float32)


def run(mixer: Mixer, ticks: int, **how: object) -> np.ndarray:
    return np.concatenate([mixer.mix(None, **how) for _ in range(ticks)])  # type: ignore[arg-type]


def test_music_is_at_least_15_db_quieter_under_speech_than_in_front() -> None:
    mixer = Mixer(TICK, loop())
    front = np.abs(run(mixer, 100, featured=True)[-TICK:]).mean()
    for _ in range(100):
        under = np.abs(mixer.mix(np.zeros(TICK, np.float32))).mean()
    assert under < front / 5.6


def test_no_sample_leaves_the_bus_above_the_ceiling() -> None:
    mixer = Mixer(TICK, loop(0.9))
    out = mixer.mix(np.full(TICK, 1.5, np.float32), featured=True)
    assert np.abs(out).max() <= CEILING


def test_a_muted_room_still_has_its_tone() -> None:
    quiet = Mixer(TICK, loop()).mix(np.full(TICK, 0.5, np.float32), mute=True)
    assert 0 < np.abs(quiet).max() < 0.01


def test_music_glides_when_speech_begins() -> None:
    mixer = Mixer(TICK, loop())
    before = run(mixer, 200, featured=True)
    after = mixer.mix(np.zeros(TICK, np.float32))
    joined = np.concatenate([before[-10:], after])
    assert np.abs(np.diff(joined[:, 0])).max() < 0.01


@given(st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=TICK))
def test_every_tick_is_whole_and_finite(samples: list[float]) -> None:
    out = Mixer(TICK, loop()).mix(np.array(samples, np.float32))
    assert out.shape == (TICK, 2)
    assert np.isfinite(out).all()
