"""python -m hotline assessment …: schemes of assessment and rankings on the command line, done by the system itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hotline.rules_commands import FILE, plainly, watch

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def assessment() -> None:
    """考核方案: versions, drafts, what a draft would have changed; the ranking of a period."""


@assessment.command("list")
def list_() -> None:
    """Print every version of every scheme."""
    from hotline import db
    from hotline.assessment import drafts

    with db.reading() as session:
        for row in drafts.versions(session):
            state = f"{row.effective_from} 起施行" if row.published_at else "草稿"
            click.echo(f"{row.code}@{row.version}\t{state}\t{row.data['name']}\t{row.data['source']}")


@assessment.command()
@click.argument("code")
def export(code: str) -> None:
    """Print the document of CODE, or of CODE@VERSION."""
    from hotline import db
    from hotline.assessment import drafts
    from hotline.rulemaking.shelf import code_and_version, json_text

    with plainly(), db.reading() as session:
        row = drafts.find_version(session, *code_and_version(code))
    click.echo(json_text(row.data))


@assessment.command("import")
@click.argument("file", type=FILE)
@click.option("--code", help="The scheme that it is a draft of; without it, as the file says.")
def import_(file: Path, code: str | None) -> None:
    """Keep FILE as the draft of a scheme, new or old."""
    from hotline import db
    from hotline.assessment import drafts
    from hotline.rights import SYSTEM
    from hotline.rulemaking.calendars import read_file
    from hotline.rulemaking.shelf import as_document

    with plainly(), db.transaction() as session:
        document = as_document(read_file(file))
        name = code or str(document.get("code", ""))
        row = drafts.save_draft(session, SYSTEM, name, {**document, "code": name})
        click.echo(f"已存为草稿 {row.code}@{row.version}；试算：python -m hotline assessment try {row.code}")


@assessment.command("try")
@click.argument("code")
@click.option("--months", type=click.IntRange(1, 12), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def try_(code: str, months: int, as_json: bool) -> None:
    """Rank the last whole months under the draft of CODE, beside the version that judged them."""
    from hotline import db
    from hotline.assessment import documents, drafts, trying, words

    with plainly(), db.reading() as session:
        draft = documents.read(drafts.the_draft(session, code).data)
        found = trying.try_draft(session, draft, months, watch)
    said = json.dumps(words.trial_json(draft, found), ensure_ascii=False) if as_json else None
    click.echo(said or "\n".join(words.trial_lines(found)))


@assessment.command()
@click.argument("code")
@click.option("--from", "day", type=DAY, required=True, help="In force from: today or later.")
def publish(code: str, day: Any) -> None:
    """Put the draft of CODE in force from a day on; periods that began before keep their version."""
    from hotline import db
    from hotline.assessment import drafts
    from hotline.rights import SYSTEM

    with plainly(), db.transaction() as session:
        made = drafts.publish(session, SYSTEM, code, day.date())
    click.echo(f"已发布：{made.stamp}，{made.effective_from} 起开始的考核期适用")


@assessment.command()
@click.argument("code", default="default")
@click.option("--from", "first", type=DAY, required=True, help="First day, such as 2026-10-01.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, included.")
@click.option("--json", "as_json", is_flag=True)
def rank(code: str, first: Any, last: Any, as_json: bool) -> None:
    """Rank the units of a period under the scheme CODE (or CODE@VERSION), peers among peers."""
    from hotline import db
    from hotline.assessment import ranking, words
    from hotline.reports import scope_of

    with plainly(), db.reading() as session:
        found = ranking(session, code, scope_of(session, first.date(), last.date()))
    said = json.dumps(words.ranking_json(found), ensure_ascii=False) if as_json else None
    click.echo(said or "\n".join(words.ranking_lines(found)))
