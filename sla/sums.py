"""The sum of a clock on paper: what counted, what did not and why, the total, the deadline, the verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby

from sla.calendar import Calendar, Day
from sla.policy import KINDS, URGENCIES
from sla.run import Note, Run
from sla.values import CLOCKS, Event
from sla.words import day, deadline, length, minutes, moment

_INSTANT = timedelta(microseconds=1)

_ACTS = {
    "open": "收到来件",
    "answer": "当场答复",
    "reject": "不予受理",
    "dispatch": "转办",
    "accept": "签收",
    "contact": "联系诉求人",
    "assist": "协办单位反馈",
    "return": "申请退单",
    "decide_return": "退单审批",
    "extend": "申请延期",
    "decide_extension": "延期审批",
    "suspend": "申请挂账",
    "decide_suspension": "挂账审批",
    "resume": "恢复办理",
    "supervise": "督办",
    "feedback": "督办反馈",
    "resolve": "提交答复",
    "review": "审核",
    "follow_up": "回访",
    "reopen": "重办",
    "close": "结案",
    "withdraw": "撤回",
    "merge": "并入其他工单",
    "unmerge": "拆单",
    "absorb": "并入工单",
    "release": "拆出工单",
    "recompute": "时限重算",
}


def lines(run: Run) -> tuple[str, ...]:
    """The whole sum, a line each, ready for people to read."""
    policy, calendar = run.policy, run.calendar
    return (
        f"{CLOCKS[run.name]}时限：{KINDS[run.kind]}、{URGENCIES[run.urgency]}件，{_allowance(run)}",
        f"起算：{moment(run.opened.at, calendar)} {_by(run.opened)}",
        *_rivals(run),
        *_counted(run),
        *_moved(run),
        f"时限：{deadline(run.due_at, calendar)}",
        f"依据：{policy.name}（{policy.code} 第 {policy.version} 版），工作日历 {calendar.version}",
        *_provisional(run),
        f"结论：{_verdict(run)}",
    )


def _by(event: Event) -> str:
    return f"{_ACTS.get(event.action, event.action)}（第 {event.seq} 号记录）"


def _allowance(run: Run) -> str:
    allowance = run.allowance
    return f"{allowance.text}（{allowance.basis}）" if allowance.basis else allowance.text


def _rivals(run: Run) -> Iterator[str]:
    """Where several rows fit, what each would give."""
    policy, calendar = run.policy, run.calendar
    allowances = policy.chosen.get((run.name, run.kind, run.urgency), ())
    if len(allowances) > 1:
        ends = (f"{a.text}至 {deadline(policy.due(a, run.opened.at, calendar).at, calendar)}" for a in allowances)
        yield f"同时适用：{'；'.join(ends)}；取较早者"


def _counted(run: Run) -> Iterator[str]:
    """How the policy's own allowance counts, before anything moved the deadline."""
    policy, calendar, start, allowance = run.policy, run.calendar, run.opened.at, run.allowance
    due_at = policy.due(allowance, start, calendar).at
    match allowance.mode:
        case "natural_minutes":
            yield f"昼夜连续计算，夜间、周末和节假日都计：共 {allowance.text}"
        case "same_day":
            yield "当日办结：到当日 24:00 为止，周末和节假日不顺延"
        case "months":
            yield f"按月连续计算，周末和节假日都计：{allowance.text}后的对应日为最后一日"
        case "working_minutes":
            yield from _office_hours(start, due_at, calendar)
        case "own_date" if any(note.what == "own_date" for note in run.notes):
            yield "以交办时定下的期限为准"
        case _:
            first = calendar.local(start).date() + timedelta(days=policy.count_from_next_day)
            yield "起算当日不计，次日起计" if policy.count_from_next_day else "自起算当日起计"
            yield from _working_days(first, _last_day(due_at, calendar), calendar)


def _last_day(due_at: datetime, calendar: Calendar) -> date:
    return calendar.local(due_at - _INSTANT).date()


def _working_days(first: date, last: date, calendar: Calendar) -> Iterator[str]:
    total = 0
    for days in _alike(calendar.days(first, last)):
        if days[0].working:
            total += len(days)
            why = "" if days[0].name == "工作日" else f"{days[0].name}，"
            yield f"{_stretch(days)}：{why}计 {len(days)} 日，累计 {total} 日"
        else:
            yield f"{_stretch(days)}：{days[0].name}，不计"
    yield f"合计：{total} 个工作日"


def _office_hours(start: datetime, due_at: datetime, calendar: Calendar) -> Iterator[str]:
    spans: dict[date, list[tuple[datetime, datetime]]] = defaultdict(list)
    for span in calendar.working_spans(start, due_at):
        opens, closes = calendar.local(span.start), calendar.local(span.end)
        spans[opens.date()].append((opens, closes))
    total = timedelta(0)
    for days in _alike(calendar.days(calendar.local(start).date(), calendar.local(due_at).date())):
        if not days[0].working:
            yield f"{_stretch(days)}：{days[0].name}，不计"
        for each in days if days[0].working else ():
            counted = sum((closes - opens for opens, closes in spans[each.date]), timedelta(0))
            total += counted
            yield f"{day(each.date)}：{_hours_of(spans[each.date], counted, total)}"
    yield f"合计：{minutes(total)}"


def _hours_of(spans: list[tuple[datetime, datetime]], counted: timedelta, total: timedelta) -> str:
    if not spans:
        return "起算时已下班，不计"
    hours = "、".join(f"{opens:%H:%M}—{closes:%H:%M}" for opens, closes in spans)
    return f"{hours}，计 {minutes(counted)}，累计 {minutes(total)}"


def _alike(days: Iterator[Day]) -> Iterator[list[Day]]:
    """Runs of days that read the same."""
    for _, run in groupby(days, key=lambda each: (each.working, each.name)):
        yield list(run)


def _stretch(days: list[Day]) -> str:
    if len(days) == 1:
        return day(days[0].date)
    return f"{day(days[0].date)}至{day(days[-1].date)}"


def _moved(run: Run) -> Iterator[str]:
    for note in run.notes:
        if note.moved or note.what in ("sent_back", "recomputed"):
            yield from _note(run, note)


def _note(run: Run, note: Note) -> Iterator[str]:
    calendar, event = run.calendar, note.event
    before, due_at = note.before or run.opened.at, note.due_at or run.due_at
    when, number = deadline(due_at, calendar), f"（第 {event.seq} 号记录）"
    match note.what:
        case "own_date":
            yield f"来件自带期限 {when}，以此为准"
        case "lead":
            yield f"不晚于主办单位的期限 {when}，以此为准"
        case "joined":
            yield f"并入的工单期限 {when} 较早，以此为准：{moment(event.at, calendar)} {_by(event)}"
        case "sent_back":
            yield f"{moment(event.at, calendar)} 审核未通过{number}，继续计时"
        case "recomputed":
            edition = event.data.get("calendar", calendar.version)
            yield f"{moment(event.at, calendar)} 工作日历更新，按 {edition} 重算{number}：{_changed(note, calendar)}"
        case "suspended" if note.until is not None:
            yield f"{moment(event.at, calendar)} 至 {moment(note.until, calendar)} 挂账，不计{number}"
            yield f"挂账前剩余的时间从恢复时接着计：时限由 {deadline(before, calendar)} 移至 {when}"
        case "extended":
            yield f"{moment(event.at, calendar)} 批准延期 {note.days} 个工作日{number}，自原时限次日起计"
            first = _last_day(before, calendar) + timedelta(days=1)
            yield from _working_days(first, _last_day(due_at, calendar), calendar)


def _changed(note: Note, calendar: Calendar) -> str:
    if note.before is None or note.due_at is None or not note.moved:
        return "时限不变"
    return f"时限由 {deadline(note.before, calendar)} 改为 {deadline(note.due_at, calendar)}"


def _provisional(run: Run) -> Iterator[str]:
    calendar = run.calendar
    if run.provisional:
        span = range(calendar.local(run.opened.at).year, _last_day(run.due_at, calendar).year + 1)
        years = "、".join(f"{year} 年" for year in span if year not in calendar.years)
        yield f"暂定：{years}放假安排尚未公布，按周一至周五推算（只除元旦、劳动节、国庆节法定日），公布后重算"


def _verdict(run: Run) -> str:
    calendar = run.calendar
    if run.name == "suspend" and run.met_at is not None:
        return f"{moment(run.met_at, calendar)} 恢复办理{'（到期自动恢复）' if run.met_at == run.due_at else ''}"
    if run.ended is None:
        return "计时中"
    at = f"{moment(run.ended.at, calendar)} {_by(run.ended)}"
    late = run.ended.at > run.due_at
    if run.met_at is None:
        return f"{at}后不再计时，{f'已超期 {length(run.due_at, run.ended.at, calendar)}' if late else '未超期'}"
    if late:
        return f"超期 {length(run.due_at, run.ended.at, calendar)}，{at}"
    if run.ended.at == run.due_at:
        return f"按时，{at}，恰在时限"
    return f"按时，{at}，提前 {length(run.ended.at, run.due_at, calendar)}"
