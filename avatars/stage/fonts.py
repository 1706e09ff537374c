"""Which letters are drawn with which font: Noto Sans CJK SC for Chinese, Inter for the rest.

Both come with the installation (``manimgx-fonts-cjk``, ``fontpkg-inter``), so that a picture is the
same on every machine. A serif for large titles is used when ``pylopdf-fonts-zh-cn`` is installed.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from fontTools.ttLib import TTFont
from PIL import ImageFont

from engine.errors import PictureError

Family = Literal["cjk", "inter", "serif"]

_SC: Final = 2
"""Index of the Simplified Chinese face in the collection (0 is Japanese: other shapes of 骨 直 门)."""
_FILES: Final[dict[Family, tuple[str, str, int]]] = {
    "cjk": ("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc", _SC),
    "inter": ("fontpkg_inter", "files/Inter[opsz,wght].ttf", 0),
    "serif": ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf", 0),
}


def font_file(family: Family) -> Path | None:
    """The font's file, or None when its package is not installed."""
    package, name, _ = _FILES[family]
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(next(iter(spec.submodule_search_locations))) / name
    return path if path.exists() else None


@lru_cache(maxsize=1)
def has_serif() -> bool:
    return font_file("serif") is not None


@lru_cache(maxsize=96)
def font(family: Family, size_px: float, weight: int, optical: int) -> ImageFont.FreeTypeFont:
    """A face at ``size_px``; ``optical`` is the size it will be read at (Inter's optical axis).

    Raises:
        PictureError: the font's package is not installed.
    """
    path = font_file(family)
    if path is None:
        package = _FILES[family][0].replace("_", "-")
        raise PictureError(f"the font package {package} is missing", fix=f"pip install {package}")
    face = ImageFont.truetype(
        str(path), size_px, index=_FILES[family][2], layout_engine=ImageFont.Layout.RAQM
    )
    if family == "cjk":
        face.set_variation_by_axes([weight])
    elif family == "inter":
        face.set_variation_by_axes([min(32, max(14, optical)), weight])
    return face


@lru_cache(maxsize=3)
def letters(family: Family) -> frozenset[int]:
    """Code points the family has a glyph for."""
    path = font_file(family)
    if path is None:
        return frozenset()
    with TTFont(path, fontNumber=_FILES[family][2], lazy=True) as face:
        return frozenset(face.getBestCmap())


def clean(text: str | None, lines: bool = False) -> str:
    """``text`` without anything that cannot be drawn: control, direction, joiner and emoji marks.

    White space becomes one space (newlines stay with ``lines``). Never longer than 2000 characters.
    """
    if not text:
        return ""
    out: list[str] = []
    for char in unicodedata.normalize("NFC", str(text)[:2000]):
        if char.isspace():
            char = "\n" if lines and char == "\n" else " "
            if out and out[-1].isspace():
                if char == "\n":
                    out[-1] = char
                continue
            out.append(char)
        elif _drawable(char):
            out.append(char)
    return "".join(out).strip()


@lru_cache(maxsize=4096)
def _drawable(char: str) -> bool:
    if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"}:
        return False
    code = ord(char)
    if 0x2600 <= code <= 0x27BF and code not in letters("inter"):
        return False
    return code in letters("inter") or code in letters("cjk")


_WIDE: Final = frozenset("“”‘’…—")
"""Marks that are full width in Chinese and narrow elsewhere."""


@lru_cache(maxsize=8192)
def family_of(char: str, chinese: bool) -> Family:
    """The family that draws ``char`` in a line of that language."""
    code = ord(char)
    if char in _WIDE:
        return "cjk" if chinese else "inter"
    if code in letters("inter") and not (chinese and code > 0x2FF and char not in "·€£₩₹→←"):
        return "inter"
    return "cjk" if code in letters("cjk") else "inter"
