"""Kind, urgency, what is not taken, and whom a report accuses: by cue words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.accusation import Accusations, accused
from routing.cues import KIND_CUES, SPEECH_ACTS
from routing.dangers import LIFE
from routing.decision import KINDS, URGENCIES
from routing.kinds import kind_of
from routing.refusals import refused
from routing.urgency import Urgency, urgency_of
from tests.routing.city import UNITS

SAID = [
    ("请问异地就医怎么备案?", "consultation"),
    ("贵阳人社通app没有异地就医备案功能", "consultation"),
    ("想了解一下公积金贷款需要哪些材料", "consultation"),
    ("社保卡在哪里可以补办", "consultation"),
    ("有没有针对大学生创业的补贴", "consultation"),
    ("举报村支书贪污扶贫款", "report"),
    ("隔壁作坊生产假酒,还有人聚众赌博", "report"),
    ("实名举报某公司偷税漏税", "report"),
    ("建议在小区门口增设一个公交站", "suggestion"),
    ("希望尽快开通到乌当的地铁", "suggestion"),
    ("感谢交警同志热心帮助,特送锦旗表扬", "praise"),
    ("投诉健身房关门不退款", "complaint"),
    ("楼下烧烤店深夜扰民,太吵了", "complaint"),
    ("公司拖欠我三个月工资拒不支付", "complaint"),
    ("窗口工作人员态度恶劣", "complaint"),
    ("求助,家里水管坏了", "help"),
    ("从羊昌到新场镇的公路坑坑洼洼,希望尽快维修", "help"),
    ("请帮忙协调解决老人看病的困难", "help"),
]


@pytest.mark.parametrize(("text", "kind"), SAID)
def test_the_kind_is_told_by_its_cues_and_the_reason_names_it(text: str, kind: str) -> None:
    verdict, reason = kind_of(text)
    assert verdict == kind
    assert KINDS[kind] in reason


def test_the_reason_quotes_the_words_that_decided() -> None:
    assert "“请问”" in kind_of("请问怎么办理身份证?")[1]


def test_a_title_that_says_outright_what_the_message_is_decides() -> None:
    assert kind_of("路灯坏了很久,希望处理", "咨询路灯归谁管")[0] == "consultation"
    assert kind_of("路灯坏了,请问谁管?", "投诉路灯公司")[0] == "complaint"


def test_a_grievance_that_ends_in_a_question_is_a_grievance() -> None:
    assert kind_of("烧烤店油烟扰民,多次反映无人管,请问到底谁来管?")[0] == "complaint"


def test_thanks_at_the_end_of_a_request_are_not_praise() -> None:
    assert kind_of("希望早日处理路灯不亮的问题,非常感谢")[0] == "help"


def test_a_report_made_before_does_not_make_this_one_a_report() -> None:
    assert kind_of("已举报过多次,噪音扰民还是没人管")[0] == "complaint"


def test_without_any_cue_it_is_a_complaint_where_the_matter_usually_is_one_and_else_a_call_for_help() -> None:
    assert kind_of("门口的路灯", usual="complaint")[0] == "complaint"
    assert kind_of("门口的路灯", usual="report")[0] == "help"
    assert kind_of("门口的路灯")[0] == "help"


def test_a_mere_question_mark_asks_in_a_short_text_and_not_in_a_long_one() -> None:
    assert kind_of("门口的路灯归谁管?")[0] == "consultation"
    assert kind_of("门口的路灯从上个月开始就一闪一闪的," * 5 + "晚上走路看得见?")[0] == "help"


URGENT = [
    ("隔壁着火了", "119"),
    ("家里闻到很浓的煤气味", "119"),
    ("有人持刀砍人", "110"),
    ("同事晕倒了", "120"),
    ("多名学生食物中毒", "120"),
    ("路口发生了严重的交通事故", "122"),
    ("电梯困人,我们被困了", "119"),
    ("井盖不见了", "120"),
]


@pytest.mark.parametrize(("text", "number"), URGENT)
def test_danger_to_life_is_urgent_and_the_advice_names_whom_to_call(text: str, number: str) -> None:
    urgency = urgency_of(text)
    assert (urgency.code, urgency.codes) == ("urgent", ("life",))
    assert urgency.reasons
    assert number in urgency.advice


@pytest.mark.parametrize(
    "text",
    [
        "消防通道堵塞,容易着火",
        "担心电线老化引发火灾爆炸",
        "去年发生过交通事故",
        "车祸赔偿怎么申请",
        "小区组织火灾起火演练",
        "落水管坏了",
        "希望建一条路",
        "车子被打扰",
    ],
)
def test_a_danger_that_is_feared_past_or_insured_is_not_urgent(text: str) -> None:
    assert urgency_of(text) == Urgency()


def test_a_danger_told_late_in_a_long_text_counts_only_with_a_word_of_the_present() -> None:
    history = "我们小区的物业服务一直不好,收费不透明,卫生也没有人打扫,绿化带被占用,停车没有人管理。" * 3
    assert urgency_of(history + "楼道里起火两回").code == "normal"
    assert urgency_of(history + "现在楼道起火了").code == "urgent"


@pytest.mark.parametrize(
    "text", ["小区停水三天了", "今天早上突然停电了", "家里没有天然气", "宽带断网一天", "暖气不热", "水管爆了"]
)
def test_an_outage_is_of_the_utilities(text: str) -> None:
    assert urgency_of(text).code == "utilities"


@pytest.mark.parametrize(
    "text", ["门口总停电动车", "这栋楼没电梯", "司机没水平", "物业经常停水", "没有停水", "家里没电视信号箱"]
)
def test_what_only_looks_like_an_outage_is_none(text: str) -> None:
    assert urgency_of(text).code == "normal"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("我和公司的官司法院已经立案", "litigation"),
        ("劳动仲裁委已经受理了我的案子", "litigation"),
        ("一审判决我不服", "litigation"),
        ("信访局已经受理了这件事", "petition"),
        ("对信访复查意见不满意", "petition"),
        ("我手里有涉密文件要寄给你们", "state_secret"),
        ("救命,现在楼下有人持刀砍人", "emergency"),
    ],
)
def test_what_a_hotline_does_not_take_has_a_reason_code_and_names_the_channel(text: str, code: str) -> None:
    verdict = refused(text, urgency_of(text).alarms)
    assert verdict is not None
    assert verdict[0] == code
    assert verdict[1]


@pytest.mark.parametrize("text", ["请问怎么起诉欠钱的人", "怎样申请劳动仲裁", "我要信访", "路灯坏了", "这件事不涉密"])
def test_what_only_asks_about_a_legal_channel_is_taken(text: str) -> None:
    assert refused(text) is None


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("我要举报市医保局收受红包", {"dept-medical-insurance"}),
        ("举报乌当区人民政府不公开账目", {"district-wudang"}),
        ("城管局执法人员收受商户贿赂", {"dept-city-management"}),
        ("检举贵阳公交集团虚报补贴", {"ent-bus"}),
        ("举报羊昌镇政府套取资金", {"town-520112103"}),
        ("举报市公安局和市城管局的领导互相勾结", {"dept-police", "dept-city-management"}),
    ],
)
def test_the_accused_of_a_report_are_found_by_name(text: str, units: set[str]) -> None:
    assert units <= set(accused(text, UNITS))


@pytest.mark.parametrize(
    "text",
    [
        "举报乌当区一家超市卖假酒,请市场监管局查处",
        "请市纪委查一查这家公司",
        "我向市住建局反映过物业的问题",
        "举报隔壁工厂偷排废水",
    ],
)
def test_who_is_asked_for_help_and_the_bare_name_of_a_district_are_not_accused(text: str) -> None:
    assert accused(text, UNITS) == ()


@pytest.mark.parametrize("text", ["举报乌当区住建局违规审批", "举报清镇市住建局违规审批"])
def test_a_districts_bureau_is_not_the_citys(text: str) -> None:
    assert "dept-housing" not in accused(text, UNITS)


def test_the_enterprises_a_text_names_are_found() -> None:
    assert Accusations(UNITS).named("移动宽带太慢,供电局也慢") == ("ent-mobile", "ent-power")


CUES = st.sampled_from(
    ["请问", "举报", "建议", "感谢", "投诉", "求助", "着火", "停水", "法院", "已经", "信访", "涉密文件", "不", "了"]
)


@given(st.lists(CUES | st.text(max_size=8)).map("".join), st.text(max_size=20))
def test_whatever_is_said_the_codes_are_known(text: str, title: str) -> None:
    assert kind_of(text, title)[0] in KINDS
    assert urgency_of(text).code in URGENCIES
    assert (refused(text) or ("litigation", ""))[0] in {
        *("litigation", "petition", "state_secret", "emergency", "repeat", "commercial")
    }


def test_the_tables_of_cues_name_known_kinds_and_numbers() -> None:
    assert set(KIND_CUES) == set(SPEECH_ACTS) <= set(KINDS)
    assert {number for number, _, _ in LIFE} <= {"", "110", "119", "120", "122"}


@pytest.mark.parametrize("text", ["喂,打错了,不好意思", "在吗", "我来撤回昨天的投诉", "诚邀莅临参观,我司产品八折优惠"])
def test_what_asks_for_nothing_is_of_the_kind_other(text: str) -> None:
    assert kind_of(text)[0] == "other"


@pytest.mark.parametrize("text", ["领导开了三家店,请替我保密", "后山有人电鱼", "某单位公车私用,我要匿名"])
def test_who_asks_for_secrecy_or_names_an_offence_reports(text: str) -> None:
    assert kind_of(text)[0] == "report"


def test_a_suggestion_that_tells_of_an_emergency_of_last_week_is_not_urgent() -> None:
    assert urgency_of("建议车站配急救设备,上周看到有人晕倒").code == "normal"
