"""Chat from another program: a signed POST per message.

The sender computes ``HMAC-SHA256(secret, timestamp + "." + raw body)`` and sends::

    X-Nightmarket-Timestamp: 1767225600            (seconds since 1970, at most 5 minutes off)
    X-Nightmarket-Signature: sha256=<64 hex digits>
    {"user": "Lily", "text": "Does it fit a car cup holder?"}

The timestamp is inside the signature, and a signature is taken once: a recorded request cannot be
played again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import OrderedDict
from dataclasses import dataclass

from engine.clock import Clock
from streaming.web.gate import Refusal
from streaming.web.plain import TEXT_CHARS, USER_CHARS, plain

BODY_BYTES = 8 * 1024
WINDOW_S = 300
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Said:
    """A message whose sender is known to hold the secret."""

    user: str
    text: str


def signature(secret: str, timestamp: str, raw: bytes) -> str:
    """The value of ``X-Nightmarket-Signature`` for this body."""
    signed = timestamp.encode() + b"." + raw
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class Hook:
    """Checks the requests of one room's webhook."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._taken: OrderedDict[str, None] = OrderedDict()

    def read(self, timestamp: str, signed: str, raw: bytes) -> Said:
        """The message of an honest request.

        Raises:
            Refusal: 401 (unsigned, wrong, old), 409 (seen before), 400 (not the JSON we ask for).
        """
        wanted = signature(self._secret, timestamp, raw)
        if not hmac.compare_digest(wanted.encode(), signed.encode("utf-8", "replace")):
            raise Refusal(401, "The signature does not match.")
        if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
            raise Refusal(401, "The timestamp is not in seconds.")
        if abs(self._clock.wall().timestamp() - int(timestamp)) > WINDOW_S:
            raise Refusal(401, "The timestamp is more than five minutes off.")
        said = _message(raw)
        if wanted in self._taken:
            raise Refusal(409, "This request was taken before.")
        self._taken[wanted] = None
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
        return said


def _message(raw: bytes) -> Said:
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as bad:
        raise Refusal(400, "The body is not JSON.") from bad
    if not isinstance(content, dict):
        raise Refusal(400, 'Send {"user": …, "text": …}.')
    text = plain(content.get("text"), TEXT_CHARS)
    if not text:
        raise Refusal(400, '"text" is missing or empty.')
    return Said(plain(content.get("user"), USER_CHARS), text)
