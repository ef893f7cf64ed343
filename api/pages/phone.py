"""The managers' page of the telephone: how many calls were offered and answered, at which hours, by whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from api.auth import permit
from api.pages.managing import manager_tabs
from api.pages.period import Period, head, read_period
from hotline import db
from hotline.calls.statistics import CallGroup, CallTable, call_table
from hotline.reports import figures
from hotline.reports.metrics import BY_KEY
from hotline.reports.printing import target_words
from hotline.reports.rates import Pair, ratio_figure
from hotline.reports.targets import aimed

PATH = "/managers/calls"
_BY = {"hour": "按小时", "day": "按天", "agent": "按坐席"}


@permit("read_rates")
def index() -> tuple[str, int]:
    """The page; `by` in the address says what the table is by."""
    by = request.args.get("by", "hour")
    by = by if by in _BY else "hour"
    with db.reading() as session:
        period = read_period(session)
        table = call_table(session, period.scope.first, period.scope.last, by)
        context = _context(session, period, table)
    return render_template("managers/calls.html", **context), 422 if period.errors else 200


def _context(session: Session, period: Period, table: CallTable) -> dict[str, Any]:
    most = max((row.offered for row in table.rows), default=0)
    return {
        "tabs": manager_tabs(),
        "errors": period.errors,
        "period": head(session, period, PATH, (), by=table.by),
        "quiet": table.quiet,
        "rates": [_rate(session, period, table.total, key) for key in ("connect_rate", "connect_rate_15s")],
        "waits": _waits(table.total),
        "groupings": [
            {"title": title, "href": period.href(PATH, by=by), "count": None, "current": by == table.by}
            for by, title in _BY.items()
        ],
        "first_column": {"hour": "时段", "day": "日期", "agent": "坐席"}[table.by],
        "rows": [_row(row, most) for row in table.rows],
        "total": _row(table.total, 0),
    }


def _rate(session: Session, period: Period, total: CallGroup, key: str) -> dict[str, Any]:
    counted = {"connect_rate": total.answered, "connect_rate_15s": total.prompt}[key]
    [figure] = aimed(session, period.scope, [ratio_figure(BY_KEY[key], Pair(counted, total.offered))])
    return {
        "name": figure.name,
        "text": None if figure.value is None else figure.shown(),
        "numerator": counted,
        "denominator": total.offered,
        "aim": target_words(figure),
        "met": figure.reached,
    }


def _waits(total: CallGroup) -> list[dict[str, str]]:
    pairs = (
        ("接通前等待", total.wait_median, total.wait_p90),
        ("通话", total.talk_median, total.talk_p90),
        ("放弃前等待", total.patience_median, None),
    )
    return [
        {"name": name, "median": spoken(median), "p90": spoken(p90)}
        for name, median, p90 in pairs
        if median is not None
    ]


def spoken(seconds: Decimal | int | None) -> str:
    """75 → 1 分 15 秒; empty for None."""
    if seconds is None:
        return ""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "小时"), (minutes, "分"), (rest, "秒")]
    said = [f"{count} {name}" for count, name in parts if count]
    return " ".join(said) or "0 秒"


def _row(row: CallGroup, most: int) -> dict[str, Any]:
    return {
        "name": row.name,
        "offered": row.offered,
        "answered": row.answered,
        "prompt": row.prompt,
        "abandoned": row.abandoned,
        "share": row.offered / most if most else None,
        "rate": _percent(row.answered, row.offered),
        "prompt_rate": _percent(row.prompt, row.offered),
        "wait": spoken(row.wait_median),
        "talk": spoken(row.talk_median),
    }


def _percent(part: int, whole: int) -> str | None:
    value = figures.rate(part, whole, 1)
    return None if value is None else f"{value} %"


def register(blueprint: Blueprint) -> None:
    """Hang the view on its address."""
    blueprint.add_url_rule(PATH, endpoint="managers_calls", view_func=index)
