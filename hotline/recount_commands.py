"""python -m hotline recount: the figures' rows, made from the history."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import click
from tqdm import tqdm


def _bar(batches: Iterable[Sequence[int]], words: str, total: int) -> Iterable[Sequence[int]]:
    return tqdm(batches, desc=words, total=total, unit="00", disable=not sys.stderr.isatty())


@click.command()
def recount() -> None:
    """Make the facts that reports are read off from the events of every ticket; once after an upgrade.

    Beside running work, and safe to break off: run it again. Where all is right, nothing is written.
    """
    from hotline import recounting

    done = recounting.recount(watch=_bar)
    click.echo(f"{done.tickets} tickets, {done.changed} of them had other facts than their history says")
    if done.broken:
        click.echo(f"not readable, see verify: {', '.join(map(str, done.broken[:20]))}", err=True)
