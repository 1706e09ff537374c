"""Any product picture can be shown: cut out, as a tile, or as a parcel."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from avatars.stage.closeup import facts
from avatars.stage.goods import good
from avatars.stage.offer import split_clock
from avatars.stage.price import parts, saving

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{}</svg>'


def test_svg_is_cut_out_and_trimmed(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text(SVG.format('<rect x="40" y="20" width="20" height="60" fill="#c00"/>'))
    picture = good(tmp_path / "a.svg", tmp_path)
    height, width = picture.image.shape[:2]
    assert picture.cut_out
    assert height / width == pytest.approx(3, rel=0.02)


def test_second_drawing_of_an_svg_comes_from_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text(SVG.format('<circle cx="50" cy="50" r="30"/>'))
    good(tmp_path / "a.svg", tmp_path)
    kept = list((tmp_path / "svg").glob("*.png"))
    good(tmp_path / "a.svg", tmp_path)
    assert list((tmp_path / "svg").glob("*.png")) == kept


def test_white_ground_is_taken_away_but_white_inside_stays(tmp_path: Path) -> None:
    picture = np.full((200, 200, 3), 255, np.uint8)
    cv2.circle(picture, (100, 100), 60, (40, 80, 160), -1)
    cv2.circle(picture, (100, 100), 20, (255, 255, 255), -1)
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    found = good(tmp_path / "a.png", tmp_path)
    middle = found.image[found.image.shape[0] // 2, found.image.shape[1] // 2]
    assert found.cut_out
    assert found.image[0, 0, 3] == 0
    assert tuple(middle) == (255, 255, 255, 255)


def test_photograph_stays_a_tile(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (120, 160, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.jpg"), noise)
    assert not good(tmp_path / "a.jpg", tmp_path).cut_out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gone.png", None),
        ("damaged.jpg", b"\xff\xd8\xff\xe0 not a picture"),
        ("empty.svg", b""),
        ("damaged.svg", b"<svg><path d='"),
        ("blank.svg", SVG.format("").encode()),
        ("outside.svg", SVG.format('<image href="file:///etc/hostname" width="9" height="9"/>').encode()),
        ("binary.svg", bytes(range(256))),
        ("text.png", b"hello"),
    ],
)
def test_unusable_picture_becomes_a_parcel(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    parcel = good(None, tmp_path)
    assert (good(tmp_path / name, tmp_path).image == parcel.image).all()


def test_huge_picture_becomes_a_parcel(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "huge.png"), np.zeros((9000, 9000), np.uint8))
    assert (good(tmp_path / "huge.png", tmp_path).image == good(None, tmp_path).image).all()


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("¥268", ("¥", "268", "", "")),
        ("$1,024.50", ("$", "1,024", ".50", "")),
        ("12.00 €", ("", "12", ".00", "€")),
        ("ask us", None),
    ],
)
def test_price_is_taken_apart(price: str, expected: tuple[str, str, str, str] | None) -> None:
    assert parts(price) == expected


@pytest.mark.parametrize(
    ("price", "before", "saved"),
    [
        ("¥228", "¥268", "¥40"), ("$48.00", "$64.00", "$16"), ("¥268", None, None), ("¥268", "¥228", None),
        ("¥9", "$12", None),
    ],
)
def test_saving_is_told_only_when_it_is_one(price: str, before: str | None, saved: str | None) -> None:
    assert saving(price, before) == saved


def test_clock_is_found_in_a_subtitle() -> None:
    assert split_clock("21:30 恢复 ¥268\n04:32") == ("21:30 恢复 ¥268", "04:32")
    assert split_clock("21:30 恢复 ¥268") == ("21:30 恢复 ¥268", "")


def test_summary_becomes_facts() -> None:
    assert facts("朱泥手工 · 容量 220 ml") == [("", "朱泥手工"), ("容量", "220 ml")]
    assert facts("") == []
