"""A viewer with instruments: what a finished file shows and says, measured from the file alone.

    film = studio.watch(path)          every picture decoded, once
    heard = studio.listen(path)        the sound, mono at 48 kHz
    studio.errors(said, heard, "zh")   share of characters (en: words) that differ, both sides read aloud
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from avatars.voices.parts.reading import spoken
from engine.media import RATE_HZ, Language, Samples
from tests.real.conftest import need

ROOT = Path(__file__).resolve().parents[2]
FPS = 25
PER_PICTURE = RATE_HZ // FPS
PLATE = (slice(180, 260), slice(40, 300))
"""Rows and columns of a 720 × 1280 picture that lie on the name plate: shop, show and AI label."""
LABEL = (slice(166, 266), slice(130, 370))
"""The words on the plate: the title above, the AI label below."""

Event = dict[str, Any]


def nightmarket(
    *words: str | Path, cwd: Path = ROOT, timeout_s: float = 900, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does; everything it printed is in the result."""
    python_path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-m", "engine", *map(str, words)], cwd=cwd, timeout=timeout_s, capture_output=True,
        encoding="utf-8", env={**os.environ, "PYTHONPATH": python_path, **environment}, check=False,
    )  # fmt: skip


def read_trace(path: Path) -> list[Event]:
    return [json.loads(row) for row in path.read_text("utf-8").splitlines()]


# --- the file --------------------------------------------------------------------------------------


def probe(path: Path) -> dict[str, Any]:
    """Streams and container as ffprobe sees them."""
    words = ["-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    told = subprocess.run([need("ffprobe"), *words], capture_output=True, check=True, timeout=120)
    return json.loads(told.stdout)  # type: ignore[no-any-return]


def loudness_lufs(path: Path) -> float:
    """Integrated loudness by FFmpeg's EBU R 128 meter."""
    words = ["-nostats", "-i", str(path), "-map", "0:a", "-af", "ebur128=framelog=verbose", "-f", "null", "-"]
    told = subprocess.run([need("ffmpeg"), *words], capture_output=True, check=True, timeout=300)
    return float(re.findall(rb"I:\s+(-?[\d.]+) LUFS", told.stderr)[-1])


@dataclass(frozen=True)
class Film:
    """Per picture: mean luma, and how far the plate is from the first picture's (mean and 99th percentile)."""

    luma: NDArray[np.float32]
    plate_off: NDArray[np.float32]
    plate_worst: NDArray[np.float32]
    first: NDArray[np.uint8]
    """The first picture's luma."""
    last: NDArray[np.uint8]


def watch(path: Path, last_s: float | None = None) -> Film:
    """Decode every picture, or those from the key frame before the last ``last_s`` seconds on."""
    luma, off, worst = [], [], []
    first = last = None
    with av.open(str(path)) as file:
        file.streams.video[0].thread_type = "AUTO"
        if last_s is not None and file.duration:
            file.seek(max(0, file.duration - round(last_s * av.time_base)))
        for frame in file.decode(video=0):
            plane = frame.planes[0]
            last = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
            if first is None:
                first = last.copy()
            luma.append(float(last.mean()))
            apart = np.abs(last[PLATE].astype(np.int16) - first[PLATE])
            off.append(float(apart.mean()))
            worst.append(float(np.percentile(apart, 99)))
        assert first is not None, f"{path} holds no picture"
        assert last is not None
        figures = (np.array(row, np.float32) for row in (luma, off, worst))
        return Film(*figures, first, last.copy())


def label_ink_px(luma: NDArray[np.uint8]) -> int:
    """Height of the AI label's letters: the lowest band of inked rows right of the shop's mark."""
    part = luma[LABEL].astype(np.int16)
    inked = (np.abs(part - np.median(part)) > 60).any(axis=1)
    rows = np.flatnonzero(inked)
    if not len(rows):
        return 0
    bands = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    return max(len(band) for band in bands)


@dataclass(frozen=True)
class Sound:
    """Mono at 48 kHz; ``broken`` are the times (s) of packets that no decoder takes, silent in ``samples``."""

    samples: Samples
    broken: tuple[float, ...]


def listen(path: Path) -> Sound:
    """Decode every packet of sound, each at its place."""
    parts, broken = [], []
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    with av.open(str(path)) as file:
        for packet in file.demux(audio=0):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                broken.append(float(packet.pts * packet.time_base))
                parts.append(np.zeros(1024, np.float32))
                continue
            parts += [out.to_ndarray()[0] for frame in frames for out in resampler.resample(frame)]
    return Sound(np.concatenate(parts).astype(np.float32), tuple(broken))


def level_db(samples: Samples, window: int = PER_PICTURE) -> NDArray[np.float32]:
    """RMS level per picture (or ``window``)."""
    whole = samples[: len(samples) // window * window].reshape(-1, window)
    return (20 * np.log10(np.sqrt((whole.astype(np.float64) ** 2).mean(axis=1)) + 1e-9)).astype(np.float32)


def longest(true: NDArray[np.bool_]) -> int:
    """The longest run of True."""
    run = best = 0
    for one in true:
        run = run + 1 if one else 0
        best = max(best, run)
    return best


def syllables(samples: Samples) -> NDArray[np.float32]:
    """Energy of voiced speech (200–3000 Hz) per picture, compressed as the ear does."""
    whole = samples[: len(samples) // PER_PICTURE * PER_PICTURE].reshape(-1, PER_PICTURE)
    power = np.abs(np.fft.rfft(whole * np.hanning(PER_PICTURE), axis=1)) ** 2
    hertz = np.fft.rfftfreq(PER_PICTURE, 1 / RATE_HZ)
    return ((power[:, (hertz >= 200) & (hertz <= 3000)].sum(axis=1)) ** 0.25).astype(np.float32)


def correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(np.corrcoef(a, b)[0, 1])


# --- what is said ----------------------------------------------------------------------------------

_SAME = {  # one word, spelt in two ways
    "litre": "liter", "litres": "liters", "millilitre": "milliliter", "millilitres": "milliliters",
    "centimetre": "centimeter", "centimetres": "centimeters", "metre": "meter", "metres": "meters",
    "colour": "color", "colours": "colors", "catalogue": "catalog", "grey": "gray", "ok": "okay",
}  # fmt: skip


_TRADITIONAL = (
    "這個們來說話請問還會過時後對開關點錢價劃現賣買貨發運費郵裝雙層紙適內產質種類單號碼鏈連結茶葉壺蓋碗萬兩條張隻"
    "寫讓講與參數權據規格實際業歡迎進坐聽見觀眾貓魚鳥馬車門間庫剩餘優惠鐘頭體驗給從無為樣麼嗎吧誰幾歲長寬飯館國際"
    "學習覺得應該須歷記錄認識語詞義務員問題題顏色紅綠藍黃銀銅鐵鍋爐燈電視機動態熱溫濕幹燥濾網膠瓷陶厘釐蘭蓮貴賤稱"
    "輕鬆軟變換退還補償貼標簽證書畫圖龍鳳雲霧風霜後面邊線裡裏側達夠滿罐頭帶孔潔淨潤滑澤傳統製造廠師傅壞舊歲婦當儘"
    "擔擺撥攜採擇擁處備復複雜離難靜響頁項預領頓顆類顯飲養髮鮮麗齊愛憶葉嚴勞勢勝區醫協單衛卻雖盤盡監"
)
_SIMPLIFIED = (
    "这个们来说话请问还会过时后对开关点钱价划现卖买货发运费邮装双层纸适内产质种类单号码链连结茶叶壶盖碗万两条张只"
    "写让讲与参数权据规格实际业欢迎进坐听见观众猫鱼鸟马车门间库剩余优惠钟头体验给从无为样么吗吧谁几岁长宽饭馆国际"
    "学习觉得应该须历记录认识语词义务员问题题颜色红绿蓝黄银铜铁锅炉灯电视机动态热温湿干燥滤网胶瓷陶厘厘兰莲贵贱称"
    "轻松软变换退还补偿贴标签证书画图龙凤云雾风霜后面边线里里侧达够满罐头带孔洁净润滑泽传统制造厂师傅坏旧岁妇当尽"
    "担摆拨携采择拥处备复复杂离难静响页项预领顿颗类显饮养发鲜丽齐爱忆叶严劳势胜区医协单卫却虽盘尽监"
)
_TO_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


def units(text: str, language: Language) -> list[str]:
    """The characters (zh) or words (en) of a text as they are spoken: no marks, no case, numbers as words."""
    aloud = spoken(text.translate(_TO_SIMPLIFIED), language).lower().replace("’", "'")
    if language == "zh":
        return re.findall(r"[\u3400-\u9fff]|[a-z]+", aloud)
    return [_SAME.get(word, word) for word in re.findall(r"[a-zà-ɏ']+", aloud.replace("-", " "))]


def differences(said: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of insertions, deletions and replacements."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def errors(said: str, heard: str, language: Language) -> float:
    """Character (zh) or word (en) error rate."""
    want, got = units(said, language), units(heard, language)
    return differences(want, got) / len(want)


def spans(lines: Sequence[Event], most_s: float = 12.0) -> list[list[Event]]:
    """Neighbouring lines as an ear can take them at once."""
    taken: list[list[Event]] = []
    for line in lines:
        if taken and line["end"] - taken[-1][0]["t"] <= most_s:
            taken[-1].append(line)
        else:
            taken.append([line])
    return taken


def transcript(sound: Samples, lines: Sequence[Event], language: Language, knows: str) -> list[tuple[str, str]]:
    """(said, heard) for each span of lines; what is heard comes from the sound alone."""
    from tests import ear

    pairs = []
    for span in spans(lines):
        first, last = round((span[0]["t"] - 0.1) * RATE_HZ), round((span[-1]["end"] + 0.3) * RATE_HZ)
        said = ("" if language == "zh" else " ").join(line["text"] for line in span)
        pairs.append((said, ear.transcribe(sound[max(0, first) : last], language=language, knows=knows)))
    return pairs
