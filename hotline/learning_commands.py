"""python -m hotline train, evaluate, model …: classifiers on the command line, done by the system itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from hotline.rules_commands import FILE, plainly

if TYPE_CHECKING:
    from hotline.learning.reading import Data
    from routing.decision import Matter
    from routing.learning import Example

Matters = Mapping[str, "Matter"]


class _Bar:
    """A progress bar on standard error where a person looks on: told (steps done, steps in all)."""

    def __init__(self, words: str) -> None:
        self._bar = tqdm(desc=words, disable=not sys.stderr.isatty(), unit="")

    def __call__(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)


def _matters() -> Matters:
    """The catalogue in force; an empty embedded house is migrated and given the shipped rules first, in silence."""
    from hotline import db, knowledge, migrations
    from hotline.running import seed_house
    from hotline.settings import settings

    if settings().embedded:
        migrations.migrate()
        seed_house(None)
    with db.reading() as session:
        return knowledge.matters_in_force(session)


def _read(path: Path, matters: Matters) -> Data:
    from hotline.learning import reading, words

    data = reading.read_file(path, matters)
    for line in words.bad_lines(data.bad):
        click.echo(line, err=True)
    return data


@click.command()
@click.option("--data", "path", type=FILE, help="TSV or CSV with label and text.")
@click.option("--from-history", is_flag=True, help="Learn from what people corrected and confirmed in this house.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="With --from-history: received from this day on.")
@click.option("--json", "as_json", is_flag=True)
def train(path: Path | None, from_history: bool, since: datetime | None, as_json: bool) -> None:
    """Train a model, measure it by cross-validation and keep it; it is in force only when a person promotes it."""
    from hotline import db
    from hotline.learning import training, words
    from hotline.rights import SYSTEM

    if (path is None) != from_history:
        raise click.UsageError("give --data FILE, or --from-history")
    if since and not from_history:
        raise click.UsageError("--since goes with --from-history")
    with plainly():
        matters = _matters()
        examples, source = _examples(path, since.date() if since else None, matters)
        trained = training.train(examples, matters, _Bar("训练"), training.SHARED if from_history else 1)
        with db.transaction() as session:
            row = training.keep(session, SYSTEM, trained, source, matters)
    if as_json:
        found = {"version": row.version, "examples": row.examples, "source": row.source, "data": row.data_digest}
        click.echo(json.dumps(found | training.named(row.figures, matters), ensure_ascii=False))
        return
    for code, count in trained.left_out.items():
        click.echo(f"“{training.path_of(code, matters)}”只有 {count} 条，没有采用")
    click.echo(f"第 {row.version} 版模型，{row.examples} 条数据，5 折交叉验证：")
    click.echo("\n".join(words.figure_lines(training.named(row.figures, matters))))
    click.echo(f"已保存，还没有启用；启用：python -m hotline model promote {row.version}")


def _examples(path: Path | None, since: date | None, matters: Matters) -> tuple[tuple[Example, ...], str]:
    """The examples and, in Chinese, where they come from."""
    from hotline import db
    from hotline.learning import history

    if path is not None:
        return _read(path, matters).examples, path.name
    with db.reading() as session:
        found = history.examples(session, matters, since)
    click.echo(history.words(found), err=True)
    return tuple(history.all_of(found)), history.source(since)


@click.command()
@click.option("--data", "path", type=FILE, required=True, help="TSV or CSV with label and text.")
@click.option("--model", "which", default="", help="A version, or first-day; the newest that fits by default.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(path: Path, which: str, as_json: bool) -> None:
    """Measure a model on labelled data; its answers are kept to the labels that stand in the data.

    By default it is the version trained last that fits the present catalogue, else the key phrases of the first day.
    """
    from hotline import db
    from hotline.learning import training, words

    with plainly():
        matters = _matters()
        data = _read(path, matters)
        with db.reading() as session:
            measured = training.evaluate(session, data.examples, matters, which, _Bar("分类"))
    figures = training.named(measured.figures.document(), matters)
    if measured.seen:
        click.echo("注意：这份数据正是该模型的训练数据，下面的数字偏高", err=True)
    if as_json:
        click.echo(json.dumps(_measured_json(measured, matters) | {"bad_lines": len(data.bad)}, ensure_ascii=False))
        return
    name = "首日关键词（没有训练）" if measured.model == training.FIRST_DAY else f"第 {measured.model} 版模型"
    click.echo(f"{name}，{measured.examples} 条数据，只在数据中出现的 {len(measured.labels)} 类里选：")
    click.echo("\n".join(words.figure_lines(figures)))


def _measured_json(measured: Any, matters: Matters) -> dict[str, Any]:
    from hotline.learning import training

    labels = [{"code": code, "name": training.path_of(code, matters)} for code in measured.labels]
    head = {"model": measured.model, "examples": measured.examples, "labels": labels, "among": "labels in the data"}
    return head | {"trained_on_this_data": measured.seen} | training.named(measured.figures.document(), matters)


@click.group()
def model() -> None:
    """分类模型: versions with their figures; promoted and rolled back by hand."""


@model.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_(as_json: bool) -> None:
    """Print every version, and which one is in force."""
    from hotline import db
    from hotline.learning import showing, words

    with plainly():
        matters = _matters()
        with db.reading() as session:
            found = showing.overview(session, matters)
    if as_json:
        click.echo(json.dumps(showing.overview_json(found, matters), ensure_ascii=False))
        return
    click.echo(found.now)
    click.echo(found.dispatch.words)
    for line in found.lines:
        click.echo(words.model_line(line.row, line.state))


@model.command()
@click.argument("version")
@click.option("--json", "as_json", is_flag=True)
def show(version: str, as_json: bool) -> None:
    """Print a version's data, figures, and the threshold of automatic dispatch that they give."""
    from hotline import db
    from hotline.learning import showing, training, words

    with plainly():
        matters = _matters()
        with db.reading() as session:
            line = showing.line_of(session, matters, training.read_version(version))
    if as_json:
        click.echo(json.dumps(showing.line_json(line, matters, whole=True), ensure_ascii=False))
        return
    click.echo(words.model_line(line.row, line.state))
    click.echo(f"数据 {line.row.data_digest[:12]}  目录 {line.row.catalogue_digest[:12]}  {line.dispatch}")
    click.echo("\n".join(words.figure_lines(training.named(line.row.figures, matters))))


@model.command()
@click.argument("version")
def promote(version: str) -> None:
    """Put VERSION in force; running processes take it up within seconds."""
    from hotline import db
    from hotline.learning import keeping, training
    from hotline.rights import SYSTEM

    with plainly():
        matters = _matters()
        with db.transaction() as session:
            row = keeping.promote(session, SYSTEM, training.read_version(version), matters)
    click.echo(f"已启用第 {row.version} 版模型；回退：python -m hotline model rollback")


@model.command()
def rollback() -> None:
    """Take the version in force back, to the one before it or to none (the first day's phrases)."""
    from hotline import db
    from hotline.learning import keeping
    from hotline.rights import SYSTEM

    with plainly():
        matters = _matters()
        with db.transaction() as session:
            before = keeping.rollback(session, SYSTEM)
        fits = before is not None and keeping.fits(before, matters)
    if before is None:
        click.echo("已回退：没有启用的模型，按目录的关键词分类")
    else:
        click.echo(f"已回退到第 {before.version} 版模型{'' if fits else '；它早于现行事项目录，暂按关键词分类'}")


@click.command()
@click.option("--from", "first", help="First day; Monday of last week by default.")
@click.option("--to", "last", help="Last day, included.")
@click.option("--unit", help="Code of a unit: what was first sent to it or below it.")
@click.option("--no-remedies", is_flag=True, help="Do not try what would have prevented it.")
@click.option("--draft", is_flag=True, help="Make a draft of the catalogue with the remedies; nothing is published.")
@click.option("--json", "as_json", is_flag=True)
def misdispatch(
    first: str | None, last: str | None, unit: str | None, no_remedies: bool, draft: bool, as_json: bool
) -> None:
    """派单差错周报: what was sent wrongly, by matter and unit, and what would have prevented it."""
    from hotline import db
    from hotline.knowledge import knowledge
    from hotline.learning import mending, remedies, reporting
    from hotline.learning.misdispatch import misdispatch as report_of
    from hotline.rights import SYSTEM

    with plainly(), db.reading() as session:
        know, scope = knowledge(session), reporting.read_scope(session, first, last, unit)
        report = report_of(session, scope)
        found = [] if no_remedies else remedies.remedies(session, know, report, progress=_Bar("试算"))
    if as_json:
        answer = reporting.as_json(know, scope, report, None if no_remedies else found)
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        click.echo("\n".join(reporting.lines(know, scope, report, found)))
    if draft:
        with plainly(), db.transaction() as session:
            made = mending.make_draft(session, SYSTEM, scope, found)
        click.echo(f"已存为目录草稿第 {made.version} 版，还没有发布", err=as_json)
