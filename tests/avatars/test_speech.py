"""One voice for many rooms: in turn, never twice, and back again after every kind of death."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from avatars.speech import client, ladder
from avatars.speech.cache import SpeechCache, from_message, to_message
from avatars.speech.house import SpeechHouse
from avatars.speech.turns import Turns
from engine import link
from engine.clock import VirtualClock
from engine.errors import LinkError, VoiceError
from engine.media import Speech, VoiceSpec
from tests.fakes import voice as fake

FAKE = VoiceSpec("fake")
RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
CHILD = "tests.avatars.speech_child"


def line(text: str = "大家好") -> Speech:
    return fake.FakeVoice().say(text, "zh")


# --- turns ---------------------------------------------------------------------------------------


def test_an_answer_goes_before_the_next_line_before_look_ahead() -> None:
    turns: Turns[str] = Turns()
    turns.put("a", 2, "later")
    turns.put("a", 1, "next")
    turns.put("a", 0, "answer")
    assert [turns.take(), turns.take(), turns.take(), turns.take()] == [
        "answer",
        "next",
        "later",
        None,
    ]


def test_rooms_take_turns() -> None:
    turns: Turns[str] = Turns()
    for number in range(3):
        turns.put("greedy", 1, f"g{number}")
    turns.put("modest", 1, "m0")
    turns.put("late", 1, "l0")
    order = [turns.take() for _ in range(5)]
    assert order == ["g0", "m0", "l0", "g1", "g2"]


@RELAXED
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=30))
def test_every_job_has_one_turn_and_rooms_keep_their_order(puts: list[tuple[str, int]]) -> None:
    turns: Turns[tuple[str, int, int]] = Turns()
    jobs = [(room, priority, number) for number, (room, priority) in enumerate(puts)]
    for room, priority, number in jobs:
        turns.put(room, priority, (room, priority, number))
    assert len(turns) == len(jobs)
    taken = [job for job in iter(turns.take, None) if job]
    assert sorted(taken, key=lambda job: job[2]) == jobs
    assert [job[1] for job in taken] == sorted(job[1] for job in jobs)
    for room in "abc":
        for priority in range(3):
            own = [job for job in taken if job[:2] == (room, priority)]
            assert own == sorted(own, key=lambda job: job[2])


def test_what_nobody_waits_for_is_dropped() -> None:
    turns: Turns[str] = Turns()
    turns.put("a", 1, "keep")
    turns.put("a", 1, "drop")
    turns.put("b", 2, "drop")
    turns.drop(lambda job: job == "drop")
    assert (len(turns), turns.take(), turns.take()) == (1, "keep", None)


# --- cache ---------------------------------------------------------------------------------------


def test_a_line_comes_back_from_disk_as_it_was(tmp_path: Path) -> None:
    said = line("这款只要¥268。")
    cache = SpeechCache(tmp_path)
    key = cache.key(FAKE, "", said.text, "zh")
    assert cache.get(key) is None
    assert not cache.has(key)
    cache.put(key, said)
    kept = SpeechCache(tmp_path).get(key)
    assert kept is not None
    assert kept.cached
    assert (kept.text, kept.phones, kept.words, kept.voice) == (
        said.text,
        said.phones,
        said.words,
        said.voice,
    )
    assert np.abs(kept.samples - said.samples).max() < 1 / 32767


def test_the_key_is_everything_the_sound_depends_on(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    keys = {
        cache.key(VoiceSpec("kokoro"), "", "a", "en"),
        cache.key(VoiceSpec("openai"), "", "a", "en"),
        cache.key(VoiceSpec("kokoro", "af_heart"), "", "a", "en"),
        cache.key(VoiceSpec("kokoro", speed=1.1), "", "a", "en"),
        cache.key(VoiceSpec("kokoro", options={"zh": "zm_yunxi"}), "", "a", "en"),
        cache.key(VoiceSpec("kokoro"), "other model", "a", "en"),
        cache.key(VoiceSpec("kokoro"), "", "b", "en"),
        cache.key(VoiceSpec("kokoro"), "", "a", "zh"),
    }
    assert len(keys) == 8
    same = cache.key(VoiceSpec("kokoro", options={"threads": 4}), "", "a", "en")
    assert same in keys, "how many threads work on it does not change the sound"


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "foreign"])
def test_a_damaged_line_is_no_line(tmp_path: Path, damage: str) -> None:
    cache = SpeechCache(tmp_path)
    key = cache.key(FAKE, "", "x", "zh")
    cache.put(key, line())
    (path,) = tmp_path.glob("*/*.speech")
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    damaged = {"cut": content[:-10], "flip": content, "empty": b"", "foreign": b"x" * 500}[damage]
    path.write_bytes(bytes(damaged))
    assert cache.get(key) is None
    assert not cache.has(key), "it makes room for a whole one"


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    said = line()
    size = len(link.pack(*to_message(said))) + 32
    cache = SpeechCache(tmp_path, most_bytes=size * 4)
    keys = [cache.key(FAKE, "", str(number), "zh") for number in range(5)]
    for number, key in enumerate(keys[:4]):
        cache.put(key, said)
        (path,) = tmp_path.glob(f"*/{key}.speech")
        os.utime(path, (number, number))
    assert cache.get(keys[0]) is not None
    cache.put(keys[4], said)
    assert cache.has(keys[0]), "just used"
    assert cache.has(keys[4]), "just made"
    assert not cache.has(keys[1])


def test_a_disk_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = SpeechCache(tmp_path / "file" / "cache")
    cache.put(cache.key(FAKE, "", "x", "zh"), line())
    assert cache.get("00") is None


def test_a_message_that_is_not_speech_is_a_link_error() -> None:
    header, body = to_message(line())
    for key in header:
        wrong = {name: value for name, value in header.items() if name != key}
        with pytest.raises(LinkError):
            from_message(wrong, body)
    with pytest.raises(LinkError):
        from_message(header, body + b"x")


# --- ladder --------------------------------------------------------------------------------------


@pytest.fixture
def top(monkeypatch: pytest.MonkeyPatch) -> fake.FakeVoice:
    """The voice that ``engine: fake`` creates."""
    voice = fake.FakeVoice()
    plugin = ModuleType("avatars.voices.fake")
    plugin.create = lambda spec: voice  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "avatars.voices.fake", plugin)
    monkeypatch.setattr(ladder, "RUNGS", ("silent",))
    return voice


def test_the_wanted_voice_speaks(top: fake.FakeVoice) -> None:
    voice = ladder.create_ladder(FAKE, VirtualClock())
    assert voice.say("大家好", "zh").voice == "fake:tone"
    assert voice.status == {"voice": "fake", "wanted": "fake", "why": ""}


def test_a_missing_voice_falls_to_the_next_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "RUNGS", ("silent",))
    voice = ladder.create_ladder(VoiceSpec("nobody"), VirtualClock())
    speech = voice.say("Hello everyone", "en")
    assert speech.voice == "silent"
    assert [word.text for word in speech.words] == ["Hello", "everyone"]
    assert voice.status["voice"] == "silent"
    assert "nobody" in voice.status["why"]


def test_a_voice_that_fails_rests_and_comes_back(top: fake.FakeVoice) -> None:
    clock = VirtualClock()
    voice = ladder.create_ladder(FAKE, clock)
    top.fails = [VoiceError("out of memory")]
    assert voice.say("一", "zh").voice == "silent"
    assert "out of memory" in voice.status["why"]
    assert voice.say("二", "zh").voice == "silent"
    assert top.said == ["一"], "it is left alone for a while"
    clock.advance(ladder.REST_S + 1)
    assert voice.say("三", "zh").voice == "fake:tone"
    assert voice.status["why"] == ""


def test_a_broken_library_does_not_take_the_voice_away(top: fake.FakeVoice) -> None:
    top.fails = [ZeroDivisionError()]
    assert ladder.create_ladder(FAKE, VirtualClock()).say("一", "zh").voice == "silent"


def test_a_line_without_words_is_a_short_silence(top: fake.FakeVoice) -> None:
    voice = ladder.create_ladder(FAKE, VirtualClock())
    assert voice.say("🎉…", "zh").duration_s < 1.0
    assert voice.status["voice"] == "fake"


@pytest.mark.parametrize("name", ["../evil", "os;", "", "parts.sound"])
def test_a_voice_name_is_a_plain_word(name: str) -> None:
    with pytest.raises(VoiceError):
        ladder.create_voice(VoiceSpec(name))


# --- the process ---------------------------------------------------------------------------------


@asynccontextmanager
async def house(tmp_path: Path, longest_line_s: float = 60.0) -> AsyncIterator[SpeechHouse]:
    owner = SpeechHouse(
        tmp_path / "run",
        tmp_path / "cache",
        module=CHILD,
        nice=0,
        longest_line_s=longest_line_s,
        ping_s=0.05,
    )
    await owner.start()
    try:
        yield owner
    finally:
        await owner.stop()


def speaker(owner: SpeechHouse, tmp_path: Path, room: str = "room") -> client.RoomSpeaker:
    return client.connect(owner.socket_path, room, FAKE, tmp_path / "cache")


async def test_a_line_is_spoken_once_for_all_rooms(tmp_path: Path) -> None:
    async with house(tmp_path) as owner:
        first, second = speaker(owner, tmp_path, "a"), speaker(owner, tmp_path, "b")
        assert not await first.cached("大家好", "zh")
        fresh = await first.say("大家好", "zh", 1)
        assert not fresh.cached
        assert fresh.voice == "fake:tone"
        assert await second.cached("大家好", "zh")
        again = await second.say("大家好", "zh", 0)
        assert again.cached
        assert (again.phones, again.words) == (fresh.phones, fresh.words)
        assert np.array_equal(again.samples, fresh.samples)
        assert first.stats["voice"] == "fake"
        assert first.stats["speech_per_s"] > 0
        assert (second.stats["hits"], second.stats["misses"]) == (1, 0)
        await first.close()
        await second.close()


async def test_the_cache_outlives_the_process(tmp_path: Path) -> None:
    async with house(tmp_path) as owner:
        room = speaker(owner, tmp_path)
        await room.say("大家好", "zh", 1)
        await room.close()
    room = speaker(owner, tmp_path)
    assert (await room.say("大家好", "zh", 1)).cached, "and needs no process at all"
    await room.close()


async def test_many_lines_at_once_all_come(tmp_path: Path) -> None:
    async with house(tmp_path) as owner:
        rooms = [speaker(owner, tmp_path, f"room{number}") for number in range(3)]
        texts = [f"第{number}句" for number in range(8)]
        said = await asyncio.gather(
            *(room.say(text, "zh", n % 3) for room in rooms for n, text in enumerate(texts))
        )
        assert [speech.text for speech in said] == texts * 3
        for room in rooms:
            await room.close()


async def test_a_killed_process_comes_back_and_the_line_is_spoken(tmp_path: Path) -> None:
    async with house(tmp_path) as owner:
        room = speaker(owner, tmp_path)
        await room.say("一", "zh", 1)
        os.kill(owner.status()["pid"], signal.SIGKILL)
        assert (await room.say("二", "zh", 1)).voice == "fake:tone"
        assert owner.status()["restarts"] == 1
        assert room.stats["reconnects"] == 1
        await room.close()


async def test_a_line_that_kills_the_process_fails_after_one_more_try(tmp_path: Path) -> None:
    async with house(tmp_path) as owner:
        room = speaker(owner, tmp_path)
        with pytest.raises(VoiceError, match="away"):
            await room.say("crash", "en", 1)
        assert (await room.say("再来", "zh", 1)).voice == "fake:tone"
        await room.close()


async def test_a_hanging_line_is_ended_and_the_next_is_spoken(tmp_path: Path) -> None:
    async with house(tmp_path, longest_line_s=3.0) as owner:
        room = speaker(owner, tmp_path)
        with pytest.raises(VoiceError, match="away"):
            await room.say("hang", "en", 1)
        assert (await room.say("再来", "zh", 1)).voice == "fake:tone"
        assert "taken" in owner.status()["trouble"]
        await room.close()


async def test_a_line_nobody_wants_any_more_is_dropped(tmp_path: Path) -> None:
    async with house(tmp_path) as owner:
        blocker, room = speaker(owner, tmp_path, "a"), speaker(owner, tmp_path, "b")
        hanging = asyncio.create_task(blocker.say("hang", "en", 0))
        while owner.status().get("busy_s", 0.0) == 0.0:
            await asyncio.sleep(0.01)
        unwanted = asyncio.create_task(room.say("二", "zh", 1))
        while owner.status().get("queue", 0) < 2:  # its voice is to be loaded, too
            await asyncio.sleep(0.01)
        unwanted.cancel()
        while owner.status()["queue"] > 1:
            await asyncio.sleep(0.01)
        hanging.cancel()
        await blocker.close()
        await room.close()


async def test_without_a_process_the_room_is_told(tmp_path: Path) -> None:
    clock = VirtualClock()
    room = client.connect(
        tmp_path / "none.sock", "room", FAKE, tmp_path / "cache", clock=clock, patience_s=5.0
    )
    with pytest.raises(VoiceError, match="away"):
        await room.say("一", "zh", 1)
    assert clock.now_s() >= 5.0
    await room.close()


async def test_offline_work_needs_no_process(tmp_path: Path, top: fake.FakeVoice) -> None:
    local = client.in_process(FAKE, tmp_path / "cache")
    assert not await local.cached("大家好", "zh")
    assert not (await local.say("大家好", "zh", 1)).cached
    assert (await local.say("大家好", "zh", 1)).cached
    assert await local.cached("大家好", "zh")
    assert top.said == ["大家好"]
    assert local.stats["voice"] == "fake"
    await local.close()


async def test_a_lesser_voice_is_not_kept(tmp_path: Path, top: fake.FakeVoice) -> None:
    top.fails = [VoiceError("busy")]
    local = client.in_process(FAKE, tmp_path / "cache")
    assert (await local.say("大家好", "zh", 1)).voice == "silent"
    assert not await local.cached("大家好", "zh")
    await local.close()
