"""python -m hotline reindex, reconcile: the search index built anew, gone back from, or compared and mended."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence

import click
from tqdm import tqdm

from hotline.reindexing import Busy, Found, Unsound
from search.documents import Unavailable
from search.life import NothingKept

WORDS = {
    "lacking": "lacked",
    "older": "older",
    "differing": "of other content",
    "orphans": "of no ticket",
    "ahead": "newer than the tables",
}


def _watch(blocks: Sequence[int], words: str) -> Iterable[int]:
    return tqdm(blocks, desc=words, unit="000", disable=not sys.stderr.isatty())


def _done(work: Callable[[], Found]) -> Found:
    """What was found; one plain sentence where it cannot be done now."""
    try:
        return work()
    except Busy as error:
        raise click.ClickException(f"{error}; one that died is taken over after a minute") from error
    except (NothingKept, Unavailable, Unsound) as error:
        raise click.ClickException(str(error)) from error


def _said(found: Found) -> str:
    wrong = [f"{count} {WORDS[name]}" for name, count in found.counts.items() if count]
    return f"{found.tickets} tickets; " + (", ".join(wrong) if wrong else "nothing wrong")


@click.command()
@click.option("--rollback", is_flag=True, help="Back to the index before, brought up to date first.")
@click.option("--drop", is_flag=True, help="Drop a half-built index instead of going on with it.")
def reindex(rollback: bool, drop: bool) -> None:
    """Build the search index anew beside the live one, which serves and is written on meanwhile; then swap them.

    The one before is kept for --rollback. Safe to break off: run again, it goes on.
    """
    from hotline.reindexing import dropped, rebuild
    from hotline.rounds import index

    if drop:
        _done(lambda: dropped(index()))
        click.echo("dropped")
        return
    click.echo(f"{_done(lambda: rebuild(index(), _watch, kept=rollback)).tickets} tickets")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="With the ids of the tickets.")
def reconcile(as_json: bool) -> None:
    """Compare the search index with the tables by digests of ranges, and mend it; safe beside running work.

    The rounds do the same each night, in the hour of HOTLINE_RECONCILE_HOUR.
    """
    from hotline import reindexing
    from hotline.rounds import index

    found = _done(lambda: reindexing.reconcile(index(), _watch))
    ids = {name: getattr(found, name) for name in WORDS}
    click.echo(json.dumps({"tickets": found.tickets, **ids}) if as_json else _said(found))
