"""Our own catalog format, as YAML, JSON or CSV (see ``engine.script.importing`` for its keys)."""

from __future__ import annotations

import json
import json.scanner
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from engine import yamlfile
from engine.plugins import closest
from engine.script.importing import tables
from engine.script.importing.shelf import KEYS, VARIANT_KEYS, Shelf
from engine.script.importing.text import clean

TOP_KEYS = ("currency", "shop", "products")
CSV_KEYS = (*KEYS, "currency", "variant")


def read_yaml(text: str, file: str, shelf: Shelf) -> Mapping[str, str]:
    """Put a YAML catalog's products on the shelf; returns the shop's facts in it."""
    tree = yamlfile.parse(text, file)
    shelf.problems.extend(tree.problems)
    if tree.data is None and tree.problems:
        return {}

    def where(*path: str | int) -> tuple[int, int]:
        return tree.place(path, key=True)

    return _read(tree.data, shelf, where)


def read_json(text: str, shelf: Shelf) -> Mapping[str, str]:
    """Put a JSON catalog's products on the shelf; returns the shop's facts in it."""
    reader = _PlacedJson()
    try:
        data = reader.decode(text)
    except json.JSONDecodeError as error:
        shelf.note(error.lineno, f"not JSON: {error.msg}", column=error.colno, severity="error")
        return {}
    except (RecursionError, ValueError):
        shelf.note(1, "not JSON: nested too deep, or a number too long", severity="error")
        return {}

    def where(*path: str | int) -> tuple[int, int]:
        # Only whole objects have places here: the innermost one on the way counts.
        found, place = data, (1, 1)
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                break
            place = reader.place(found, text) or place
        return place

    return _read(data, shelf, where)


def _read(data: Any, shelf: Shelf, where: Any) -> Mapping[str, str]:
    top = data if isinstance(data, dict) else {"products": data}
    for key in top:
        if key not in TOP_KEYS:
            line, column = where(key)
            shelf.note(line, f"{key!r} is no part of a catalog", column=column, meant=closest(key, TOP_KEYS))
    if (currency := top.get("currency")) is not None:
        _set_currency(shelf, currency, *where("currency"))
    goods = top.get("products")
    if not isinstance(goods, list):
        line, column = where("products")
        shelf.note(line, "a catalog is a list of products under 'products:'", column=column, severity="error")
        return {}
    prefix: tuple[str | int, ...] = ("products",) if isinstance(data, dict) else ()
    for index, fields in enumerate(goods):
        base = (*prefix, index)
        if isinstance(fields, dict):
            shelf.put(fields, lambda key, base=base: where(*base, key) if key else where(*base))  # type: ignore[misc]
        else:
            line, column = where(*base)
            shelf.note(line, "left out: a product is a mapping with name and price", column=column)
    shop = top.get("shop")
    if not isinstance(shop, dict):
        return {}
    return {clean(str(k)): clean(str(v))[:600] for k, v in shop.items() if isinstance(v, (str, int, float))}


def _set_currency(shelf: Shelf, written: object, line: int, column: int = 1) -> None:
    code = str(written).strip().upper()
    if len(code) == 3 and code.isascii() and code.isalpha():
        shelf.currency = code
    else:
        message = f"{str(written)[:40]!r} is no currency: write USD, CNY, EUR, …"
        shelf.note(line, message, column=column, severity="error")


def read_csv(text: str, shelf: Shelf) -> None:
    """Put a CSV catalog's products on the shelf.

    Columns are the keys; ``specs.capacity`` is one spec of a column of its own. A row that repeats an
    id with a ``variant`` name is a variant of the product above.
    """
    for name in tables.columns(text):
        if name and name not in CSV_KEYS and not name.startswith("specs."):
            shelf.note(1, f"the column {name[:60]!r} means nothing here", meant=closest(name, CSV_KEYS))
    open_fields: dict[str, Any] | None = None
    open_line = 0

    def put() -> None:
        if open_fields is not None:
            line = open_line
            shelf.put(open_fields, lambda _: (line, 1))

    for row in tables.rows(text):
        if isinstance(row, tables.Torn):
            shelf.note(row.line, f"left out: {row.why}")
            continue
        fields = _fields(row.cells)
        if (currency := fields.pop("currency", "")) and not shelf.products:
            _set_currency(shelf, currency, row.line)
        variant = fields.pop("variant", "").strip()
        if variant and open_fields is not None and fields.get("id", "") in ("", open_fields.get("id")):
            more = {key: fields[key] for key in VARIANT_KEYS if key in fields and key != "name"}
            open_fields.setdefault("variants", []).append({"name": variant, **more})
            continue
        put()
        open_fields, open_line = fields, row.line
        if variant:
            open_fields["variants"] = [{"name": variant, "specs": fields.get("specs", {})}]
            if fields.get("stock", ""):
                open_fields["variants"][0]["stock"] = fields["stock"]
    put()


def _fields(cells: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {key: cell for key, cell in cells.items() if key in CSV_KEYS}
    own = {key[6:]: cell for key, cell in cells.items() if key.startswith("specs.") and cell.strip()}
    if own:
        fields["specs"] = own
    return fields


class _PlacedJson(json.JSONDecoder):
    """JSON that remembers where each object begins."""

    def __init__(self) -> None:
        super().__init__(parse_constant=str)
        self._begin: dict[int, int] = {}
        self._line_starts: list[int] = []
        read_object: Any = self.parse_object  # type: ignore[has-type]

        def placed(s_and_end: tuple[str, int], *rest: Any) -> tuple[Any, int]:
            value, end = read_object(s_and_end, *rest)
            self._begin[id(value)] = s_and_end[1] - 1
            return value, end

        self.parse_object = placed
        self.scan_once = json.scanner.py_make_scanner(self)  # type: ignore[attr-defined]

    def place(self, value: object, text: str) -> tuple[int, int] | None:
        begin = self._begin.get(id(value)) if isinstance(value, dict) else None
        if begin is None:
            return None
        if not self._line_starts:
            self._line_starts = [0, *(i + 1 for i, char in enumerate(text) if char == "\n")]
        line = bisect_right(self._line_starts, begin)
        return line, begin - self._line_starts[line - 1] + 1
