"""python -m hotline report … and target …: figures on the command line, and the targets that stand beside them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from hotline.rules_commands import plainly

REASON = "命令行导出"


@click.command()
@click.option("--from", "first", help="First day, such as 2026-10-01.")
@click.option("--to", "last", help="Last day, included; its end is the cut-off.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--xlsx", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write a workbook too.")
@click.option(
    "--by", help="unit, peer_group, kind, source, matter, place, agent, day, week, month or year: row by row."
)
@click.option("--compare", is_flag=True, help="Beside the period before and the same a year before.")
@click.option("--stages", "staged", is_flag=True, help="How long each stage takes, instead.")
@click.option("--unit", help="Code of a unit: with all below it.")
@click.option("--group", help="A peer group of units, such as 区县.")
@click.option("--matter", help="Code of a matter: with all below it.")
@click.option("--place", help="Code of a place: with all below it.")
@click.option("--kind", help="A kind of ticket, such as complaint.")
@click.option("--source", help="A source, such as phone.")
@click.option("--agent", help="Who opened the ticket: a login name, or staff:3.")
@click.option("--assessed", is_flag=True, help="Without tickets that are excluded from assessment.")
def report(first: str | None, last: str | None, as_json: bool, xlsx: Path | None, **asked: Any) -> None:
    """Print the rates of a period with numerators, denominators and targets."""
    from hotline import db, reports
    from hotline.reports import exporting
    from hotline.rights import SYSTEM

    how = {name: asked.pop(name) for name in ("by", "compare", "staged")}
    days = reports.read_day(first, "from"), reports.read_day(last, "to")
    with db.reading() as session:
        scope = reports.scope_of(session, *days, **asked)
        click.echo(_found(session, scope, how, as_json))
        made = _workbook(session, scope, xlsx) if xlsx else None
    if made:
        with db.transaction() as session:
            exporting.record(session, SYSTEM, made)


def _workbook(session: Any, scope: Any, path: Path) -> Any:
    """The whole report in a file, and what the audit keeps of it."""
    from hotline import reports
    from hotline.reports import exporting, printing

    count = printing.write_xlsx(session, reports.rates_of(session, scope), scope, path)
    return exporting.written(path, count, exporting.filters(scope) | {"what": "report", "reason": REASON})


def _found(session: Any, scope: Any, how: dict[str, Any], as_json: bool) -> str:
    """What was asked for, as JSON or as columns."""
    from hotline import reports
    from hotline.reports import printing, tables

    shown: tuple[Any, str]
    if how["staged"]:
        stages = reports.stages(session, scope)
        shown = tables.stages_json(scope, stages), tables.stages_table(stages)
    elif how["compare"]:
        beside = reports.compared(session, scope, how["by"])
        shown = tables.compared_json(beside), tables.compared_table(beside)
    elif how["by"]:
        rows = reports.grouped(session, scope, how["by"], hours=True)
        shown = tables.grouped_json(scope, rows), tables.grouped_table(rows)
    else:
        rates = reports.rates_of(session, scope)
        shown = printing.as_json(rates), printing.as_table(rates)
    return json.dumps(shown[0], ensure_ascii=False) if as_json else shown[1]


@click.group()
def target() -> None:
    """目标值: what the figures should reach, for all, a peer group or a unit, each from a day on."""


@target.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """Print every target there was, the newest of each first."""
    from hotline import db
    from hotline.reports import targets

    with db.reading() as session:
        rows = [targets.as_json(row) for row in targets.listed(session)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        sign = "≤" if row["falling"] else "≥"
        value = "不设目标" if row["value"] is None else f"{sign} {row['value']:g} {row['unit_of_value']}"
        whose = row["unit"] or row["group"] or "全部"
        click.echo(f"{row['metric']}\t{row['name']}\t{whose}\t{value}\t{row['from']} 起\t{row['source']}")


@target.command("set")
@click.argument("metric")
@click.argument("value")
@click.option("--from", "day", help="In force from this day on, such as 2027-01-01; today by default.")
@click.option("--unit", default="", help="Code of the unit that it is for.")
@click.option("--group", default="", help="The peer group that it is for, such as 区县.")
@click.option("--source", required=True, help="The decision that says so.")
def set_(metric: str, value: str, day: str | None, unit: str, group: str, source: str) -> None:
    """Set the target of METRIC to VALUE (98, or none for no target any more) from a day on."""
    from hotline import db, reports
    from hotline.knowledge import today
    from hotline.reports import targets
    from hotline.rights import SYSTEM

    with plainly(), db.transaction() as session:
        begins: date = reports.read_day(day, "from") if day else today(db.now(session))
        wanted = None if value == "none" else targets.read_value(value)
        asked = targets.NewTarget(metric, wanted, begins, source, targets.Aim(unit, group))
        row = targets.as_json(targets.set_target(session, SYSTEM, asked))
    click.echo(f"已设定：{row['name']} {value}，{row['from']} 起施行")
