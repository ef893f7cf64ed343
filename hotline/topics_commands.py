"""python -m hotline topics: the hottest of a period, and the projection made anew."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import click
from tqdm import tqdm

from hotline.intake.inquiry import InvalidInput


@click.group()
def topics() -> None:
    """Hot topics 热点: what many people speak of."""


@topics.command()
@click.option("--from", "first", help="YYYY-MM-DD; 30 days back without it.")
@click.option("--to", "last", help="YYYY-MM-DD; today without it.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def hottest(first: str | None, last: str | None, limit: int, as_json: bool) -> None:
    """The topics with most heat, and how each heat was worked out."""
    from hotline import db
    from hotline.knowledge import today
    from hotline.reports.scope import read_day, scope_of
    from hotline.topics import hottest as found_in
    from hotline.topics.showing import topic_view

    try:
        with db.reading() as session:
            end = read_day(last, "to") if last else today(db.now(session))
            begin = read_day(first, "from") if first else end - timedelta(days=29)
            asked = scope_of(session, begin, end)
            views = [topic_view(topic) for topic in found_in(session, asked.first, asked.last, limit)]
    except InvalidInput as wrong:
        raise click.ClickException(wrong.message["zh"]) from wrong
    click.echo(json.dumps(views, ensure_ascii=False) if as_json else "\n".join(map(_words, views)) or "没有热点")


def _words(view: dict[str, Any]) -> str:
    parts = "；".join(f"{part['name']} {part['points']:g}（{part['words']}）" for part in view["parts"])
    when = f"{view['first'][:10]} 至 {view['last'][:10]}"
    return f"{view['heat']:>7.1f}  {view['name']}  {view['count']} 件 {view['callers']} 人，{when}\n         {parts}"


@topics.command()
def rebuild() -> None:
    """Read and group every ticket anew; alerts and what people said of them stay as they are."""
    from hotline import lease
    from hotline.topics.going_round import LEASE, LEASE_SECONDS
    from hotline.topics.going_round import rebuild as steps

    ours = lease.Holder(LEASE, LEASE_SECONDS)
    if not ours.holds():
        raise click.ClickException("a round of topics is at work; try again when it is done")
    try:
        with tqdm(desc="topics", unit="", disable=not sys.stderr.isatty()) as bar:
            for count in steps():
                bar.update(count)
                ours.holds()
    finally:
        ours.let_go()
    click.echo("rebuilt")
