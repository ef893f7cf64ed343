"""The sum of a clock on paper: what counted, what did not and why, the total, the deadline, the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sla.calendar import Calendar
from sla.counted import last_day, office_hours, provisional_years, working_days
from sla.policy import KINDS, URGENCIES
from sla.run import Note, Run
from sla.values import CLOCKS, Event
from sla.words import deadline, exact, length, minutes, moment

_DAY = timedelta(days=1)

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
        f"起算：{_moment(run.opened.at, calendar)} {_by(run.opened)}",
        *_rivals(run),
        *_counted(run),
        *_moved(run),
        f"时限：{exact(run.due_at, calendar)}",
        f"依据：{policy.name}（{policy.code} 第 {policy.version} 版），工作日历 {calendar.version}",
        *_provisional(run),
        f"结论：{_verdict(run)}",
    )


def _by(event: Event) -> str:
    return f"{_ACTS.get(event.action, event.action)}{_number(event)}"


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
            yield from office_hours(start, due_at, calendar)
        case "own_date" if any(note.what == "own_date" for note in run.notes):
            yield "以交办时定下的期限为准"
        case _:
            yield from _first_days(run, due_at)
    if run.name == "suspend" and due_at != run.due_at:
        yield f"以批准的截止时间为准：{deadline(run.due_at, calendar)}"


def _first_days(run: Run, due_at: datetime) -> Iterator[str]:
    """The policy's working days, counted from the day after the start, or from the day itself."""
    policy, calendar = run.policy, run.calendar
    started = calendar.local(run.opened.at).date()
    first = started + timedelta(days=policy.count_from_next_day)
    if not policy.count_from_next_day and policy.closing and run.opened.at > _closes(started, calendar):
        first = started + _DAY
        yield "起算时已下班，次日起计"
    else:
        yield "起算当日不计，次日起计" if policy.count_from_next_day else "自起算当日起计"
    yield from working_days(first, last_day(due_at, calendar), calendar, started.year)


def _closes(on: date, calendar: Calendar) -> datetime:
    """When the office closes on a day."""
    return datetime(on.year, on.month, on.day, tzinfo=calendar.zone) + calendar.hours[-1][1]


def _moved(run: Run) -> Iterator[str]:
    """What moved the deadline, in order; `dated` once it is a date given from outside, which moves by whole days."""
    dated, reached = False, run.policy.due(run.allowance, run.opened.at, run.calendar).at
    for note in run.notes:
        if note.what == "recomputed":
            yield from _recomputed(run, note, reached)
        elif note.what == "suspended":
            yield from _suspended(run, note, dated)
        elif note.moved or note.what == "sent_back":
            yield from _note(run, note)
        dated |= note.date is not None and note.moved
        reached = note.due_at or reached


def _note(run: Run, note: Note) -> Iterator[str]:
    calendar, event = run.calendar, note.event
    before, due_at = note.before or run.opened.at, note.due_at or run.due_at
    when, number = exact(due_at, calendar), _number(event)
    match note.what:
        case "own_date":
            yield f"来件自带期限 {when}，以此为准"
        case "lead":
            yield f"不晚于主办单位的期限 {when}，以此为准"
        case "joined":
            said = exact(note.date or due_at, calendar)
            yield f"并入的工单期限 {said} 较早，以此为准：{moment(event.at, calendar)} {_by(event)}"
            if note.date != due_at:
                yield f"并入时正在挂账，此后到恢复办理不计：该期限移至 {when}"
        case "resumed":
            yield f"恢复办理不使工单立即超期：计至恢复当日，{when}，以此为准{number}"
        case "sent_back":
            yield f"{moment(event.at, calendar)} 审核未通过{number}，继续计时"
        case "extended":
            yield f"{moment(event.at, calendar)} 批准延期 {note.days} 个工作日{number}，自原时限次日起计"
            yield from _days_after(run, before, due_at)


def _days_after(run: Run, before: datetime, due_at: datetime) -> Iterator[str]:
    """The working days that lie between an old deadline and the new one."""
    first = last_day(before, run.calendar) + _DAY
    yield from working_days(first, last_day(due_at, run.calendar), run.calendar, _year(run))


def _suspended(run: Run, note: Note, dated: bool) -> Iterator[str]:
    """From when to when it stood still, what of its own time was in it, and how that was given back."""
    calendar, start, end = run.calendar, note.event.at, note.until or note.event.at
    before, due_at = note.before or run.due_at, note.due_at or run.due_at
    mode = "working_days" if dated else run.allowance.mode
    counts_from = _not_starting_day(run, start, end) if not dated else start
    yield f"{exact(start, calendar)} 至 {exact(end, calendar)} 挂账，不计{_number(note.event)}"
    match mode:
        case "natural_minutes":
            yield f"挂账共 {minutes(end - start)}，时限顺延同样长的时间"
        case "working_minutes":
            yield f"挂账时还没有用的工作时间，到 {exact(before, calendar)} 为止："
            yield from office_hours(start, before, calendar)
            yield "恢复后接着计："
            yield from office_hours(end, due_at, calendar)
        case "same_day" | "months":
            days = calendar.days_ended(counts_from if mode == "months" else start, end)
            yield f"挂账期间过了 {days} 个 24:00，时限顺延同样多的天数"
        case _:
            yield from _days_given_back(run, note, (counts_from, end))
    if due_at == before:
        yield "时限不变"
    else:
        yield f"时限由 {exact(before, calendar)} 移至 {exact(due_at, calendar)}"


def _not_starting_day(run: Run, start: datetime, end: datetime) -> datetime:
    """The starting day did not count, so a suspension on it takes nothing away."""
    if not run.policy.count_from_next_day:
        return start
    return min(end, max(start, run.calendar.same_day(run.opened.at).at))


def _days_given_back(run: Run, note: Note, span: tuple[datetime, datetime]) -> Iterator[str]:
    """A working day is given back when its end fell into the suspension: the unit did not have it."""
    first, last = _ended(span, run.calendar, run.policy.closing)
    own = "（起算当日本不计，不补）" if span[0] > note.event.at else ""
    if run.calendar.working_days_ended(*span, closing=run.policy.closing) == 0:
        yield f"挂账期间没有要补回的工作日{own}"
        return
    yield f"挂账期间结束的工作日，恢复后补回{own}："
    yield from working_days(first, last, run.calendar, _year(run))
    yield "补回的工作日，自原时限次日起计："
    yield from _days_after(run, note.before or run.due_at, note.due_at or run.due_at)


def _ended(span: tuple[datetime, datetime], calendar: Calendar, closing: bool) -> tuple[date, date]:
    """The first and the last day whose end, 24:00 or the closing of the office, lies after the start up to the end."""
    first, last = (calendar.local(at).date() for at in span)
    if not closing:
        return first, last - _DAY
    late = first + _DAY if span[0] >= _closes(first, calendar) else first
    return late, last if span[1] >= _closes(last, calendar) else last - _DAY


def _recomputed(run: Run, note: Note, counted: datetime) -> Iterator[str]:
    """The edition, and the deadline before and after it as the event has them; all lines here count by the newest."""
    calendar, event = run.calendar, note.event
    edition, after = event.data["calendar"], note.due_at or run.due_at
    before, after = _as_recorded(run, event) or (note.before or after, after)
    said = f"时限由 {exact(before, calendar)} 改为 {exact(after, calendar)}" if before != after else "时限不变"
    yield f"{moment(event.at, calendar)} 工作日历更新，按 {edition} 重算{_number(event)}：{said}"
    if note.due_at is not None and note.due_at != counted:
        yield f"重算不使正在计时的工单立即超期：计至重算当日，{exact(note.due_at, calendar)}"


def _as_recorded(run: Run, event: Event) -> tuple[datetime, datetime] | None:
    """What the event says of this clock; None where it has no list, and equal times where the clock is not on it."""
    if "moved" not in event.data:
        return None
    mine = (run.name, run.opened.seq, run.party)
    for each in event.data["moved"]:
        if (each["clock"], each["opened_by"], each.get("party", "")) == mine:
            return datetime.fromisoformat(each["from"]), datetime.fromisoformat(each["to"])
    return event.at, event.at


def _moment(at: datetime, calendar: Calendar) -> str:
    """As `moment`, with the seconds where there are any: what is to the second is added up to the second."""
    seconds = calendar.local(at).second
    return f"{moment(at, calendar)}:{seconds:02}" if seconds else moment(at, calendar)


def _number(event: Event) -> str:
    return f"（第 {event.seq} 号记录）"


def _year(run: Run) -> int:
    """The year that the sum names at its start, and so need not say again."""
    return run.calendar.local(run.opened.at).year


def _provisional(run: Run) -> Iterator[str]:
    calendar = run.calendar
    if run.provisional:
        yield provisional_years(calendar.local(run.opened.at).date(), last_day(run.due_at, calendar), calendar)


def _verdict(run: Run) -> str:
    calendar = run.calendar
    if run.name == "suspend" and run.met_at is not None:
        return f"{_moment(run.met_at, calendar)} 恢复办理{'（到期自动恢复）' if run.met_at == run.due_at else ''}"
    if run.ended is None:
        return "计时中"
    at = f"{_moment(run.ended.at, calendar)} {_by(run.ended)}"
    late = run.ended.at > run.due_at
    if run.met_at is None:
        return f"{at}后不再计时，{f'已超期 {length(run.due_at, run.ended.at, calendar)}' if late else '未超期'}"
    if late:
        return f"超期 {length(run.due_at, run.ended.at, calendar)}，{at}"
    if run.ended.at == run.due_at:
        return f"按时，{at}，恰在时限"
    return f"按时，{at}，提前 {length(run.ended.at, run.due_at, calendar)}"
