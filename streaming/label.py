"""The hidden AI label inside the live picture stream: an SEI message at every key frame.

Best effort: a platform that transcodes drops it. What counts on air is the label in the picture; what
counts in a file is the ``AIGC`` metadata (``publishers/recording.py``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_SEI, _UNREGISTERED = 6, 5
_UUID = bytes.fromhex("9c5e1f7ad34b4e6f8a21b7c3d95e6f41")
"""Ours: says that the text after it is ``AIGC`` and its JSON (GB 45438-2025)."""
_SLICE = re.compile(rb"\x00\x00\x01[\x01\x05\x21\x25\x41\x45\x61\x65]")


def sei(aigc: Mapping[str, str]) -> bytes:
    """The label as one Annex B unit; empty when there is none."""
    if not aigc:
        return b""
    text = json.dumps({"AIGC": dict(aigc)}, ensure_ascii=False).encode()
    payload = _UUID + text  # no zero bytes in either, so nothing needs escaping
    size = bytes([255] * (len(payload) // 255) + [len(payload) % 255])
    return b"\x00\x00\x00\x01" + bytes([_SEI, _UNREGISTERED]) + size + payload + b"\x80"


def labelled(data: bytes, message: bytes) -> bytes:
    """An access unit with ``message`` where the standard wants it: before the first slice."""
    slice_start = _SLICE.search(data)
    if not message or slice_start is None:
        return data
    # A four-byte start code keeps its zero: it belongs to the unit that follows.
    at = slice_start.start()
    at -= data[at - 1 : at] == b"\x00"
    return data[:at] + message + data[at:]
