"""What characters sound like, roughly: enough to see that a machine that writes speech down meant 观山湖 by 观三湖.

The 3,755 common characters of GB 2312 stand in the order of their sounds, so that the first character of each syllable
says them all. What the south-west does not tell apart is one sound here: zh and z, ch and c, sh and s, n and l at the
beginning; -ng and -n after i and e.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

import ahocorasick

from routing.spelling import Mention

FIRST_OF_SYLLABLE = (
    "啊a埃ai鞍an肮ang凹ao芭ba白bai斑ban邦bang苞bao杯bei奔ben崩beng逼bi鞭bian标biao鳖bie彬bin兵bing玻bo捕bu擦ca猜cai餐can"
    "苍cang操cao厕ce层ceng插cha拆chai搀chan昌chang超chao车che郴chen撑cheng吃chi充chong抽chou初chu揣chuai川chuan疮chuang"
    "吹chui春chun戳chuo疵ci聪cong凑cou粗cu蹿cuan摧cui村cun磋cuo搭da呆dai耽dan当dang刀dao德de蹬deng堤di颠dian碉diao跌die"
    "丁ding丢diu东dong兜dou都du端duan堆dui墩dun掇duo蛾e恩en而er发fa藩fan坊fang菲fei芬fen丰feng佛fo否fou夫fu噶ga该gai干gan"
    "冈gang篙gao哥ge给gei根gen耕geng工gong钩gou辜gu刮gua乖guai棺guan光guang瑰gui辊gun锅guo哈ha骸hai酣han夯hang壕hao呵he"
    "嘿hei痕hen哼heng轰hong喉hou呼hu花hua槐huai欢huan荒huang灰hui荤hun豁huo击ji嘉jia歼jian僵jiang蕉jiao揭jie巾jin荆jing"
    "炯jiong揪jiu鞠ju捐juan撅jue均jun喀ka开kai刊kan康kang考kao坷ke肯ken坑keng空kong抠kou枯ku夸kua块kuai宽kuan匡kuang亏kui"
    "坤kun括kuo垃la莱lai蓝lan琅lang捞lao勒le雷lei棱leng厘li俩lia联lian粮liang撩liao列lie琳lin玲ling溜liu龙long楼lou芦lu"
    "驴lü峦luan掠lüe抡lun萝luo妈ma埋mai瞒man芒mang猫mao么me玫mei门men萌meng眯mi棉mian苗miao蔑mie民min明ming谬miu摸mo谋mou"
    "拇mu拿na氖nai南nan囊nang挠nao呢ne馁nei嫩nen能neng妮ni蔫nian娘niang鸟niao捏nie您nin柠ning牛niu脓nong奴nu女nü暖nuan"
    "虐nüe挪nuo哦o欧ou啪pa拍pai攀pan乓pang抛pao呸pei喷pen砰peng坯pi篇pian飘piao撇pie拼pin聘ping坡po扑pu期qi掐qia牵qian"
    "枪qiang橇qiao切qie钦qin青qing琼qiong秋qiu趋qu圈quan缺que裙qun然ran瓤rang饶rao惹re壬ren扔reng日ri戎rong揉rou肉ru软ruan"
    "蕊rui闰run若ruo撒sa腮sai三san桑sang搔sao瑟se森sen僧seng莎sha筛shai珊shan墒shang梢shao奢she砷shen声sheng师shi收shou"
    "蔬shu刷shua摔shuai栓shuan霜shuang谁shui吮shun说shuo斯si松song搜sou苏su酸suan虽sui孙sun蓑suo塌ta胎tai坍tan汤tang掏tao"
    "特te藤teng梯ti天tian挑tiao贴tie厅ting通tong偷tou凸tu湍tuan推tui吞tun拖tuo挖wa歪wai豌wan汪wang威wei瘟wen嗡weng挝wo巫wu"
    "昔xi瞎xia掀xian相xiang萧xiao楔xie薪xin星xing兄xiong休xiu墟xu轩xuan靴xue勋xun压ya焉yan殃yang邀yao椰ye一yi茵yin英ying哟yo"
    "拥yong幽you迂yu鸳yuan曰yue耘yun匝za栽zai咱zan赃zang遭zao责ze贼zei怎zen增zeng扎zha摘zhai瞻zhan樟zhang招zhao遮zhe珍zhen"
    "蒸zheng芝zhi中zhong舟zhou珠zhu抓zhua拽zhuai专zhuan桩zhuang椎zhui谆zhun捉zhuo兹zi鬃zong邹zou租zu钻zuan嘴zui尊zun昨zuo"
)

RARER = {"wo": "倭", "an": "庵", "nan": "楠", "rong": "榕", "yu": "毓", "huan": "浣", "dong": "硐", "xi": "禧曦"} | {
    "qing": "箐", "pan": "蟠", "yi": "驿", "qi": "麒", "qian": "黔", "feng": "烽", "pu": "堡", "wan": "皖"
}  # fmt: skip
"""Characters of names beyond the common ones, and 堡 as it is said in 龙洞堡."""

LEVEL_ONE_ENDS = 0xD7F9
SHORTEST = 3
"""Names of two characters sound like too much else."""


def merged(syllable: str) -> str:
    """The syllable as it is said where these sounds are one."""
    plain = re.sub(r"^([zcs])h", r"\1", syllable)
    plain = re.sub(r"^n", "l", plain)
    return re.sub(r"([ie])ng$", r"\1n", plain)


def _table() -> dict[int, str]:
    """Character's code → a private character for its sound, for str.translate."""
    firsts = [(char.encode("gb2312"), merged(said)) for char, said in re.findall(r"(.)([a-zü]+)", FIRST_OF_SYLLABLE)]
    signs = {said: chr(0xE000 + n) for n, said in enumerate(sorted({said for _, said in firsts}))}
    codes = [code for code, _ in firsts]
    table = {}
    for number in range(int.from_bytes(codes[0]), LEVEL_ONE_ENDS + 1):
        code = number.to_bytes(2)
        if 0xA1 <= code[1] <= 0xFE:
            table[ord(code.decode("gb2312"))] = signs[firsts[bisect_right(codes, code) - 1][1]]
    return table | {ord(char): signs[merged(said)] for said, chars in RARER.items() for char in chars}


SOUNDS = _table()


class Sounding:
    """Names to be found in texts by their sound, where most of their characters are right."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Index (name, code) pairs; names shorter than SHORTEST are left out."""
        self._names: dict[str, dict[str, tuple[str, ...]]] = {}
        for name, code in pairs:
            if len(name) >= SHORTEST:
                alike = self._names.setdefault(name.translate(SOUNDS), {})
                alike[name] = tuple(dict.fromkeys((*alike.get(name, ()), code)))
        self._automaton = ahocorasick.Automaton()
        for sound in self._names:
            self._automaton.add_word(sound, sound)
        self._automaton.make_automaton()

    def find(self, text: str) -> list[tuple[Mention, str]]:
        """Misspelt names with the name that each stands for, the longest first; they may overlap."""
        return sorted(self._all(text), key=lambda found: found[0].start - found[0].end)

    def _all(self, text: str) -> Iterator[tuple[Mention, str]]:
        if not len(self._automaton):
            return
        for end, sound in self._automaton.iter(text.translate(SOUNDS)):
            start = end + 1 - len(sound)
            written = text[start : end + 1]
            for name, codes in self._names[sound].items():
                right = sum(one == other for one, other in zip(written, name, strict=True))
                if len(name) > right >= len(name) / 2:
                    yield Mention(written, start, end + 1, codes), name
