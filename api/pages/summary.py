"""A summary as the pages show it: a line a part, each with the way to the turn that it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chinese import sentences
from hotline.intake.inquiry import Turn
from hotline.knowledge import Knowledge
from hotline.summaries import summary_of
from routing.summary import Part, Spoken, turns_of

LONG = 200
"""Characters from which on a message has a summary; a call always has one."""


Line = dict[str, Any]
"""{label, value: the house's word for it or '', words: as they were said, seq: their turn, 0 where nobody said it}."""


def call_summary(know: Knowledge, turns: Sequence[Turn], codes: Mapping[str, str | None], who: str) -> list[Line]:
    """The lines of a call's summary. `codes` are the matter and the place decided; `who` is whom to call back, as far
    as this reader may know.
    """
    return _lines(know, [Spoken(turn.seq, turn.role, turn.text) for turn in turns], codes, who)


def message_summary(know: Knowledge, content: str, codes: Mapping[str, str | None]) -> list[Line]:
    """The lines of a long message's summary; none for a short one. Their turns are those of `content_parts`."""
    return _lines(know, turns_of(content), codes, "") if len(content) >= LONG else []


def content_parts(content: str) -> list[tuple[int, str]]:
    """A message in its sentences, each with its number, and with 0 what stands between them; joined they are whole."""
    parts, at = [], 0
    for seq, sentence in enumerate(sentences(content), start=1):
        start = content.index(sentence, at)
        parts += [(0, content[at:start]), (seq, sentence)]
        at = start + len(sentence)
    return [(seq, text) for seq, text in [*parts, (0, content[at:])] if text]


def _lines(know: Knowledge, turns: list[Spoken], codes: Mapping[str, str | None], who: str) -> list[Line]:
    found = summary_of(know, turns, codes["matter"], codes["place"])
    lines = [
        _line("标题", "", found.title),
        _line("地点", know.place_name(codes["place"]), found.place),
        _line("事项", know.matter_path(codes["matter"]), found.matter),
        _line("要求", "", found.asked),
        _line("何时起", "", found.since),
    ]
    if who:
        told = found.phone or found.name
        lines.append(_line("回电", who, Part(f"第 {told.seq} 句", told.seq) if told else None))
    return lines if any(line["seq"] for line in lines) else []


def _line(label: str, value: str, part: Part | None) -> Line:
    return {"label": label, "value": value, "words": part.text if part else "", "seq": part.seq if part else 0}
