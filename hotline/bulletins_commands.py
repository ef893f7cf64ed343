"""python -m hotline bulletin …: drafts, publishes, corrects and writes bulletins, done by the system itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from hotline.bulletins.periods import read_first
from hotline.rules_commands import plainly

KIND = click.option("--kind", required=True, help="daily, weekly, monthly or yearly.")
FIRST = click.option("--first", required=True, help="The first day of the period, such as 2026-10-01.")
REMARK = click.option("--remark", help="A paragraph of the office's own at the beginning.")


@click.group()
def bulletin() -> None:
    """通报: what a day, week, month or year came to; frozen when published, with its hash."""


@bulletin.command()
@KIND
@FIRST
@REMARK
@click.option("--as", "form", help="Write the draft as pdf, docx, xlsx or html instead of printing its JSON.")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
def draft(kind: str, first: str, remark: str | None, form: str | None, to: Path | None) -> None:
    """Print what would be published now, or write it."""
    from hotline import db
    from hotline.bulletins import freezing

    with plainly():
        with db.reading() as session:
            document = freezing.draft(session, kind, read_first(first), remark or "")
        if form:
            _write(document, "", form, to)
            return
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


@bulletin.command()
@KIND
@FIRST
@REMARK
def publish(kind: str, first: str, remark: str | None) -> None:
    """Freeze the bulletin of a period that is over; prints its hash."""
    from hotline import db
    from hotline.bulletins import freezing

    with plainly():
        with db.reading() as session:
            document = freezing.draft(session, kind, read_first(first), remark or "")
        _freeze(document)


@bulletin.command()
@KIND
@FIRST
@REMARK
@click.option("--reason", required=True, help="Why, printed in the correction.")
def correct(kind: str, first: str, remark: str | None, reason: str) -> None:
    """Publish a new version beside the old from today's figures of the same cut-off, with the difference."""
    from hotline import db
    from hotline.bulletins import freezing

    with plainly():
        with db.reading() as session:
            document = freezing.correction(session, kind, read_first(first), reason, remark)
        _freeze(document)


@bulletin.command()
@KIND
@FIRST
@click.option("--version", type=int, help="The newest where none is named.")
@click.option("--as", "form", required=True, help="pdf, docx, xlsx or html.")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="The file; in this folder otherwise.")
def write(kind: str, first: str, version: int | None, form: str, to: Path | None) -> None:
    """Write a published bulletin as a file."""
    from hotline import db
    from hotline.bulletins import freezing

    with plainly():
        with db.reading() as session:
            found = freezing.find(session, kind, read_first(first), version)
        _write(found.content, found.sha256, form, to)


@bulletin.command("list")
def list_() -> None:
    """Print the newest version of each bulletin with its hash."""
    from hotline import db
    from hotline.bulletins import freezing

    with db.reading() as session:
        for row in freezing.newest(session):
            click.echo(f"{row.kind:8} {row.first} v{row.version} {row.content['published']} {row.sha256}")


@bulletin.command()
def verify() -> None:
    """Hold every bulletin against its hash and the hash in the audit chain; exit 1 when anything is wrong."""
    from hotline import db
    from hotline.bulletins import freezing

    with db.reading() as session:
        wrong = freezing.faults(session)
    for fault in wrong:
        click.echo(f"FAULT {fault}")
    if wrong:
        sys.exit(1)
    click.echo("whole")


def _freeze(document: dict[str, Any]) -> None:
    from hotline import db
    from hotline.bulletins import freezing
    from hotline.rights import SYSTEM

    with db.transaction() as session:
        row = freezing.publish(session, SYSTEM, document)
    click.echo(f"{row.kind} {row.first} version {row.version} {row.sha256}")


def _write(document: dict[str, Any], sha256: str, form: str, to: Path | None) -> None:
    from hotline.bulletins.dresses import dressed, file_name

    made = dressed(document, sha256, form)
    path = to or Path(file_name(document, form))
    try:
        path.write_bytes(made)
    except OSError as error:
        raise click.ClickException(f"{path} 写不了：{error.strerror}") from error
    click.echo(f"{path} ({len(made):,} bytes)")
