"""Where else in the country: provinces and cities, so that what happened in 遵义 is not taken for a city's own matter.

China's administrative divisions down to the prefectures, and Guizhou's counties, since those are the demo city's
neighbours. What a gazetteer knows itself is never elsewhere.
"""

from __future__ import annotations

import re

PROVINCES: dict[str, str] = {
    "北京市": "",
    "天津市": "",
    "上海市": "",
    "重庆市": "",
    "香港": "",
    "澳门": "",
    "台湾省": "",
    "河北省": "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 雄安新区",
    "山西省": "太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁",
    "内蒙古": "呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 兴安盟 锡林郭勒 阿拉善",
    "辽宁省": "沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛",
    "吉林省": "长春 吉林 四平 辽源 通化 白山 松原 白城 延边",
    "黑龙江省": "哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭",
    "江苏省": "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁",
    "浙江省": "杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌",
    "安徽省": "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城",
    "福建省": "福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德",
    "江西省": "南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶",
    "山东省": "济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽",
    "河南省": "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店",
    "湖北省": "武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 仙桃 潜江 天门 神农架",
    "湖南省": "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西",
    "广东省": (
        "广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮"
    ),
    "广西": "南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左",
    "海南省": "海口 三亚 三沙 儋州",
    "四川省": (
        "成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 阿坝 甘孜 凉山"
    ),
    "贵州省": (
        "贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南 黔东南 黔南 兴义 凯里 都匀 仁怀 赤水 盘州 水城 六枝 钟山区 "
        "红花岗 汇川 播州 桐梓 绥阳 正安县 道真 务川 凤冈 湄潭 余庆县 习水 西秀 平坝 普定 镇宁 关岭 紫云县 "
        "七星关 大方县 黔西 金沙县 织金 纳雍 威宁 赫章 碧江区 万山区 江口县 玉屏 石阡 思南 印江 德江 沿河县 松桃 "
        "兴仁 普安县 晴隆 贞丰 望谟 册亨 安龙 黄平 施秉 三穗 镇远 岑巩 天柱县 锦屏县 剑河 台江县 黎平 榕江县 "
        "从江 雷山县 麻江 丹寨 福泉 荔波 贵定 瓮安 独山 平塘 罗甸 长顺县 龙里 惠水 三都县"
    ),
    "云南省": "昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄 红河州 文山州 西双版纳 大理 德宏 怒江 迪庆",
    "西藏": "拉萨 日喀则 昌都 林芝 山南地区 那曲 阿里地区",
    "陕西省": "西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛",
    "甘肃省": "兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏 甘南",
    "青海省": "西宁 海东 海北 黄南 海南州 果洛 玉树州 海西",
    "宁夏": "银川 石嘴山 吴忠 固原 中卫",
    "新疆": "乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 博州 巴州 阿克苏 克州 喀什 和田 伊犁 塔城 阿勒泰 石河子",
}
"""Province → its prefectures and cities, without 市 where the name alone says enough."""

ALSO_WORDS = frozenset(
    (
        *(
            "吉林",
            "朝阳",
            "金华",
            "中山",
            "大理",
            "平安",
            "白银",
            "永州",
            "安龙",
            "独山",
            "黄山",
            "海东",
            "海北",
            "海西",
        ),
        *(
            "黄南",
            "普定",
            "大同",
            "天门",
            "日照",
            "来宾",
            "开封",
            "安康",
            "天水",
            "长治",
            "普洱",
            "和田",
            "三明",
            "河池",
        ),
    )
)
"""Names that are also words, roads or places elsewhere: only with what they are (金华市)."""

FULL = re.compile(r"[市省区县州盟]\Z")
NOT_THE_PLACE = re.compile(
    r"市?(?:[东南西北中一二三]{0,2}(?:路|街|大道|巷)|人|籍|户口|户籍|口音|话|菜|火锅|拉面|米粉|牛肉粉|羊肉粉|粉|面馆|烧烤|小吃|鸭|"
    r"商会|银行|大厦|酒店|宾馆|饭店|品牌|产的|生产|牌照|车牌|号段|小区|花园|商城|同学|朋友|亲戚|老乡|客户|方向|高速|机场高速|"
    r"的?(?:厂家|老板|快递|货|大学|学院|医保|社保|户|房子卖))"
)
"""What makes a brand, a dish, an origin or a road of a city's name."""


GONE_THERE = re.compile(r"(?:[在到去从回往至于住]|来自|位于)\Z")
STANDS_FOR_A_PLACE = re.compile(r"(?:市|省|那边|这边|那里|境内|当地|本地|[\u4e00-\u9fff]{1,3}[区县州])")
STAYS = re.compile(
    r"市?[^,，。;；!！?？\s]{0,6}?(?:务工|打工|上班|工作|读书|上学|读[高大初研小]|住院|看病|就医|治病|定居|生活|居住|当兵|出差|"
    r"参保|缴|交的?[社医]保|买的?[社医]保|的?[社医]保|办的)"
)
"""What tells where a person stays or is insured, not where the matter happened."""


def is_spoken_of(text: str, start: int, end: int) -> bool:
    """Whether the name of another city stands for the place here, and not for a dish or within other words."""
    if NOT_THE_PLACE.match(text, end):
        return False
    if FULL.search(text[start:end]):
        return True
    return bool(GONE_THERE.search(text[max(0, start - 2) : start]) or STANDS_FOR_A_PLACE.match(text, end) or not start)


def names(known: frozenset[str], city: str) -> dict[str, str]:
    """Every name of elsewhere → its full name, without those in `known` and the province that the city lies in."""
    short = city.removesuffix("市")
    found: dict[str, str] = {}
    for province, cities in PROVINCES.items():
        inner = cities.split()
        if short not in inner:
            found |= {province: province, FULL.sub("", province): province}
        for name in inner:
            full = name if FULL.search(name) else f"{name}市"
            found |= {full: full} | ({} if name in ALSO_WORDS or name == full else {name: full})
            if not FULL.search(name):
                found |= {f"{name}{suffix}": f"{name}{suffix}" for suffix in "县州"}
    return {name: full for name, full in found.items() if name not in known and not name.startswith(short)}
