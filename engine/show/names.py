"""A viewer's name as it may be spoken: safely, or not at all."""

from __future__ import annotations

import re
import unicodedata

from engine.media import Language
from engine.script import compliance
from engine.script.numbers import amounts
from engine.show import words

_MAX = {"zh": 8, "latin": 16}
_TAIL = re.compile(r"[\s_.\-]*\d{1,4}$")
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+(?:[ '\-][A-Za-zÀ-ÖØ-öø-ÿ]+){0,2}")
_CHINESE = re.compile(r"[一-鿿]{1,8}")
_SAYABLE = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüý]", re.IGNORECASE)
_CLUMPS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}|(.)\1{2,}", re.IGNORECASE)
_POSING = re.compile(
    r"官方|客服|主播|平台|管理员|助理|店长|老板|商家|旗舰|抖音|淘宝|快手|京东|微信|警|政府|法院|银行|中央|国家|主席|总统|总理|习|毛泽东|系统|通知|公告|虚拟|真人"
    r"|official|admin|support|staff|moderator|\bmod\b|\bhost\b|service|\bceo\b|police|government|\bbank\b|president|system|nightmarket|amazon|tiktok|youtube|twitch|taobao|alibaba|\bbot\b|\bai\b",
    re.IGNORECASE,
)
_ADVERT = re.compile(
    r"代购|批发|招商|加盟|优惠|便宜|免费|低价|货源|贷款|彩票|赌|博彩|约炮|色情|裸|毒|枪"
    r"|cheap|\bfree\b|\bsale\b|crypto|bitcoin|casino|\bsex|porn|nude|drug|\bloan|viagra|hitler|nazi|isis",
    re.IGNORECASE,
)


def safe_name(user: str, language: Language) -> str | None:
    """The name to say in a room of this language, or None: unreadable, unsafe, or somebody it is not.

    Trailing digits are left out (``Lily88`` is called Lily); an English room cannot read Chinese.
    """
    folded = unicodedata.normalize("NFKC", user)
    if any(unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") for c in folded):
        return None
    kept = "".join(c for c in folded if unicodedata.category(c) not in ("So", "Sk") and c not in "\ufe0f~～*")
    name = " ".join(_TAIL.sub("", kept.strip(" _.-")).replace("_", " ").split())
    if not name or any(c.isdigit() for c in name) or _unsafe(folded) or _unsafe(name):
        return None
    if _CHINESE.fullmatch(name):
        return name if language == "zh" and len(name) <= _MAX["zh"] else None
    if not _LATIN.fullmatch(name) or len(name) > _MAX["latin"] or len(name) < 2:
        return None
    readable = all(_SAYABLE.search(part) for part in re.split(r"[ '\-]", name)) and not _CLUMPS.search(name)
    return _cased(name) if readable else None


def _unsafe(name: str) -> bool:
    folded = name.lower()
    squeezed = re.sub(r"[\W_]+", "", folded)
    patterns = (words.SPAM, words.ABUSE, _POSING, _ADVERT)
    if any(p.search(folded) or p.search(squeezed) for p in patterns):
        return True
    rules = (*compliance.rules("zh"), *compliance.rules("en"))
    return any(rule.find.search(folded) for rule in rules) or any(a.value != 1 for a in amounts(_TAIL.sub("", name)))


def _cased(name: str) -> str:
    return name.title() if name.islower() or (name.isupper() and len(name) > 3) else name
