"""A scheme as a JSON document (seeds/schemes/*.json): read with every mistake named by its path, and written again.

Numbers may be written 0.5 or "0.5"; they are kept as text, so that 0.1 stays a tenth.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from hotline.assessment.scheme import EMPTY, Measure, Rounding, Rule, Scheme, Target
from hotline.intake.fields import clean
from hotline.intake.inquiry import SOURCES, InvalidInput, InvalidInputs
from hotline.reports.figures import ROUNDINGS
from hotline.reports.metrics import METRICS

MEASURABLE = {
    metric.key: metric.name
    for metric in METRICS
    if metric.source in ("tickets", "clocks", "evaluations") and metric.id != "dispatch_on_time"
}
"""What a unit can be assessed by: the rates that are reckoned by unit; dispatching is the hotline's own."""

LONGEST_NAME, LONGEST_SOURCE = 60, 200
MOST_METRICS, MOST_TARGETS, MOST_GROUPS, MOST_RULES = 20, 12, 20, 6
MOST_POINTS, MOST_PLACES, MOST_LEAST = Decimal(1000), 4, Decimal(10_000)
_KEYS = (
    "code",
    "version",
    "name",
    "source",
    "effective_from",
    "metrics",
    "groups",
    "empty",
    "least",
    "rates",
    "points",
)
_LISTS = {"red": ("top", "points"), "black": ("bottom", "points", "floor")}
Json = Mapping[str, Any]


def read(document: Json) -> Scheme:
    """The scheme of a document. Raises InvalidInput, or InvalidInputs with everything that is wrong."""
    _check_writable(document)
    reading = _Reading()
    scheme = reading.scheme(document)
    if reading.wrong:
        raise reading.wrong[0] if len(reading.wrong) == 1 else InvalidInputs(reading.wrong)
    return scheme


def write(scheme: Scheme) -> dict[str, Any]:
    """The document of a scheme, every number as text; `read` gives the same scheme."""
    return {
        "code": scheme.code,
        "version": str(scheme.version),
        "name": scheme.name,
        "source": scheme.source,
        "effective_from": scheme.effective_from.isoformat(),
        "metrics": [_written_measure(measure) for measure in scheme.measures],
        "groups": list(scheme.groups),
        "empty": scheme.empty,
        "least": scheme.least,
        "rates": {"places": scheme.rates.places, "rounding": scheme.rates.rule},
        "points": {"places": scheme.points.places, "rounding": scheme.points.rule},
        **{color: [_written_rule(color, rule) for rule in getattr(scheme, color)] for color in _LISTS},
    }


def _check_writable(document: Json) -> None:
    """Half a surrogate and NUL are in JSON what no database keeps and no page shows."""
    text = json.dumps(document, ensure_ascii=False, default=str)
    try:
        broken = not text.encode() or "\\u0000" in text
    except UnicodeEncodeError:
        broken = True
    if broken:
        zh, en = "方案里有不能保存的字符，请重新输入", "the document holds characters that are none"
        raise InvalidInput("document", f"document：{zh}", f"document: {en}")


def plain(value: Decimal) -> str:
    """A number as a person writes it: 25, 0.5, 12.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _written_measure(measure: Measure) -> dict[str, Any]:
    numbers = {name: plain(getattr(measure, name)) for name in ("weight", "deduct", "target", "floor")}
    targets = [
        {"name": each.name, "target": plain(each.value), "sources": list(each.sources), "groups": list(each.groups)}
        for each in measure.targets
    ]
    return {"metric": measure.metric, **numbers, "targets": targets}


def _written_rule(color: str, rule: Rule) -> dict[str, Any]:
    named = dict(zip(_LISTS[color], (rule.places, rule.points, rule.metric), strict=False))
    return {name: plain(v) if isinstance(v, Decimal) else v for name, v in named.items() if v is not None}


class _Reading:
    """One reading of a document; `wrong` gathers what cannot be taken, each reader then gives something harmless."""

    def __init__(self) -> None:
        self.wrong: list[InvalidInput] = []

    def scheme(self, document: Json) -> Scheme:
        self._known(document, "", (*_KEYS, *_LISTS))
        measures = tuple(self._measure(row, path) for row, path in self._rows(document, "metrics", MOST_METRICS, 1))
        points = self._rounding(document, "points")
        for n, measure in enumerate(measures):
            if points.of(measure.weight) != measure.weight or points.of(measure.floor) != measure.floor:
                zh = f"满分和最低分的小数不能多于得分的 {points.places} 位"
                self._note(f"metrics[{n}].weight", zh, f"more decimals than the {points.places} of the points")
        named = [measure.metric for measure in measures]
        if twice := {each for each in named if each and named.count(each) > 1}:
            self._note("metrics", f"{'、'.join(map(_name, twice))} 写了两次，请合成一项", "a metric stands there twice")
        return Scheme(
            code=self._text(document, "code", "", 40),
            version=int(self._number(document, "version", "", Decimal(1), Decimal(10**6))),
            name=self._text(document, "name", "", LONGEST_NAME),
            source=self._text(document, "source", "", LONGEST_SOURCE),
            effective_from=self._day(document, "effective_from"),
            measures=measures,
            groups=self._texts(document, "groups", "", MOST_GROUPS, 1),
            empty=self._choice(document, "empty", "", EMPTY, "rescale"),
            least=int(self._number(document, "least", "", most=MOST_LEAST, default=Decimal(0))),
            rates=self._rounding(document, "rates"),
            points=points,
            red=tuple(self._rule(row, path, "red", named) for row, path in self._rows(document, "red", MOST_RULES)),
            black=tuple(
                self._rule(row, path, "black", named) for row, path in self._rows(document, "black", MOST_RULES)
            ),
        )

    def _measure(self, row: Json, path: str) -> Measure:
        self._known(row, path, ("metric", "weight", "deduct", "target", "floor", "targets"))
        weight = self._number(row, "weight", path, Decimal("0.01"))
        floor = self._number(row, "floor", path, default=Decimal(0))
        if floor > weight:
            self._note(f"{path}.floor", f"最低分 {plain(floor)} 高于满分 {plain(weight)}", "above the weight")
        return Measure(
            metric=self._choice(row, "metric", path, MEASURABLE),
            weight=weight,
            deduct=self._number(row, "deduct", path),
            target=self._number(row, "target", path, most=Decimal(100)),
            floor=floor,
            targets=tuple(self._target(each, at) for each, at in self._rows(row, "targets", MOST_TARGETS, path=path)),
        )

    def _target(self, row: Json, path: str) -> Target:
        self._known(row, path, ("name", "target", "sources", "groups"))
        sources = self._texts(row, "sources", path, len(SOURCES))
        for unknown in [each for each in sources if each not in SOURCES]:
            zh = f"没有编码为“{unknown[:40]}”的来源，可用 {'、'.join(SOURCES)}"
            self._note(f"{path}.sources", zh, f"{unknown[:40]!r} is no source")
        groups = self._texts(row, "groups", path, MOST_GROUPS)
        if not (sources or groups):
            self._note(path, "要写明哪些来源（sources）或哪些类别（groups）", "sources or groups are needed")
        name = self._text(row, "name", path, LONGEST_NAME) if row.get("name") else ""
        return Target(name, self._number(row, "target", path, most=Decimal(100)), sources, groups)

    def _rule(self, row: Json, path: str, color: str, metrics: Sequence[str]) -> Rule:
        order, *_ = _LISTS[color]
        self._known(row, path, _LISTS[color])
        if not row:
            self._note(path, f"至少写 {'、'.join(_LISTS[color])} 中的一项", "an empty rule lists everybody")
        places = int(self._number(row, order, path, Decimal(1), Decimal(1000))) if order in row else None
        points = self._number(row, "points", path) if "points" in row else None
        metric = self._choice(row, "floor", path, {each: _name(each) for each in metrics}) if "floor" in row else None
        return Rule(places, points, metric)

    def _rounding(self, document: Json, key: str) -> Rounding:
        row = document.get(key, {})
        if not isinstance(row, Mapping):
            self._note(key, "应写成 {places, rounding}", "an object is needed")
            return Rounding()
        self._known(row, key, ("places", "rounding"))
        places = self._number(row, "places", key, most=Decimal(MOST_PLACES), default=Decimal(2))
        return Rounding(int(places), self._choice(row, "rounding", key, dict.fromkeys(ROUNDINGS, ""), "half_up"))

    # What a value may be

    def _note(self, path: str, zh: str, en: str) -> None:
        self.wrong.append(InvalidInput(path, f"{path}：{zh}", f"{path}: {en}"))

    def _known(self, row: Json, path: str, keys: Sequence[str]) -> None:
        for unknown in [key for key in row if key not in keys]:
            at = f"{path}.{unknown}" if path else str(unknown)
            self._note(at[:120], f"不认识，请删去；可用 {'、'.join(keys)}", f"is not known; {', '.join(keys)} are")

    def _rows(
        self, row: Json, key: str, most: int, least: int = 0, path: str = ""
    ) -> list[tuple[Mapping[str, Any], str]]:
        at, value = f"{path}.{key}" if path else key, row.get(key, [])
        if not isinstance(value, list) or not least <= len(value) <= most:
            self._note(at, f"应为 {least} 到 {most} 项的列表", f"a list of {least} to {most} is needed")
            return []
        for n in [n for n, each in enumerate(value) if not isinstance(each, Mapping)]:
            self._note(f"{at}[{n}]", "应写成 {…}", "an object is needed")
        return [(each, f"{at}[{n}]") for n, each in enumerate(value) if isinstance(each, Mapping)]

    def _texts(self, row: Json, key: str, path: str, most: int, least: int = 0) -> tuple[str, ...]:
        at, value = f"{path}.{key}" if path else key, row.get(key, [])
        whole = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if not whole or not least <= len(value) <= most or len(set(value)) < len(value):
            self._note(at, f"应为 {least} 到 {most} 个不重复的文字", f"a list of {least} to {most} texts is needed")
            return ()
        return tuple(clean(each)[:LONGEST_NAME] for each in value)

    def _text(self, row: Json, key: str, path: str, longest: int) -> str:
        at, value = f"{path}.{key}" if path else key, row.get(key)
        text = clean(value).strip() if isinstance(value, str) else ""
        if not 0 < len(text) <= longest:
            self._note(at, f"要写明，不超过 {longest} 字", f"1 to {longest} characters are needed")
        return text

    def _choice(self, row: Json, key: str, path: str, known: Mapping[str, str], default: str = "") -> str:
        at, value = f"{path}.{key}" if path else key, row.get(key, default)
        if not isinstance(value, str) or value not in known:
            said = f"“{str(value)[:40]}”不认识" if value else "没有写"
            self._note(at, f"{said}，可用 {'、'.join(known)}", f"one of {', '.join(known)} is needed")
            return next(iter(known), "")
        return value

    def _day(self, row: Json, key: str) -> date:
        try:
            return date.fromisoformat(str(row.get(key)))
        except ValueError:
            self._note(key, "应写成 2027-01-01 这样的日期", "a date such as 2027-01-01 is needed")
            return date.min

    def _number(
        self,
        row: Json,
        key: str,
        path: str,
        least: Decimal = Decimal(0),
        most: Decimal = MOST_POINTS,
        default: Decimal | None = None,
    ) -> Decimal:
        at, value = f"{path}.{key}" if path else key, row.get(key, default)
        whole = key in ("places", "top", "bottom", "version", "least")
        number = _decimal(value)
        if number is None:
            self._note(at, "没有写" if value is None else "应为数字，如 25 或 0.5", "a number is needed")
        elif not least <= number <= most or number != round(number, 0 if whole else 2):
            form = "整数" if whole else "数字，最多两位小数"
            self._note(at, f"应为 {plain(least)} 到 {plain(most)} 的{form}", f"{least} to {most} is needed")
        else:
            return number
        return least


def _decimal(value: Any) -> Decimal | None:
    """The number as it was written; None for what is none. A float gives its shortest form, which is what was typed."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 12 else None


def _name(metric: str) -> str:
    return MEASURABLE.get(metric, metric)
