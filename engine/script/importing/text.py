"""Bytes and markup from merchants' programs to plain, safe, bounded text."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

_KEPT_CONTROLS = {"\n", "\t"}
_FORMULA = re.compile(r"^\s*(=|@\w+\(|[+\-][^\s]*\|.*!)")
_BLOCKS = {
    "address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
}  # fmt: skip
_SILENT = {"script", "style", "template", "noscript", "iframe", "object", "svg", "head"}
MAX_HTML_CHARS = 200_000


def decode(data: bytes) -> tuple[str, str]:
    """A file's bytes as text, and the name of the encoding they were in.

    UTF-8 and UTF-16 (with or without a mark), then what Chinese and Western Excel write.

    Raises:
        ValueError: these are not the bytes of a text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16"), "UTF-16"
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8"), "UTF-8"
    if len(data) >= 4 and data[:400].count(0) > len(data[:400]) // 4:
        name = "utf-16-le" if data[1] == 0 else "utf-16-be"
        return data.decode(name), "UTF-16"
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ValueError("this is a spreadsheet, not a text file: save it as CSV (UTF-8)")
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        pass
    if b"\0" in data[:4096]:
        raise ValueError("this is not a text file")
    # Chinese comes as runs of high bytes, an accent in Western text stands alone.
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", data[:200_000])]
    if sum(length == 1 for length in runs) * 2 < len(runs):
        try:
            return data.decode("gb18030"), "GB18030"
        except UnicodeDecodeError:
            pass
    return data.decode("cp1252", errors="replace"), "Windows-1252"


def clean(text: str, *, lines: bool = False) -> str:
    """Text without control and invisible characters, white space collapsed (line ends kept on demand)."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(c for c in text if c in _KEPT_CONTROLS or _is_visible(c))
    if not lines:
        return " ".join(text.split())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in text.split("\n"))).strip()


def _is_visible(char: str) -> bool:
    # Bidirectional overrides and zero-width characters can make a shown text differ from a spoken one;
    # the joiner (U+200D) holds emoji together.
    return char == "\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def is_formula(text: str) -> bool:
    """True for what a spreadsheet would execute (``=cmd|…``) and what it left behind (``#REF!``)."""
    return bool(_FORMULA.match(text)) or text.strip() in {"#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!"}


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and ``-``, at most 60; empty when nothing of the text is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:60].rstrip("-")


def plain(html: str) -> tuple[str, tuple[str, ...]]:
    """HTML as plain text (scripts gone, entities read, blocks on lines), and its list items apart."""
    if "<" not in html and "&" not in html:
        return clean(html, lines=True), ()
    reader = _Plain()
    reader.feed(html[:MAX_HTML_CHARS])
    reader.close()
    reader.end_item()
    items = tuple(filter(None, (clean(item) for item in reader.items)))
    return clean("".join(reader.parts), lines=True), items


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.items: list[str] = []
        self._silent: list[str] = []
        self._item: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag == "li":
            self.end_item()
            self._item = []

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag in {"li", "ul", "ol"}:
            self.end_item()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        # A line end inside a paragraph is a space; blocks bring their own.
        self.parts.append(" ".join(data.split("\n")))
        if self._item is not None:
            self._item.append(data)

    def end_item(self) -> None:
        if self._item is not None:
            self.items.append("".join(self._item))
            self._item = None
