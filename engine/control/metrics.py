"""Room snapshots as Prometheus text: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_GAUGES = (
    ("on_air_seconds", "Seconds since the room went on air", "on_air_s"),
    ("viewers", "Viewers now", "viewers"),
    ("ahead_seconds", "Seconds of performance ready ahead of the air", "ahead_s"),
)
_COUNTERS = (
    ("late_pictures_total", "Pictures shown late (the one before was held)", "late_pictures"),
    ("standby_total", "Times the host stood by for want of a line", "standby"),
    ("lost_records_total", "Records that the disk could not keep", "lost_records"),
)
_CACHE = (("hits", "Lines whose speech was in the cache"), ("misses", "Lines that had to be spoken"))
_OUTPUT = (
    ("output_sent_bytes_total", "counter", "Bytes sent", "sent_bytes"),
    ("output_dropped_packets_total", "counter", "Packets dropped for a slow output", "dropped_packets"),
    ("output_reconnects_total", "counter", "Times the output connected again", "reconnects"),
)


def prometheus(states: Mapping[str, dict[str, Any] | None]) -> str:
    """``states``: room to its snapshot, None while the room is away."""
    lines = list(_metric("up", "gauge", "1 while the room's process answers",
                         ((_labels(room=room), 0 if state is None else 1) for room, state in states.items())))
    here = {room: state for room, state in states.items() if state is not None}
    for kind, table in (("gauge", _GAUGES), ("counter", _COUNTERS)):
        for name, text, key in table:
            lines += _metric(name, kind, text, ((_labels(room=r), s.get(key, 0)) for r, s in here.items()))
    for side, text in _CACHE:
        lines += _metric(f"speech_cache_{side}_total", "counter", text,
                         ((_labels(room=r), s.get("cache", {}).get(side, 0)) for r, s in here.items()))
    for name, kind, text, key in _OUTPUT:
        lines += _metric(name, kind, text, ((_labels(room=r, output=o["name"]), o.get(key, 0))
                                            for r, s in here.items() for o in s.get("outputs", ())))
    lines += _metric("output_live", "gauge", "1 while the output carries the stream",
                     ((_labels(room=r, output=o["name"]), int(o.get("state") == "live"))
                      for r, s in here.items() for o in s.get("outputs", ())))
    return "\n".join(lines) + "\n"


def _metric(name: str, kind: str, text: str, values: Iterable[tuple[str, Any]]) -> Iterable[str]:
    yield f"# HELP nightmarket_{name} {text}"
    yield f"# TYPE nightmarket_{name} {kind}"
    for labels, value in values:
        yield f"nightmarket_{name}{labels} {value}"


def _labels(**labels: str) -> str:
    def safe(value: str) -> str:
        return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    return "{" + ",".join(f'{name}="{safe(value)}"' for name, value in labels.items()) + "}"
