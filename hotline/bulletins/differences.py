"""The difference of two versions of a bulletin: every sentence, cell and point that is not what it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hotline.bulletins.shapes import NONE, Json, columns, row, said, table

LEFT_OUT = frozenset({"correction"})
"""A correction's own section says what differed from the version before; it is no figure."""

HEADS = columns(("where", "位置", "text"), ("was", "原为", "text"), ("now", "现为", "text"))
HEADINGS = {"title": "标题", "issue": "期号", "office": "发文单位", "cut_off_words": "数据截止"}


class Said(NamedTuple):
    """What stands in one place: `code` is the place in every version, `where` in words."""

    code: str
    where: str
    text: str


def differences(old: Json, new: Json) -> Json:
    """A table {位置, 原为, 现为} of all that differs, in the order of the new version; no rows where nothing does."""
    before, after = ({each.code: each for each in _said(document)} for document in (old, new))
    places = after | {code: each for code, each in before.items() if code not in after}
    rows = []
    for code, place in places.items():
        was, now = (found[code].text if code in found else NONE for found in (before, after))
        if was != now:
            rows.append(row(code, [place.where, was or NONE, now or NONE]))
    words = ("differences", f"不同之处 {len(rows)} 处", "逐句、逐格比较两版；没有列出的，两版相同")
    return table(words, HEADS, rows)


def _said(document: Json) -> Iterator[Said]:
    """Everything that is printed, place by place."""
    for name, words in HEADINGS.items():
        yield Said(name, words, document[name])
    for part in document["sections"]:
        if part["code"] not in LEFT_OUT:
            yield from _of_section(part)


def _of_section(part: Json) -> Iterator[Said]:
    code, title = part["code"], part["title"].rpartition("、")[2]
    for number, sentence in enumerate(part["text"], 1):
        yield Said(f"{code}/{number}", f"{title} · 第 {number} 段", sentence)
    yield Said(f"{code}/why", title, part["why"])
    for each in part["tables"]:
        yield from _of_table(Said(f"{code}/{each['code']}", f"{title} · {each['title']}", ""), each)
    for each in part["pictures"]:
        yield from _of_picture(Said(f"{code}/{each['code']}", f"{title} · {each['title']}", ""), each)


def _of_table(place: Said, each: Json) -> Iterator[Said]:
    for name, words in (("base", "口径"), ("note", "注")):
        yield Said(f"{place.code}/{name}", f"{place.where} · {words}", each[name])
    for line in each["rows"]:
        where = f"{place.where} · {said(line['cells'][0])}"
        for column, cell in zip(each["columns"], line["cells"], strict=False):
            yield Said(f"{place.code}/{line['code']}/{column['code']}", f"{where} · {column['name']}", said(cell))


def _of_picture(place: Said, picture: Json) -> Iterator[Said]:
    """The points of columns and lines; bars show what stands in a table."""
    for point in picture.get("points", ()):
        yield Said(f"{place.code}/{point['label']}", f"{place.where} · {point['label']}", f"{point['value']:,}")
    for series in picture.get("series", ()):
        for point in series["points"]:
            where = f"{place.where} · {series['name']} · {point['label']}"
            yield Said(f"{place.code}/{series['name']}/{point['label']}", where, said(point["cell"]))
