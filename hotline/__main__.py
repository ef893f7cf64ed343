"""The command line: python -m hotline COMMAND. Each command is thin; what it does is a function of the house."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from tqdm import tqdm

from hotline import logs
from hotline.assessment_commands import assessment
from hotline.bulletins_commands import bulletin
from hotline.calls_commands import calls
from hotline.catalogue_commands import catalogue
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Unseeded
from hotline.learning_commands import evaluate, misdispatch, model, train
from hotline.places_commands import places
from hotline.recount_commands import recount
from hotline.repeats_commands import retrace
from hotline.replay_commands import replay
from hotline.reports_commands import report, target
from hotline.rules_commands import calendar, policy
from hotline.search_commands import reconcile, reindex
from hotline.settings import WrongSetting, settings
from hotline.topics_commands import topics

Item = TypeVar("Item")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """12345 政务服务便民热线: the hotline's own commands."""


cli.add_command(calendar)
cli.add_command(policy)
cli.add_command(catalogue)
cli.add_command(places)
cli.add_command(report)
cli.add_command(target)
cli.add_command(bulletin)
cli.add_command(calls)
cli.add_command(topics)
cli.add_command(assessment)
for _command in (train, evaluate, model, misdispatch, retrace, recount, reindex, reconcile, replay):
    cli.add_command(_command)


def progress(items: Iterable[Item], words: str, total: int | None = None) -> Iterable[Item]:
    """A progress bar on standard error where a person looks on; silent in a pipe."""
    return tqdm(items, desc=words, total=total, disable=not sys.stderr.isatty(), unit="")


@cli.command()
def up() -> None:
    """Run the whole hotline on this machine: migrate, load the demo city once, then web and ticker."""
    from hotline.running import run_all

    run_all()


@cli.command()
def ticker() -> None:
    """Run relay, sweep and seal at their intervals until stopped (the embedded default's worker)."""
    from hotline.rounds import run_ticker, stop_on_signal

    run_ticker(stop_on_signal())


@cli.command()
@click.option("--rules", is_flag=True, help="Also the shipped catalogue, calendar and policies, where there are none.")
def migrate(rules: bool) -> None:
    """Bring the database to the newest form; works on an empty HOTLINE_HOME."""
    from hotline import migrations
    from hotline.running import seed_house

    migrations.migrate()
    if rules:
        seed_house(None)
    click.echo("migrated")


@cli.command()
@click.option(
    "--city", type=click.Path(exists=True, path_type=Path), help="Folder with units, places, responsibilities."
)
@click.option("--demo", is_flag=True, help="The demo city with its people and tickets; never in production.")
def seed(city: Path | None, demo: bool) -> None:
    """Fill an empty house: catalogue, calendar, policies; with --city a city's own lists; or the demo city."""
    from hotline.running import seed_demo, seed_house

    if demo and not settings().embedded:
        raise click.ClickException("the demo city is never loaded in production")
    if demo:
        click.echo(seed_demo())
    else:
        seed_house(city)
        click.echo("seeded")


@cli.command("new-key")
def new_key() -> None:
    """Print 32 random bytes for HOTLINE_DATA_KEY or HOTLINE_SECRET_KEY."""
    import base64
    import secrets

    click.echo(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())


@cli.command("add-staff")
@click.argument("login")
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, required=True)
@click.option("--unit", help="Code of the unit, for a unit's people and machines.")
@click.option("--machine", is_flag=True, help="No password: it works with tokens only.")
def add_staff(login: str, name: str, roles: tuple[str, ...], unit: str | None, machine: bool) -> None:
    """Add a person (a password is asked) or a machine, with roles."""
    from hotline import db, staff
    from hotline.rights import ADMINISTRATORS

    password = "" if machine else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        with db.transaction() as session:
            staff.add_staff(session, login, name, roles, unit, password)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"added {login}")
    if ADMINISTRATORS.intersection(roles) and not machine:
        click.echo(f"an administrator signs in with a second factor too; next: python -m hotline enroll {login}")


@cli.command()
@click.argument("login")
def enroll(login: str) -> None:
    """Give an account its second factor, shown once; run again, it replaces the one before."""
    from hotline import db, second_factor, staff

    with db.transaction() as session:
        account = staff.find(session, login)
        if account is None:
            raise click.ClickException(f"no account {login!r}")
        try:
            secret = staff.enroll(session, account)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    click.echo(second_factor.address(secret, settings().hotline_name, login))
    click.echo(second_factor.in_fours(secret))


@cli.command("add-token")
@click.argument("login")
@click.option("--label", default="api")
@click.option("--days", type=int, help="How long it is valid; without it, until revoked.")
def add_token(login: str, label: str, days: int | None) -> None:
    """Make an API token for an account; it is shown once."""
    from hotline import db, staff

    with db.transaction() as session:
        account = staff.find(session, login)
        if account is None:
            raise click.ClickException(f"no account {login!r}")
        try:
            token = staff.add_token(session, account, label, days)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
    click.echo(token)


@cli.command("disable-staff")
@click.argument("login")
def disable_staff(login: str) -> None:
    """Take an account out of service: its sessions and tokens stop at once."""
    from hotline import db, staff
    from hotline.rights import SYSTEM

    with db.transaction() as session:
        if staff.find(session, login) is None:
            raise click.ClickException(f"no account {login!r}")
        staff.disable(session, login, SYSTEM)
    click.echo(f"disabled {login}")


@cli.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "columns", multiple=True, help="FIELD=COLUMN, such as content=留言详情; may be repeated.")
@click.option("--source", default="message_board", help="Source of rows that name none.")
@click.option("--bad", type=click.Path(path_type=Path), help="Where bad rows go; FILE.bad.csv by default.")
@click.option("--json", "as_json", is_flag=True)
def import_(file: Path, columns: tuple[str, ...], source: str, bad: Path | None, as_json: bool) -> None:
    """Import messages from a spreadsheet or CSV. Bad rows are reported by line; run twice, nothing is added."""
    from hotline.importing import import_file

    mapping = dict(column.partition("=")[::2] for column in columns)
    rows = import_file(file, mapping, source, bad or file.with_suffix(".bad.csv"), progress)
    click.echo(json.dumps(rows.as_dict(), ensure_ascii=False) if as_json else rows.words())


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print the Decision as JSON.")
@click.option("--lines", is_flag=True, help='Read JSON lines {"content": …} and answer each with a line.')
def route(as_json: bool, lines: bool) -> None:
    """Read one message from standard input and print where it would go, and why."""
    from hotline.trying import route_stream, route_text, route_words

    if lines:
        for answer in route_stream(sys.stdin.buffer, english=os.environ.get("LANG", "").startswith("en")):
            click.echo(json.dumps(answer, ensure_ascii=False))
        return
    decision = route_text(sys.stdin.buffer.read().decode("utf-8", "replace"))
    click.echo(json.dumps(decision, ensure_ascii=False, indent=1) if as_json else route_words(decision))


@cli.command()
@click.option("--seal-file", type=click.Path(path_type=Path), help="The seals' copy outside the database.")
def verify(seal_file: Path | None) -> None:
    """Check every chain, seal, row and commitment offline; exit 1 when anything is wrong."""
    from hotline.verification import snapshot
    from hotline.verification import verify as check

    with snapshot() as session:
        found = check(session, seal_file or settings().seal_file)
    click.echo(
        f"{found.events} events of {found.tickets} tickets, {found.seals} seals, {found.unsealed} not sealed yet"
    )
    for fault in found.faults:
        click.echo(f"FAULT {fault}")
    if found.faults:
        sys.exit(1)
    click.echo("whole")


@cli.command()
@click.option("--from", help="When it starts: ISO 8601; a time with no offset is read as Asia/Shanghai.")
@click.option("--days", help="So many working days after the starting day, to 24:00 of the last one.")
@click.option("--hours", help="So many office hours, such as 8 or 1.5.")
@click.option("--minutes", help="So many office minutes.")
@click.option("--natural", is_flag=True, help="Days, hours and minutes run day and night, on rest days too.")
@click.option("--policy", help="CODE or CODE@VERSION of a policy set, or a file: its limit instead of a length.")
@click.option("--kind", help="With --policy: the kind of ticket, such as complaint or 投诉.")
@click.option("--clock", help="With --policy: which clock; resolve by default.")
@click.option("--urgency", help="With --policy: normal (the default), urgent or utilities.")
@click.option("--calendar", help="A file in the form of hotline/seeds/calendar.json, or the name of an edition.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON; without --from, each line of standard input.")
def deadline(as_json: bool, **options: str | bool | None) -> None:
    """Reckon a deadline without a ticket: when it is due, and its sum line by line. Needs no database."""
    from hotline.deadline import answer, answers, asked, complaint

    english, question, bad = os.environ.get("LANG", "").startswith("en"), asked(options), False
    if as_json and "from" not in question:
        for found in answers(sys.stdin.buffer, question, english=english):
            bad |= "error" in found
            line = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")  # half a surrogate that came in
            click.echo(line.decode())
        sys.exit(int(bad))
    try:
        due = answer(question)
    except InvalidInput as error:
        click.echo(complaint(error, english=english, prefix="--"), err=True)
        sys.exit(2)
    click.echo(json.dumps(due.as_json(), ensure_ascii=False) if as_json else "\n".join([str(due), *due.sum]))


@cli.command()
@click.argument("number")
@click.option("--json", "as_json", is_flag=True)
def explain(number: str, as_json: bool) -> None:
    """Print how each deadline of a ticket was counted: its sum line by line, under which versions of the rules."""
    from hotline import db, explaining, queries
    from hotline.errors import NotFound
    from hotline.rights import SYSTEM

    with db.reading() as session:
        try:
            found = explaining.explanation(session, queries.find_ticket(session, number, SYSTEM))
        except NotFound as error:
            raise click.ClickException(error.message["zh"]) from error
    said = explaining.in_words(number, found)
    click.echo(json.dumps(explaining.as_json(found), ensure_ascii=False) if as_json else said)


@cli.command()
@click.option("--unit", help="Code of a unit: with all below it.")
@click.option("--json", "as_json", is_flag=True)
def ledger(unit: str | None, as_json: bool) -> None:
    """Print the ledger of supervision: open, due, breached, suspended, supervised and by level, unit by unit."""
    from hotline import db
    from hotline import ledger as table
    from hotline.rights import SYSTEM

    with db.reading() as session:
        found = table.ledger(session, table.asked_of(session, SYSTEM, unit))
    click.echo(json.dumps(table.as_json(found), ensure_ascii=False) if as_json else table.as_table(found))


def main() -> Any:
    """Run a command; a wrong setting or input is one plain sentence, not a stack."""
    logs.set_up()
    try:
        return cli(standalone_mode=True)
    except (WrongSetting, Unseeded) as error:
        sys.exit(f"hotline: {error}")
    except InvalidInput as error:
        english = os.environ.get("LANG", "").startswith("en")
        sys.exit(f"hotline: {error.message['en' if english else 'zh']}")


if __name__ == "__main__":
    main()
