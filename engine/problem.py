"""One thing that is wrong in a file that a merchant wrote, with its place and its way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

SHOWN_CHARS = 160


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and what would be right.

    ``line`` and ``column`` count from 1; 0 means the file as a whole. ``text`` is the offending line as
    written (cut to 160 characters). An ``error`` keeps a room off the air, a ``warning`` does not.
    """

    file: str
    line: int
    column: int
    message: str
    text: str = ""
    allowed: tuple[str, ...] = ()
    meant: str | None = None
    severity: Literal["error", "warning"] = "error"

    @property
    def where(self) -> str:
        """``file:line:column``, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    @property
    def fix(self) -> str | None:
        """What to write instead, in a few words."""
        if self.meant is not None:
            return f"did you mean {self.meant!r}?"
        return f"allowed: {', '.join(self.allowed)}" if self.allowed else None

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON data."""
        return {**asdict(self), "allowed": list(self.allowed)}


def shown(line: str) -> str:
    """A line of a file as it may be printed: one line, no control characters, not endless."""
    plain = "".join(c if c.isprintable() else " " for c in line[: SHOWN_CHARS + 1]).rstrip()
    return plain if len(plain) <= SHOWN_CHARS else plain[: SHOWN_CHARS - 1] + "…"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted by place, each once."""
    return sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.message))
