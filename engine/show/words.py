"""The words by which a viewer's message is understood, in Chinese and English: data, no logic.

Everything is matched on normalised text: NFKC, lower case, simplified characters.
"""

from __future__ import annotations

import re

_TRADITIONAL = (
    "這個嗎麼幾錢價賣還貨發運費郵換貴優號鏈壺裡裏給點樣較區別適買質顏產時間長寬"
    "機說請問現沒兩種條雙隻聽學習實體驗單開關燈電壓線紅綠藍黃專門護養簡麗愛讚謝歡遞氣風顆藥圖還為沒號條頭茶後請誰"
)
_SIMPLIFIED = (
    "这个吗么几钱价卖还货发运费邮换贵优号链壶里里给点样较区别适买质颜产时间长宽"
    "机说请问现没两种条双只听学习实体验单开关灯电压线红绿蓝黄专门护养简丽爱赞谢欢递气风颗药图还为没号条头茶后请谁"
)
TO_SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


SPAM = _any(
    r"https?://|www\.|[a-z0-9-]+\.(com|cn|net|org|io|me|top|xyz|shop)\b", r"\d{7,}", r"[\w.]+@[\w.]+",
    r"加.{0,3}(微信|威信|薇|vx|wx|v信|qq|群)|微信号|\bvx\b|\bwx\b|私聊我|加我|扫码进群|兼职|刷单|代理加",
    r"\b(whatsapp|telegram|t\.me|onlyfans|check (out )?my (profile|page|channel)|follow me|sub4sub|free followers"
    r"|dm me)\b",
    r"(?P<same>.)(?P=same){9,}",
)
ABUSE = _any(
    r"傻[逼比b叉]|煞笔|沙比|\bs\.?b\b|操你|草你|日你|你妈的?|妈的|去死|滚(蛋|开|吧)?$|贱(人|货)|废物|脑残|智障|弱智"
    r"|王八|死全家|垃圾主播|骗子",
    r"\b(f+u+c+k\w*|shit\w*|bitch\w*|cunt|asshole|dick(head)?|idiot|moron|stupid|dumb|retard\w*|whore|slut|scammers?"
    r"|kill yourself|kys|stfu|shut up|suck(s|er)?)\b",
)
AI = _any(
    r"真人|机器人|数字人|虚拟人|虚拟主播|人工智能|(是|用|真的)?ai(吗|么|主播|生成|做的|的吧|吧|？|\?|$)|是不是ai"
    r"|你是ai|活人|假人|录播|是直播吗",
    r"\b(are|r) (you|u|this|she|he|that)\b.{0,14}\b(real|human|person|bot|robot|ai|fake|alive|live|virtual|computer"
    r"|recorded|recording)\b",
    r"\b(ur|you'?re|u)\b.{0,8}\b(bot|robot|ai|real|human|fake)\b",
    r"\bis (this|she|he|it|that)\b.{0,10}\b(an? )?(ai|bot|robot|real person|human|recording|deepfake)\b",
    r"\b(ai|robot|bot)[- ]?(host|generated|voice)?\s*\?",
)

INTENTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("compare", _any(r"哪(个|款|件|把|种|一个|一款).{0,6}(好|合适|适合|划算|值得)|区别|对比|比较|比一(比|下)|不同"
                     r"|还是.{1,8}好|怎么选|选哪",
                     r"\b(compare|comparison|difference|differ|versus|vs\.?|which (one )?(is|should|would)|better than"
                     r"|or the)\b")),
    ("warranty", _any(r"保修|质保|维修|坏了|售后|三包", r"\b(warrant\w*|guarantee\w*|repairs?|breaks?|broken"
                                                        r"|defect\w*)\b")),
    ("returns", _any(r"退(货|换|款|吗|么|不|了|回)|能退|可退|换货|可以换|七天|不合适|不喜欢.{0,4}(退|换)|无理由",
                     r"\b(returns?|refund\w*|exchange\w*|send it back|money back|return policy)\b")),
    ("coupon", _any(r"优惠|打折|折扣|券|便宜(点|些|吗|一)|满减|活动|再少|少点|福利|赠品|有送|送什么|送(东西|礼)",
                    r"\b(coupons?|discounts?|promo\w*|codes?|vouchers?|cheaper|deals?|offers?|sale|bundle|free gift"
                    r"|lower price)\b")),
    ("shipping", _any(r"发货|包邮|邮费|运费|快递|几天(能)?到|多久(能)?到|什么时候(能)?(到|发)|何时(到|发)|到货|物流"
                      r"|寄(到|往|哪)|从哪(里|儿)?发|配送|送货|海外|偏远|哪里发",
                      r"\b(ship\w*|deliver\w*|postage|courier|arrive\w*|how long.{0,16}(take|get here|arrive)"
                      r"|customs)\b")),
    ("care", _any(r"怎么(洗|清洗|清洁|保养|养护|打理|保存|存放|收纳)|(能|可以|可不可以|能不能).{0,6}(洗碗机|机洗|水洗"
                  r"|微波炉?|烤箱|洗衣机)|保养|养壶|开壶|清洗|好洗|好打理|掉色|缩水|怎么存|保质期",
                  r"\b(clean(ing)?|wash\w*|dishwasher|microwave|care for|take care|maintain\w*|rust|fade|shrink"
                  r"|how (do|should|to) (i )?(store|keep))\b")),
    ("stock", _any(r"有货|没货|库存|还有(吗|没|多少|货|几)|剩(几|多少|下)|现货|卖完|断货|补货|几件|有没有了|缺货",
                   r"\b(in stock|out of stock|stock|available|availability|how many.{0,12}(left|remain\w*|have)"
                   r"|any left|still (have|got)|sold out|restock\w*|left\?)")),
    ("price", _any(r"多少(钱|米|块|元)|价格|价钱|怎么卖|几(块|元|钱)|什么价|啥价|报价|贵(吗|不|么)|多钱|咋卖"
                   r"|多少\s*[?？]?$",
                   r"\b(how much(?! (does|do|can|will) (it|this|that|they)? ?(weigh|hold|fit))|price[ds]?|costs?"
                   r"|how expensive|expensive)\b")),
    ("use", _any(r"怎么用|如何用|用法|怎么泡|怎么喝|怎么吃|适合|能用来|可以用来|用来|能(泡|装|放|做|煮)|可以(泡|装|放"
                 r"|做|煮)|送(人|礼|长辈|朋友|老人|女朋友|男朋友)|几个人|一个人|干(嘛|什么)用|有什么用|做什么用",
                 r"\b(how (do|to|can|would|should) (i |you )?(use|brew|make|wear|style)|use (it )?for|used for"
                 r"|good for|suitable|suits?|gift|present for|what is it for|fit(s)? (in|a|my|into)|can i (put|use"
                 r"|take|make|pour))\b")),
)
SPEC_QUESTION = _any(r"参数|规格|详细|细节|配置|多(大|重|高|长|宽|厚|深)|什么(做|材|颜)|材(质|料)|尺寸|容量|颜色|产地"
                     r"|哪里产|重量|几(升|毫升|克|寸|瓦)|能装多少|保温",
                     r"\b(specs?|specifications?|details?|dimensions?|sizes?|how (big|large|heavy|tall|wide|long|thick"
                     r"|deep|hot|cold)|weigh\w*|materials?|made (of|from|out)|capacity|hold|colou?rs?|origin|made in"
                     r"|where .{0,12}(made|from)|battery|watt\w*|volume)\b")
GREETING = _any(r"^(大家好|主播好|你好|您好|哈喽|哈啰|嗨|晚上好|早上好|下午好|中午好|来了|我来(了|啦)|来啦|新人|刚来"
                r"|报到|在吗|打卡)",
                r"^(hi|hello|hey|hiya|yo|good (morning|evening|afternoon)|greetings|howdy|first time here"
                r"|just joined)\b")
PRAISE = _any(r"好看|漂亮|喜欢|真好|不错|很棒|真棒|点赞|赞|美|好听|厉害|专业|讲得好|爱了|支持|666+|牛|谢谢|感谢",
              r"\b(nice|lovely|beautiful|gorgeous|great|love (it|this|that|these|the)|cool|awesome|pretty|well done"
              r"|good job|amazing|thanks?|thank you|wow|cute)\b")
QUESTION = _any(r"[?？]", r"吗|呢|么$|什么|怎么|多少|几|哪|能不能|可不可以|可以不|是不是|有没有|有无|求|想问|请问"
                          r"|为什么|多久|为啥|谁|咋|[不没]$",
                r"^(is|are|do|does|did|can|could|will|would|what|which|how|why|when|where|who|should|has|have|any)\b")

SPEC_GROUPS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (_any(question), _any(label))
    for question, label in (
        (r"容量|能装多少|装多少|几(升|毫升)|多少(毫升|升|ml)|\b(capacity|how much (does|do|can|will).{0,8}(hold|fit)"
         r"|volume|how many (ml|oz|cups|litres|liters)|hold)\b",
         r"容量|容积|capacity|volume"),
        (r"多重|重量|净重|几克|多少克|几斤|重(吗|不)|\b(weigh\w*|how heavy|heavy|grams)\b", r"重量|净重|净含量|重"
            r"|weight|net"),
        (r"材质|材料|什么(做|材)|面料|料子|布料|泥料|\b(materials?|made (of|from|out)|fabric)\b", r"材质|材料|面料"
            r"|泥料|成分|material|fabric|made"),
        (r"颜色|色号|几(种|个)?颜?色|\b(colou?rs?|shades?)\b", r"颜色|色|colou?r|finish"),
        (r"产地|哪里(产|的|出)|哪儿(产|的)|原产|\b(origin|made in|where.{0,14}(made|from|grown))\b",
            r"产地|原产|产区|origin|made in|region"),
        (r"多高|高度|\b(how (tall|high)|height)\b", r"高|height|尺寸|size|dimension"),
        (r"多长|长度|\b(how long is|length)\b", r"长|length|尺寸|size|dimension"),
        (r"多宽|宽度|口径|直径|\b(how wide|width|diameter)\b", r"宽|直径|口径|width|diameter|base|尺寸|size|dimension"),
        (r"保温|\b(how long.{0,16}(hot|warm|cold)|keeps? .{0,8}(hot|warm|cold))\b", r"保温|保冷|hot|cold|insulat"),
        (r"续航|电池|充电|\b(battery|charge)\b", r"续航|电池|充电|battery|charg|run ?time"),
        (r"功率|几瓦|多少瓦|\b(watts?|wattage|power)\b", r"功率|power|watt"),
        (r"燃烧|烧多久|\b(burn\w*)\b", r"燃烧|burn"),
        (r"年份|哪年|几几年|\b(what year|vintage|harvest)\b", r"年份|采摘|harvest|year|vintage"),
        (r"多大|尺寸|大小|尺码|\b(sizes?|how (big|large)|dimensions?|measurements?)\b", r"尺寸|大小|规格|尺码|size"
            r"|dimension|容量|capacity|base|直径|diameter|高|height"),
    )
)

SPECIFIC = _any(r"微波炉?|洗碗机|烤箱|洗衣机|机洗|干洗|水洗|漂白|熨|明火|电磁炉|冰箱|冷冻|开水|热水",
                r"\b(microwave|dishwasher|oven|freezer|fridge|stove|induction|washing machine|machine wash\w*|bleach"
                r"|iron|boiling|tumble|dry clean\w*)\b")
"""Things a closed care question is about: a care note answers it only when it speaks of them."""

STOP_WORDS = frozenset(
    ["a", "an", "the", "is", "are", "was", "do", "does", "did", "can", "could", "will", "would", "i", "you", "it",
        "its", "this", "that", "these", "those", "of", "for", "in", "on", "to", "at", "and", "or", "my", "me", "put",
        "into", "need", "want", "like", "use", "used", "using", "take", "we", "us", "your", "be", "have", "has", "get",
        "got", "with", "if", "so", "there", "any", "what", "which", "how", "when", "where", "who", "why", "please",
        "s", "t", "no", "number", "one"]
)
