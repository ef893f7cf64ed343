"""Eighty messages in many voices, written before any tuning: what the machine sends by itself must be right.

Each row: the unit that answers for it (None where it must wait for a dispatcher), kind, urgency, category, the words.
"""

from __future__ import annotations

from hotline.intake.phone import inquiry_of_call
from routing.decision import Message
from tests.routing.measuring import Labelled, figures

FRESH: list[tuple[str | None, str, str, str, str]] = [
    # by phone, as transcripts
    (
        "district-baiyun",
        "help",
        "normal",
        "01",
        "坐席:您好,贵阳12345,请讲。市民:你好,我是白云区艳山红镇这边的,我们门口那条下水道堵了快一个礼拜了,污水全漫到街上,"
        "走路都要垫砖头。坐席:有跟社区反映过吗?市民:说了,没人来。麻烦你们喊人来通一下嘛。",
    ),
    (
        "ent-bus",
        "complaint",
        "normal",
        "01",
        "坐席:您好。市民:我要投诉公交车,我在大营坡站等了四十多分钟,来的那趟车根本没停,直接开过去了,司机看都不看一眼。",
    ),
    (
        "district-nanming",
        "complaint",
        "normal",
        "11",
        "坐席:请问有什么可以帮您?市民:我想问一下你们到底管不管,花果园这边工地天天半夜两点还在打桩,我家孩子马上中考,"
        "根本睡不成觉,打了好多次电话都没得用。",
    ),
    (
        "dept-medical-insurance",
        "consultation",
        "normal",
        "05",
        "市民:喂,我问一下哈,我妈在老家交的居民医保,现在在贵阳住院,能不能直接报?报销比例是多少?坐席:您稍等。",
    ),
    (
        "ent-water",
        "help",
        "utilities",
        "01",
        "坐席:您好。市民:我家在金阳新世界,今天一早起来水龙头一滴水都没得,问了邻居整栋楼都停水了,啷个时候能来水?",
    ),
    (
        "district-huaxi",
        "complaint",
        "normal",
        "01",
        "市民:你好,我反映一下,碧桂园西南上城的物业今年把物业费涨了三毛,也没开业主大会,问他们依据也不给看。坐席:好的,我记录一下。",
    ),
    (
        "district-qingzhen",
        "help",
        "normal",
        "12",
        "坐席:请讲。市民:我是清镇犁倭镇的,我们村里到镇上那条路烂得不成样子,坑里头都能养鱼了,拉菜的三轮车翻过两回,"
        "希望交通部门来修一修。",
    ),
    (
        "dept-traffic-police",
        "suggestion",
        "normal",
        "01",
        "市民:我提个建议,林城东路和长岭北路那个十字路口的左转绿灯太短了,一次才过得去五六辆车,早高峰堵得很,建议加长一点。",
    ),
    (
        "district-yunyan",
        "help",
        "urgent",
        "01",
        "坐席:您好。市民:喂,黔灵西路这里人行道上有个井盖不见了,就在公交站旁边,黑洞洞的一个大口子,刚才差点有个老奶奶掉下去,快点派人来。",
    ),
    (
        None,
        "help",
        "urgent",
        "03",
        "市民:快点快点,我在甲秀楼这边,有两伙人正在打架,有人拿刀,快来人啊!坐席:请您注意安全。",
    ),
    (
        "dept-human-resources",
        "consultation",
        "normal",
        "05",
        "市民:我想咨询一下,我今年五十岁,以前在厂里上班,女的到底是五十还是五十五退休?坐席:请问您是什么岗位?市民:一线工人。退休手续去哪里办?",
    ),
    (
        "dept-police",
        "consultation",
        "normal",
        "03",
        "坐席:您好请讲。市民:我媳妇是外省的,想把户口迁到贵阳来,需要准备些什么材料,要多久?",
    ),
    (
        "ent-metro",
        "complaint",
        "normal",
        "01",
        "市民:地铁2号线油榨街站那个扶梯坏了快一个月了,老人家要爬几十级楼梯,问工作人员说在等配件,你们催一下嘛,太不负责任了。",
    ),
    (
        "district-guanshanhu",
        "complaint",
        "normal",
        "10",
        "坐席:您好。市民:我在观山湖区一家美容店办了五千块钱的会员卡,才用了两次,昨天去门都锁了,老板电话也打不通,"
        "要求退钱。坐席:门店名称是?市民:在万达广场里面。",
    ),
    (
        "ent-gas",
        "help",
        "utilities",
        "01",
        "市民:我们这栋楼的天然气从昨晚上开始就停了,饭都煮不成,也没看到通知,哪时候恢复嘛?",
    ),
    (
        "dept-discipline",
        "report",
        "normal",
        "13",
        "市民:我要实名反映一个情况,请你们保密。有个镇的副镇长在征地的时候收了老板的钱,给人家虚报面积套取补偿款。",
    ),
    (
        "district-jingkai",
        "complaint",
        "normal",
        "11",
        "市民:我家住漓江花园,楼下那家烧烤店的油烟机直接对着我们阳台排,一开窗全是油烟味,衣服都不敢晾。",
    ),
    (
        "dept-provident-fund",
        "consultation",
        "normal",
        "01",
        "市民:我问一下公积金,我在贵阳租房子住,一年可以提几次公积金,一次能提多少?",
    ),
    (
        "district-xiuwen",
        "complaint",
        "normal",
        "11",
        "市民:修文县洒坪镇我们寨子旁边有个养猪场,粪水直接排到沟里头,臭得饭都吃不下,夏天苍蝇多得很。",
    ),
    (
        "dept-transport",
        "complaint",
        "normal",
        "12",
        "市民:我昨天从贵阳北站打了个出租车去花溪,师傅不打表,张口就要一百块,不坐就赶我下车,车牌我记下来了。",
    ),
    # by WeChat, short
    ("ent-power", "help", "utilities", "01", "山水黔城7栋又停电了,从下午四点到现在没来电,热死人"),
    ("ent-lighting", "help", "normal", "01", "三桥路路灯一排都不亮好多天了"),
    ("district-wudang", "complaint", "normal", "01", "乐湾国际小区电动车乱停把消防通道都堵了,物业不管"),
    ("ent-parking", "complaint", "normal", "01", "瑞金南路路边停车才停了半小时收我10块,这个停车收费标准是哪个定的"),
    ("dept-education", "consultation", "normal", "04", "今年中考指标生怎么分配?择校线怎么算"),
    ("district-kaiyang", "help", "normal", "02", "开阳冯三镇的水渠塌了一截,田里没水插秧,求帮忙协调修一下"),
    ("dept-industry", "complaint", "normal", "15", "家里宽带天天掉线,网速慢得要命,打客服就会说重启"),
    ("ent-unicom", "complaint", "normal", "15", "联通宽带报修三天没人上门,网还是断的"),
    ("district-nanming", "help", "normal", "01", "中铁我山这边好多流浪狗,昨天还追着小学生咬,能不能来管一下"),
    ("dept-human-resources", "consultation", "normal", "05", "社保卡丢了在哪里可以补办呀"),
    ("district-zongbao", "help", "normal", "01", "综保区金桥路坑坑洼洼下雨就积水,啥时候修"),
    ("district-shuanglong", "complaint", "normal", "11", "双龙这边多彩贵州城每天晚上音响放到十一点多,吵死人了"),
    ("dept-tax", "consultation", "normal", "08", "请问个体户季度开票超过多少要交增值税"),
    ("ent-public-housing", "consultation", "normal", "01", "公租房申请条件是什么,外地户口可以申请吗"),
    ("district-guanshanhu", "suggestion", "normal", "01", "建议在观山湖公园东门加几个公共厕所,周末人太多排不赢"),
    ("dept-health", "complaint", "normal", "09", "市一医挂号排了三个小时,医生两分钟就打发了,态度还差得很"),
    ("district-gaoxin", "complaint", "normal", "05", "沙文园区有家电子厂压着两个月工资不给,辞职的人更是一分没有"),
    ("dept-veterans", "consultation", "normal", "06", "退伍军人优待证一直没下来,去哪里查进度"),
    ("ent-heating", "help", "utilities", "01", "家里暖气片冰凉的,小区供暖两天了都不热"),
    ("district-baiyun", "complaint", "normal", "10", "在白云区一家超市买的面包里面都长霉了,找店家还不承认"),
    # by web form, written with care
    (
        "district-yunyan",
        "complaint",
        "normal",
        "01",
        "我是云岩区中天花园业主。小区二期地下车库长期只卖不租,月租车位被取消,业主车辆无处停放,物业公司以开发商要求为由拒绝沟通。"
        "请有关部门督促整改。",
    ),
    (
        "district-huaxi",
        "complaint",
        "normal",
        "04",
        "本人在花溪区大学城附近一家英语培训机构给孩子报了课,交费一万二,现在机构关门,课程退费无人理睬,请帮助追回。",
    ),
    (
        "dept-natural-resources",
        "consultation",
        "normal",
        "01",
        "我购买的商品房已交付三年,契税也交了,想了解个人能否单独申请办理不动产权证,需要提交哪些资料?",
    ),
    (
        "district-wudang",
        "report",
        "normal",
        "01",
        "举报乌当区东风镇头堡村一户村民在没有任何手续的情况下加盖第四层楼房,属于违章建筑,请求保密。",
    ),
    (
        "district-xifeng",
        "complaint",
        "normal",
        "11",
        "息烽县小寨坝镇某化工厂经常在夜间排放刺鼻废气,附近居民咳嗽、头晕,多次反映仍然如此,请环保部门严肃查处。",
    ),
    (
        "dept-discipline",
        "report",
        "normal",
        "13",
        "举报某区住建局一名科长在工程验收中吃拿卡要,向施工单位索要好处费三万元,不给就不签字。",
    ),
    (
        "district-nanming",
        "complaint",
        "normal",
        "01",
        "遵义路一带流动摊贩长期占道经营,把人行道占满,行人只能走机动车道,非常危险,城管来了就跑,走了又摆。",
    ),
    (
        "district-qingzhen",
        "complaint",
        "normal",
        "05",
        "我们二十几个农民工在清镇职教城一处工地做木工,包工头拖欠工资八万多元,总包单位互相推诿,年前就说给,到现在一分没有。",
    ),
    (
        "dept-market",
        "consultation",
        "normal",
        "08",
        "请问个体工商户转为有限公司需要怎么办理?营业执照注册号会变吗?",
    ),
    (
        "dept-education",
        "consultation",
        "normal",
        "04",
        "孩子在外省读高一,想转学回贵阳就读高中,请问学籍怎么转,需要什么条件?",
    ),
    (
        "district-guanshanhu",
        "complaint",
        "normal",
        "01",
        "世纪城龙禧苑电梯一周坏了三次,物业说维修基金还没批,老人小孩天天爬二十几楼,请督促尽快维修。",
    ),
    (
        "ent-bus",
        "suggestion",
        "normal",
        "01",
        "建议延长夜间公交线路的运营时间,方便晚班回家的市民,最好能在金阳客车站和花溪之间增开一条夜班公交。",
    ),
    (
        "dept-civil-affairs",
        "consultation",
        "normal",
        "06",
        "我们想成立一个民办非企业性质的社会组织,请问登记条件和流程是什么?",
    ),
    (
        "district-gaoxin",
        "help",
        "normal",
        "01",
        "高新区白金大道靠近创客公园的人行道地砖松动破损多处,下雨一踩一身水,请安排修复。",
    ),
    (
        "dept-transport",
        "complaint",
        "normal",
        "12",
        "快递显示已签收,但我根本没有收到包裹,联系快递员说放驿站了,驿站说没有,快递公司拒绝赔偿。",
    ),
    (
        None,
        "complaint",
        "normal",
        "05",
        "我和原单位的劳动争议,法院已经开庭审理,还没有判决,希望热线帮我催一下法院,让公司赔偿。",
    ),
    (
        None,
        "complaint",
        "normal",
        "14",
        "我家的征地补偿问题信访局已经受理了,也给了受理告知书,现在来问问处理得怎么样了。",
    ),
    (
        None,
        "other",
        "normal",
        "10",
        "专业办理各类贷款,无抵押、当天放款、利息低,需要的老板加微信详谈,长期有效!",
    ),
    (
        "district-yunyan",
        "praise",
        "normal",
        "06",
        "特别感谢云岩区头桥社区的网格员小王,冒雨帮我家八十岁的老母亲送药上门,服务真的很贴心,给他点赞!",
    ),
    (
        "dept-housing",
        "consultation",
        "normal",
        "01",
        "想了解一下现在贵阳买第二套房还限购吗,购房资格怎么审核?",
    ),
    # the letters' and the neighbours' voice
    (
        "district-kaiyang",
        "complaint",
        "normal",
        "02",
        "尊敬的领导:我是开阳县花梨镇一名普通村民,我们村的低保和土地流转费多年来从不公示,村务不公开,问村委会只说你莫管,请上级过问。",
    ),
    (
        "district-huaxi",
        "help",
        "urgent",
        "14",
        "昨晚下了一夜大雨,花溪区高坡乡我家屋后的山体滑坡了,泥巴已经冲到墙根,现在还在往下掉石头,家里有老人小孩,请赶紧派人来看。",
    ),
    (
        "district-xiuwen",
        "complaint",
        "normal",
        "01",
        "修文县龙岗新城交房延期快两年,开发商一再改口,楼盘停工,我们几百户业主还着房贷租着房,求政府督促复工。",
    ),
    (
        "dept-police",
        "report",
        "normal",
        "03",
        "举报云岩区鲤鱼街一栋居民楼五楼有人聚众赌博,每天下午开始,进出的人很多,请匿名处理。",
    ),
    (
        "dept-police",
        "help",
        "normal",
        "03",
        "我在网上刷单被骗了两万八,对方把我拉黑了,转账记录和聊天记录都有,请问怎么立案?",
    ),
    (
        "district-baiyun",
        "suggestion",
        "normal",
        "01",
        "希望白云公园能增设一些健身步道和休息长椅,现在傍晚散步的人很多,坐的地方太少。",
    ),
    (
        "dept-medical-insurance",
        "complaint",
        "normal",
        "05",
        "生育津贴申请交上去四个月还没有到账,每次打电话都说在审核,请医保部门给个准信。",
    ),
    (
        "dept-police",
        "consultation",
        "normal",
        "03",
        "小孩的身份证到期了,人在外地读书,可以异地补办吗?",
    ),
    (
        "dept-traffic-police",
        "complaint",
        "normal",
        "03",
        "我在北京西路被电子警察抓拍闯红灯,当时是给救护车让道才越线,申诉两次都不给撤销罚单。",
    ),
    (
        "district-shuanglong",
        "help",
        "normal",
        "01",
        "富源路安置小区六栋楼顶漏水,顶楼几户一下雨就用盆接,反映半年没有维修,请帮忙解决。",
    ),
    (
        "ent-telecom",
        "complaint",
        "normal",
        "15",
        "中国电信在我不知情的情况下给我开通了一个视频包,每个月扣十五块,扣了大半年,要求退还。",
    ),
    (
        "ent-cable",
        "help",
        "normal",
        "04",
        "家里有线电视这几天一直没信号,机顶盒重启也不行,能不能叫人来看看?",
    ),
    (
        "dept-big-data",
        "help",
        "normal",
        "07",
        "在政务服务网上办事,人脸认证一直失败,登录不上,换了手机也不行。",
    ),
    (
        "district-nanming",
        "help",
        "normal",
        "06",
        "我父亲八十岁了,独居在南明区水口寺,身体不好,想问问能不能给他申请高龄补贴,我们不知道找哪个。",
    ),
    (
        "dept-forestry",
        "consultation",
        "normal",
        "02",
        "请问种了十几年的退耕还林,补助政策现在还有没有,市里是怎么规定的?",
    ),
    (
        "district-jingkai",
        "suggestion",
        "normal",
        "04",
        "建议在经开区小孟街道新建一所小学,现在孩子上学要坐五站公交,学位也紧张。",
    ),
    (
        "ent-drainage",
        "complaint",
        "normal",
        "11",
        "二桥污水处理厂这几天臭得很,半夜开窗都睡不着,是不是设备出问题了。",
    ),
    (
        "dept-culture-tourism",
        "complaint",
        "normal",
        "10",
        "五一跟贵阳一家旅行社报团去外地玩,导游强迫进了四个购物店,不买东西就骂人,要求旅行社退团费。",
    ),
    (
        None,
        "help",
        "normal",
        "01",
        "我们小区门口的路灯和垃圾桶都有问题,物业和社区互相推,具体是哪个区我也说不清楚,反正就是没人管垃圾。",
    ),
    (None, "other", "normal", "07", "喂,听得到吗?喂?哦,打错了,不好意思。"),
    (
        "district-wudang",
        "help",
        "normal",
        "12",
        "乌当区百宜镇到水田镇的乡道边坡掉下来一堆土,占了半边路,会车很困难,请公路部门尽快清理。",
    ),
]


def _message(words: str) -> Message:
    """The citizen's own words, where it is a transcript."""
    if not words.startswith(("坐席", "市民")):
        return Message(words)
    return Message(inquiry_of_call("fresh", "plain", "13900000001", None, words).content)


FIGURES = figures(Labelled(_message(words), *labels) for *labels, words in FRESH)


def test_what_the_machine_sends_goes_to_the_right_unit() -> None:
    assert FIGURES.right_of_sent >= 0.95


def test_it_sends_most_of_them() -> None:
    assert FIGURES.sent >= 0.6


def test_who_waits_finds_the_right_unit_among_the_candidates() -> None:
    assert FIGURES.among_candidates >= 0.92


def test_kinds_urgencies_and_categories_are_mostly_right() -> None:
    assert FIGURES.kinds >= 0.85
    assert FIGURES.urgencies >= 0.97
    assert FIGURES.categories >= 0.85
