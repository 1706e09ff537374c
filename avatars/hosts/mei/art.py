"""Mei (小眉): plum-brown hair in a low knot with a jade pin, a celadon blouse with dark piping."""

from __future__ import annotations

import random

from avatars.faces.illustrated.arms import Arm, Sleeve
from avatars.faces.illustrated.curves import Point, ellipse, mirror, polyline, smooth, taper
from avatars.faces.illustrated.hands import Hand, HandPaint
from avatars.faces.illustrated.look import Art, Brows, Eyes, Lips, Nose, Skin
from avatars.faces.illustrated.strands import HairPaint, comb, lock, stray
from avatars.faces.illustrated.svg import Drawing

SKIN = Skin(
    light="#fde6cf",
    base="#f7d3b3",
    turn="#ecb893",
    shade="#d98a68",
    core="#b4634f",
    blush="#f08a78",
    rim="#ffd9a0",
    lip=("#dd746f", "#c95a5d", "#a84048", "#7c2733"),
)
HAIR = HairPaint(deep="#140c13", base="#2b1a20", mid="#4a2e37", light="#9a6a64", glint="#e8b896", rim="#ffc583")
CLOTH = ("#d6e8da", "#adcdbc", "#7fa996")
SHADE, DEEP, PIPING, PIPING_LIGHT, GOLD = "#4d7a6b", "#3c6a5c", "#1f5a4b", "#5f9c86", "#d9b062"

FACE: tuple[Point, ...] = (
    (0, -118), (50, -118), (82, -95), (84, -38), (87, -2), (85, 32), (74, 59),
    (61, 87), (36, 108), (14, 115.5), (7, 117), (3, 117.4), (0, 117.4),
)  # fmt: skip

RIGHT_INNER: list[Point] = [(-26, -90), (10, -77), (44, -52), (67, -20), (79, 10), (84, 38)]
RIGHT_OUTER: list[Point] = [(-16, -138), (34, -136), (76, -113), (100, -74), (104, -26), (99, 10), (95, 36)]
LEFT_INNER: list[Point] = [(-26, -90), (-46, -74), (-65, -44), (-77, -12), (-80, 12), (-84, 38)]
LEFT_OUTER: list[Point] = [(-16, -138), (-52, -130), (-82, -107), (-101, -72), (-104, -26), (-99, 10), (-95, 36)]


def ears(d: Drawing) -> None:
    """Only the lobes show below the hair."""
    for side in (-1, 1):
        x = side * 86.5
        lobe = smooth([(side * u, v) for u, v in ((78, 20), (93, 26), (94, 42), (88, 54), (80, 50))], closed=True)
        d.fill(lobe, d.linear((x - 8, 30, x + 8, 54), (0, SKIN.base), (1, SKIN.turn)))
        d.inner(lobe, SKIN.shade, 5, 2.5, (-side * 1.5, -1), 0.5)


def hair_back(d: Drawing) -> None:
    nape = smooth([(-88, 10), (-84, 60), (-60, 104), (0, 124), (60, 104), (84, 60), (88, 10), (0, -40)], closed=True)
    d.fill(nape, d.linear((0, 20, 0, 120), (0, HAIR.base), (1, HAIR.deep)))
    # The low knot, seen behind the cheek on the viewer's right, held by a pin.
    pin = taper([(26, 42), (118, 84)], (2.6, 3.2))
    d.fill(pin, d.linear((26, 42, 118, 84), (0, "#8a6a3a"), (0.6, GOLD), (1, "#fff0c0")))
    knot = smooth([(44, 84), (62, 62), (90, 62), (107, 82), (104, 112), (84, 130), (58, 130), (42, 112)], closed=True)
    d.fill(knot, d.linear((50, 60, 100, 130), (0, HAIR.mid), (0.5, HAIR.base), (1, HAIR.deep)))
    with d.clipped(knot):
        for seed, (a, b) in enumerate(
            (
                ([(46, 118), (52, 84), (78, 64), (104, 80)], [(56, 130), (70, 104), (86, 92), (108, 100)]),
                ([(104, 78), (108, 104), (88, 126), (58, 130)], [(92, 88), (92, 104), (80, 114), (60, 118)]),
            )
        ):
            comb(d, a, b, HAIR, seed, count=20, band=(0.3, 0.65))
        d.stroke(smooth([(56, 128), (72, 100), (104, 90)]), HAIR.deep, 2.2, 0.7, blur=0.6)
    d.crescent(knot, HAIR.rim, (-2.6, 1.2), 1.0, 0.8)
    d.fill(ellipse(119, 85, 7.4, 7.4), d.radial(116, 82, 10, (0, "#dff7e4"), (0.45, "#8ccdb0"), (1, "#3f8a70")))
    d.fill(ellipse(116.5, 82, 2.1, 1.7), "#ffffff", 0.9, blur=0.3)
    d.fill(ellipse(111, 81, 2.6, 3.4), GOLD)


def hair_front(d: Drawing) -> None:
    # The shadow the hair throws on the forehead, cut to the face below the hairline.
    fall = smooth([*[(x + 2, y + 6) for x, y in LEFT_INNER[::-1]], *[(x + 3, y + 6) for x, y in RIGHT_INNER[1:]]])
    with d.clipped(polyline([(-84, -100), (84, -100), (84, 60), (-84, 60)])):
        d.stroke(fall, d.linear((0, -60, 0, 30), (0, "#a5503c"), (1, "#a5503c", 0)), 10, 0.46, blur=4.5)
    right = smooth([*RIGHT_INNER, *RIGHT_OUTER[::-1]], closed=True, tension=0.9)
    left = smooth([*LEFT_INNER, *LEFT_OUTER[::-1]], closed=True, tension=0.9)
    for shape, sweep in ((left, (-24, -130, -95, 20)), (right, (-10, -135, 95, 20))):
        d.fill(shape, d.linear(sweep, (0, HAIR.mid), (0.35, HAIR.base), (1, HAIR.deep)))
    with d.clipped(left):
        comb(d, LEFT_INNER, LEFT_OUTER, HAIR, 3, count=52, band=(0.26, 0.52))
    with d.clipped(right):
        comb(d, RIGHT_INNER, RIGHT_OUTER, HAIR, 4, count=68, band=(0.24, 0.50), shine=0.85)
    for shape in (left, right):
        d.inner(shape, d.linear((0, -20, 0, 50), (0, HAIR.deep, 0), (1, HAIR.deep, 1)), 24, 7, (0, -4), 0.7)
    hairline = [*LEFT_INNER[::-1], *RIGHT_INNER[1:]]
    d.stroke(smooth(hairline), HAIR.deep, 2.4, 0.55, blur=0.9)
    d.fill(taper([(-26, -89), (-22, -114), (-16, -138)], (1.8, 2.4, 0.6)), HAIR.deep, 0.9, blur=0.5)
    d.fill(taper([(-28.5, -90), (-24.5, -114), (-19, -136)], (0.6, 1.4, 0.3)), HAIR.light, 0.5, blur=0.5)
    d.crescent(right, d.linear((40, 0, 96, 0), (0, HAIR.rim, 0), (1, HAIR.rim, 1)), (-3.0, 1.8), 1.1, 0.9)
    d.crescent(left, d.linear((-50, 0, -98, 0), (0, HAIR.rim, 0), (1, HAIR.rim, 1)), (2.2, 1.4), 1.0, 0.45)
    # Wisps: two that frame the face, a few strays on the crown.
    lock(d, [(76, -22), (86, 8), (86, 42), (77, 74), (70, 92)], (1.0, 6.0, 5.0, 2.6, 0.3), HAIR, 1)
    lock(d, [(80, -4), (91, 26), (90, 54), (86, 70)], (0.6, 3.0, 2.2, 0.3), HAIR, 2)
    lock(d, [(-76, -26), (-86, 6), (-87, 38), (-80, 66), (-75, 80)], (1.0, 5.4, 4.4, 2.2, 0.3), HAIR, 5)
    for points in (
        [(-20, -137), (6, -145), (34, -141)],
        [(20, -139), (52, -135), (78, -118)],
        [(-30, -135), (-58, -131), (-82, -112)],
        [(96, -70), (106, -38), (103, -10)],
        [(-95, -74), (-106, -40), (-102, -4)],
        [(88, 34), (98, 46), (97, 62)],
    ):
        stray(d, points, HAIR)
    for side in (-1, 1):
        _earring(d, side)


def _earring(d: Drawing, side: int) -> None:
    x, y = side * 88, 50
    d.stroke(smooth([(x, y), (x + side * 0.5, y + 8)]), GOLD, 1.6)
    d.fill(ellipse(x, y, 2.8, 2.8), GOLD)
    drop = smooth(
        [(x, y + 7), (x + 4.6, y + 17), (x + 5.2, y + 23), (x, y + 29), (x - 5.2, y + 23), (x - 4.6, y + 17)],
        closed=True,
    )
    d.fill(drop, d.linear((x - 5, y + 8, x + 5, y + 29), (0, "#dff7e4"), (0.45, "#93d2b5"), (1, "#4b9a7e")))
    d.fill(ellipse(x - 1.8, y + 18, 1.5, 3.4), "#ffffff", 0.85, blur=0.4)


# --- clothes: body coordinates -------------------------------------------------------------------

NECK = 36.0
HALF: list[Point] = [
    (0, 318), (40, 308), (66, 322), (98, 336), (130, 352), (150, 380),
    (142, 430), (124, 500), (108, 570), (100, 640), (106, 700), (116, 790),
]  # fmt: skip


def collar_back(d: Drawing) -> None:
    inside = smooth(
        [(-47, 272), (-30, 264), (0, 261), (30, 264), (47, 272), (50, 310), (0, 330), (-50, 310)],
        closed=True,
        tension=0.7,
    )
    d.fill(inside, d.linear((0, 260, 0, 320), (0, "#5d8b7b"), (1, "#2d5247")))
    d.stroke(smooth([(-47, 272), (-30, 265), (0, 262), (30, 265), (47, 272)]), PIPING, 3.0)


def torso(d: Drawing) -> None:
    outline = [*mirror(HALF[1:]), *HALF[1:]]
    shape = smooth(outline, closed=True, tension=0.85)
    d.fill(shape, d.linear((-110, 300, 130, 760), (0, CLOTH[0]), (0.4, CLOTH[1]), (1, CLOTH[2])))
    _weave(d, shape)
    with d.clipped(shape):
        # The body turns away beside the arms and under the bust.
        for side, strength in ((-1, 0.36), (1, 0.62)):
            edge = [(side * 128, 400), (side * 116, 500), (side * 100, 600), (side * 100, 700), (side * 112, 790)]
            d.stroke(smooth(edge), SHADE, 44, strength, blur=14)
            d.stroke(smooth([(side * 126, 384), (side * 116, 430), (side * 100, 470)]), DEEP, 10, 0.42, blur=6)
        d.fill(ellipse(-44, 450, 46, 40), CLOTH[0], 0.75, blur=18)
        d.fill(ellipse(40, 448, 34, 34), CLOTH[0], 0.38, blur=16)
        d.fill(ellipse(0, 462, 12, 60), SHADE, 0.22, blur=12)
        d.stroke(smooth([(-84, 492), (-46, 514), (0, 508), (46, 514), (86, 492)]), SHADE, 22, 0.30, blur=12)
        folds: list[tuple[list[Point], float]] = [
            ([(-112, 420), (-92, 436), (-76, 440)], 0.34),
            ([(112, 420), (90, 438), (72, 444)], 0.42),
            ([(-100, 446), (-84, 462), (-72, 480)], 0.26),
            ([(104, 448), (88, 466), (76, 486)], 0.36),
            ([(-60, 640), (-54, 690), (-58, 740)], 0.34),
            ([(20, 650), (26, 700), (22, 760)], 0.30),
            ([(66, 630), (72, 680), (70, 740)], 0.38),
            ([(-52, 338), (-74, 352), (-98, 360)], 0.20),
        ]
        for points, strength in folds:
            d.fill(taper(points, (1, 9, 1)), DEEP, strength, blur=3.5)
            d.fill(taper([(x - 3, y - 6) for x, y in points], (1, 6, 1)), "#eefaf0", strength * 0.9, blur=3)
    d.crescent(shape, SKIN.rim, (-3, 1.5), 1.2, 0.8)
    _placket(d, shape)
    _embroidery(d)
    _collar(d, shape)


def _weave(d: Drawing, shape: str) -> None:
    """Slubs of raw silk: short level threads, barely lighter or darker than the cloth."""
    chance = random.Random(8)
    with d.clipped(shape):
        for _ in range(420):
            x, y = chance.uniform(-150, 140), chance.uniform(310, 780)
            tone = "#e9f6ec" if chance.random() < 0.5 else SHADE
            d.stroke(
                polyline([(x, y), (x + chance.uniform(6, 26), y + chance.uniform(-0.6, 0.6))], False), tone, 0.8, 0.16
            )


def _placket(d: Drawing, shape: str) -> None:
    """The slanted opening from the collar to the right armpit, piped and closed with knots."""
    edge: list[Point] = [(0, 332), (10, 358), (34, 386), (72, 410), (118, 424)]
    with d.clipped(shape):
        d.stroke(smooth([(x + 1, y + 6) for x, y in edge]), DEEP, 9, 0.34, blur=4)
        d.stroke(smooth(edge), PIPING, 4.6)
        d.stroke(smooth([(x - 0.8, y - 1.1) for x, y in edge]), PIPING_LIGHT, 1.2, 0.85)
    _knot(d, 44, 393, 28)
    _knot(d, 100, 419, 18)


def _knot(d: Drawing, x: float, y: float, tilt: float) -> None:
    """A flower-knot button: two looped wings and a gold bead."""
    with d.moved(f"translate({x},{y}) rotate({tilt - 90})"):
        d.fill(ellipse(1, 3, 18, 7), DEEP, 0.35, blur=3)
        for k in (-1, 1):
            for v, r in ((-3.4, 5.4), (3.4, 5.4)):
                d.stroke(ellipse(k * 11, v, r, 3.4), PIPING, 2.6)
                d.stroke(ellipse(k * 11 - 0.4, v - 0.6, r, 3.4), PIPING_LIGHT, 0.7, 0.7)
            d.stroke(polyline([(0, 0), (k * 7, 0)], False), PIPING, 3.2)
        d.fill(ellipse(0, 0, 4.8, 4.8), d.radial(-1.5, -1.5, 6, (0, "#fff0c0"), (0.5, GOLD), (1, "#8a6426")))


def _embroidery(d: Drawing) -> None:
    """Osmanthus on the left breast: a twig, long leaves, small gold blossoms."""
    with d.moved("translate(13,0)"):
        _osmanthus(d)


def _osmanthus(d: Drawing) -> None:
    twig: list[Point] = [(-92, 520), (-84, 470), (-72, 428), (-50, 392)]
    d.fill(taper(twig, (3.4, 2.6, 1.8, 0.8)), "#4f8570", 0.95)
    d.fill(taper([(-80, 456), (-62, 446), (-40, 446)], (2.2, 1.6, 0.6)), "#4f8570", 0.95)
    leaves = ((-86, 492, -128, 476), (-82, 466, -112, 440), (-74, 436, -100, 404), (-60, 408, -66, 372),
              (-54, 400, -22, 388), (-66, 446, -44, 424), (-84, 484, -58, 482), (-44, 447, -16, 452))  # fmt: skip
    for x0, y0, x1, y1 in leaves:
        mx, my = (x0 + x1) / 2, (y0 + y1) / 2
        nx, ny = (y1 - y0) * 0.16, -(x1 - x0) * 0.16
        leaf = [(x0, y0), (mx + nx, my + ny), (x1, y1), (mx - nx, my - ny)]
        d.fill(smooth(leaf, closed=True), d.linear((x0, y0, x1, y1), (0, "#3f7a66"), (1, "#79b199")), 0.95)
        d.stroke(polyline([(x0, y0), (x1, y1)], False), "#cfe7d6", 0.8, 0.6)
    chance = random.Random(4)
    for cx, cy in ((-70, 420), (-56, 396), (-80, 458), (-60, 444), (-88, 500), (-40, 446), (-76, 470)):
        for _ in range(4):
            x, y = cx + chance.uniform(-8, 8), cy + chance.uniform(-7, 7)
            for u, v in ((-2.6, 0), (2.6, 0), (0, -2.6), (0, 2.6)):
                d.fill(ellipse(x + u, y + v, 2.3, 2.3), "#f0c560" if chance.random() < 0.6 else "#f8dd92")
            d.fill(ellipse(x, y, 1.3, 1.3), "#b97f2c")


def _collar(d: Drawing, shape: str) -> None:
    """The stand collar: two wings that meet under the chin."""
    with d.clipped(shape):
        d.stroke(smooth([(-50, 318), (-26, 340), (0, 346), (26, 340), (50, 318)]), DEEP, 16, 0.50, blur=6)
    right: list[Point] = [(2, 304), (24, 296), (47, 272), (52, 296), (48, 314), (26, 330), (1, 336)]
    for side in (-1, 1):
        wing = smooth([(side * x, y) for x, y in right], closed=True, tension=0.6)
        light = (0, CLOTH[0]) if side < 0 else (0, CLOTH[1])
        d.fill(wing, d.linear((-40, 280, 50, 330), light, (1, CLOTH[2] if side > 0 else CLOTH[1])))
        d.inner(wing, SHADE, 14, 5, (side * -5, -2), 0.45)
        for k, row in ((1, right[:3]), (-1, right[3:])):
            points = [(side * x, y) for x, y in row]
            if k < 0:
                points = [(side * x, y) for x, y in ((52, 294), (48, 314), (26, 330), (1, 336))]
            d.stroke(smooth(points, tension=0.6), PIPING, 3.6)
            d.stroke(smooth([(x - 0.6, y - 0.9) for x, y in points], tension=0.6), PIPING_LIGHT, 0.9, 0.8)
    d.stroke(polyline([(0, 305), (0, 336)], False), PIPING, 2.2, 0.8)
    _knot(d, 0, 320, 90)


def _cuff(d: Drawing, a: Point, b: Point, along: Point) -> None:
    """A bell hem with dark piping and a gold thread."""
    (ux, uy) = along
    middle = ((a[0] + b[0]) / 2 + ux * 5, (a[1] + b[1]) / 2 + uy * 5)
    d.stroke(smooth([a, middle, b]), PIPING, 6.0)
    d.stroke(smooth([(x - 0.9, y - 1.2) for x, y in (a, middle, b)]), PIPING_LIGHT, 1.4, 0.9)
    d.stroke(smooth([(x - ux * 9, y - uy * 9) for x, y in (a, middle, b)]), GOLD, 1.5, 0.9)


PAINT = HandPaint(
    light="#fde6cf", base="#f6cfae", turn="#e3a681", shade="#d98a68", core="#b4634f", nail="#ec9f98", size=0.94
)
SLEEVE = Sleeve(
    widths=(76, 76, 72, 70, 74, 78), end=0.42, cloth=CLOTH, cloth_box=(-110, 300, 130, 760), shade=SHADE, deep=DEEP,
    rim=SKIN.rim, rim_opacity=0.8, forearm=(42, 29), paint=PAINT, cuff=_cuff, slubs=1.0,
)  # fmt: skip
REST_RIGHT = Arm((117, 391), (150, 596), (34, 728), Hand(angle_deg=-104, turn=0.0, open=0.0))
REST_LEFT = Arm((117, 391), (150, 596), (26, 744), Hand(angle_deg=-104, turn=0.0, open=0.05))
PRESENT = Arm((117, 391), (166, 582), (214, 482), Hand(angle_deg=63, turn=0.84, open=0.55, narrow=0.74))
OPEN = Arm((117, 391), (166, 584), (206, 494), Hand(angle_deg=56, turn=0.86, open=0.7, narrow=0.80))
THUMB = Arm((117, 391), (168, 590), (138, 500), Hand(angle_deg=-78, turn=0.0, open=0.3, fist=1.0, narrow=0.9))

ART = Art(
    skin=SKIN,
    eyes=Eyes(x=38, y=14, scale=1.12, slant=3.5, lid=0.84, wing=7.0, iris=("#23120f", "#4a281c", "#8a5130", "#d9935a")),
    brows=Brows(((-19, -27), (-4, -33.5), (12, -34), (27, -27)), (1.6, 5.4, 4.6, 0.5), "#3d2423"),
    lips=Lips(y=81, half=27.0, upper=6.8, lower=9.4),
    nose=Nose(y=56, half=13.5, bridge=0.9),
    face=FACE,
    sleeve=SLEEVE,
    rest=(REST_LEFT, REST_RIGHT),
    gestures={"present": (PRESENT, None), "welcome": (OPEN, OPEN), "thumb": (None, THUMB)},
    ears=ears,
    hair_back=hair_back,
    hair_front=hair_front,
    beard=None,
    neck_width=2 * NECK,
    collar_back=collar_back,
    torso=torso,
)
