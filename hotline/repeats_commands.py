"""python -m hotline retrace: compare the tickets that are there with one another, again or for the first time."""

from __future__ import annotations

import sys

import click
from tqdm import tqdm


@click.command()
@click.option("--all", "everything", is_flag=True, help="Those that have traces too: the way of comparing changed.")
def retrace(everything: bool) -> None:
    """Find likenesses among open and recent tickets: for what came before repeats were looked for.

    Beside running work, and safe to break off: the rounds go on with what is left. Verdicts of people stay.
    """
    from hotline import db, repeats

    for _ in tqdm(repeats.send_back(everything), desc="tickets", unit="000", disable=not sys.stderr.isatty()):
        pass
    with db.reading() as session:
        total = repeats.waiting(session)
    with tqdm(total=total, desc="retrace", unit="", disable=not sys.stderr.isatty()) as bar:
        while count := repeats.trace_some():
            bar.update(count)
    click.echo(f"{total} tickets")
