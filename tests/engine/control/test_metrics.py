"""A scrape is text that Prometheus accepts: one HELP, one TYPE, samples of that name, each label set once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.control.metrics import prometheus

STATE: dict[str, Any] = {
    "on_air_s": 12.5,
    "viewers": 3,
    "ahead_s": 21.0,
    "late_pictures": 2,
    "standby": 1,
    "lost_records": 0,
    "cache": {"hits": 7, "misses": 4},
    "outputs": [
        {"name": "webrtc", "state": "live", "sent_bytes": 1000, "dropped_packets": 5, "reconnects": 0},
        {"name": "rtmp", "state": "waiting", "sent_bytes": 9, "dropped_packets": 0, "reconnects": 6},
    ],
}

LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)')
SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (\S+)$")
UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}

Sample = tuple[str, frozenset[tuple[str, str]], float]


def scrape(text: str) -> Iterator[Sample]:
    """Read an exposition as strictly as its format says.

    Raises:
        AssertionError: some row is none.
    """
    assert text.endswith("\n")
    helped: set[str] = set()
    typed: dict[str, str] = {}
    # Rows end with a line feed only: a room may be called by other line breaks of Unicode.
    for row in text.removesuffix("\n").split("\n"):
        if row.startswith("# HELP "):
            name, _, told = row[7:].partition(" ")
            assert name not in helped
            assert told
            helped.add(name)
        elif row.startswith("# TYPE "):
            name, _, kind = row[7:].partition(" ")
            assert name in helped
            assert name not in typed
            assert kind in ("gauge", "counter")
            typed[name] = kind
        else:
            match = SAMPLE.match(row)
            assert match, row
            name, labels, value = match.groups()
            assert name == list(typed)[-1], "samples follow their own TYPE"
            assert name.endswith("_total") == (typed[name] == "counter")
            yield name, frozenset(read_labels(labels)), float(value)


def read_labels(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, text
        yield match[1], re.sub(r"\\.", lambda found: UNESCAPED[found[0]], match[2])
        at = match.end()


def samples(**states: dict[str, Any] | None) -> dict[str, float]:
    """Samples as ``name{label=value,…}``, without the common prefix."""
    return {
        name.removeprefix("nightmarket_") + "{" + ",".join(f"{k}={v}" for k, v in sorted(labels)) + "}": value
        for name, labels, value in scrape(prometheus(states))
    }


def test_a_room_is_told_in_figures() -> None:
    assert samples(home=STATE) == {
        "up{room=home}": 1,
        "on_air_seconds{room=home}": 12.5,
        "viewers{room=home}": 3,
        "ahead_seconds{room=home}": 21,
        "late_pictures_total{room=home}": 2,
        "standby_total{room=home}": 1,
        "lost_records_total{room=home}": 0,
        "speech_cache_hits_total{room=home}": 7,
        "speech_cache_misses_total{room=home}": 4,
        "output_sent_bytes_total{output=webrtc,room=home}": 1000,
        "output_sent_bytes_total{output=rtmp,room=home}": 9,
        "output_dropped_packets_total{output=webrtc,room=home}": 5,
        "output_dropped_packets_total{output=rtmp,room=home}": 0,
        "output_reconnects_total{output=webrtc,room=home}": 0,
        "output_reconnects_total{output=rtmp,room=home}": 6,
        "output_live{output=webrtc,room=home}": 1,
        "output_live{output=rtmp,room=home}": 0,
    }


def test_a_room_that_is_away_is_down_and_has_no_other_figure() -> None:
    assert samples(home=None) == {"up{room=home}": 0}


def test_a_snapshot_that_lacks_a_figure_counts_as_nought() -> None:
    assert samples(home={})["late_pictures_total{room=home}"] == 0


def test_a_machine_without_rooms_has_no_samples() -> None:
    assert samples() == {}


def test_quotes_backslashes_and_line_feeds_in_a_name_are_escaped() -> None:
    text = prometheus({'a "b" \\ c\nd': None})
    assert text.split("\n")[2] == r'nightmarket_up{room="a \"b\" \\ c\nd"} 0'


@given(st.lists(st.tuples(st.text(), st.text()), unique=True, max_size=6))
def test_any_names_survive_a_scrape(names: list[tuple[str, str]]) -> None:
    states: dict[str, dict[str, Any] | None] = {}
    for room, output in names:
        state = states.setdefault(room, {"outputs": []})
        assert state is not None
        state["outputs"].append({"name": output, "state": "live"})
    found = list(scrape(prometheus(states)))
    live = [dict(labels) for name, labels, _ in found if name == "nightmarket_output_live"]
    assert sorted((one["room"], one["output"]) for one in live) == sorted(names)
    assert len({(name, labels) for name, labels, _ in found}) == len(found)


@given(st.dictionaries(st.sampled_from(["on_air_s", "viewers", "late_pictures", "standby"]),
                       st.integers(0, 2**53) | st.floats(0, 1e12)))  # fmt: skip
def test_any_figure_survives_a_scrape(state: dict[str, Any]) -> None:
    found = {name: value for name, _, value in scrape(prometheus({"home": state}))}
    assert found["nightmarket_viewers"] == state.get("viewers", 0)
    assert found["nightmarket_on_air_seconds"] == state.get("on_air_s", 0)
