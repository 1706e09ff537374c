"""Every layout, theme and orientation with demonstration data, for looking at."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from avatars.stage import create
from engine.media import Board, Caption, Card, Language, Layout, Plate, Pose, Question, Scene, Upcoming, VideoFormat
from engine.ports import Face

_EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"
_ART: Final = Path(__file__).resolve().parent / "themes"


def scenes(language: Language) -> dict[Layout, Scene]:
    """One scene of every layout."""
    return _chinese() if language == "zh" else _english()


def _picture(shop: str, name: str, theme: str, prop: str) -> Path:
    """A picture of the example shops, or a prop of the theme where they are not installed."""
    example = _EXAMPLES / shop / "pictures" / f"{name}.svg"
    return example if example.exists() else _ART / theme / f"{prop}.svg"


def _chinese() -> dict[Layout, Scene]:
    mark = _EXAMPLES / "tea-zh" / "mark.svg"
    sign = Plate("静山茶社", "春茶夜话", "AI生成·虚拟主播", mark if mark.exists() else None)
    pot_picture = _picture("tea-zh", "xishi-teapot", "warm", "teapot")
    pot = Card("pot", 3, "西施紫砂壶", "朱泥手工 · 容量 220 ml", "¥268", "¥328", 23, 60, pot_picture)
    bowl_picture = _picture("tea-zh", "gaiwan", "warm", "tin")
    bowl = Card("bowl", 5, "青花盖碗·手绘梅枝", "手绘梅枝 · 120 ml", "¥228", "¥268", 12, 40, bowl_picture)
    cups_picture = _picture("tea-zh", "celadon-cups", "warm", "cups")
    cups = Card("cups", 6, "青瓷对杯", "龙泉青瓷 · 一对", "¥98", None, None, None, cups_picture)
    said = Caption("这把壶的容量是220毫升，一个人慢慢喝，刚刚好。", "zh", 7, 12)
    upcoming = Upcoming(cups, "21:24")
    rows = (("容量", "220 ml", "60 ml"), ("重量", "310 g", "90 g"), ("材质", "朱泥", "青瓷"))
    near = Caption("壶身用的是宜兴朱泥，手工拍打，容量220毫升。", "zh", 7, 9)
    now = Caption("现在下单是228元，九点半恢复268元。", "zh", 5, 9)
    return {
        "talk": Scene(sign, "talk", pot, said, Question("小鹿", "这把壶，一个人喝会不会太大？"), upcoming),
        "closeup": Scene(sign, "closeup", pot, near),
        "compare": Scene(sign, "compare", None, said, board=Board(pot, cups, rows, 0)),
        "offer": Scene(sign, "offer", bowl, now, None, upcoming, title="夜谈价", subtitle="21:30 恢复 ¥268\n04:32"),
        "slate": Scene(sign, "slate", title="春茶夜话", subtitle="今晚八件茶与器，慢慢看\n02:15"),
    }


def _english() -> dict[Layout, Scene]:
    mark = _EXAMPLES / "home-en" / "mark.svg"
    sign = Plate("Juniper & Oak", "Evening edit", "AI-generated host", mark if mark.exists() else None)
    flask_picture = _picture("home-en", "flask", "clean", "jar")
    held = "500 ml · keeps hot 12 h"
    flask = Card("flask", 3, "Juniper Vacuum Flask", held, "$24.00", "$32.00", 23, 60, flask_picture)
    cup_picture = _picture("home-en", "tumbler", "clean", "mug")
    cup = Card("tumbler", 4, "Travel Tumbler", "750 ml · keeps hot 5 h", "$29.00", None, 8, 30, cup_picture)
    lamp_picture = _picture("home-en", "lamp", "clean", "lamp")
    lamp = Card("lamp", 6, "Halo Table Lamp", "Dimmable · 30 h on USB-C", "$48.00", "$64.00", 41, 60, lamp_picture)
    mug_picture = _picture("home-en", "mug", "clean", "mug")
    upcoming = Upcoming(Card("mug", 7, "Stone mug", "350 ml", "$18.00", picture=mug_picture), "9:24 pm")
    said = Caption("Yes — the base is 7.2 cm, so it fits a 7.5 cm holder.", "en", 18, 25)
    rows = (("Keeps hot", "12 h", "5 h"), ("Holds", "500 ml", "750 ml"), ("Weight", "310 g", "420 g"))
    side = Caption("The flask keeps hot 12 hours, the tumbler keeps hot five.", "en", 20, 29)
    dims = Caption("The lamp dims to five per cent, so it works as a night light.", "en", 17, 30)
    until = "$64.00 again at 21:30\n04:32"
    paused = "The show is paused, the room is not.\nKeep asking: answers follow."
    return {
        "talk": Scene(sign, "talk", flask, said, Question("Lily", "Does it fit a car cup holder?"), upcoming),
        "closeup": Scene(sign, "closeup", lamp, dims),
        "compare": Scene(sign, "compare", None, side, board=Board(flask, cup, rows, 0)),
        "offer": Scene(sign, "offer", lamp, dims, None, upcoming, title="Evening price", subtitle=until),
        "slate": Scene(sign, "slate", title="Back in a moment", subtitle=paused),
    }


def sheet(folder: Path, face: Face | None = None, cache: Path | None = None) -> list[Path]:
    """Render every layout × theme × orientation into ``folder`` as PNG, as it looks after two seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    cache = cache or Path(tempfile.gettempdir()) / "nightmarket-stage"
    out = []
    pairs: tuple[tuple[str, Language], ...] = (("warm", "zh"), ("clean", "en"))
    for theme, language in pairs:
        for size in (VideoFormat(720, 1280), VideoFormat(1280, 720)):
            stage = create(size, theme, language, face, cache)
            for layout, scene in scenes(language).items():
                stage.prepare(scene)
                picture = np.zeros(0, np.uint8)
                for _ in range(50):
                    picture = stage.picture(scene, Pose())
                shape = "portrait" if size.is_portrait else "landscape"
                path = folder / f"{theme}-{shape}-{layout}.png"
                cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_YUV2BGR_I420))
                out.append(path)
    return out
