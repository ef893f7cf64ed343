"""The web's two hot ways under load, beside a bare service on the same database: intake and the public query."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from bench import bare, house, load
from bench.figures import Figure, say, turns
from hotline import db, desk
from hotline.rights import CITIZEN

SECONDS = 3.0
TURNS = 7
TICKETS = 400


def intake_web() -> Figure:
    """Messages from the web form, all included and committed, beside INSERT … RETURNING of the same JSON."""
    with (
        house.furnished(HOTLINE_DATABASE_URL=house.fresh_database()),
        house.serving("wsgi:app", "bench.bare:create_app()") as at,
    ):
        house.execute(bare.TABLE)
        say("intake_web: requests/s, ours to the bare insert's")
        value, ratio = turns(
            lambda: load.requests_per_second(at[0], messages("/api/v1/intake/web"), SECONDS),
            lambda: load.requests_per_second(at[1], messages("/messages"), SECONDS),
            TURNS,
        )
    return Figure("intake_web", value, "requests/s", 0.25, ratio)


def public_status() -> Figure:
    """A citizen's query by code and digits, beside SELECT by key."""
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database()):
        keys = _open_tickets()
        ours = [load.Request(f"/api/v1/public/tickets/{code}?phone_tail={tail}") for code, tail in keys]
        plain = [load.Request(f"/messages/{code}") for code, _ in keys]
        with house.serving("wsgi:app", "bench.bare:create_app()") as at:
            say("public_status: requests/s, ours to the bare select's")
            value, ratio = turns(
                lambda: load.requests_per_second(at[0], ours, SECONDS),
                lambda: load.requests_per_second(at[1], plain, SECONDS),
                TURNS,
            )
    return Figure("public_status", value, "requests/s", 0.50, ratio)


def messages(path: str) -> Sequence[load.Request]:
    """What citizens say, as requests to `path`."""
    said = (house.inquiry(number) for number in range(len(house.texts())))
    return [load.post(path, content=f"{s.content}门牌{{n}}。", name=s.name, phone=s.phone, title=s.title) for s in said]


def _open_tickets() -> list[tuple[str, str]]:
    """Tickets, each also as a row of the bare table under the same key; (query code, last four digits)."""
    house.execute(bare.TABLE)
    keys = []
    for number in range(TICKETS):
        asked = house.inquiry(number)
        with db.transaction() as session:
            code = desk.open_ticket(session, asked, CITIZEN).query_code
            insert = (
                "INSERT INTO bare_messages (key, body) VALUES (:key, jsonb_build_object('content', CAST(:c AS text)))"
            )
            session.execute(text(insert), {"key": code, "c": asked.content})
        keys.append((code, asked.phone[-4:]))
    return keys
