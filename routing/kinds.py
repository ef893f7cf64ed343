"""What kind of message it is, by its cues (routing.cues) and how they are said (routing.clauses).

Cues are added up by kind; then what goes along with other kinds gives way to them: a question asked in anger is a
grievance, thanks before a 但是 are manners, praise that blames is irony. Every verdict comes with the words that
decided it, in Chinese, for the dispatcher. All texts come normalised.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from math import sqrt

from chinese import normalise
from routing import cues
from routing.clauses import DENIED, context, is_plain
from routing.decision import KINDS
from routing.examples import Examples, Said
from routing.refusals import promotion
from routing.spotting import Spotting

TITLE_START_WEIGHT = 5.0
CATEGORY_WEIGHT = 1.0
"""What the title's outright word counts: much; little where it is nothing but the name of a category."""

IN_TITLE = 1.5
"""Cues in the title count so many times, for people put there what they want."""

USUAL = 0.2
"""What the usual kind of its matter counts for a message: less than any cue."""

GIVEN_WAY = 0.25
"""What is left of a question's or thanks' score in a message that wants something else."""

LONGEST_QUESTION, LONGEST_END = 40, 60
"""How far from its end a text's last question and its manners are looked for."""

MENTIONED = 0.5
"""What is left of the weight of 投诉 where one only tells of having done it: still a grievance, no speech act."""

ASKED = 1.0
"""What it adds to a question that the text ends in it."""

ASKED_TWICE = 4.0
"""Who says 请问 and asks a question as well asks indeed, whatever trouble is told along with it."""

STRONG = 2.0
"""A score that makes a kind by itself."""

IN_DANGER = {
    "life": ("help", 2.0, "危险"),
    "self_harm": ("help", 2.0, "轻生"),
    "minor": ("help", 1.6, "未成年人"),
    "crowd": ("complaint", 1.5, "聚集"),
    "outage": ("help", 1.6, "停水停电等"),
}
"""What each alarm says of the kind."""

LESS_BLAME = 0.6
"""What is left of blame where a life is in danger: first comes help."""

BESIDE_CUES = 0.5
"""What the factor of the examples counts beside the cues, of which an outright one has 2 to 5."""

SHORT = 25
"""A message of fewer characters is mostly its matter, and says little of its kind."""

UNSAID = 0.5
"""What help, or the complaint that is usual for the matter, starts with where no cue is found."""

LEAST_OTHER = -0.25
"""What a message without a matter starts with: it must be much like such messages."""

ORDER = ("report", "suggestion", "complaint", "praise", "help", "consultation")
"""Of equal sums the kind that stands first."""

_ROWS = [(kind, weight) for kind, rows in cues.KIND_CUES.items() for weight, _ in rows]
_CUES = Spotting([cue for rows in cues.KIND_CUES.values() for _, cue in rows] + list(cues.SPEECH_ACTS.values()))
_ACTS = list(cues.SPEECH_ACTS)
_TITLES = {kind: re.compile(cue) for kind, cue in cues.TITLE_STARTS.items()}
_ABOUT, _BEFORE, _HOLLOW = map(re.compile, (cues.ABOUT_AN_ACT, cues.BEFORE_AN_ACT, cues.HOLLOW_ADVICE))
_CATEGORY, _IRONY, _BUT, _END = map(re.compile, (cues.CATEGORY_TITLE, cues.IRONY, cues.BUT, cues.POLITE_END))
_QUESTION, _RHETORICAL, _ASKED_ABOUT = map(re.compile, (cues.QUESTION, cues.RHETORICAL, cues.ASKED_ABOUT))
_SENTENCES = re.compile(r"[。;!?]")
_ADVICE, _RESOLVED = map(re.compile, (cues.ABOUT_ADVICE, cues.RESOLVED))
_OTHER = Spotting([cues.OTHER])


@dataclass
class _Heard:
    """Scores and telling words by kind."""

    scores: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ORDER, 0.0))
    words: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in ORDER})

    def add(self, kind: str, weight: float, word: str) -> None:
        self.scores[kind] += weight
        self.words[kind].append(word)


def kind_of(text: str, title: str = "", usual: str | None = None, alarmed: Collection[str] = ()) -> tuple[str, str]:
    """The kind of a message (a key of KINDS) and the reason in Chinese.

    Where cues are few, messages of the same wording tell (kinds.tsv); where nothing tells, it is the kind `usual` for
    the matter if that is a complaint, else help. Who tells of a danger (`alarmed`: codes of ALARMS) calls for help.
    """
    if other := _without_demand(text or title):
        return "other", f"类别依据:文中有“{other}”,没有具体诉求,属其他"
    heard = _hear(text, title)
    if any(heard.scores.values()) and usual in heard.scores:
        heard.scores[usual] += USUAL
    _weigh_danger(heard, set(alarmed))
    _weigh_against_each_other(heard, text)
    scores = heard.scores | ({} if alarmed else {"other": LEAST_OTHER})
    if not any(heard.scores.values()):
        scores["complaint" if usual == "complaint" else "help"] = UNSAID
    beside = BESIDE_CUES / sqrt(max(1.0, *scores.values()))
    factors = _examples().factors(Said.of(f"{title}\n{text}" if title else text, SHORT))
    best = max(scores, key=lambda kind: scores[kind] + beside * factors[kind])
    if not any(heard.words.get(best, ())):
        return best, f"类别依据:未见明显用语,从整段说法看多属{KINDS[best]}"
    return best, _reason(best, heard.words[best])


@cache
def _examples() -> Examples:
    """The shipped examples: kind, tab, a message as people say it without the words that name its kind."""
    lines = resources.files("routing").joinpath("kinds.tsv").read_text("utf-8").splitlines()
    return Examples((kind, normalise(text)) for kind, text in (line.split("\t") for line in lines))


def _reason(kind: str, said: Iterable[str]) -> str:
    telling = [word for word in dict.fromkeys(said) if word.strip("? ")] or ["?"]
    words = "".join(f"“{word}”" for word in telling[:3])
    return f"类别依据:文中有{words},属{KINDS[kind]}"


def _without_demand(text: str) -> str:
    """The words by which a message asks for nothing, or nothing more; empty where it may ask for something."""
    if not re.search(r"\w", text):
        return text[:1] or "空白"
    other = next((match.group() for _, match in _OTHER.find(text)), "")
    return other or next(iter(promotion(text)), "")


def _hear(text: str, title: str) -> _Heard:
    heard, body = _Heard(), _without_manners(text)
    in_title, in_body = _said(title), _said(body)
    for row, (kind, weight) in enumerate(_ROWS):
        if word := in_title.get(row):
            heard.add(kind, weight * IN_TITLE, word[1])
        elif word := in_body.get(row):
            heard.add(kind, weight, word[1])
    for row, kind in enumerate(_ACTS, len(_ROWS)):
        if word := in_body.get(row):
            heard.add(kind, *word)
    if asked := _asked(body):
        heard.add("consultation", ASKED, asked)
        if len(_SENTENCES.split(body.rstrip("?。"))) == 1 and heard.scores["complaint"] <= STRONG:
            heard.scores["complaint"] *= MENTIONED
    for kind, pattern in _TITLES.items():
        if title and (start := pattern.match(title)):
            heard.add(kind, CATEGORY_WEIGHT if _CATEGORY.match(title) else TITLE_START_WEIGHT, start.group())
    return heard


def _without_manners(text: str) -> str:
    """Without the thanks and greetings that letters end with; the text itself where nothing else is said."""
    return text[:-LONGEST_END] + _END.sub("", text[-LONGEST_END:]) or text


def _asked(text: str) -> str:
    """The question that a text ends in, unless it is one that blames; empty where there is none."""
    if text.rstrip().endswith("!"):
        return ""
    last = next((part for part in reversed(_SENTENCES.split(text)) if part.strip()), "")
    last = next((part for part in reversed(last.split(",")) if part.strip()), "")[-LONGEST_QUESTION:]
    found = None if _RHETORICAL.search(last) else _QUESTION.search(last)
    return found.group() if found else ""


def _act_weight(kind: str, match: re.Match[str]) -> float:
    around = context(match.string, match.start(), match.end())
    full = cues.ACT_WEIGHTS[kind]
    if DENIED.search(around.before) or around.quoted:
        return 0.0
    if kind == "suggestion":
        return 0.0 if _HOLLOW.match(around.after) or _ADVICE.match(around.after) else full
    if kind != "consultation" and (_ABOUT.match(around.following) or _BEFORE.search(around.before)):
        return full * MENTIONED if kind == "complaint" else 0.0
    return full


def _said(text: str) -> dict[int, tuple[float, str]]:
    """Row → (weight, word) of its first cue that is said and not denied, quoted or asked about.

    Of the words that name an act (the rows after the tables) the one that counts most: done, and not told of.
    """
    said: dict[int, tuple[float, str]] = {}
    for row, match in _CUES.find(text):
        act = row - len(_ROWS)
        if act >= 0:
            said[row] = max(said.get(row, (0.0, "")), (_act_weight(_ACTS[act], match), match.group()))
        elif (
            row not in said
            and is_plain(text, *match.span())
            and not _ASKED_ABOUT.search(text, max(0, match.start() - 16), match.start())
        ):
            said[row] = (0.0, match.group())
    return {row: word for row, word in said.items() if row < len(_ROWS) or word[0]}


def _weigh_danger(heard: _Heard, alarmed: set[str]) -> None:
    for code, (kind, weight, word) in IN_DANGER.items():
        if code in alarmed:
            heard.add(kind, weight, word)
    if "self_harm" in alarmed:
        heard.scores["praise"] *= GIVEN_WAY
    if "life" in alarmed:
        heard.scores["complaint"] *= LESS_BLAME


def _weigh_against_each_other(heard: _Heard, text: str) -> None:
    """Questions, thanks and advice go along with other kinds; alone they are what they say."""
    scores = heard.scores
    _weigh_praise(heard, text)
    if scores["report"] >= STRONG:
        for kind in ("consultation", "suggestion", "praise"):
            scores[kind] *= GIVEN_WAY
    if scores["complaint"] >= STRONG and scores["consultation"] < ASKED_TWICE + 1:
        scores["consultation"] *= GIVEN_WAY
    elif scores["help"] >= STRONG and scores["consultation"] < ASKED_TWICE:
        scores["consultation"] *= MENTIONED
    if scores["suggestion"] >= STRONG:
        scores["help"] *= MENTIONED
        scores["consultation"] *= MENTIONED


def _weigh_praise(heard: _Heard, text: str) -> None:
    """Praise of what is done silences the trouble that was; irony, and thanks before a 但是, are no praise."""
    scores = heard.scores
    if irony := _IRONY.search(text):
        scores["praise"] = 0.0
        heard.add("complaint", STRONG, irony.group())
    turned = _BUT.search(text)
    wants = max(scores["complaint"], scores["help"], scores["suggestion"], scores["report"])
    if turned and scores["praise"]:
        scores["praise"] *= GIVEN_WAY
        if wants < 1:
            heard.add("complaint", STRONG, turned.group())
    elif scores["consultation"] >= STRONG and scores["praise"] < scores["consultation"] + STRONG:
        scores["praise"] *= MENTIONED
    elif scores["praise"] >= STRONG and (_RESOLVED.search(text) or scores["praise"] >= wants):
        for kind in ("complaint", "help", "consultation"):
            scores[kind] *= GIVEN_WAY
    elif wants >= 1 or scores["consultation"] >= STRONG:
        scores["praise"] *= MENTIONED
