"""python -m hotline replay: a year of invented tickets, through the desk and the ordinary reports."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

if TYPE_CHECKING:
    from hotline.replaying import Scenario

ALWAYS = "max"


class _Bars:
    """A progress bar on standard error for each thing that is done, where a person looks on."""

    def __init__(self) -> None:
        self._words, self._bar = "", tqdm(disable=True)

    def __call__(self, words: str, more: int, total: int) -> None:
        if words != self._words:
            self._bar.close()
            self._words = words
            self._bar = tqdm(desc=words, total=total, disable=not sys.stderr.isatty(), unit="件", smoothing=0.05)
        self._bar.update(more)


def _speed(_context: click.Context, _option: click.Parameter, text: str) -> float | None:
    """Simulated seconds a second; None for as fast as it goes."""
    if text == ALWAYS:
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 1 <= speed < 1e9:
        raise click.BadParameter(f"应为 {ALWAYS}，或模拟时间快于真实时间的倍数，例如 3600")
    return speed


@click.command()
@click.option(
    "--scenario", "code", default="guiyang-2020", show_default=True, help="Which scenario of the shipped ones."
)
@click.option("--tickets", type=click.IntRange(100, 10_000_000), help="So many handed to units; the scenario's own.")
@click.option("--speed", default=ALWAYS, show_default=True, callback=_speed, help="max, or a factor such as 3600.")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="A house of its own in this folder.")
@click.option("--processes", type=click.IntRange(1, 64), help="On PostgreSQL: side by side; as many as processors.")
@click.option("--no-index", is_flag=True, help="Do not feed the search index; `reindex` does it later.")
def replay(
    code: str, tickets: int | None, speed: float | None, home: Path | None, processes: int | None, no_index: bool
) -> None:
    """Replay a year in an empty house: a simulated clock, real acts, sweeps, seals; then the ordinary report.

    The tickets are invented. The scenario sets how citizens and units behave; every figure comes from the events.
    """
    from hotline import replaying

    if home is not None:
        os.environ["HOTLINE_HOME"] = str(home)
    try:
        scenario = replaying.read_scenario(code)
        _replay(scenario, tickets or scenario.tickets, speed, (processes, not no_index))
    except (LookupError, replaying.Killed, replaying.NotEmpty, replaying.Unreachable) as error:
        raise click.ClickException(str(error)) from error


def _replay(scenario: Scenario, tickets: int, speed: float | None, how: tuple[int | None, bool]) -> None:
    from hotline import db, replaying
    from hotline.reports import printing
    from hotline.settings import settings

    processes = _processes(how[0], settings().database_url)
    asked = replaying.Asked(scenario, tickets, processes, speed, how[1])
    done = replaying.replay(asked, _Bars())
    with db.reading() as session:
        report = replaying.report_of(session, scenario)
    click.echo(printing.as_table(report))
    click.echo()
    click.echo(replaying.compared(report, scenario))
    click.echo()
    click.echo(replaying.adjusted_words(scenario, done.adjusted))
    click.echo(
        f"{done.messages:,} 件来件，{done.acts:,} 次办理，{done.escalations:,} 次时限提醒，{done.seals:,} 次封存；"
        f"计划 {done.planning:.0f} 秒，回放 {done.playing:.0f} 秒，"
        f"每秒 {done.messages / max(done.playing, 0.001):.0f} 件；"
        f"数据在 {settings().home}"
    )


def _processes(asked: int | None, url: str) -> int:
    """One on SQLite, which has one writer; else what was asked, or one for each processor."""
    if url.startswith("sqlite"):
        if asked and asked > 1:
            raise click.ClickException("SQLite 只有一个写入者，--processes 只能用于 PostgreSQL")
        return 1
    return asked or os.cpu_count() or 1
