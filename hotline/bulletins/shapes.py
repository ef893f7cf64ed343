"""The plain JSON that a bulletin is made of: sections of sentences, tables and pictures, and the cells of tables.

  section  {code, title, text: [sentence], tables: [table], pictures: [picture], why: why it is empty, or ''}
  table    {code, title, base: what is counted, columns: [{code, name, kind}], rows: [{code, level, cells}], note}
           kind: text, count, rate, share (of the table's total), change (per cent of what it was), points (of per
           cent, or hours); the fraction of a rate is printed with it, those of shares and changes stand in the row
           level: '', group (a heading among the rows: its first cell alone) or total
  cell     None (no figure: the denominator is empty), a text, a whole number, or
           {text, value: a decimal as text, of: [numerator, denominator] or None}
  picture  {code, title, form: columns, bars or lines, …}: see pictures.py

No float stands in it: a decimal is text, so that every database gives back the bytes that were hashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from hotline.reports import Figure
from hotline.reports.figures import rate, rounded
from hotline.settings import settings

Cell = dict[str, Any] | str | int | None
Row = dict[str, Any]
Json = dict[str, Any]
NONE = "—"
"""What is printed where there is no figure."""


def columns(*named: tuple[str, str, str]) -> list[Json]:
    """The columns of a table from (code, name, kind)."""
    return [{"code": code, "name": name, "kind": kind} for code, name, kind in named]


def row(code: str, cells: Iterable[Cell], level: str = "") -> Row:
    """A row of a table; its code tells it from others in every version."""
    return {"code": code, "level": level, "cells": list(cells)}


def table(words: tuple[str, str, str], heads: Sequence[Json], rows: Sequence[Row], note: str = "") -> Json:
    """A table; `words` are its code, its title and what it counts."""
    code, title, base = words
    return {"code": code, "title": title, "base": base, "columns": list(heads), "rows": list(rows), "note": note}


def section(code: str, title: str, **parts: Any) -> Json:
    """A section with what it has of text, tables, pictures and why."""
    return {"code": code, "title": title, "text": [], "tables": [], "pictures": [], "why": ""} | parts


def rate_cell(figure: Figure) -> Cell:
    """A figure with its numerator and denominator, or hours with none; None where its denominator is empty."""
    if figure.value is None:
        return None
    if figure.numerator is None:
        return {"text": str(figure.brief()), "value": str(figure.value), "of": None}
    return {"text": figure.shown(), "value": str(figure.value), "of": [figure.numerator, figure.denominator]}


def share_cell(count: int, whole: int) -> Cell:
    """`count` in per cent of `whole`."""
    share, shown = (rate(count, whole, places, settings().rounding) for places in (2, 1))
    return None if share is None else {"text": f"{shown} %", "value": str(share), "of": [count, whole]}


def change_cell(now: int, before: int) -> Cell:
    """How much more or less than before, in per cent of what it was; None where there was nothing before."""
    change, shown = (rate(now - before, before, places, settings().rounding) for places in (2, 1))
    if change is None or shown is None:
        return None
    return {"text": f"{signed(shown)} %", "value": str(change), "of": [now - before, before]}


def points_cell(now: Figure, before: Figure) -> Cell:
    """The difference of two figures in their own unit: points of per cent, or hours."""
    if now.value is None or before.value is None:
        return None
    change = now.value - before.value
    return {"text": signed(rounded(change, 1, settings().rounding)), "value": str(change), "of": None}


def signed(number: Decimal) -> str:
    """+1.2, −1.2 or 0.0."""
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{abs(number)}"


def shown(cell: Cell) -> str:
    """A cell as it is printed, without its fraction."""
    if cell is None:
        return NONE
    if isinstance(cell, dict):
        return str(cell["text"])
    return f"{cell:,}" if isinstance(cell, int) else cell


def fraction(cell: Cell) -> str:
    """25,783/29,186, or an empty text."""
    if not isinstance(cell, dict) or cell["of"] is None:
        return ""
    numerator, denominator = cell["of"]
    return f"{numerator:,}/{denominator:,}".replace("-", "−")


def beneath(column: Json, cell: Cell) -> str:
    """The fraction to print with a cell of this column, or an empty text."""
    return fraction(cell) if column["kind"] == "rate" else ""


def is_number(column: Json) -> bool:
    """True for a column of figures, which stand to the right."""
    return bool(column["kind"] != "text")


def said(cell: Cell) -> str:
    """A cell with its fraction, in one line."""
    return f"{shown(cell)}（{fraction(cell)}）" if fraction(cell) else shown(cell)
