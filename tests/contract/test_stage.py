"""What every stage owes the playout (``engine.ports.Stage``), for every theme, language and shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import cv2
import numpy as np
import pytest

from avatars.stage import create
from avatars.stage.canvas import Colour
from avatars.stage.layout import grid
from avatars.stage.sheet import scenes, sheet
from avatars.stage.theme import contrast, load
from engine.media import BGR, Caption, Card, Language, Layout, Placement, Plate, Pose, Question, Scene, VideoFormat
from engine.ports import Figure, Stage

CACHE = Path(gettempdir()) / "nightmarket-stage"
LAYOUTS: list[Layout] = ["talk", "closeup", "compare", "offer", "slate"]


class BlueFigure:
    """A host that is a blue rectangle."""

    def __init__(self, background: BGR, place: Placement) -> None:
        height = round(place.bottom_px - place.top_px)
        self._box = (round(place.center_px - height * 0.2), round(place.top_px), round(height * 0.4), height)

    def draw(self, canvas: BGR, pose: Pose) -> None:
        x, y, width, height = self._box
        canvas[y : y + height, x : x + width] = (200, 20, 20)

    @property
    def box_px(self) -> tuple[int, int, int, int]:
        return self._box


class BlueFace:
    def __init__(self) -> None:
        self.lights: list[Mapping[str, Any]] = []

    def stand(self, background: BGR, place: Placement, light: Mapping[str, Any]) -> Figure:
        self.lights.append(light)
        return BlueFigure(background, place)


@pytest.mark.parametrize("size", [(720, 1280), (1280, 720), (360, 640)])
@pytest.mark.parametrize(("theme", "language"), [("warm", "zh"), ("clean", "en")])
def test_every_layout_becomes_an_i420_picture(size: tuple[int, int], theme: str, language: Language) -> None:
    stage: Stage = create(VideoFormat(*size), theme, language, None, CACHE)
    for layout in LAYOUTS:
        scene = scenes(language)[layout]
        stage.prepare(scene)
        picture = stage.picture(scene, Pose())
        assert picture.shape == (size[1] * 3 // 2, size[0])
        assert picture.dtype == np.uint8
        assert picture.std() > 5


@pytest.mark.parametrize("size", [(540, 720), (720, 720), (720, 1600), (1280, 640)])
def test_unusual_shapes_are_filled_to_the_edge(size: tuple[int, int]) -> None:
    stage = create(VideoFormat(*size), "clean", "en", None, CACHE)
    picture = cv2.cvtColor(stage.picture(scenes("en")["talk"], Pose()), cv2.COLOR_YUV2BGR_I420)
    assert all(edge.mean() > 40 for edge in (picture[0], picture[-1], picture[:, 0], picture[:, -1]))


def test_unprepared_scene_is_drawn_all_the_same() -> None:
    stage = create(VideoFormat(360, 640), "warm", "zh", None, CACHE)
    assert stage.picture(scenes("zh")["offer"], Pose()).shape == (960, 360)


@pytest.mark.parametrize("layout", ["closeup", "compare", "offer"])
def test_layout_without_its_goods_falls_back_to_talk(layout: Layout) -> None:
    stage = create(VideoFormat(360, 640), "warm", "zh", None, CACHE)
    plate = scenes("zh")["talk"].plate
    one = stage.picture(Scene(plate, layout), Pose()).copy()
    other = stage.picture(Scene(plate, "talk"), Pose())
    assert (one == other).all()


def test_empty_scene_still_shows_room_and_plate() -> None:
    stage = create(VideoFormat(360, 640), "warm", "zh", None, CACHE)
    card = Card("", 0, "", "", "", None, None, None, None)
    scene = Scene(Plate("", "", ""), "talk", card, Caption("", "zh"), Question("", ""))
    stage.prepare(scene)
    assert stage.picture(scene, Pose()).std() > 5


def test_host_stands_behind_table_and_card_and_not_on_the_slate() -> None:
    face = BlueFace()
    stage = create(VideoFormat(), "clean", "en", face, CACHE)
    talk = scenes("en")["talk"]
    for _ in range(12):
        picture = cv2.cvtColor(stage.picture(talk, Pose()), cv2.COLOR_YUV2BGR_I420)
    assert picture[400, 357, 0] > 150, "the host"
    assert picture[400, 357, 2] < 80
    assert picture[900, 300, 2] > 200, "the card"
    assert picture[1100, 357, 2] > 120, "the table"
    assert face.lights[0]["dark"] is False
    slate = Scene(talk.plate, "slate", title="Back in a moment")
    for _ in range(12):
        picture = cv2.cvtColor(stage.picture(slate, Pose()), cv2.COLOR_YUV2BGR_I420)
    assert picture[330, 357, 0] < 150


def test_host_stands_up_once_for_a_layout() -> None:
    face = BlueFace()
    stage = create(VideoFormat(360, 640), "clean", "en", face, CACHE)
    for _ in range(20):
        stage.picture(scenes("en")["talk"], Pose())
    assert len(face.lights) == 1


def test_captions_never_reach_the_face() -> None:
    for size, face_box in (((720, 1280), (190, 268, 330, 262)), ((1280, 720), (500, 80, 220, 210))):
        stage = create(VideoFormat(*size), "clean", "en", None, CACHE)
        bare = scenes("en")["talk"]
        quiet = Scene(bare.plate, "talk")
        said = Scene(bare.plate, "talk", caption=bare.caption)
        for _ in range(10):
            one = stage.picture(quiet, Pose()).copy()
        for _ in range(10):
            other = stage.picture(said, Pose()).copy()
        x, y, width, height = face_box
        box = (slice(y, y + height), slice(x, x + width))
        assert (one[: size[1]][box] == other[: size[1]][box]).all()


def test_picture_of_a_scene_is_the_same_on_every_stage() -> None:
    pictures = []
    for _ in range(2):
        stage = create(VideoFormat(360, 640), "warm", "zh", None, CACHE)
        for _ in range(15):
            picture = stage.picture(scenes("zh")["talk"], Pose())
        pictures.append(picture.copy())
    assert (pictures[0] == pictures[1]).all()


def test_sheet_shows_everything(tmp_path: Path) -> None:
    assert len(sheet(tmp_path, cache=CACHE)) == 20


class WhiteFace:
    """A host all in white: the worst that can stand behind captions."""

    def stand(self, background: BGR, place: Placement, light: Mapping[str, Any]) -> Figure:
        return WhiteFigure(background, place)


class WhiteFigure(BlueFigure):
    def draw(self, canvas: BGR, pose: Pose) -> None:
        x, y, width, height = self.box_px
        canvas[y : y + height, x : x + width] = 250


@pytest.mark.parametrize("layout", ["talk", "closeup", "offer", "compare"])
def test_captions_on_the_scrim_can_be_read_before_a_white_host(layout: Layout) -> None:
    theme = load("warm")
    stage = create(VideoFormat(), "warm", "zh", WhiteFace(), CACHE)
    scene = scenes("zh")[layout]
    bare = Scene(scene.plate, layout, scene.card, None, None, None, scene.board, "x")
    for _ in range(15):
        picture = cv2.cvtColor(stage.picture(bare, Pose()), cv2.COLOR_YUV2BGR_I420)
    zone = grid(VideoFormat()).zones(layout).captions
    y, x = int(zone.y), int(zone.x)
    ground = picture[y : y + int(zone.height) - 8, x : x + int(zone.width)].reshape(-1, 3)
    brightest = ground[np.argsort(ground.sum(axis=1))][int(len(ground) * 0.995)]
    seen: Colour = (int(brightest[0]), int(brightest[1]), int(brightest[2]))
    assert contrast(theme["to_come"], seen) >= 4.5
    assert contrast(theme["lit"], seen) >= 4.5


def test_stock_may_change_in_every_picture() -> None:
    stage = create(VideoFormat(360, 640), "clean", "en", None, CACHE)
    talk = scenes("en")["talk"]
    assert talk.card is not None
    pictures = [
        stage.picture(replace(talk, card=replace(talk.card, stock=60 - i, version=i)), Pose()).copy() for i in range(20)
    ]
    assert (pictures[18] != pictures[19]).any()


def test_slip_makes_room_for_a_question_of_two_lines() -> None:
    stage = create(VideoFormat(), "warm", "zh", None, CACHE)
    talk = scenes("zh")["talk"]
    long = replace(talk, question=Question("小鹿", "这把壶平时要怎么养护，洗的时候能不能用洗洁精？"))
    for _ in range(15):
        with_slip = stage.picture(talk, Pose()).copy()
    for _ in range(15):
        without = stage.picture(long, Pose()).copy()
    paper = (slice(300, 500), slice(600, 680))
    assert with_slip[paper].mean() > 150
    assert without[paper].mean() < 120
