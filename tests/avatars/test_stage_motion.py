"""Things come and go in pictures: the call number is the clock."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import gettempdir

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from avatars.stage import create
from avatars.stage.compose import RoomStage, Shelf
from avatars.stage.motion import CARD, Slot, ease_in, ease_out
from avatars.stage.sheet import scenes
from engine.media import Pose, Scene, VideoFormat

CACHE = Path(gettempdir()) / "nightmarket-stage"
CARD_PAPER = (slice(850, 960), slice(300, 500))
PLATE = (slice(170, 264), slice(0, 450))


@pytest.fixture
def stage() -> RoomStage:
    return create(VideoFormat(), "warm", "zh", None, CACHE)


def shots(stage: RoomStage, scene: Scene, count: int) -> list[NDArray[np.int16]]:
    return [
        np.asarray(cv2.cvtColor(stage.picture(scene, Pose()), cv2.COLOR_YUV2BGR_I420), np.int16) for _ in range(count)
    ]


def test_easing_starts_and_ends_where_it_should() -> None:
    assert (ease_out(0), ease_out(1), ease_in(0), ease_in(1)) == (0, 1, 0, 1)
    assert ease_out(0.3) > 0.6
    assert ease_in(0.3) < 0.3


def test_slot_shows_the_leaving_thing_below_the_entering_one() -> None:
    slot: Slot[str] = Slot(CARD)
    slot.show("a", "A", 0)
    slot.show("b", "B", 1000)
    assert [thing for thing, _, _ in slot.visible(1040)] == ["A", "B"]
    assert [thing for thing, _, _ in slot.visible(1400)] == ["B"]


def test_card_is_complete_after_280_ms(stage: RoomStage) -> None:
    pictures = shots(stage, scenes("zh")["talk"], 12)
    paper = [float(picture[CARD_PAPER].mean()) for picture in pictures]
    assert paper[0] < paper[2] < paper[6]
    assert paper[7] == paper[8] == paper[11]


def test_layout_change_cross_fades_in_320_ms_and_the_plate_never_fades(stage: RoomStage) -> None:
    talk, near = scenes("zh")["talk"], scenes("zh")["closeup"]
    before = shots(stage, talk, 12)[-1]
    during = shots(stage, near, 12)
    window = (slice(300, 500), slice(520, 560))
    steps = [float(np.abs(a[window] - b[window]).mean()) for a, b in pairwise(during)]
    assert steps[0] > 0
    assert steps[3] > 0
    assert steps[-1] < 0.2
    assert all(np.abs(picture[PLATE] - before[PLATE]).max() <= 3 for picture in during)


def test_price_change_strikes_the_old_price_before_the_new_one_comes(stage: RoomStage) -> None:
    talk = scenes("zh")["talk"]
    assert talk.card is not None
    shots(stage, talk, 12)
    cheaper = replace(talk, card=replace(talk.card, price="¥228", compare_at="¥268", version=1))
    pictures = shots(stage, cheaper, 14)
    settled = pictures[-1]
    price = (slice(905, 965), slice(244, 380))
    sale = [int((p[price][:, :, 2] - p[price][:, :, 1] > 80).sum()) for p in pictures]
    assert sale[0] > 500, "the old price is still there"
    assert sale[5] < 100, "it has moved aside before the new one comes"
    assert sale[13] > 500
    assert (pictures[12][price] == settled[price]).all()


def test_captions_light_up_without_moving(stage: RoomStage) -> None:
    talk = scenes("zh")["talk"]
    assert talk.caption is not None
    shots(stage, talk, 12)
    rows = (slice(680, 735), slice(90, 420))
    quiet, lit = (
        shots(stage, replace(talk, caption=replace(talk.caption, lit_start=a, lit_end=b)), 6)[-1][rows]
        for a, b in ((0, 0), (0, 3))
    )
    assert (np.abs(quiet - lit).max(axis=2) > 40).any()
    shape = [(part.max(axis=2) > 150) for part in (quiet, lit)]
    assert np.mean(shape[0] ^ shape[1]) < 0.03


def test_caption_words_are_amber_while_spoken(stage: RoomStage) -> None:
    picture = shots(stage, scenes("zh")["talk"], 12)[-1]
    blue, green, red = (picture[680:745, 420:605, c] for c in range(3))
    assert ((red > 230) & (green > 170) & (blue < 140)).sum() > 1500


def test_panic_cuts_to_the_slate_without_card_or_captions(stage: RoomStage) -> None:
    shots(stage, scenes("zh")["talk"], 12)
    picture = shots(stage, Scene(scenes("zh")["talk"].plate, "slate", title="马上回来"), 12)[-1]
    assert picture[CARD_PAPER].mean() < 80


def test_shelf_keeps_the_latest() -> None:
    shelf = Shelf(most=2)
    for key in "abc":
        shelf.get(key, lambda key=key: key)
    assert len(shelf) == 2
    assert shelf.get("c", lambda: "new") == "c"
    assert shelf.get("a", lambda: "new") == "new"
