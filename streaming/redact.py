"""The one place where stream keys leave a text before a person, a log or another process reads it.

FFmpeg puts the whole address into its errors, key included. Everything an output says goes through
:func:`redact`: secrets it was told about (:func:`hide`), and whatever looks like one.
"""

from __future__ import annotations

import re
from urllib.parse import quote

HIDDEN = "•••"
_SHORTEST = 4
_secrets: set[str] = set()

_STREAM_URL = re.compile(r"(?i)\b((?:rtmp[a-z]*|srt|rist)://)([^\s'\"<>]+)")
_WEB_URL = re.compile(r"(?i)\b((?:https?|wss?|tls|tcp|turns?|stuns?):(?://)?)([^\s'\"<>]+)")
_NAMED = re.compile(
    r"(?i)([\"']?\b(?:stream[-_ ]?)?(?:key|token|secret|password|passwd|credential|sign(?:ature)?|"
    r"auth(?:orization)?)[\"']?\s*[=:]\s*[\"']?(?:bearer\s+|basic\s+)?)([^\s&,;\"'}]+)"
)


def hide(secret: str) -> None:
    """Remember a secret of this process; every later :func:`redact` removes it, however it is quoted.

    A secret of fewer than four characters is not remembered: it would hide ordinary words.
    """
    if len(secret) < _SHORTEST:
        return
    _secrets.update({secret, quote(secret, safe=""), quote(secret)})
    # A key is often "name?sign=…": FFmpeg and servers print the two halves apart.
    _secrets.update(part for part in re.split(r"[?&]", secret) if len(part) >= 8)


def redact(text: str) -> str:
    """``text`` without secrets: known ones, user names and passwords in addresses, queries, all of a
    stream address after its application, and whatever follows ``key=`` and its like."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _STREAM_URL.sub(lambda found: found[1] + _without_stream(found[2]), text)
    text = _WEB_URL.sub(lambda found: found[1] + _without_query(found[2]), text)
    return _NAMED.sub(lambda found: found[1] + HIDDEN, text)


def _without_stream(rest: str) -> str:
    host, *path = _without_user(rest).split("/")
    app = path[0] if path else ""
    if len(path) < 2:
        return _cut(host) + ("/" + _cut(app) if path else "")
    return f"{_cut(host)}/{_cut(app)}/{HIDDEN}"


def _without_query(rest: str) -> str:
    return _cut(_without_user(rest))


def _without_user(rest: str) -> str:
    authority, slash, path = rest.partition("/")
    _, at, host = authority.rpartition("@")
    return (f"{HIDDEN}@{host}" if at else authority) + slash + path


def _cut(part: str) -> str:
    head, mark, _ = part.partition("?")
    return f"{head}?{HIDDEN}" if mark else head
