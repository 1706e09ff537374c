"""CSV as spreadsheets write it: any delimiter, quoted line ends, and rows with the line they begin in."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CELL_CHARS = 64 << 20
MAX_RESTARTS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its first line (from 1) and its cells by lower-case column name."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Torn:
    """A record that cannot be read, and why."""

    line: int
    why: str


def columns(text: str) -> tuple[str, ...]:
    """The names in the first line, lower-case; empty for an empty text."""
    for _, cells in _records(text):
        return tuple(" ".join(cell.lower().split()) for cell in cells) if isinstance(cells, list) else ()
    return ()


def rows(text: str) -> Iterator[Row | Torn]:
    """The records below the heading (lines end with ``\\n``). Missing cells are empty,
    cells beyond the last column tear a row."""
    heading: tuple[str, ...] | None = None
    for line, cells in _records(text):
        if isinstance(cells, str):
            yield Torn(line, cells)
        elif heading is None:
            heading = tuple(" ".join(cell.lower().split()) for cell in cells)
        elif any(cell.strip() for cell in cells):
            if any(cell.strip() for cell in cells[len(heading) :]):
                yield Torn(line, f"{len(cells)} cells under {len(heading)} columns")
            else:
                padded = [*cells, *[""] * (len(heading) - len(cells))]
                yield Row(line, {name: cell for name, cell in zip(heading, padded, strict=False) if name})


def _records(text: str) -> Iterator[tuple[int, list[str] | str]]:
    """(first line, cells), or (line, what is wrong with it)."""
    csv.field_size_limit(MAX_CELL_CHARS)
    lines = text.split("\n")
    start = 0
    delimiter = ","
    if lines and (told := re.fullmatch(r"sep=(.)", lines[0].strip(), re.IGNORECASE)):
        delimiter, start = told[1], 1
    elif lines:
        delimiter = _delimiter(lines[0])
    for _ in range(MAX_RESTARTS):
        reader = csv.reader((line + "\n" for line in lines[start:]), delimiter=delimiter, strict=True)
        begin = start
        try:
            for cells in reader:
                if cells:
                    yield begin + 1, cells
                begin = start + reader.line_num
            return
        except csv.Error as error:
            # A quotation mark that is never closed swallows the rows after it: go on behind its line.
            never_closed = "end of data" in str(error)
            yield begin + 1, f"a quotation mark {'is never closed' if never_closed else 'is out of place'}"
            start = begin + 1
    yield start + 1, "too many broken rows: the rest of the file is left out"


def _delimiter(heading: str) -> str:
    bare = re.sub(r'"[^"]*"', "", heading)
    return max(",;\t|", key=bare.count)
