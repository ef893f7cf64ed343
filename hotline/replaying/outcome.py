"""What a replay came to: the ordinary report of its period, and what was published beside it."""

from __future__ import annotations

from decimal import Decimal
from unicodedata import east_asian_width

from sqlalchemy.orm import Session

from hotline.replaying.calibrating import Adjusted
from hotline.replaying.scenario import Published, Scenario
from hotline.reports import Report, rates_of, scope_of

SHARE = "closure_share"


def report_of(session: Session, scenario: Scenario) -> Report:
    """The ordinary report of the scenario's period."""
    return rates_of(session, scope_of(session, scenario.first, scenario.last))


def compared(report: Report, scenario: Scenario) -> str:
    """Published and ours, line by line, with both readings of what 办结率 may mean, each with its denominator."""
    lines: list[tuple[str, ...]] = [("公布口径", "公布值", "回放所得", "分子/分母")]
    lines += [(row.name, row.printed, *_ours(report, row)) for row in scenario.published]
    share = report.figure(SHARE)
    lines.append((share.name, "（未公布）", share.shown(), _fraction(share.numerator, share.denominator)))
    return "\n".join(_aligned(lines))


def _ours(report: Report, row: Published) -> tuple[str, str]:
    if row.count:
        return f"{report.counts[row.count]:,}", ""
    figure = report.figure(row.metric)
    if row.printed.endswith("%"):
        return figure.shown(), _fraction(figure.numerator, figure.denominator)
    return f"{figure.numerator or 0:,}", ""


def _fraction(numerator: int | None, denominator: int | None) -> str:
    return f"{numerator or 0:,}/{denominator or 0:,}"


def adjusted_words(scenario: Scenario, adjusted: Adjusted) -> str:
    """What was calibrated, and how much of it."""
    drawn = adjusted.drawn
    changed = adjusted.hurried + adjusted.left + adjusted.opinions
    share = Decimal(100 * changed) / Decimal(adjusted.tickets or 1)
    lines = [
        f"情景说明：{scenario.note}",
        "经校准的参数：",
        *(f"  · {knob}" for knob in scenario.calibrated),
        f"抽样所得：结案 {drawn.get('closed', 0):,}，到期未结 {drawn.get('open_past_deadline', 0):,}，"
        f"在办未到期 {drawn.get('open_within_limits', 0):,}；为补足差额改动 {changed:,} 件（{share:.1f} %）："
        f"提前办结 {adjusted.hurried:,}，搁置 {adjusted.left:,}，改变评价 {adjusted.opinions:,}",
    ]
    return "\n".join(lines)


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(_filled(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _filled(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
