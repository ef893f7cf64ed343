"""Hostile text: every pattern that reads what people wrote takes time in proportion to the text, whatever it says.

All compiled patterns of the packages that read messages are collected, those in tables and tuples too, and each gets
its own words over and over. What is compared is how the time grows, so that a slow machine fails nothing: four times
the text may take ten times as long, and a pattern that backtracks takes sixteen or more.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator, Mapping, Sequence

import pytest

import chinese
import hotline.intake
import routing
from routing.spotting import Spotting

SHORT, LONG = 1_000, 4_000
MOST_GROWTH = 10.0
FAST = 0.005
"""Seconds of the processor in which LONG characters are no matter, however they grow."""

OURS = {"routing.spotting._PIECE", "routing.spotting._QUANTIFIER"}
"""What reads the tables of the house, never a text."""

SEEDS = (
    *(
        "不是",
        "区",
        "在区",
        "嗯",
        "啊，",
        "哦",
        "1",
        "0-",
        " ",
        "\n",
        "\u3000",
        "(",
        "我",
        "把",
        "的",
        "，",
        "a",
        "“",
        "[",
    ),
    *("举报", "请把", "被", "没", "就", "一", "_", "😀", "𠮷"),
)
WORDS = 10
"""So many of a pattern's own words are tried, from its beginning to its end."""

HAN = re.compile("[\u3400-\u9fff]+")


def _patterns(name: str, value: object, depth: int = 3) -> Iterator[tuple[str, re.Pattern[str]]]:
    """(where it stands, pattern) of all that a value holds, in tables of tables too."""
    inner: Sequence[tuple[object, object]] = ()
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, Spotting):
        inner = list(enumerate(pattern for _, pattern in value._cues))
    elif isinstance(value, Mapping):
        inner = list(value.items())
    elif isinstance(value, list | tuple):
        inner = list(enumerate(value))
    for key, each in inner if depth else ():
        yield from _patterns(f"{name}[{key}]", each, depth - 1)


def _all_patterns() -> dict[str, dict[str, re.Pattern[str]]]:
    """Module → where it stands → pattern; one that several modules know stands with the first."""
    found: dict[str, dict[str, re.Pattern[str]]] = {}
    known: set[str] = set()
    for package in (chinese, routing, hotline.intake):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(info.name)
            for name, value in vars(module).items():
                for where, pattern in _patterns(f"{info.name}.{name}", value):
                    if pattern.pattern not in known and where not in OURS:
                        known.add(pattern.pattern)
                        found.setdefault(info.name, {})[where] = pattern
    return found


PATTERNS = _all_patterns()


def _seconds(pattern: re.Pattern[str], text: str) -> float:
    start = time.process_time()
    pattern.match(text)
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - start


def _grows_too_fast(pattern: re.Pattern[str], seed: str) -> bool:
    """Said of a pattern only where it holds three times over: another process may have been in the way."""
    short, long = ((seed * size)[:size] for size in (SHORT, LONG))
    return all(
        (taken := _seconds(pattern, long)) > FAST and taken > MOST_GROWTH * _seconds(pattern, short) for _ in range(3)
    )


def test_the_patterns_of_all_rooms_are_found() -> None:
    assert {"routing.kinds", "routing.dangers", "chinese.speech", "hotline.intake.said"} <= PATTERNS.keys()
    assert sum(map(len, PATTERNS.values())) > 500


def test_a_pattern_that_backtracks_would_be_seen() -> None:
    assert _grows_too_fast(re.compile(r"\d+[号点]"), "1")
    assert not _grows_too_fast(re.compile(r"\d[号点]"), "1")


@pytest.mark.parametrize("module", sorted(PATTERNS))
def test_no_pattern_takes_more_than_its_part_of_a_long_text(module: str) -> None:
    slow = []
    for where, pattern in PATTERNS[module].items():
        own = list(dict.fromkeys(HAN.findall(pattern.pattern)))
        for seed in (*SEEDS, *own[:: max(1, len(own) // WORDS)]):
            if _grows_too_fast(pattern, seed):
                slow.append((where, seed))
    assert not slow
