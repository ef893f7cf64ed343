"""The Inquiry 来件: what a channel hands in, before it is a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class InvalidInput(Exception):
    """Bad input. `field` names where, `remedy` says what to do, both ready for the person, in `{lang: text}`.

    Raised by every edge of the house; the API answers it as problem+json, the pages in the field's place.
    """

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.field = field
        self.message = {"zh": zh, "en": en}


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
    """One citizen's message, whatever the channel.

    channel is phone, wechat, web or import; (channel, external_id) is unique for ever. `source` is the trade's
    source of tickets (phone, web, wechat, message_board, mayor_mailbox, …). Times are UTC (aware);
    `received_at` None means now. `due_at` is the source's own deadline, which wins when it is earlier.
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
