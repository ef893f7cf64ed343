"""The three published cases, said in other words: still right, still sure, and of the right kind."""

from __future__ import annotations

import pytest

from hotline.intake.phone import inquiry_of_call
from routing.decision import Message
from tests.routing.city import MATTERS, ROUTER

POTHOLES = [
    "坐席:您好,贵阳12345,请讲。市民:喂,我是乌当这边的,羊昌到新场镇那条路你们晓得不?全是坑,前轮都给我颠爆了。"
    "坐席:具体哪一段?市民:整条路都是坑坑洼洼的,快派人来补一补嘛。",
    "坐席:您好,请问您要反映什么问题?市民:从羊昌往新场镇走的公路,路面破损得厉害,大坑套小坑,下雨积水看不见深浅。"
    "坐席:有人受伤吗?市民:前天摔了一个骑摩托的,希望赶紧修。",
    "市民:我天天拉菜走羊昌到新场镇的公路,路烂得很,坑一个接一个。坐席:请问持续多久了?市民:半年了,没人修过。",
    "坐席:请讲。市民:就是羊昌镇和新场镇之间那段路,坑洼不平,校车过去孩子都坐不稳,麻烦反映给交通部门。",
    "市民:你好,羊昌到新场镇的乡道路面损坏严重,全是大坑,会车只能往边沟靠,请修一修。坐席:好的,已记录。",
]
REMOTE_INSURANCE = [
    "贵阳人社通APP里没有异地医保备案,请问在哪里可以办?",
    "想问一下贵阳人社通为什么找不到异地就医登记的入口",
    "贵阳人社通上没有异地就医备案这个功能,老人跟我住外省,怎么登记?",
    "请问贵阳人社通什么时候能开通异地就医登记?",
    "人社通里没有异地就医登记",
    "人社通里面缺少异地医保登记,去外地看病要怎么备案",
]
UNPAID = [
    "本人在动力小镇一家科技公司上班,公司拖欠工资三个月,多次催要无果,请督促支付。",
    "动力小镇园区内某公司欠薪,涉及二十多名员工,合计三十余万元,老板失联。",
    "我们公司在贵阳动力小镇,去年十月起就没发工资,离职的同事也没有结清,请劳动部门介入。",
    "反映动力小镇一公司拖欠员工工资,并要求员工垫付项目款,现在既不发工资也不还款。",
    "我在动力小镇的公司做运营,公司以资金紧张为由一直不发工资,欠薪已经四个月。",
]


def _call(transcript: str) -> Message:
    return Message(inquiry_of_call("case", "plain", "13900000002", None, transcript).content)


@pytest.mark.parametrize("transcript", POTHOLES)
def test_potholes_from_yangchang_to_xinchang_go_to_wudang_as_transport(transcript: str) -> None:
    decision = ROUTER.route(_call(transcript))
    path = next(matter.path for matter in MATTERS if matter.code == decision.matter)
    assert (decision.unit, path[0]) == ("district-wudang", "交通运输")
    assert decision.confidence >= 0.8


@pytest.mark.parametrize("text", REMOTE_INSURANCE)
def test_missing_remote_insurance_goes_to_the_insurance_bureau_as_a_consultation(text: str) -> None:
    decision = ROUTER.route(Message(text))
    assert (decision.unit, decision.kind) == ("dept-medical-insurance", "consultation")
    assert decision.confidence >= 0.8


@pytest.mark.parametrize("text", UNPAID)
def test_unpaid_wages_in_the_power_town_go_to_the_high_tech_zone(text: str) -> None:
    decision = ROUTER.route(Message(text))
    assert (decision.unit, decision.kind) == ("district-gaoxin", "complaint")
    assert decision.confidence >= 0.8
