"""The shipped sentences of kinds: well formed, nobody's, and of use."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import routing
from routing.decision import KINDS
from routing.kinds import kind_of

LINES = (Path(routing.__file__).parent / "kinds.tsv").read_text("utf-8").splitlines()


def test_each_line_is_a_kind_and_a_sentence_said_once() -> None:
    parts = [line.split("\t") for line in LINES]
    assert all(len(part) == 2 for part in parts)
    counts = Counter(kind for kind, _ in parts)
    assert counts.keys() == KINDS.keys()
    assert min(counts.values()) >= 50
    assert len({text for _, text in parts}) == len(parts)


def test_no_sentence_holds_a_number_that_could_be_somebodys() -> None:
    assert not [line for line in LINES if re.search(r"\d{6}", line)]


def test_what_names_no_kind_is_told_by_its_wording() -> None:
    assert kind_of("工头到现在一分钱都没有结给我们,人也躲起来了")[0] in {"complaint", "help"}
    assert kind_of("来修水管的师傅弄完还把地拖干净了,做事真是讲究")[0] == "praise"
    assert kind_of("小区门口要是能装个红绿灯就好了")[0] == "suggestion"
