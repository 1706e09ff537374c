"""The AI label is on every picture, tall enough and dark enough on its ground: measured in ink."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import gettempdir

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avatars.stage import create
from avatars.stage.compose import RoomStage
from avatars.stage.sheet import scenes
from avatars.stage.text import set_line
from avatars.stage.theme import contrast
from engine.media import Language, Layout, Plate, Pose, Scene, VideoFormat

SIZES = [(720, 1280), (1280, 720), (540, 960), (960, 540), (1080, 1920)]
CACHE = Path(gettempdir()) / "nightmarket-stage"


@lru_cache(maxsize=12)
def stage(size: tuple[int, int], theme: str, language: Language) -> RoomStage:
    return create(VideoFormat(*size), theme, language, None, CACHE)


def picture(size: tuple[int, int], theme: str, scene: Scene, language: Language) -> NDArray[np.uint8]:
    i420 = stage(size, theme, language).picture(scene, Pose())
    return np.asarray(cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420), np.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("theme", "language"), [("warm", "zh"), ("clean", "en"), ("warm", "en"), ("clean", "zh")])
def test_label_ink_is_five_per_cent_of_the_short_side(size: tuple[int, int], theme: str, language: Language) -> None:
    scene = Scene(Plate("", "", "AI生成·虚拟主播" if language == "zh" else "AI-generated host"), "slate")
    with_label = picture(size, theme, scene, language).astype(int)
    # The label's own rows: everything right of the mark, on the plate.
    plate_scale = min(size) / 720
    left = round((130 if size[1] > size[0] else 64 + 112) * plate_scale)
    top = round((166 if size[1] > size[0] else 36) * plate_scale)
    part = with_label[top : top + round(100 * plate_scale), left : left + round(240 * plate_scale)]
    ground = np.median(part.reshape(-1, 3), axis=0)
    inked = np.abs(part - ground).max(axis=2) > 60
    rows = np.flatnonzero(inked.any(axis=1))
    assert rows[-1] - rows[0] + 1 >= 0.05 * min(size)


@pytest.mark.parametrize(("theme", "language"), [("warm", "zh"), ("clean", "en")])
def test_label_has_a_contrast_of_fifteen(theme: str, language: Language) -> None:
    scene = Scene(scenes(language)["talk"].plate, "slate")
    part = picture((720, 1280), theme, scene, language)[216:262, 130:430].reshape(-1, 3)
    light = part[np.argsort(part.sum(axis=1))]
    dark_end = tuple(int(v) for v in np.median(light[: len(light) // 50], axis=0))
    light_end = tuple(int(v) for v in np.median(light[-len(light) // 50 :], axis=0))
    assert contrast(dark_end, light_end) >= 15  # type: ignore[arg-type]


@pytest.mark.parametrize("layout", ["talk", "closeup", "compare", "offer", "slate"])
@pytest.mark.parametrize("size", [(720, 1280), (1280, 720)])
def test_label_is_the_same_in_every_layout_from_the_first_picture(size: tuple[int, int], layout: Layout) -> None:
    fresh = create(VideoFormat(*size), "warm", "zh", None, CACHE)
    scene = scenes("zh")[layout]
    first = cv2.cvtColor(fresh.picture(scene, Pose()), cv2.COLOR_YUV2BGR_I420)
    box = (slice(180, 260), slice(40, 460)) if size[1] > size[0] else (slice(48, 126), slice(80, 500))
    reference = picture(size, "warm", Scene(scene.plate, "slate"), "zh")
    assert np.abs(first[box].astype(int) - reference[box].astype(int)).max() <= 3


def test_missing_label_is_replaced_by_the_stages_own() -> None:
    plates = [Plate("静山茶社", "", ""), Plate("静山茶社", "", "AI生成·虚拟主播")]
    one, other = (picture((720, 1280), "warm", Scene(plate, "slate"), "zh") for plate in plates)
    assert (one == other).all()


def test_middle_dot_does_not_tear_the_label() -> None:
    style = stage((720, 1280), "warm", "zh")._look.style("label")
    whole = set_line("AI生成·虚拟主播", style, "zh", 1.0).width
    apart = set_line("AI生成", style, "zh", 1.0).width + set_line("虚拟主播", style, "zh", 1.0).width
    assert whole - apart < 0.75 * style.size
