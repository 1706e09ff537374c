"""What every face keeps, whoever drew it: see ``engine.ports.Face``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from avatars.faces import illustrated
from engine.media import BGR, Mouth, Placement, Pose
from engine.ports import Face, Figure, art_folder

HOSTS = ("mei", "owen")
SIZE = (360, 640)
TALK = Placement(center_px=180, top_px=140, bottom_px=517)
LIGHT = {"dark": True, "tint": (0.90, 0.955, 1.0)}

POSES = {
    "neutral": Pose(),
    "talking": Pose(mouth=Mouth(open=0.8, spread=0.4), brow=0.6, smile=0.9, breath=1.0, lean_deg=0.8),
    "looking away": Pose(yaw_deg=13, pitch_deg=8, roll_deg=6, gaze_x=1.0, gaze_y=-1.0, eyes_open=0.5, nod=30),
    "presenting": Pose(gesture="present", gesture_amount=0.6, breath=-1.0, yaw_deg=-13, roll_deg=-6, nod=-20),
    "welcoming": Pose(gesture="welcome", gesture_amount=1.0, mouth=Mouth(round=1.0, open=0.3)),
    "out of range": Pose(mouth=Mouth(open=3, round=9), eyes_open=7, gaze_x=-5, breath=4, gesture_amount=2, yaw_deg=40),
}


@pytest.fixture(scope="module", params=HOSTS)
def face(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Face]:
    folder = tmp_path_factory.getbasetemp() / "faces"  # shared with other tests: drawn once a run
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIGHTMARKET_CACHE", str(folder))
        yield illustrated.create(art_folder(request.param))


@pytest.fixture(scope="module")
def figure(face: Face) -> Figure:
    return face.stand(backdrop(), TALK, LIGHT)


def backdrop() -> BGR:
    """A picture in which every row and column differs a little from the next."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    return np.dstack([rows % 200, columns % 180, (rows + columns) % 150]).astype(np.uint8)


def drawn(figure: Figure, pose: Pose) -> BGR:
    canvas = backdrop()
    figure.draw(canvas, pose)
    return canvas


def test_the_box_lies_on_the_picture_and_ends_at_the_table(figure: Figure) -> None:
    x, y, w, h = figure.box_px
    assert x >= 0
    assert y >= 0
    assert x + w <= SIZE[0]
    assert y + h <= 517


@pytest.mark.parametrize("name", POSES)
def test_nothing_is_drawn_outside_the_box(figure: Figure, name: str) -> None:
    x, y, w, h = figure.box_px
    outside = np.ones((SIZE[1], SIZE[0]), bool)
    outside[y : y + h, x : x + w] = False
    assert np.array_equal(drawn(figure, POSES[name])[outside], backdrop()[outside])


@pytest.mark.parametrize("name", POSES)
def test_a_host_is_drawn(figure: Figure, name: str) -> None:
    changed = np.any(drawn(figure, POSES[name]) != backdrop(), axis=2)
    assert changed[140:517, 90:270].mean() > 0.6


@pytest.mark.parametrize("before", POSES)
@pytest.mark.parametrize("after", ["neutral", "presenting"])
def test_drawing_over_an_older_picture_equals_drawing_anew(figure: Figure, before: str, after: str) -> None:
    canvas = drawn(figure, POSES[before])
    figure.draw(canvas, POSES[after])
    assert np.array_equal(canvas, drawn(figure, POSES[after]))


def test_an_unknown_gesture_is_drawn_as_rest(figure: Figure) -> None:
    odd = drawn(figure, Pose(gesture="juggle", gesture_amount=1.0))
    assert np.array_equal(odd, drawn(figure, Pose(gesture="rest")))


def test_the_background_given_to_stand_is_left_alone(face: Face) -> None:
    background = backdrop()
    face.stand(background, TALK, LIGHT).draw(backdrop(), Pose())
    assert np.array_equal(background, backdrop())


@pytest.mark.parametrize("center_px", [-40, 20, 340, 400])
def test_a_host_may_stand_partly_off_the_picture(face: Face, center_px: int) -> None:
    figure = face.stand(backdrop(), Placement(center_px, 140, 517), LIGHT)
    x, _, w, _ = figure.box_px
    assert 0 <= x <= x + w <= SIZE[0]
    for pose in POSES.values():
        figure.draw(backdrop(), pose)


def test_a_table_below_the_picture_is_cut_at_its_edge(face: Face) -> None:
    figure = face.stand(backdrop(), Placement(180, 300, 677), LIGHT)
    assert figure.box_px[1] + figure.box_px[3] == 640
    figure.draw(backdrop(), POSES["talking"])


def test_two_figures_of_one_face_do_not_disturb_each_other(face: Face) -> None:
    first = face.stand(backdrop(), TALK, LIGHT)
    second = face.stand(backdrop(), Placement(120, 200, 517), {"dark": False})
    alone = drawn(first, POSES["talking"])
    drawn(second, POSES["looking away"])
    assert np.array_equal(drawn(first, POSES["talking"]), alone)
