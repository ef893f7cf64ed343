"""`python -m hotline calls`: load call records, and print what they come to."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

GROUPINGS = ("hour", "day", "agent")


@click.group()
def calls() -> None:
    """Call records 话单 of the exchange (Asterisk's CDR)."""


@calls.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--bad", type=click.Path(path_type=Path), help="Where bad rows go; FILE.bad.csv by default.")
@click.option("--context", "contexts", multiple=True, help="Only calls of this dcontext; outgoing ones are no offers.")
@click.option("--json", "as_json", is_flag=True)
def import_(file: Path, bad: Path | None, contexts: tuple[str, ...], as_json: bool) -> None:
    """Load a file of call records; run twice, nothing is added. Callers' numbers are not kept."""
    from hotline.calls.keeping import keep_file

    done = keep_file(file, bad or file.with_suffix(".bad.csv"), _progress, contexts)
    click.echo(json.dumps(done.as_dict(), ensure_ascii=False) if as_json else done.words())


def _progress(items: Iterable[Any], words: str, total: int | None = None) -> Iterable[Any]:
    return tqdm(items, desc=words, total=total, disable=not sys.stderr.isatty(), unit="")


@calls.command()
@click.option("--from", "first", help="First day, such as 2026-10-01.")
@click.option("--to", "last", help="Last day, included.")
@click.option("--by", type=click.Choice(GROUPINGS), default="hour", show_default=True)
@click.option("--json", "as_json", is_flag=True)
def report(first: str | None, last: str | None, by: str, as_json: bool) -> None:
    """Print offered, answered, within 15 s, abandoned, wait and talk of a period."""
    from hotline import db, reports
    from hotline.calls.statistics import call_table

    with db.reading() as session:
        scope = reports.scope_of(session, reports.read_day(first, "from"), reports.read_day(last, "to"))
        table = call_table(session, scope.first, scope.last, by)
    if as_json:
        click.echo(json.dumps(asdict(table), ensure_ascii=False, default=float))
        return
    for row in (*table.rows, table.total):
        wait = "空" if row.wait_median is None else f"{row.wait_median} 秒"
        click.echo(
            f"{row.name}\t呼入 {row.offered:,}\t接通 {row.answered:,}\t15 秒内 {row.prompt:,}"
            f"\t放弃 {row.abandoned:,}\t等待中位数 {wait}"
        )
