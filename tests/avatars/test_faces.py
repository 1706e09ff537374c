"""Illustrated hosts: what is asked of the face is what is seen in the picture."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from avatars.faces import illustrated
from avatars.faces.illustrated import baking, warp
from engine.errors import PictureError
from engine.media import BGR, Mouth, Placement, Pose
from engine.ports import Figure, art_folder

HOSTS = ("mei", "owen")
PLACE = Placement(center_px=180, top_px=140, bottom_px=517)
GREY = np.full((640, 360, 3), 150, np.uint8)

# Half-size pictures, head straight: rows and columns of the parts looked at.
MOUTH = np.s_[236:288, 178:183]
EYES = np.s_[205:233, 150:210]
LEFT_OF_BODY = np.s_[300:420, 10:95]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.getbasetemp() / "faces"  # shared with the contract test: drawn once a run
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIGHTMARKET_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module", params=HOSTS)
def figure(request: pytest.FixtureRequest, cache: Path) -> Figure:
    return illustrated.create(art_folder(request.param)).stand(GREY, PLACE, {})


def drawn(figure: Figure, pose: Pose) -> BGR:
    canvas = GREY.copy()
    figure.draw(canvas, pose)
    return canvas


def dark_rows(picture: BGR) -> float:
    """The height of what is dark, in rows; a half-dark row counts half."""
    luma = picture.astype(float) @ (0.11, 0.59, 0.30)
    return float(np.clip((105 - luma.mean(axis=1)) / 55, 0, 1).sum())


def difference(a: BGR, b: BGR) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


# --- mouth ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shape", [Mouth(), Mouth(spread=1.0), Mouth(round=1.0), Mouth(round=0.5)], ids=["A", "E", "U", "O"]
)
def test_the_mouth_opens_as_far_as_it_is_told(figure: Figure, shape: Mouth) -> None:
    told = np.linspace(0, 1, 21)
    seen = [
        dark_rows(drawn(figure, Pose(mouth=Mouth(open=o, spread=shape.spread, round=shape.round)))[MOUTH])
        for o in told.tolist()
    ]
    assert np.corrcoef(told, seen)[0, 1] >= 0.95
    assert seen[-1] - seen[0] >= 5.0


def test_a_wider_jaw_never_closes_the_mouth_by_more_than_a_row(figure: Figure) -> None:
    seen = [dark_rows(drawn(figure, Pose(mouth=Mouth(open=o / 50)))[MOUTH]) for o in range(51)]
    assert all(after > before - 1.0 for before, after in itertools.pairwise(seen))


def test_pressed_lips_are_closed_whatever_the_jaw_does(figure: Figure) -> None:
    for jaw in (0.0, 0.5, 1.0):
        assert dark_rows(drawn(figure, Pose(mouth=Mouth(open=jaw, press=1.0)))[MOUTH]) <= 1.5


def test_the_chin_drops_with_the_jaw(figure: Figure) -> None:
    straight = Pose(mouth=Mouth(open=0.0))
    dropped = Pose(mouth=Mouth(open=1.0))
    below_the_mouth = np.s_[262:275, 160:200]
    assert difference(drawn(figure, straight)[below_the_mouth], drawn(figure, dropped)[below_the_mouth]) >= 4.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Mouth(open=0.3, spread=1.0), Mouth(open=0.3, round=1.0)),
        (Mouth(), Mouth(press=1.0)),
        (Mouth(open=0.1), Mouth(open=0.1, tuck=1.0)),
        (Mouth(open=0.3), Mouth(open=0.3, tongue=1.0)),
    ],
    ids=["E-U", "rest-M", "open-F", "open-L"],
)
def test_different_sounds_look_different(figure: Figure, one: Mouth, other: Mouth) -> None:
    around = np.s_[235:280, 160:200]
    assert difference(drawn(figure, Pose(mouth=one))[around], drawn(figure, Pose(mouth=other))[around]) >= 1.5


# --- the rest of the face ------------------------------------------------------------------------


def test_a_blink_hides_the_eyes(figure: Figure) -> None:
    def dark_pixels(openness: float) -> int:
        return int((drawn(figure, Pose(eyes_open=openness))[EYES].max(axis=2) < 60).sum())

    assert dark_pixels(0.0) < 0.55 * dark_pixels(1.0)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (Pose(gaze_x=1.0), EYES),
        (Pose(gaze_y=1.0), EYES),
        (Pose(brow=1.0), np.s_[185:215, 150:210]),
        (Pose(smile=1.0), np.s_[235:275, 160:200]),
        (Pose(yaw_deg=8), np.s_[180:275, 140:220]),
        (Pose(pitch_deg=6), np.s_[180:275, 140:220]),
        (Pose(roll_deg=4), np.s_[180:275, 140:220]),
        (Pose(nod=20), np.s_[180:275, 140:220]),
        (Pose(lean_deg=1.0), np.s_[300:500, 90:270]),
        (Pose(breath=1.0), np.s_[300:330, 90:270]),
    ],
    ids=["gaze_x", "gaze_y", "brow", "smile", "yaw", "pitch", "roll", "nod", "lean", "breath"],
)
def test_every_number_of_a_pose_is_seen(figure: Figure, change: Pose, part: tuple[slice, slice]) -> None:
    assert difference(drawn(figure, Pose())[part], drawn(figure, change)[part]) >= 0.8


def test_small_changes_of_a_pose_change_the_picture_little(figure: Figure) -> None:
    """A slow turn, nod and breath: no picture differs from the last by more than a glance would notice."""
    pictures = [
        drawn(figure, Pose(yaw_deg=t / 5, roll_deg=t / 10, breath=t / 20, lean_deg=t / 60, nod=t / 4,
                           mouth=Mouth(open=t / 40)))
        for t in range(40)
    ]  # fmt: skip
    steps = [difference(a, b) for a, b in itertools.pairwise(pictures)]
    assert max(steps) <= 3 * float(np.median(steps))


# --- gestures ------------------------------------------------------------------------------------


def test_presenting_shows_a_hand_beside_the_body(figure: Figure) -> None:
    rest = drawn(figure, Pose())
    shown = drawn(figure, Pose(gesture="present", gesture_amount=1.0))
    assert difference(rest[LEFT_OF_BODY], shown[LEFT_OF_BODY]) >= 4.0


@pytest.mark.parametrize("gesture", ["present", "welcome", "thumb"])
def test_a_gesture_is_raised_in_small_steps(figure: Figure, gesture: str) -> None:
    pictures = [drawn(figure, Pose(gesture=gesture, gesture_amount=n / 10)) for n in range(11)]
    whole = difference(pictures[0], pictures[-1])
    assert all(0 < difference(a, b) <= 0.75 * whole for a, b in itertools.pairwise(pictures))


# --- warp ----------------------------------------------------------------------------------------


def points() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    x, y = np.meshgrid(np.arange(-120, 121, 4), np.arange(-140, 141, 4))
    return x.astype(np.float32), y.astype(np.float32)


@pytest.mark.parametrize(
    "bend",
    [warp.Bend(yaw=0.24), warp.Bend(yaw=-0.24, pitch=0.14), warp.Bend(jaw=1.0), warp.Bend(brow=1.0),
     warp.Bend(brow=-1.0), warp.Bend(smile=0.45), warp.Bend(smile=-0.6, jaw=1.0, brow=1.0, yaw=0.2)],
)  # fmt: skip
def test_a_bend_never_folds_the_face(bend: warp.Bend) -> None:
    x, y = points()
    dx, dy = warp.displacement(x, y, bend, mouth_y=80, brow_y=-18)
    assert np.diff(x - dx, axis=1).min() > 0
    assert np.diff(y - dy, axis=0).min() > 0


def test_no_bend_moves_nothing() -> None:
    dx, dy = warp.displacement(*points(), warp.Bend(), mouth_y=80, brow_y=-18)
    assert not dx.any()
    assert not dy.any()


# --- light ---------------------------------------------------------------------------------------


def test_a_warm_room_makes_the_host_warmer(cache: Path) -> None:
    face = illustrated.create(art_folder("mei"))
    plain = drawn(face.stand(GREY, PLACE, {}), Pose())
    warm = drawn(face.stand(GREY, PLACE, {"tint": (0.8, 0.9, 1.0)}), Pose())
    cheek = np.s_[225:235, 155:165]
    assert warm[cheek][..., 0].mean() == pytest.approx(0.8 * plain[cheek][..., 0].mean(), rel=0.03)
    assert warm[cheek][..., 2].mean() == pytest.approx(plain[cheek][..., 2].mean(), rel=0.03)


def test_a_bright_background_glows_over_the_edges_only(cache: Path) -> None:
    face = illustrated.create(art_folder("mei"))
    dark = drawn(face.stand(np.full_like(GREY, 10), PLACE, {"dark": True}), Pose())
    bright = drawn(face.stand(np.full_like(GREY, 240), PLACE, {"dark": True}), Pose())
    crown, cheek = np.s_[145:147, 170:190], np.s_[225:235, 155:165]
    assert bright[crown].mean() > dark[crown].mean() + 8
    assert difference(dark[cheek], bright[cheek]) <= 2.0


# --- sprites and hosts ---------------------------------------------------------------------------


def test_sprites_are_kept_and_used_again(figure: Figure, cache: Path) -> None:
    kept = {file: file.stat().st_mtime_ns for file in cache.iterdir()}
    for host in HOSTS:
        if any(file.name.startswith(host) for file in kept):
            baking.bake(art_folder(host), 0.5)
    assert {file: file.stat().st_mtime_ns for file in cache.iterdir()} == kept


def test_a_damaged_cache_is_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path, figure: Figure
) -> None:
    whole = next(cache.iterdir())
    host = whole.name.split("-")[0]
    damaged = tmp_path / whole.name
    damaged.write_bytes(whole.read_bytes()[:-5000])
    monkeypatch.setenv("NIGHTMARKET_CACHE", str(tmp_path))
    sprites = baking.bake(art_folder(host), 0.5)
    assert "body-present-10" in sprites.parts
    assert [file.name for file in tmp_path.iterdir()] == [whole.name]
    assert damaged.stat().st_size > whole.stat().st_size - 5000


@pytest.mark.parametrize(("wanted", "size"), [(0.2, 0.5), (0.5, 0.5), (0.7, 1.0), (1.0, 1.0), (1.4, 2.0), (3.0, 2.0)])
def test_a_figure_is_made_from_the_next_larger_size(wanted: float, size: float) -> None:
    assert baking.size_for(wanted) == size


def test_a_host_without_a_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="has no picture"):
        illustrated.create(tmp_path)


def test_a_picture_without_art_is_refused(tmp_path: Path) -> None:
    (tmp_path / "art.py").write_text("ART = 'a drawing'\n", encoding="utf-8")
    with pytest.raises(PictureError, match="must define ART"):
        illustrated.create(tmp_path)


def test_a_table_above_the_hair_is_refused() -> None:
    with pytest.raises(PictureError, match="below the top of the hair"):
        illustrated.create(art_folder("mei")).stand(GREY, Placement(180, 400, 300), {})


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_says_who_they_are(host: str) -> None:
    text = yaml.safe_load((art_folder(host) / "host.yaml").read_text(encoding="utf-8"))
    assert set(text) == {"name", "pronoun", "languages", "face", "voice", "manner"}
    assert set(text["name"]) == {"zh", "en"}
    assert text["face"] == "illustrated"
    assert text["voice"]["engine"] == "kokoro"
    assert set(text["languages"]) <= {"zh", "en"}
