"""Words from strangers made plain: one line, no invisible or direction-changing characters, bounded.

Nothing is escaped here: the page sets text as text, never as markup.
"""

from __future__ import annotations

import unicodedata

USER_CHARS = 24
TEXT_CHARS = 200

_JOINERS = "\u200c\u200d"  # needed inside Persian, Indic scripts and emoji


def plain(raw: object, limit: int) -> str:
    """``raw`` as one line of at most ``limit`` characters; empty when it is not text or holds none."""
    if not isinstance(raw, str):
        return ""
    text = unicodedata.normalize("NFC", raw[: limit * 8])
    kept = "".join(" " if c.isspace() else c for c in text if _is_visible(c))
    line = " ".join(kept.split())[:limit].strip()
    return line if any(c not in _JOINERS and unicodedata.category(c) != "Mn" for c in line) else ""


def _is_visible(char: str) -> bool:
    if char.isspace() or char in _JOINERS:
        return True
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
