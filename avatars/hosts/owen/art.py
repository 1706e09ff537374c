"""Owen: swept chestnut hair, a short beard, a navy knit over a pale shirt, an oat canvas apron."""

from __future__ import annotations

import random

from avatars.faces.illustrated.arms import Arm, Sleeve
from avatars.faces.illustrated.curves import Point, ellipse, mirror, mix, polyline, resample, smooth, taper
from avatars.faces.illustrated.hands import Hand, HandPaint
from avatars.faces.illustrated.look import Art, Brows, Eyes, Lips, Nose, Skin
from avatars.faces.illustrated.strands import HairPaint, comb, lock
from avatars.faces.illustrated.svg import Drawing

SKIN = Skin(
    light="#fbdfc2",
    base="#f1c6a1",
    turn="#e0a57f",
    shade="#c9805d",
    core="#9c5441",
    blush="#e8805f",
    rim="#fff0d8",
    lip=("#cf8a76", "#b56f5c", "#8c4c3c", "#6e3226"),
    lip_opacity=0.85,
)
HAIR = HairPaint(deep="#24150d", base="#3d2517", mid="#5f3a22", light="#9c6b40", glint="#d09a62", rim="#e9c08a")
CLOTH = ("#5c7f99", "#385a6f", "#20394b")
SHADE, DEEP = "#1b3142", "#132534"
CANVAS = ("#f4e8cf", "#e2cfac", "#b99d75")
STITCH, LEATHER = "#8a6a44", ("#b67c4b", "#66391c")
SHIRT = ("#ffffff", "#e3ecf3", "#9db4c6")

FACE: tuple[Point, ...] = (
    (0, -118), (48, -118), (79, -95), (80, -38), (84, -2), (83, 32), (77, 60),
    (69, 89), (47, 112), (22, 119), (12, 120.6), (5, 121), (0, 121),
)  # fmt: skip

# The hair parts on the viewer's left; the top is combed over to the right.
PART: Point = (-48, -71)
TOP_INNER: list[Point] = [(-48, -71), (-26, -80), (8, -82), (42, -75), (66, -59), (76, -34), (80, 6)]
TOP_OUTER: list[Point] = [(-62, -106), (-36, -124), (10, -132), (54, -124), (82, -98), (91, -56), (88, 4)]
SIDE_INNER: list[Point] = [(-34, -84), (-62, -60), (-72, -38), (-78, -12), (-79, 14)]
SIDE_OUTER: list[Point] = [(-36, -122), (-74, -103), (-91, -66), (-91, -24), (-87, 14)]


def ears(d: Drawing) -> None:
    for side in (-1, 1):
        points = [(side * x, y) for x, y in ((78, -12), (92, -13), (99, 2), (96, 24), (89, 44), (78, 46))]
        shape = smooth(points, closed=True)
        d.fill(
            shape, d.linear((78 * side, 0, 99 * side, 20), (0, SKIN.turn), (1, SKIN.base if side < 0 else SKIN.turn))
        )
        d.inner(shape, SKIN.shade, 7, 3, (-side * 2, 1), 0.7)
        fold = [(side * 84, -2), (side * 92, 0), (side * 92, 18), (side * 86, 30)]
        d.fill(taper(fold, (0.6, 2.6, 2.2, 0.5)), SKIN.core, 0.5, blur=0.9)
        if side > 0:
            d.crescent(shape, SKIN.rim, (-2.4, 1.0), 0.9, 0.8)


def beard(d: Drawing) -> None:
    """A short beard: two soft tones, then many fine hairs."""
    cheek: list[Point] = [(82, 10), (74, 34), (66, 52), (50, 66), (34, 70), (22, 66), (10, 63), (0, 65)]
    edge: list[Point] = [(84, 14), (82, 40), (76, 64), (66, 88), (48, 109), (24, 119.5), (0, 121.5)]
    area = smooth([*cheek, *mirror(cheek)[1:], *[(-x, y) for x, y in edge], *edge[::-1][1:]], closed=True, tension=0.8)
    face = polyline(
        [*[(x * 0.995, y) for x, y in edge], *[(-x * 0.995, y) for x, y in edge[::-1]], (-84, -20), (84, -20)]
    )
    with d.clipped(face):
        d.fill(area, "#8a5a3e", 0.42, blur=5)
        d.fill(area, "#5b3521", 0.44, blur=2.6)
        d.fill(ellipse(0, 98, 15, 5), "#5b3521", 0.30, blur=3)
        chance = random.Random(11)
        down, up = resample(cheek[:-1], 40), resample(edge, 40)
        for _ in range(1500):
            k, t, side = chance.randrange(40), chance.random() ** 0.8, chance.choice((-1, 1))
            (x, y) = mix([down[k]], [up[k]], t)[0]
            x += chance.uniform(-2, 2)
            length = chance.uniform(2.2, 4.6)
            lean = (x / 90) * 0.5 + chance.uniform(-0.3, 0.3)
            hair = polyline([(side * x, y - length / 2), (side * (x + lean * length), y + length / 2)], closed=False)
            d.stroke(hair, "#2f1a10" if chance.random() < 0.62 else "#b5835a", 0.8, 0.32)


def hair_front(d: Drawing) -> None:
    hairline = [*SIDE_INNER[::-1], *TOP_INNER[1:]]
    with d.clipped(polyline([(-81, -118), (81, -118), (83, 40), (-83, 40)])):
        shadow = d.linear((0, -60, 0, 20), (0, "#8a4a33"), (1, "#8a4a33", 0))
        d.stroke(smooth([(x + 2, y + 6) for x, y in hairline]), shadow, 11, 0.50, blur=4.5)
    side = smooth([*SIDE_INNER, *SIDE_OUTER[::-1]], closed=True, tension=0.9)
    top = smooth([*TOP_INNER, *TOP_OUTER[::-1]], closed=True, tension=0.9)
    d.fill(side, d.linear((0, -110, 0, 16), (0, HAIR.base), (0.7, HAIR.deep), (1, HAIR.deep, 0.55)))
    with d.clipped(side):
        comb(d, SIDE_INNER, SIDE_OUTER, HAIR, 3, count=34, band=(0.30, 0.60), shine=0.55)
    d.fill(top, d.linear((-50, -150, 90, 0), (0, HAIR.mid), (0.45, HAIR.base), (0.9, HAIR.deep), (1, HAIR.deep, 0.6)))
    with d.clipped(top):
        comb(d, TOP_INNER, TOP_OUTER, HAIR, 4, count=40, band=(0.25, 0.55), shine=0.8)
    _locks(d)
    d.crescent(top, d.linear((30, 0, 92, 0), (0, HAIR.rim, 0), (1, HAIR.rim, 1)), (-1.8, 1.2), 0.9, 0.6)
    # The parting, and short hairs that soften the hairline and the sideburns.
    d.fill(taper([PART, (-55, -90), (-63, -105)], (0.8, 2.6, 0.8)), HAIR.deep, 0.7, blur=0.7)
    chance = random.Random(6)
    for x, y in resample(hairline, 130):
        root = (x + chance.uniform(-1, 1), y + chance.uniform(-2, 2.5))
        tip = (root[0] + chance.uniform(6, 16), root[1] - chance.uniform(7, 15))
        if abs(x) > 68:
            tip = (root[0] + (4 if x < 0 else -3) * chance.random(), root[1] + chance.uniform(4, 9))
            d.fill(taper([(root[0] - (3 if x < 0 else -3), y - 3), tip], (1.4, 0.3)), HAIR.base, 0.30, blur=0.5)
            continue
        middle = (root[0] + (tip[0] - root[0]) * 0.3, root[1] + (tip[1] - root[1]) * 0.6)
        tone = chance.choice((HAIR.base, HAIR.mid, HAIR.mid, HAIR.light))
        d.fill(taper([root, middle, tip], (0.2, 1.7, 0.3)), tone, 0.62)


def _locks(d: Drawing) -> None:
    """Broad overlapping locks from the parting over to the right, the last ones breaking the outline."""
    a, b = resample(TOP_INNER, 9), resample(TOP_OUTER, 9)
    chance = random.Random(21)
    for i in range(10):
        t = 1.0 - 0.105 * i
        start = 0 if i % 2 else 1
        hair = mix(a, b, max(0.02, t))[start : 7 - (i % 3 == 1)]
        wave = [0.0, -4.5, -2.0, 3.0, 2.5, -1.0, -4.0]
        points = [(x + chance.uniform(-1.5, 1.5), y + wave[(k + i) % 7] * 0.8 - 2.5) for k, (x, y) in enumerate(hair)]
        shadow = [(x + 1.5, y + 5) for x, y in points]
        d.fill(taper(shadow, (2, 15, 20, 15, 1)), HAIR.deep, 0.45, blur=3)
        lock(d, points, (3, 15, 21, 17, 8, 0.4), HAIR, 30 + i)
        crest = [(x - 0.5, y - 4.5) for x, y in points[1:5]]
        d.fill(taper(crest, (0.3, 3.4, 0.3)), HAIR.light, 0.55, blur=0.9)
        d.fill(taper([(x, y - 1.6) for x, y in crest], (0.2, 1.2, 0.2)), HAIR.glint, 0.65, blur=0.4)
    tufts: tuple[list[Point], ...] = (
        [(40, -120), (66, -118), (91, -96)],
        [(60, -110), (85, -98), (97, -70)],
        [(-24, -120), (6, -134), (36, -135)],
        [(-52, -100), (-40, -119), (-14, -131)],
    )
    for tuft in tufts:
        lock(d, tuft, (1.0, 7.0, 0.3), HAIR, 3)


# --- clothes: body coordinates -------------------------------------------------------------------

NECK = 46.0
HALF: list[Point] = [
    (0, 320), (52, 312), (88, 325), (126, 340), (160, 360), (184, 396),
    (174, 450), (154, 520), (142, 600), (138, 680), (144, 790),
]  # fmt: skip


def collar_back(d: Drawing) -> None:
    inside = smooth(
        [(-56, 292), (-30, 276), (0, 272), (30, 276), (56, 292), (50, 330), (0, 350), (-50, 330)],
        closed=True,
        tension=0.7,
    )
    d.fill(inside, d.linear((0, 272, 0, 330), (0, "#a9bccb"), (1, "#5f7687")))


def torso(d: Drawing) -> None:
    shape = smooth(
        [*mirror(HALF[1:]), (-48, 322), (-22, 372), (0, 384), (22, 372), (48, 322), *HALF[1:]],
        closed=True,
        tension=0.85,
    )
    d.fill(shape, d.linear((-150, 300, 170, 760), (0, CLOTH[0]), (0.42, CLOTH[1]), (1, CLOTH[2])))
    _knit(d, shape)
    with d.clipped(shape):
        for side, strength in ((-1, 0.45), (1, 0.70)):
            edge = [(side * 170, 420), (side * 150, 520), (side * 138, 620), (side * 138, 760)]
            d.stroke(smooth(edge), SHADE, 50, strength, blur=15)
            d.stroke(smooth([(side * 160, 396), (side * 150, 446), (side * 130, 488)]), DEEP, 11, 0.5, blur=6)
        d.fill(ellipse(-86, 400, 44, 46), CLOTH[0], 0.55, blur=18)
        d.fill(ellipse(74, 396, 34, 36), CLOTH[0], 0.25, blur=16)
        folds: list[tuple[list[Point], float]] = [
            ([(-148, 424), (-124, 436), (-108, 438)], 0.42),
            ([(150, 424), (126, 438), (108, 442)], 0.5),
            ([(-140, 452), (-120, 468), (-108, 484)], 0.32),
            ([(-74, 346), (-104, 356), (-132, 362)], 0.28),
        ]
        for points, strength in folds:
            d.fill(taper(points, (1, 9, 1)), DEEP, strength, blur=3.5)
            d.fill(taper([(x - 3, y - 6) for x, y in points], (1, 6, 1)), "#86a8c0", strength * 0.6, blur=3)
    d.crescent(shape, "#9fc3d2", (-3, 1.5), 1.2, 0.7)
    _apron(d, shape)
    _shirt(d)


def _knit(d: Drawing, shape: str) -> None:
    """Fine vertical ribs, each a dark and a light thread."""
    with d.clipped(shape):
        for i in range(-42, 43):
            x = i * 4.5
            line = polyline([(x * 0.94, 316), (x * 1.0, 440), (x * 0.86, 780)], closed=False)
            d.stroke(line, DEEP, 1.2, 0.30)
            d.stroke(
                polyline([(x * 0.94 - 1.6, 316), (x - 1.6, 440), (x * 0.86 - 1.6, 780)], False), "#7fa0b8", 0.9, 0.20
            )


def _neckband(d: Drawing) -> None:
    """The knit's ribbed collar, a band around the opening."""
    line: list[Point] = [(-54, 318), (-26, 374), (0, 386), (26, 374), (54, 318)]
    d.stroke(smooth([(x, y + 7) for x, y in line]), DEEP, 16, 0.40, blur=5)
    d.stroke(smooth(line), CLOTH[2], 15)
    d.stroke(smooth([(x - 0.6, y - 1) for x, y in line]), CLOTH[1], 12)
    for x, y in resample(line, 46):
        length = (x * x + (y - 316) ** 2) ** 0.5 or 1
        ux, uy = x / length, (y - 316) / length
        d.stroke(polyline([(x - ux * 6, y - uy * 6), (x + ux * 6, y + uy * 6)], False), DEEP, 1.1, 0.5)


def _shirt(d: Drawing) -> None:
    """Two collar wings over the knit's neck, and the top button."""
    under: list[Point] = [(-44, 306), (-18, 332), (0, 348), (18, 332), (44, 306), (34, 376), (0, 394), (-34, 376)]
    d.fill(polyline(under), d.linear((0, 320, 0, 392), (0, SHIRT[2]), (0.3, SHIRT[1]), (1, "#7f97aa")))
    d.stroke(smooth([(-20, 326), (0, 344), (20, 326)]), "#6e3226", 7, 0.30, blur=4)
    _neckband(d)
    wing: list[Point] = [(52, 286), (64, 314), (54, 352), (38, 378), (22, 362), (2, 346), (20, 330), (36, 306)]
    for side in (-1, 1):
        shape = polyline([(side * x, y) for x, y in wing])
        d.fill(polyline([(side * x + 2, y + 6) for x, y in wing[1:6]]), DEEP, 0.5, blur=4)
        light = SHIRT[0] if side < 0 else SHIRT[1]
        d.fill(
            shape,
            d.linear((side * 20, 290, side * 46, 380), (0, SHIRT[2]), (0.25, light), (0.8, SHIRT[1]), (1, SHIRT[2])),
        )
        d.stroke(shape, light, 1.6, 0.9)
        d.inner(shape, SHIRT[2], 9, 3.5, (side * -3, 1), 0.55)
        stitch = [(side * x, y) for x, y in ((60, 314), (51, 349), (38, 371), (24, 357))]
        d.stroke(polyline(stitch, closed=False), "#8fa7b9", 0.8, 0.7, dash="3 2")
    d.fill(ellipse(0, 357, 4.2, 4.2), d.radial(-1, 355, 6, (0, "#ffffff"), (1, "#a9bccb")))


def _apron(d: Drawing, body: str) -> None:
    right: list[Point] = [(84, 448), (92, 500), (108, 560), (126, 620), (138, 690), (146, 790)]
    bib: list[Point] = [(0, 454), *right, *mirror(right)]
    shape = smooth(bib, closed=True, tension=0.55)
    for side in (-1, 1):
        strap: list[Point] = [(side * 95, 300), (side * 92, 330), (side * 84, 390), (side * 72, 462)]
        with d.clipped(body):
            d.stroke(smooth([(x + 3, y + 3) for x, y in strap]), DEEP, 18, 0.5, blur=4)
            d.stroke(
                smooth(strap),
                d.linear((side * 92, 320, side * 72, 460), (0, LEATHER[1]), (0.4, LEATHER[0]), (1, LEATHER[1])),
                16,
            )
            for k in (-5.6, 5.6):
                d.stroke(smooth([(x + k, y) for x, y in strap]), "#e0b07c", 0.9, 0.6, dash="4 3")
    with d.clipped(body):
        d.fill(smooth([(x * 1.02 + 2, y - 3) for x, y in bib], closed=True, tension=0.55), DEEP, 0.50, blur=8)
    with d.clipped(body):
        d.fill(shape, d.linear((-120, 450, 130, 780), (0, CANVAS[0]), (0.45, CANVAS[1]), (1, CANVAS[2])))
        d.crescent(shape, "#8d6f49", (-20, -6), 10, 0.55)
        with d.clipped(shape):
            chance = random.Random(2)
            for _ in range(500):
                x, y = chance.uniform(-150, 150), chance.uniform(448, 780)
                along = (0, chance.uniform(3, 8)) if chance.random() < 0.5 else (chance.uniform(3, 8), 0)
                d.stroke(
                    polyline([(x, y), (x + along[0], y + along[1])], False),
                    "#ffffff" if chance.random() < 0.5 else "#9c7d55",
                    0.7,
                    0.11,
                )
            for points in (
                [(-70, 470), (-62, 520), (-72, 570)],
                [(64, 470), (58, 530), (72, 590)],
                [(-20, 690), (-14, 730), (-20, 780)],
            ):
                d.fill(taper(points, (1, 10, 1)), "#8d6f49", 0.34, blur=4.5)
            d.stroke(smooth([(-88, 452), (0, 458), (88, 452)]), "#ffffff", 2, 0.5, blur=0.8)
            d.stroke(smooth([(-84, 464), (0, 470), (84, 464)]), STITCH, 1.1, 0.75, dash="6 4")
            d.stroke(smooth([(-86, 469), (0, 475), (86, 469)]), STITCH, 1.1, 0.6, dash="6 4")
    pocket = [(-44, 520), (44, 520), (44, 580), (34, 592), (-34, 592), (-44, 580)]
    d.stroke(polyline(pocket), "#8d6f49", 5, 0.3, blur=2.5)
    d.stroke(polyline(pocket), STITCH, 1.1, 0.8, dash="6 4")
    for side in (-1, 1):
        x, y = side * 73, 459
        d.fill(ellipse(x + 1, y + 2, 6, 6), DEEP, 0.4, blur=1.5)
        d.fill(ellipse(x, y, 5.4, 5.4), d.radial(x - 2, y - 2, 8, (0, "#fff0c0"), (0.5, "#c89a4a"), (1, "#7a5620")))


def _cuff(d: Drawing, a: Point, b: Point, along: Point) -> None:
    """A pushed-up knit cuff: two soft rolls."""
    (ux, uy) = along
    for back, width, tone in ((9.0, 11.0, CLOTH[2]), (2.0, 9.0, CLOTH[1])):
        middle = ((a[0] + b[0]) / 2 + ux * (4 - back), (a[1] + b[1]) / 2 + uy * (4 - back))
        roll = [(a[0] - ux * back, a[1] - uy * back), middle, (b[0] - ux * back, b[1] - uy * back)]
        d.stroke(smooth([(x, y + 2) for x, y in roll]), DEEP, width, 0.7, blur=1.5)
        d.stroke(smooth(roll), tone, width - 1)
        d.stroke(smooth([(x - ux * 2.5 - 0.5, y - uy * 2.5 - 0.5) for x, y in roll]), "#7fa0b8", 1.6, 0.5, blur=0.6)


PAINT = HandPaint(
    light="#fbdfc2", base="#f0c39e", turn="#d99f78", shade="#c9805d", core="#9c5441", nail="#eab39b", size=1.08
)
SLEEVE = Sleeve(
    widths=(94, 96, 88, 84, 78, 70), end=0.40, cloth=CLOTH, cloth_box=(-150, 300, 170, 760), shade=SHADE, deep=DEEP,
    rim="#9fc3d2", rim_opacity=0.75, forearm=(54, 37), paint=PAINT, cuff=_cuff, ribs=0.8,
)  # fmt: skip
REST_RIGHT = Arm((144, 404), (190, 606), (44, 726), Hand(angle_deg=-106, turn=0.0, open=0.0))
REST_LEFT = Arm((144, 404), (190, 606), (34, 742), Hand(angle_deg=-104, turn=0.0, open=0.05))
PRESENT = Arm((144, 404), (188, 594), (216, 492), Hand(angle_deg=58, turn=0.84, open=0.55, narrow=0.74))
OPEN = Arm((144, 404), (188, 596), (212, 500), Hand(angle_deg=52, turn=0.86, open=0.66, narrow=0.80))
THUMB = Arm((144, 404), (190, 604), (158, 508), Hand(angle_deg=-78, turn=0.0, open=0.3, fist=1.0, narrow=0.9))

ART = Art(
    skin=SKIN,
    eyes=Eyes(
        x=35.5,
        y=11,
        scale=1.07,
        slant=0.5,
        lid=0.76,
        wing=3.0,
        iris=("#1e1a14", "#3f3a2a", "#6f6238", "#c39a5e"),
        lash="#2b1912",
    ),
    brows=Brows(((-19, -24), (-4, -28), (12, -28.5), (27, -22)), (3.6, 8.0, 6.4, 0.8), "#3a2216"),
    lips=Lips(y=80, half=27.0, upper=4.8, lower=7.2),
    nose=Nose(y=55, half=17.0, bridge=1.0),
    face=FACE,
    sleeve=SLEEVE,
    rest=(REST_LEFT, REST_RIGHT),
    gestures={"present": (PRESENT, None), "welcome": (OPEN, OPEN), "thumb": (None, THUMB)},
    ears=ears,
    hair_back=None,
    hair_front=hair_front,
    beard=beard,
    neck_width=2 * NECK,
    collar_back=collar_back,
    torso=torso,
)
