"""The Inquiry 来件: what a channel hands in, before it is a ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.decision import Point

SOURCES = {
    "phone": "12345 电话",
    "web": "网页",
    "wechat": "微信",
    "message_board": "领导留言板",
    "government_site": "政府网站留言",
    "mayor_mailbox": "市长信箱",
    "online_inquiry": "网络问政",
    "other_line": "其他热线转来",
    "assigned": "上级交办",
    "congress": "人大代表建议",
    "cppcc": "政协提案",
    "window": "窗口、信函",
}
"""Sources of tickets by code (rules.md, Words). A channel is the way in; a source is where the matter came
from.
"""


class InvalidInput(Exception):
    """Bad input. `field` names where; `message` says what is wrong and what to do, for the person, as
    {lang: text}.

    Raised by every edge of the house; the API answers it as problem+json, the pages in the field's place.
    `problems` is all that was found wrong: this one alone, or several in an `InvalidInputs`.
    """

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.field = field
        self.message = {"zh": zh, "en": en}

    @property
    def problems(self) -> tuple[InvalidInput, ...]:
        """Everything found wrong, each with its own field; never empty."""
        return (self,)


class InvalidInputs(InvalidInput):
    """Several things wrong at once, so that a person corrects a form in one go.

    It is an InvalidInput too: who reports only one thing shows the first field and all sentences.
    """

    def __init__(self, problems: Sequence[InvalidInput]) -> None:
        zh = "；".join(problem.message["zh"].rstrip("。") for problem in problems) + "。"
        super().__init__(problems[0].field, zh, " ".join(problem.message["en"] for problem in problems))
        self._problems = tuple(problems)

    @property
    def problems(self) -> tuple[InvalidInput, ...]:
        """Everything found wrong, each with its own field; never empty."""
        return self._problems


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a transcript: `role` is agent, citizen or unknown; begin and end in milliseconds."""

    seq: int
    role: str
    begin_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One citizen's message, whatever the channel, or a form's task (forms.py).

    channel is phone, wechat, web, import or form; (channel, external_id) is unique for ever. `source` is a code of
    SOURCES. Times are UTC (aware); `received_at` None means now. `due_at` is the source's own deadline, which
    wins when it is earlier. `details` are what a form asks for beside the text, plain values without a citizen's
    personal data; with them `kind` is the form's and stays. `point` is where on earth the matter is. `sender` is who
    sent it, by the channel's own word for a person (WeChat's openid); it is kept as a digest alone.
    """

    channel: str
    external_id: str
    content: str
    source: str
    title: str = ""
    name: str = ""
    phone: str = ""
    id_number: str = ""
    address: str = ""
    place: str = ""
    kind: str | None = None
    confidential: bool = False
    no_reply: bool = False
    received_at: datetime | None = None
    due_at: datetime | None = None
    source_number: str = ""
    turns: tuple[Turn, ...] = ()
    details: Mapping[str, Any] | None = None
    point: Point | None = None
    sender: str = ""
