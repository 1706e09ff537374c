"""Goods for tests: one full product, one with a name and a price only, and a shelf of nine."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from engine.media import Language
from engine.script.catalog import Catalog, Product, Variant

FLASK = Product(
    id="flask", number=3, name="Juniper Vacuum Flask", price=Decimal("24"), short_name="Juniper flask",
    aliases=("thermos", "bottle"), compare_at=Decimal("32"), stock=23, summary="500 ml, keeps hot for 12 hours",
    description="A slim steel flask for the commute. The lid doubles as a cup. It stands 24.5 cm tall.",
    category="Drinkware", vendor="Juniper & Oak",
    specs={"Capacity": "500 ml", "Weight": "320 g", "Base": "7.2 cm", "Keeps hot": "12 hours"},
    points=("Double-wall 18/8 stainless steel", "The base is 7.2 cm wide and fits a 7.5 cm cup holder",
            "One-hand lid with a lock"),
    variants=(Variant("Forest"), Variant("Clay", stock=4)),
    shipping="Ships within 2 working days", returns="Returns are accepted within 30 days", warranty="2-year warranty",
    care="Wash by hand, not in the dishwasher", uses=("the morning commute", "a day on the trail"),
    faq=(("Does it fit a car cup holder?", "The base is 7.2 cm wide, so it fits a 7.5 cm holder"),
         ("Can I put soda in it?", "No, the lid is not made for carbonated drinks")),
)
MUG = Product(id="mug", number=4, name="Stone Mug", price=Decimal("18.50"))

POT = Product(
    id="pot", number=3, name="西施紫砂壶", price=Decimal("268"), short_name="西施壶", aliases=("茶壶", "壶"),
    compare_at=Decimal("328"), stock=23, summary="朱泥手工，容量220毫升",
    description="壶身用宜兴朱泥，手工成型。出水孔是七孔。适合泡红茶和岩茶。", category="茶壶", vendor="静山茶社",
    specs={"容量": "220毫升", "材质": "宜兴朱泥", "重量": "180克", "出水孔": "7孔"},
    points=("壶嘴出水利落，断水干净", "220毫升，一个人慢慢喝刚好", "壶盖和壶身配合紧密"),
    variants=(Variant("朱泥"), Variant("段泥", stock=4)),
    shipping="48小时内发货，全国包邮", returns="签收后7天内可以退换", warranty="运输破损补发",
    care="用清水冲洗，自然晾干", uses=("下午一个人喝茶", "两三位朋友小聚"),
    faq=(("一个人喝会不会太大？", "容量220毫升，一个人慢慢喝刚好"), ("新壶要开壶吗？", "用清水煮20分钟就可以")),
)
CUP = Product(id="cup", number=4, name="青瓷对杯", price=Decimal("88"))


def full(language: Language) -> Product:
    """A product with every fact there is."""
    return POT if language == "zh" else FLASK


def bare(language: Language) -> Product:
    """A product with a name and a price, as a Shopify export may have it."""
    return CUP if language == "zh" else MUG


def pair(language: Language) -> Catalog:
    """The full and the bare product."""
    return Catalog("CNY" if language == "zh" else "USD", (full(language), bare(language)))


_ZH = ("正山小种红茶", "武夷岩茶", "青瓷对杯", "玻璃公道杯", "竹制茶盘", "西湖龙井", "白瓷盖碗", "茉莉花茶",
    "陶制茶叶罐")
_EN = ("Stone Mug", "Cedar Candle", "Brass Lamp", "Linen Throw", "Oak Board", "Glass Jug", "Wool Slippers", "Tea Towel",
       "Juniper Flask")


def shelf(language: Language) -> Catalog:
    """Nine products of three categories, each with its own facts."""
    goods = []
    for i, name in enumerate(_ZH if language == "zh" else _EN):
        size, weight = 120 + 35 * i, 90 + 55 * i
        if language == "zh":
            extra = {
                "summary": f"{name}，净重{weight}克", "specs": {"容量": f"{size}毫升", "重量": f"{weight}克",
                    "产地": f"产区{'甲乙丙丁戊己庚辛壬'[i]}", "包装": f"纸盒{'甲乙丙丁戊己庚辛壬'[i]}型"},
                "points": tuple(f"{name}的{part}{word}" for part, word in (("外形", "利落"), ("手感", "扎实"), ("包装",
                    "简单"), ("颜色", "素净"))),
                "shipping": f"{24 + i}小时内发货", "returns": f"{7 + i}天内可退换", "care": f"{name}避免阳光直晒",
                "uses": (f"下午用{name}待客", f"周末带{name}出门"),
                "faq": ((f"{name}适合送人吗？", f"{name}带纸盒，可以送人"),), "description": f"{name}由店里挑选。每一"
                    f"件都单独检查。",
            }
        else:
            extra = {
                "summary": f"{name} at {weight} g", "specs": {"Size": f"{size} mm", "Weight": f"{weight} g",
                    "Origin": f"Valley {'ABCDEFGHI'[i]}", "Box": f"type {'ABCDEFGHI'[i]}"},
                "points": tuple(f"the {name} {word}" for word in ("has a plain shape", "feels solid",
                    "comes in a simple box", "has a calm colour")),
                "shipping": f"Ships within {2 + i} days", "returns": f"Returns within {14 + i} days",
                "care": f"Keep the {name} dry",
                "uses": (f"a slow morning with the {name}", f"the {name} on a shelf"),
                "faq": ((f"Is the {name} boxed?", f"The {name} comes in a paper box"),),
                "description": f"The {name} is picked by the shop. Each one is checked by hand.",
            }
        goods.append(replace(
            Product(f"p{i + 1}", i + 1, name, Decimal(18 + 7 * i)), compare_at=Decimal(25 + 9 * i), stock=9 + i,
            category="ABC"[i % 3], **extra,  # type: ignore[arg-type]
        ))
    return Catalog("CNY" if language == "zh" else "USD", tuple(goods))
