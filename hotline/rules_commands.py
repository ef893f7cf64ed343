"""python -m hotline calendar … and policy …: the rules on the command line, done by the system itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from hotline.errors import Refused
from hotline.intake.inquiry import InvalidInput

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def watch(items: Iterable[Any], words: str, total: int) -> Iterable[Any]:
    """A progress bar on standard error where a person looks on; silent in a pipe."""
    return tqdm(items, desc=words, total=total, disable=not sys.stderr.isatty(), unit="")


@contextmanager
def plainly() -> Iterator[None]:
    """What is refused or wrong is a sentence, or one line for each thing that is wrong."""
    try:
        yield
    except InvalidInput as error:
        raise click.ClickException("\n".join(each.message["zh"] for each in error.problems)) from error
    except Refused as error:
        raise click.ClickException(error.message["zh"]) from error


@click.group()
def calendar() -> None:
    """工作日历: years, their sources, working hours; drafts, and what publishing them moves."""


@calendar.command("import")
@click.argument("file", type=FILE)
@click.option("--year", type=int, help="This year of the file alone.")
@click.option("--source", default="", help="The notice that says so; without it, each year's own.")
def import_(file: Path, year: int | None, source: str) -> None:
    """Make drafts of the years of a JSON file in the shape of hotline/seeds/calendar.json."""
    from hotline import db
    from hotline.rights import SYSTEM
    from hotline.rulemaking import calendars

    with plainly(), db.transaction() as session:
        found = calendars.import_years(session, SYSTEM, calendars.read_file(file), year, source)
    if found.unchanged:
        click.echo(f"与已发布的相同，略过：{'、'.join(map(str, found.unchanged))}")
    for drafted in found.drafted:
        click.echo(f"{drafted} 年已存为草稿；看会改哪些期限并发布：python -m hotline calendar publish {drafted}")


@calendar.command()
@click.argument("year", type=int, required=False)
@click.option("--unit", default="city", help="As this unit lives by it; the city by default.")
@click.option("--edition", default="", help="Such as cn-2026; the newest by default.")
@click.option("--json", "as_json", is_flag=True)
def show(year: int | None, unit: str, edition: str, as_json: bool) -> None:
    """Print a year, month by month: days off, make-up days, source, version."""
    from hotline import db
    from hotline.rulemaking import showing, words

    with plainly(), db.reading() as session:
        found = showing.year_of(session, year, unit, edition)
    if as_json:
        click.echo(json.dumps(showing.as_json(found), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(words.year_lines(found.calendar, found.year, showing.head(found))))


@calendar.command()
@click.argument("unit")
@click.option("--hours", required=True, help="Such as 09:00-12:00,13:00-17:00; 00:00-24:00 is day and night.")
@click.option("--weekdays", default="1-5", help="Such as 1-6 or 1,3,5; 1 is Monday.")
@click.option("--no-holidays", is_flag=True, help="The unit works through holidays.")
@click.option("--source", required=True, help="The decision that says so.")
def hours(unit: str, hours: str, weekdays: str, no_holidays: bool, source: str) -> None:
    """Draft the working hours of UNIT (a code, or city for all that have none of their own)."""
    from hotline import db
    from hotline.rights import SYSTEM
    from hotline.rulemaking import drafts
    from hotline.rulemaking.calendars import city_or, read_hours_text, read_weekdays_text

    with plainly(), db.transaction() as session:
        data = {
            "hours": read_hours_text(hours),
            "weekdays": read_weekdays_text(weekdays),
            "holidays": not no_holidays,
        }
        drafts.draft_hours(session, SYSTEM, city_or(unit), data, source)
    click.echo(f"已存为草稿；看会改哪些期限并发布：python -m hotline calendar publish --hours {unit}")


@calendar.command("publish")
@click.argument("year", type=int, required=False)
@click.option("--hours", "unit", help="A unit's working hours instead of a year; city is everybody's.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def publish_calendar(year: int | None, unit: str | None, yes: bool) -> None:
    """Show which open deadlines a draft moves, publish it, and move them."""
    from hotline import db
    from hotline.knowledge import knowledge
    from hotline.rights import SYSTEM
    from hotline.rulemaking import calendars, drafts, words

    if (year is None) == (unit is None):
        raise click.UsageError("give a YEAR, or --hours UNIT")
    with plainly():
        with db.reading() as session:
            draft = drafts.find_draft(session, year, calendars.city_or(unit or ""))
            know, preview = knowledge(session), calendars.moves(session, draft, watch)
        click.echo(f"{words.draft_name(know, draft)}（{draft.source}）")
        click.echo("\n".join(words.move_lines(know, preview)))
        if not yes:
            click.confirm("发布？", abort=True)
        with db.transaction() as session:
            again = drafts.find_draft(session, year, calendars.city_or(unit or ""))
            drafts.check_seen(again, drafts.identity(draft)["sha256"])
            edition = calendars.publish(session, SYSTEM, again)
        moved = calendars.move_round(db.transaction, watch)
    click.echo(f"已发布：{edition}；{moved} 件工单的期限已改")


@click.group()
def policy() -> None:
    """办理时限方案: sets, versions, drafts; what a draft would have changed."""


@policy.command("list")
def list_() -> None:
    """Print every version of every set."""
    from hotline import db
    from hotline.rulemaking import policies

    with db.reading() as session:
        for row in policies.versions(session):
            state = f"{row.effective_from} 起施行" if row.published_at else "草稿"
            click.echo(f"{row.set_code}@{row.version}\t{state}\t{row.data['name']}\t{row.data['source']}")


@policy.command("show")
@click.argument("code")
def show_policy(code: str) -> None:
    """Print the document of CODE, or of CODE@VERSION."""
    from hotline import db
    from hotline.rulemaking import policies
    from hotline.rulemaking.shelf import code_and_version, json_text

    with plainly(), db.reading() as session:
        row = policies.find_version(session, *code_and_version(code))
    click.echo(json_text(row.data))


@policy.command("check")
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Say whether a file could be a draft, and if not, why."""
    from hotline import db
    from hotline.knowledge import knowledge
    from hotline.rulemaking import policies
    from hotline.rulemaking.calendars import read_file
    from hotline.rulemaking.shelf import as_document

    with plainly(), db.reading() as session:
        document = as_document(read_file(file))
        found = policies.checked(knowledge(session), str(document.get("code", "")), document)
    click.echo(f"没有错误：{found.name}（{found.code}）")


@policy.command("draft")
@click.argument("code")
@click.argument("file", type=FILE)
def draft(code: str, file: Path) -> None:
    """Keep FILE as the draft of the set CODE."""
    from hotline import db
    from hotline.rights import SYSTEM
    from hotline.rulemaking import policies
    from hotline.rulemaking.calendars import read_file
    from hotline.rulemaking.shelf import as_document

    with plainly(), db.transaction() as session:
        row = policies.save_draft(session, SYSTEM, code, as_document(read_file(file)))
    click.echo(f"已存为草稿 {code}@{row.version}；试算：python -m hotline policy try {code}")


@policy.command("try")
@click.argument("code")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def try_(code: str, days: int, as_json: bool) -> None:
    """Count what came in the last days under the draft of CODE: what would have been breached."""
    from hotline import db
    from hotline.knowledge import knowledge
    from hotline.rulemaking import policies, trying, words

    with plainly(), db.reading() as session:
        row = policies.the_draft(session, code)
        made = policies.checked(knowledge(session), code, row.data)
        trial = trying.try_draft(session, made, days, watch)
    if as_json:
        click.echo(json.dumps(words.trial_json(trial), ensure_ascii=False))
    else:
        click.echo("\n".join(words.trial_lines(trial)))


@policy.command("publish")
@click.argument("code")
@click.option("--from", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="In force from: today or later.")
def publish_policy(code: str, day: Any) -> None:
    """Put the draft of CODE in force from a day on; tickets before it keep what they have."""
    from hotline import db
    from hotline.rights import SYSTEM
    from hotline.rulemaking import policies

    with plainly(), db.transaction() as session:
        made = policies.publish(session, SYSTEM, code, day.date())
    click.echo(f"已发布：{made.stamp}，{made.effective_from} 起收到的工单适用")
