"""The pictures of a bulletin, drawn from its content alone: the same in page, PDF, Word file and workbook.

A picture in the content is one of
  columns  {unit, points: [{label, value: whole number}]}
  bars     {unit, panels: [{title, target: decimal as text or None, bars: [{label, cell}]}]}, panels side by side
  lines    {unit, series: [{name, points: [{label, cell}]}]}
Axes begin at zero; the colours are those of the pages (light); every bar has its numbers beside it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import vl_convert

from hotline import journal
from hotline.bulletins import fonts
from hotline.bulletins.shapes import Cell, Json, fraction, shown
from hotline.intake.fields import clean

INK, SOFT, LINE, ACCENT = "#1a1e23", "#565e68", "#d7dce1", "#17568f"
WIDE, NARROW = 640, 344
"""Pixels of a picture: on paper 640 are 156 mm, so that 12 are 8 points; a telephone takes a narrow one."""

FALLBACKS = "'PingFang SC', 'Microsoft YaHei', sans-serif"
"""For browsers that have not the font it was drawn with."""

LONGEST_LABEL = 12
PNG_SCALE, PNG_DPI = 2.5, 72
"""How much finer a PNG is than its SVG, and the resolution that stands in it."""

KEPT = 64

_drawing = threading.Lock()  # the drawing engine is one for the process


def svg(picture: Json, *, narrow: bool = False) -> str:
    """A picture as SVG, `narrow` for a telephone. Raises NoChineseFont."""
    return _svg(journal.canonical(picture).decode(), fonts.families()[0], NARROW if narrow else WIDE)


def png(picture: Json) -> bytes:
    """A picture as PNG, two and a half times as fine. Raises NoChineseFont."""
    return _png(svg(picture))


def size(picture: Json, *, narrow: bool = False) -> tuple[int, int]:
    """Width and height of a picture in pixels."""
    head = svg(picture, narrow=narrow).partition(">")[0]
    width, height = (head.partition(f' {name}="')[2].partition('"')[0] for name in ("width", "height"))
    return round(float(width)), round(float(height))


@lru_cache(KEPT)
def _svg(text: str, family: str, width: int) -> str:
    picture = json.loads(text, object_hook=_drawable)
    spec = _FORMS[picture["form"]](picture, width)
    _register(fonts.folder())
    with _drawing:
        return str(vl_convert.vegalite_to_svg(spec | _look(family)))


def _drawable(part: dict[str, Any]) -> dict[str, Any]:
    """Without unseen characters: on one of them the drawing engine ends the whole process."""
    return {name: clean(value) if isinstance(value, str) else value for name, value in part.items()}


@lru_cache(KEPT)
def _png(drawn: str) -> bytes:
    with _drawing:
        return bytes(vl_convert.svg_to_png(drawn, scale=PNG_SCALE, ppi=PNG_DPI))


@cache
def _register(own: Any) -> None:
    if own:
        vl_convert.register_font_directory(str(own))


def _look(family: str) -> Json:
    axis = {"labelColor": SOFT, "titleColor": SOFT, "domainColor": SOFT, "gridColor": LINE, "tickColor": LINE}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "padding": 8,
        "config": {
            "font": f"'{family}', {FALLBACKS}",
            "axis": axis | {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
            "title": {"fontSize": 13, "color": INK, "anchor": "start", "fontWeight": "bold", "offset": 8},
            "view": {"stroke": None},
            "text": {"color": INK, "fontSize": 12},
        },
    }


def _columns(picture: Json, width: int) -> Json:
    points, some = picture["points"], 12 if len(picture["points"]) <= 12 else 7
    labels = [each["label"] for each in points]
    return {
        "width": width - 70,
        "height": 180,
        "data": {"values": points},
        "layer": [
            {"mark": {"type": "bar", "color": ACCENT, "width": {"band": 0.72}}},
            *([] if len(points) > 16 else [_numbers_above()]),
        ],
        "encoding": {
            "x": _steps("label", labels, some if width == WIDE else 4),
            "y": {
                "field": "value",
                "type": "quantitative",
                "title": picture["unit"],
                "scale": {"zero": True, "nice": True} if any(each["value"] for each in points) else {"domain": [0, 1]},
                "axis": {"tickCount": 4, "tickMinStep": 1, "domain": False, "ticks": False, **_LEVEL_TITLE},
            },
        },
    }


_LEVEL_TITLE: Json = {"titleAngle": 0, "titleAlign": "right", "titleAnchor": "end", "titleY": -8, "titleX": -4}


def _numbers_above() -> Json:
    text = {"field": "value", "type": "quantitative", "format": ","}
    return {"mark": {"type": "text", "dy": -7, "fontSize": 11}, "encoding": {"text": text}}


def _steps(field: str, labels: Sequence[str], most: int) -> Json:
    """An axis of days or months: all of a few, else `most` of them evenly, from the first to the last."""
    last = len(labels) - 1
    some = [labels[round(n * last / (most - 1))] for n in range(most)] if last >= most else list(labels)
    axis = {"title": None, "labelAngle": 0, "values": some, "ticks": False, "labelPadding": 6}
    return {"field": field, "type": "ordinal", "sort": None, "axis": axis}


def _bars(picture: Json, width: int) -> Json:
    """The panels side by side, the units named once; below each other where there is no room."""
    if width == NARROW:
        return {"vconcat": [_panel(each, named=True) for each in picture["panels"]], "spacing": 24}
    return {"hconcat": [_panel(each, named=not n) for n, each in enumerate(picture["panels"])], "spacing": 96}


def _panel(panel: Json, *, named: bool) -> Json:
    values = [{"place": place, **_bar(each)} for place, each in enumerate(panel["bars"])]
    names = json.dumps([_short(each["label"]) for each in panel["bars"]])
    axis = {"title": None, "ticks": False, "domain": False, "labelLimit": 0, "labelPadding": 6, "labelColor": INK}
    axis |= {"labelExpr": f"{names}[datum.value]", "labelAngle": 0}
    y: Json = {"field": "place", "type": "ordinal", "axis": axis if named else None}
    x: Json = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, 100]},
        "axis": {
            "title": None,
            "values": [0, 50, 100],
            "domain": False,
            "ticks": False,
            "labelExpr": "datum.label + ' %'",
        },
    }
    beside = {"field": "words", "type": "nominal"}
    layers: list[Json] = [
        {"mark": {"type": "bar", "color": ACCENT, "height": {"band": 0.62}}, "encoding": {"x": x, "y": y}},
        {
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11},
            "encoding": {"x": {"datum": 100}, "y": y, "text": beside},
        },
    ]
    if panel["target"] is not None:
        layers.append(_target(panel["target"]))
    title = panel["title"] if panel["target"] is None else f"{panel['title']}，虚线为目标 {panel['target']} %"
    head = {"text": title, "fontSize": 12, "fontWeight": "normal", "color": SOFT, "limit": 300}
    return {"title": head, "width": 170, "height": {"step": 21}, "data": {"values": values}, "layer": layers}


def _bar(bar: Json) -> Json:
    """The value to draw, and the words beside it; without a figure no bar, and a word."""
    cell: Cell = bar["cell"]
    value = float(cell["value"]) if isinstance(cell, dict) else 0
    words = f"{shown(cell)}　{fraction(cell)}".rstrip("　") if isinstance(cell, dict) else "没有可算的"
    return {"value": value, "words": words}


def _short(name: str) -> str:
    """So much of a unit's name as there is room for; the engine itself cuts rare characters in two, and fails."""
    return name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…"


def _target(target: str) -> Json:
    rule = {"type": "rule", "color": SOFT, "strokeDash": [3, 3], "strokeWidth": 1}
    return {"mark": rule, "encoding": {"x": {"datum": float(target)}}}


def _lines(picture: Json, width: int) -> Json:
    values = [
        {"series": line["name"], "label": point["label"], "value": float(point["cell"]["value"])}
        for line in picture["series"]
        for point in line["points"]
        if point["cell"] is not None
    ]
    labels = [point["label"] for point in picture["series"][0]["points"]]
    names = [line["name"] for line in picture["series"]]
    legend = None if width == WIDE else {"title": None, "orient": "bottom", "direction": "vertical", "labelLimit": 300}
    series = {"field": "series", "type": "nominal", "legend": legend}
    colour = series | {"scale": {"domain": names, "range": [ACCENT, SOFT]}}
    dash = series | {"scale": {"domain": names, "range": [[1, 0], [6, 3]]}}
    x = _steps("label", labels, 4 if width == WIDE else 2)
    x["scale"] = {"domain": labels}
    y = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [0, 100]},
        "axis": {
            "title": None,
            "values": [0, 25, 50, 75, 100],
            "domain": False,
            "ticks": False,
            "labelExpr": "datum.label + ' %'",
        },
    }
    return {
        "width": width - (260 if width == WIDE else 90),
        "height": 180,
        "data": {"values": values},
        "encoding": {"x": x, "color": colour},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"y": y, "strokeDash": dash}},
            {"mark": {"type": "point", "filled": True, "size": 28, "opacity": 1}, "encoding": {"y": y}},
            *(_names_at_the_end(values, y) if width == WIDE else []),
        ],
    }


def _names_at_the_end(values: Sequence[Mapping[str, Any]], y: Json) -> list[Json]:
    """Each line's name and last value right of its end, kept apart where the lines end close together."""
    last = {each["series"]: each for each in values}
    ends = sorted(last.values(), key=lambda each: -each["value"])
    heights = _apart([each["value"] for each in ends], 9)
    found = [
        {
            "label": each["label"],
            "value": height,
            "series": each["series"],
            "words": f"{each['series']} {each['value']:.1f} %",
        }
        for each, height in zip(ends, heights, strict=True)
    ]
    text = {"field": "words", "type": "nominal"}
    mark = {"type": "text", "align": "left", "dx": 10, "fontSize": 12}
    return [{"data": {"values": found}, "mark": mark, "encoding": {"y": y, "text": text}}]


def _apart(values: Sequence[float], least: float) -> list[float]:
    """Values in falling order, moved so that neighbours are `least` apart and the lowest not below zero."""
    found: list[float] = []
    for value in values:
        found.append(min(value, found[-1] - least) if found else value)
    under = -min(0.0, min(found, default=0.0))
    return [each + under for each in found]


_FORMS: Mapping[str, Callable[[Json, int], Json]] = {"columns": _columns, "bars": _bars, "lines": _lines}
