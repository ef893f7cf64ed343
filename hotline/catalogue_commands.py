"""python -m hotline catalogue …: the catalogue on the command line, done by the system itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from hotline.rules_commands import FILE, plainly, watch

SOURCE = click.option("--source", default="", help="The notice or decision that it follows; needed for a new draft.")


@click.group()
def catalogue() -> None:
    """事项目录与权责清单: versions, drafts, the check, what a draft would change, publication."""


@catalogue.command()
@click.option("--json", "as_json", is_flag=True)
def drafts(as_json: bool) -> None:
    """Print every version and draft, the newest first."""
    from hotline import db
    from hotline.cataloguing import drafts, number_in_force, words

    with db.reading() as session:
        rows, now = drafts.versions(session), number_in_force(session)
    if as_json:
        click.echo(json.dumps([words.version_json(row, now) for row in rows], ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row.version}\t{words.state(row, now)}\t{row.source}\t{row.author}\t{row.sha256[:12]}")
    if not rows:
        click.echo("还没有版本：现行的是建站时的目录")


@catalogue.command()
@click.argument("version", type=int, required=False)
@click.option("--matter", help="Code of a matter: its rows of the responsibility list alone.")
@click.option("--json", "as_json", is_flag=True, help="The whole document.")
def show(version: int | None, matter: str | None, as_json: bool) -> None:
    """Print a version (the one in force without a number): how large it is, who is responsible; or all of it."""
    from hotline import db
    from hotline.cataloguing import PARTS, document, number_in_force, words
    from hotline.cataloguing.listing import names_of

    with plainly(), db.reading() as session:
        content, now = document(session, version), number_in_force(session)
        names = names_of(session, content)
    if as_json:
        click.echo(json.dumps(content.as_json(), ensure_ascii=False))
        return
    number = version or now
    click.echo(f"第 {number} 版" if number else "建站时的目录")
    click.echo("，".join(f"{name} {len(content.part(part)):,} 行" for part, name in PARTS.items()))
    for row in content.responsibilities:
        if matter and row["matter"] == matter:
            click.echo(f"  {words.row_words(row, names)}（{row['legal_basis']}）")


@catalogue.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--version", type=int, help="The one in force by default.")
@click.option("--open", "as_open", is_flag=True, help="As open data: JSON and CSV in a folder, or in FILE.zip.")
def export(target: Path, version: int | None, as_open: bool) -> None:
    """Write a version to TARGET: .xlsx, .json, or a folder of three .csv files; or the one in force as open data."""
    from hotline import db
    from hotline.cataloguing import document, files, open_data
    from hotline.cataloguing.listing import names_of

    with plainly():
        with db.reading() as session:
            content = document(session, version)
            names = names_of(session, content)
            made = open_data.files(open_data.dataset(session)) if as_open else files.named(content, names, target)
        written = files.write(made, target)
    click.echo(f"已写入 {written}")


@catalogue.command("import")
@click.argument("file", type=FILE)
@SOURCE
@click.option("--draft", "into", type=int, help="Into this draft; without it, into a new one.")
@click.option("--of", type=int, help="The new draft begins with this version; the last publication by default.")
def import_(file: Path, source: str, into: int | None, of: int | None) -> None:
    """Read the sheets of FILE (.xlsx, .csv, .json) into a draft; parts that are not in it stay as they are."""
    from hotline import db
    from hotline.cataloguing import PARTS, document, drafts, files
    from hotline.cataloguing.listing import names_of
    from hotline.rights import SYSTEM

    with plainly(), db.transaction() as session:
        draft = drafts.the_draft(session, into) if into else drafts.new_draft(session, SYSTEM, source, of)
        content = document(session, draft.version)
        parts = files.read(file, content, names_of(session, content))
        drafts.save_parts(session, SYSTEM, draft.version, parts)
    told = "、".join(f"{PARTS[part]} {len(rows):,} 行" for part, rows in parts.items())
    click.echo(f"已存为第 {draft.version} 版草稿：{told}")
    click.echo(f"检查：python -m hotline catalogue check {draft.version}")


@catalogue.command()
@SOURCE
@click.option("--of", type=int, help="It begins with this version, such as one to return to.")
def draft(source: str, of: int | None) -> None:
    """Make a draft of the last publication, or of an old version."""
    from hotline import db
    from hotline.cataloguing import drafts
    from hotline.rights import SYSTEM

    with plainly(), db.transaction() as session:
        made = drafts.new_draft(session, SYSTEM, source, of)
    click.echo(f"已建第 {made.version} 版草稿")


@catalogue.command()
@click.argument("version", type=int, required=False)
@click.option(
    "--from", "day", type=click.DateTime(["%Y-%m-%d"]), help="As if in force from this day; today by default."
)
@click.option("--json", "as_json", is_flag=True)
def check(version: int | None, day: Any, as_json: bool) -> None:
    """Say what stands against publishing a version: gaps, overlaps, faults; exit 1 when anything does."""
    from sqlalchemy import select

    from hotline import db
    from hotline.cataloguing import checking, document, publishing, words
    from hotline.models import Unit

    first = day.date() if day else None
    with plainly(), db.reading() as session:
        if version is None:
            found = checking.check(document(session), session.scalars(select(Unit)).all(), first)
        else:
            found = publishing.findings(session, version, first)
    lines = [json.dumps(words.findings_json(found), ensure_ascii=False)] if as_json else words.finding_lines(found)
    click.echo("\n".join(lines))
    if not found.clean:
        raise click.exceptions.Exit(1)


@catalogue.command("what-if")
@click.argument("version", type=int)
@click.option("--tickets", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def what_if(version: int, tickets: int, as_json: bool) -> None:
    """Route the newest tickets by a version and by the one in force, and print what would change."""
    from hotline import db
    from hotline.cataloguing import document, trying, words
    from hotline.cataloguing.listing import names_of

    with plainly(), db.reading() as session:
        content = document(session, version)
        trial, names = trying.what_if(session, content, tickets, watch), names_of(session, content)
    lines = [json.dumps(words.trial_json(trial), ensure_ascii=False)] if as_json else words.trial_lines(trial, names)
    click.echo("\n".join(lines))


@catalogue.command()
@click.argument("version", type=int)
@click.argument("other", type=int, required=False)
@click.option("--json", "as_json", is_flag=True)
def diff(version: int, other: int | None, as_json: bool) -> None:
    """Print what a version adds, removes and changes against OTHER, or against the one in force."""
    from hotline import db
    from hotline.cataloguing import comparing, document, words
    from hotline.cataloguing.listing import names_of

    with plainly(), db.reading() as session:
        old, new = document(session, other), document(session, version)
        found, names = comparing.differences(old, new), names_of(session, old).also(new)
    said: Mapping[str, Any] = words.differences_json(found)
    lines = [json.dumps(said, ensure_ascii=False)] if as_json else words.difference_lines(found, names)
    click.echo("\n".join(lines))


@catalogue.command()
@click.argument("version", type=int)
@click.option("--from", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="In force from: today or later.")
@click.option("--behind", is_flag=True, help="Also where it undoes a version published after it was made.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def publish(version: int, day: Any, behind: bool, yes: bool) -> None:
    """Show what a draft changes and put it in force from a day on; it must be clean."""
    from hotline import db
    from hotline.cataloguing import comparing, document, drafts, publishing, words
    from hotline.cataloguing.listing import names_of
    from hotline.rights import SYSTEM

    begins: date = day.date()
    with plainly():
        with db.reading() as session:
            seen, old, new = drafts.the_draft(session, version).sha256, document(session), document(session, version)
            names = names_of(session, old).also(new)
        click.echo("\n".join(words.difference_lines(comparing.differences(old, new), names)))
        if not yes:
            click.confirm(f"自 {begins} 起施行？", abort=True)
        with db.transaction() as session:
            publishing.publish(session, SYSTEM, version, begins, seen, behind)
    click.echo(f"已发布第 {version} 版，{begins} 起施行")


@catalogue.command()
@click.argument("version", type=int)
def discard(version: int) -> None:
    """Throw a draft away."""
    from hotline import db
    from hotline.cataloguing import drafts
    from hotline.rights import SYSTEM

    with plainly(), db.transaction() as session:
        drafts.discard(session, SYSTEM, version)
    click.echo(f"已删去第 {version} 版草稿")
