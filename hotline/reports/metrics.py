"""The metrics as data (rules.md, Rates): what is counted among what, in words and by the names of sets.

A ratio counts the members of `among` that are also in `counts`, so its numerator is a subset of its denominator by
construction. The sets of tickets are in facts.py, those of clocks in due.py, those of evaluations in mending.py.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One published figure. `source` says what is counted: tickets, clocks, evaluations, hours or calls.

    `numerator` and `denominator` are the definition in words, `excluded` what is in neither, `cohort` the date by
    which a ticket or a clock is of the period. `part` tells figures of one metric apart; `unit` is what its value is
    in; `falling` when less of it is better.
    """

    id: str
    name: str
    source: str
    counts: str
    among: str
    numerator: str
    denominator: str
    part: str = ""
    unit: str = "%"

    @property
    def key(self) -> str:
        """`metric`, or `metric.part` where a metric has several figures."""
        return key_of(self.id, self.part)

    @property
    def cohort(self) -> str:
        """By which date a ticket, a clock or a call is of the period."""
        return COHORTS[self.source]

    @property
    def excluded(self) -> str:
        """What is in neither numerator nor denominator."""
        return EXCLUDED[self.source]

    @property
    def falling(self) -> bool:
        """Less of it is better, and its target is a most, not a least."""
        return self.id in FALLING


def key_of(metric: str, part: str = "") -> str:
    """`metric`, or `metric.part`: what tells every figure apart."""
    return f"{metric}.{part}" if part else metric


COHORTS = {
    "tickets": "首次转办在期内的工单，按截止时刻的情况",
    "hours": "首次转办在期内、截止时已结案的工单",
    "clocks": "时限在期内到期的（24:00 到期属当日），按截止时刻的情况",
    "evaluations": "首次转办在期内的工单所得的差评",
    "calls": "期内呼入的电话",
}
EXCLUDED = {
    "tickets": "即答即结、不予受理、撤回、并单的工单",
    "hours": "即答即结、不予受理、撤回、并单的工单",
    "clocks": "到期前因改派、撤回等中止的",
    "evaluations": "15 个工作日未到且尚未整改的",
    "calls": "无",
}
FALLING = frozenset({"return_rate", "extension_rate", "reopen_rate", "overdue_rate", "handling_time"})

_DISPATCHED = "期内首次转办的工单（不含不予受理、撤回、并单）"
_CLOSED = "截止时已结案的工单"
_OF_THEM_CLOSED = "其中截止时已结案的"
_DUE = "应结：截止时已结案的，以及办结时限已到而未结案的"
_EVALUATED = "截止时取得有效评价的（以最近一次为准）"


def _clock(id_: str, clock: str, name: str, words: str) -> Metric:
    among = f"{words}时限在期内到期的次数（到期前因改派、撤回等中止的除外）"
    return Metric(id_, name, "clocks", clock, clock, f"其中按时{words}的", among)


def _tickets(id_: str, name: str, sets: tuple[str, str], words: tuple[str, str]) -> Metric:
    return Metric(id_, name, "tickets", *sets, *words)


def _hours(part: str, name: str, unit: str) -> Metric:
    words = "首次转办至最后一次办结的时长"
    return Metric("handling_time", name, "hours", "closed", "closed", words, _CLOSED, part, unit)


def _calls(id_: str, name: str, words: str) -> Metric:
    return Metric(id_, name, "calls", "", "", words, "呼入的电话")


METRICS: tuple[Metric, ...] = (
    _calls("connect_rate", "接通率", "其中接通的"),
    _calls("connect_rate_15s", "15 秒接通率", "其中 15 秒内接通的"),
    _clock("dispatch_on_time", "dispatch", "按时转办率", "转办"),
    _clock("accept_on_time", "accept", "按时签收率", "签收"),
    _clock("contact_on_time", "contact", "先行联系率", "先行联系"),
    _tickets("closure_rate", "办结率（应结口径）", ("closed", "due"), (_OF_THEM_CLOSED, _DUE)),
    _tickets("closure_share", "结案占比（转办口径）", ("closed", "dispatched"), (_OF_THEM_CLOSED, _DISPATCHED)),
    _tickets("closed_on_time", "按时办结率", ("closed_in_time", "due"), ("其中已结案且各轮办理均未超期的", _DUE)),
    _tickets(
        "closed_first_time",
        "一次办结率",
        ("closed_first_time", "closed"),
        ("其中首轮结案，未退单、未改派的", _CLOSED),
    ),
    _tickets("solved_rate", "解决率", ("solved", "evaluated"), ("其中评价为已解决的", _EVALUATED)),
    _tickets(
        "satisfied_of_closed",
        "满意率（结案口径）",
        ("satisfied", "closed"),
        ("其中评价为满意的；未评价不算满意", _CLOSED),
    ),
    _tickets(
        "satisfied_of_evaluated",
        "满意率（有效回访口径）",
        ("satisfied", "evaluated"),
        ("其中评价为满意的", _EVALUATED),
    ),
    _tickets("evaluation_rate", "评价率", ("evaluated", "closed"), ("其中取得有效评价的", _CLOSED)),
    _tickets("return_rate", "退单率", ("returned", "dispatched"), ("其中单位申请过退单的", _DISPATCHED)),
    _tickets("extension_rate", "延期率", ("extended", "dispatched"), ("其中批准过延期的", _DISPATCHED)),
    _tickets("reopen_rate", "重办率", ("reopened", "closed"), ("其中重办过的", _CLOSED)),
    _tickets("overdue_rate", "超期率", ("overdue", "due"), ("其中超期结案的，或时限已到仍未按时办结的", _DUE)),
    Metric(
        "mended_rate",
        "差评整改率",
        "evaluations",
        "mended",
        "bad",
        "其中 15 个工作日内改评为已解决且非差评的",
        "期内首次转办工单的差评（不含 15 个工作日未到且尚未整改的）",
    ),
    _hours("median_working", "办理时长中位数（工作小时）", "工作小时"),
    _hours("p90_working", "办理时长九成位数（工作小时）", "工作小时"),
    _hours("median_natural", "办理时长中位数（自然小时）", "小时"),
    _hours("p90_natural", "办理时长九成位数（自然小时）", "小时"),
)
"""Every figure of a report, in the order in which it is printed."""

BY_KEY = {metric.key: metric for metric in METRICS}

COUNTS = {
    "dispatched": "转办",
    "closed": "已结案",
    "not_evaluated": "已结案未评价",
    "open_within_limits": "在办未到期",
    "open_past_deadline": "已到期未结案",
    "provisional": "时限暂定",
    "reopened_open": "重办在办",
    "rejected": "不予受理",
    "withdrawn": "已撤回",
    "merged": "已并单",
    "answered_at_once": "即答即结",
    "waiting": "待受理",
}
"""The numbers beside the rates, by name. dispatched = closed + open_within_limits + open_past_deadline; what follows
`reopened_open` is in no ticket rate."""
