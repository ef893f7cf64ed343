"""Forty more messages, written after the tuning and never tuned on: the honest figure for messages not yet seen."""

from __future__ import annotations

from routing.decision import Message
from tests.routing.measuring import Labelled, figures

UNSEEN: list[tuple[str | None, str, str, str]] = [
    (
        "district-yunyan",
        "complaint",
        "01",
        "云岩区圣泉流云花园的物业把业主的地下车库租给外面的洗车店,天天车进车出,业主自己反而没地方停。",
    ),
    ("dept-police", "help", "03", "我的钱包在公交车上被扒了,里面有身份证和两千块现金,报警到现在没有消息。"),
    ("district-huaxi", "complaint", "11", "花溪区石板镇有个石材加工厂,切割声从早响到晚,粉尘飘得到处都是,衣服不敢晒。"),
    ("ent-water", "complaint", "01", "小区自来水这几天一放出来就是黄的,还有股铁锈味,水务集团说是正常,这怎么喝?"),
    ("dept-human-resources", "consultation", "05", "灵活就业人员自己交养老保险,今年缴费基数下限是多少,可以按月交吗?"),
    ("district-nanming", "help", "01", "南厂路那边一棵大树被风刮倒了,横在人行道上,推婴儿车都过不去,请来处理一下。"),
    ("dept-traffic-police", "complaint", "01", "每天放学时间市南路小学门口全是违停的车,堵得动不了,交警能不能来管管?"),
    (
        "district-qingzhen",
        "help",
        "02",
        "我们寨子里面吃水还是靠挑井水,自来水管装了两年一直没通水,红枫湖镇这边的,希望解决。",
    ),
    ("dept-medical-insurance", "consultation", "05", "新生儿医保要在多久之内办理参保,出生后住院的费用能报吗?"),
    ("district-baiyun", "complaint", "10", "白云区南湖路一家餐馆吃出蟑螂,老板还说正常,要求市场监管部门去查。"),
    ("ent-gas", "consultation", "01", "新房子想装天然气,要先去哪里报装,初装费多少?"),
    (
        "district-guanshanhu",
        "complaint",
        "01",
        "美的林城时代旁边的工地把人行道全部围起来了,行人只能走马路中间,太危险。",
    ),
    (
        "dept-discipline",
        "report",
        "13",
        "反映某乡镇扶贫站站长虚报冒领贫困户的产业补助,名单上好几个人根本不知道这回事,请保密。",
    ),
    (
        "district-kaiyang",
        "complaint",
        "14",
        "修高速征了我家两亩地,补偿款村里说已经拨了,到现在两年一分没拿到。我是开阳县永温镇的。",
    ),
    ("ent-bus", "complaint", "01", "K2路公交司机边开车边打电话,老人还没坐稳就一脚油门,吓死人。"),
    (
        "district-gaoxin",
        "complaint",
        "05",
        "在高新区德福中心一家公司上班半年没签劳动合同,昨天口头通知我不用来了,一分赔偿没有。",
    ),
    ("dept-education", "consultation", "04", "请问往届生可以报名参加今年的高考吗,在哪里报名?"),
    ("district-jingkai", "complaint", "11", "经开区长江路一家KTV每天半夜还在唱,低音炮震得床都在抖,孩子睡不着。"),
    ("dept-transport", "complaint", "12", "网约车司机让我取消订单线下付钱,不答应就把我扔在高速出口。"),
    ("ent-power", "help", "01", "我们村电压太低,晚上电饭锅都煮不熟饭,能不能换个大点的变压器?麦坪镇的。"),
    ("district-wudang", "help", "06", "我妈七十六岁,低保户,一个人住在乌当区下坝镇,最近摔断了腿,想申请临时救助。"),
    (
        "dept-provident-fund",
        "complaint",
        "01",
        "公司从去年开始就停缴我的住房公积金,问人事说公司困难,请公积金中心督促补缴。",
    ),
    ("district-xiuwen", "report", "14", "举报修文县谷堡镇有人在基本农田里挖塘取土卖,挖机天天在干。"),
    ("dept-natural-resources", "consultation", "14", "父亲去世后留下的房子,子女办继承过户要到哪里,要准备什么?"),
    ("district-shuanglong", "complaint", "01", "双龙机场路绿化带里面全是垃圾,一个多月没有人清,风一吹满天飞。"),
    ("dept-tax", "report", "08", "我在一家酒楼请客吃了三千多,老板死活不给开发票,说要开就加收六个点。"),
    ("district-xifeng", "help", "12", "息烽县石硐镇到村里的公路塌了半边,只剩一个车的宽度,雨再下就要断了。"),
    ("ent-metro", "suggestion", "01", "建议地铁末班车延后半小时,加班到十一点的人很多。"),
    ("dept-health", "complaint", "09", "在省医住院,医生没说清楚就给我爸上了进口支架,自费八万多,问他态度恶劣。"),
    ("district-zongbao", "complaint", "11", "都拉营街道一个家具厂天天喷漆,油漆味呛得人头昏,小孩都流鼻血了。"),
    ("dept-housing", "consultation", "01", "请问商品房预售资金监管的查询在哪里可以看,怎么知道楼盘有没有预售许可证?"),
    ("ent-mobile", "complaint", "15", "中国移动把我的老套餐停了,硬给换成八十八的,打客服说改不回来。"),
    ("dept-veterans", "consultation", "06", "参战老兵每个月的生活补助今年涨了吗,标准是多少?"),
    (
        "district-guanshanhu",
        "complaint",
        "04",
        "观山湖区一所民办幼儿园学期中间突然涨保教费,一个月多收四百,家长都有意见。",
    ),
    ("dept-traffic-police", "consultation", "03", "驾驶证六年到期,人在外地能不能异地换证,体检怎么弄?"),
    ("district-huaxi", "report", "09", "花溪区贵筑路一家美容院没有医疗资质就给人打玻尿酸,我朋友脸都打肿了。"),
    ("ent-lighting", "help", "01", "小碧乡进村那条路的路灯装好两年了从来没亮过。"),
    (None, "help", "01", "这边的路烂得很,你们来看看嘛,就是我们门口这条。"),
    (None, "complaint", "05", "劳动仲裁委员会已经受理我的案子了,下周开庭,请你们先让公司把工资给我。"),
    ("district-yunyan", "suggestion", "04", "建议在云岩区水东路附近建一个社区图书馆,方便老人和孩子看书。"),
]

FIGURES = figures(Labelled(Message(words), unit, kind, "normal", category) for unit, kind, category, words in UNSEEN)


def test_what_the_machine_sends_goes_to_the_right_unit() -> None:
    assert FIGURES.right_of_sent >= 0.95


def test_it_sends_most_of_them() -> None:
    assert FIGURES.sent >= 0.6


def test_who_waits_finds_the_right_unit_among_the_candidates() -> None:
    assert FIGURES.among_candidates >= 0.92


def test_kinds_urgencies_and_categories_are_mostly_right() -> None:
    assert FIGURES.kinds >= 0.85
    assert FIGURES.urgencies >= 0.97
    assert FIGURES.categories >= 0.8
