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

_ART: Final = Path(__file__).parent / "themes"


def scenes(language: Language) -> dict[Layout, Scene]:
    """One scene of every layout."""
    if language == "zh":
        sign = Plate("静山茶社", "春茶夜话", "AI生成·虚拟主播")
        pot = Card("pot", 3, "西施紫砂壶", "朱泥手工 · 容量 220 ml", "¥268", "¥328", 23, 60, _ART / "warm" / "teapot.svg")
        tin = Card("tin", 5, "武夷岩茶", "半斤 · 清香", "¥228", "¥268", 12, 40, _ART / "warm" / "tin.svg")
        cups = Card("cups", 6, "青瓷对杯", "龙泉青瓷 · 一对", "¥98", None, None, None, _ART / "warm" / "cups.svg")
        line = "这把壶的容量是220毫升，一个人慢慢喝，刚刚好。"
        lit = (7, 12)
        question = Question("小鹿", "这把壶，一个人喝会不会太大？")
        offer = ("夜谈价", "21:30 恢复 ¥268\n04:32")
        slate = ("春茶夜话", "今晚八件茶与器，慢慢看\n02:15")
        rows = (("容量", "220 ml", "180 ml"), ("重量", "310 g", "240 g"), ("材质", "朱泥", "青瓷"))
        when = "21:24"
    else:
        sign = Plate("Juniper & Oak", "Evening edit", "AI-generated host")
        pot = Card("lamp", 3, "Halo Table Lamp", "Dimmable · 30 h on USB-C", "$48.00", "$64.00", 23, 60, _ART / "clean" / "lamp.svg")
        tin = Card("jar", 5, "Oat Jar", "Stoneware · 900 ml", "$24.00", "$32.00", 12, 40, _ART / "clean" / "jar.svg")
        cups = Card("mug", 6, "Stone mug", "Stoneware · 350 ml", "$18.00", None, None, None, _ART / "clean" / "mug.svg")
        line = "The lamp dims to five per cent, so it works as a night light."
        lit = (17, 30)
        question = Question("Lily", "Does it work without a cable?")
        offer = ("Evening price", "Back to $32.00 at 21:30\n04:32")
        slate = ("Back in a moment", "The show is paused, the room is not.\nKeep asking: answers follow.")
        rows = (("Light", "30 h", "5 h"), ("Weight", "310 g", "420 g"), ("Holds", "500 ml", "750 ml"))
        when = "9:24 pm"
    said = Caption(line, language, *lit)
    upcoming = Upcoming(cups, when)
    return {
        "talk": Scene(sign, "talk", pot, said, question, upcoming),
        "closeup": Scene(sign, "closeup", pot, said),
        "compare": Scene(sign, "compare", None, said, board=Board(pot, cups, rows, 0)),
        "offer": Scene(sign, "offer", tin, said, None, upcoming, title=offer[0], subtitle=offer[1]),
        "slate": Scene(sign, "slate", title=slate[0], subtitle=slate[1]),
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
                picture = np.zeros(0)
                for _ in range(50):
                    picture = stage.picture(scene, Pose())
                shape = "portrait" if size.is_portrait else "landscape"
                path = folder / f"{theme}-{shape}-{layout}.png"
                cv2.imwrite(str(path), cv2.cvtColor(picture.astype(np.uint8), cv2.COLOR_YUV2BGR_I420))
                out.append(path)
    return out
