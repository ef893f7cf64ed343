"""Signing in with the second factor, without a script: two pages, no session between them, nothing that leaks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from sqlalchemy import update

from hotline import db, knowledge, running, second_factor, staff
from hotline.__main__ import cli
from hotline.models import Session, Staff
from hotline.seeds import city as demo
from hotline.seeds import read_json
from tests.pages.conftest import PASSWORD, Visitor

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
EXPLAINED = "python -m hotline enroll"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still unless a test moves it."""
    with time_machine.travel(datetime(2026, 11, 22, 7, 30, 10, tzinfo=UTC), tick=False) as moved:
        yield moved


@pytest.fixture
def secret(city: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The secret of the auditor, who is an administrator with a second factor."""
    monkeypatch.setattr(second_factor, "new_secret", lambda: SECRET)
    with db.transaction() as session:
        account = staff.find(session, "auditor")
        assert account
        return staff.enroll(session, account)


def shown(secret: str, drift: int = 0) -> str:
    """What the authenticator shows now, or so many steps later."""
    return second_factor.code_of(secret, int(time.time()) // 30 + drift)


def give_password(visitor: Visitor, login: str = "auditor", password: str = PASSWORD, **more: str) -> str:
    """The first page, filled in; the page that follows."""
    visitor.get("/login")
    return visitor.send("/login", {"username": login, "password": password, **more})


def session_id(visitor: Visitor) -> str | None:
    """The session's id in the browser's cookie."""
    with visitor.client.session_transaction() as cookie:
        return cookie.get("id")


def sessions() -> int:
    """How many sessions the house knows."""
    with db.reading() as session:
        return session.query(Session).count()


def test_an_administrator_gives_the_password_and_then_the_code(visitor: Visitor, secret: str) -> None:
    page = give_password(visitor)
    assert "动态验证码" in page
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    assert page.count("<input") == 3, "the code, the CSRF token and the page that was asked for"
    visitor.send("/login/code", {"totp": shown(secret)})
    assert "退出" in visitor.page
    assert session_id(visitor)


def test_between_the_two_steps_there_is_no_session_and_no_page_opens(visitor: Visitor, secret: str) -> None:
    give_password(visitor)
    assert (session_id(visitor), sessions()) == (None, 0)
    for path in ("/desk", "/search", "/managers"):
        assert visitor.client.get(path).location.startswith("/login?")
    assert visitor.client.get("/api/v1/me").status_code == 401
    assert visitor.client.post("/logout", data={"csrf_token": visitor.token}).location.startswith("/login")


def test_the_session_begins_under_a_new_id_with_nothing_of_the_half_way(visitor: Visitor, secret: str) -> None:
    visitor.get("/login")
    with visitor.client.session_transaction() as cookie:
        cookie["id"] = "planted"
    give_password(visitor)
    assert session_id(visitor) is None
    visitor.send("/login/code", {"totp": shown(secret)})
    assert session_id(visitor) not in (None, "planted")
    with visitor.client.session_transaction() as cookie:
        assert set(cookie) <= {"id", "csrf_token", "_permanent"}


WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.mark.parametrize("typed", [lambda code: code.translate(WIDE), lambda code: f" {code[:3]} {code[3:]} "])
def test_the_code_is_read_as_people_type_it(visitor: Visitor, secret: str, typed: Callable[[str], str]) -> None:
    give_password(visitor)
    visitor.send("/login/code", {"totp": typed(shown(secret))})
    assert session_id(visitor)


def test_a_code_opens_once(visitor: Visitor, secret: str, clock: time_machine.Traveller) -> None:
    give_password(visitor)
    visitor.send("/login/code", {"totp": shown(secret)})
    visitor.send("/logout", {})
    give_password(visitor)
    page = visitor.send("/login/code", {"totp": shown(secret)}, status=401)
    assert "已经用过" in page
    clock.shift(30)
    visitor.send("/login/code", {"totp": shown(secret)})
    assert session_id(visitor)


def test_wrong_digits_are_refused_and_delay(visitor: Visitor, secret: str, clock: time_machine.Traveller) -> None:
    give_password(visitor)
    wrong = next(f"{n:06}" for n in range(4) if f"{n:06}" not in {shown(secret, drift) for drift in (-1, 0, 1)})
    pages = {visitor.send("/login/code", {"totp": wrong}, status=401) for _ in range(5)}
    waiting = visitor.send("/login/code", {"totp": shown(secret)}, status=401)
    assert {*pages, waiting} == {waiting}, "wrong digits and a waiting account read the same"
    assert 'aria-invalid="true"' in waiting
    assert wrong not in waiting
    clock.shift(61)
    visitor.send("/login/code", {"totp": shown(secret)})
    assert session_id(visitor)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", "请填验证器上的 6 位数字"),
        ("12345", "应为 6 位数字，您填了 5 位"),
        ("１２３４５６７", "您填了 7 位"),
        ("abcdef", "请填验证器上的 6 位数字"),
    ],
)
def test_what_is_not_six_digits_is_told_and_not_counted(visitor: Visitor, secret: str, said: str, words: str) -> None:
    give_password(visitor)
    assert words in visitor.send("/login/code", {"totp": said}, status=422)
    with db.reading() as session:
        account = staff.find(session, "auditor")
        assert account
        assert account.failures == 0


def test_after_five_minutes_the_password_is_asked_again(
    visitor: Visitor, secret: str, clock: time_machine.Traveller
) -> None:
    give_password(visitor)
    clock.shift(timedelta(minutes=5, seconds=1))
    page = visitor.send("/login/code", {"totp": shown(secret)})
    assert "5 分钟" in page
    assert 'name="password"' in page
    assert (session_id(visitor), sessions()) == (None, 0)


def test_the_second_page_is_nothing_without_the_first(visitor: Visitor, secret: str) -> None:
    assert 'name="password"' in visitor.get("/login/code")
    assert 'name="password"' in visitor.send("/login/code", {"totp": shown(secret)})
    assert "5 分钟" not in visitor.page
    assert sessions() == 0


def test_a_half_way_that_somebody_wrote_himself_opens_nothing(visitor: Visitor, secret: str) -> None:
    give_password(visitor)
    kept = visitor.client.get_cookie("hotline")
    assert kept
    payload, _, signature = kept.value.partition(".")
    visitor.client.set_cookie("hotline", f"{payload[:-2]}AA.{signature}")
    assert 'name="password"' in visitor.get("/login/code")


def test_the_second_step_needs_the_token_of_its_page(visitor: Visitor, secret: str) -> None:
    give_password(visitor)
    assert visitor.client.post("/login/code", data={"totp": shown(secret)}).status_code == 400
    assert sessions() == 0


def test_the_page_that_was_asked_for_follows_the_second_step(visitor: Visitor, secret: str) -> None:
    give_password(visitor, next="/desk?queue=all")
    following = re.findall(r'name="next" value="([^"]*)"', visitor.page)
    assert following == ["/desk?queue=all"]
    data = {"csrf_token": visitor.token, "totp": shown(secret), "next": following[0]}
    assert visitor.client.post("/login/code", data=data).location == "/desk?queue=all"


def test_nobody_is_sent_elsewhere_after_the_second_step(visitor: Visitor, secret: str) -> None:
    give_password(visitor, next="//example.org")
    data = {"csrf_token": visitor.token, "totp": shown(secret), "next": "https://example.org"}
    assert visitor.client.post("/login/code", data=data).location == "/"


def test_an_administrator_with_the_password_only_is_refused_and_told_how_to_enrol(visitor: Visitor) -> None:
    visitor.get("/login")
    page = visitor.send("/login", {"username": "auditor", "password": PASSWORD}, status=401)
    assert EXPLAINED in page
    assert "管理员还没有绑定验证器" in page
    assert sessions() == 0


def test_no_page_tells_a_name_or_a_right_password_of_an_administrator_who_is_not_enrolled(visitor: Visitor) -> None:
    tries = [("auditor", PASSWORD), ("auditor", "wrong"), ("agent", "wrong"), ("nobody", PASSWORD)]
    visitor.get("/login")
    pages = {
        visitor.send("/login", {"username": login, "password": password}, status=401).replace(login, "")
        for login, password in tries
    }
    assert len(pages) == 1


def test_tries_at_the_code_are_limited_with_those_at_the_password(visitor: Visitor, secret: str) -> None:
    give_password(visitor)
    data = {"csrf_token": visitor.token, "totp": "12345"}
    assert [visitor.client.post("/login/code", data=data).status_code for _ in range(11)] == [422] * 9 + [429] * 2


# The demo's administrators, and the commands


@pytest.fixture
def people(city: Path) -> list[dict[str, str]]:
    """The demo's people as their file tells them; the template's own step aside."""
    with db.transaction() as session:
        session.execute(update(Staff).values(login="old " + Staff.login))
        made = demo.make_people(session)
    made.write(city / running.CREDENTIALS)
    found: list[dict[str, str]] = read_json(city / running.CREDENTIALS)["staff"]
    return found


@pytest.mark.parametrize(("login", "name"), [("admin", "系统管理员"), ("auditor", "审计管理员")])
def test_the_demos_administrators_sign_in_with_what_its_file_tells(
    visitor: Visitor, people: list[dict[str, str]], login: str, name: str
) -> None:
    person = next(each for each in people if each["login"] == login)
    assert "动态验证码" in give_password(visitor, login, person["password"])
    visitor.send("/login/code", {"totp": shown(person["totp"])})
    assert name in visitor.page
    assert session_id(visitor)


def test_only_administrators_have_a_second_factor_in_the_demo(people: list[dict[str, str]]) -> None:
    assert {each["login"] for each in people if "totp" in each} == {"admin", "auditor"}
    assert {each["roles"] for each in people if "totp" in each} == {"system_admin", "audit_admin"}


def run(*words: str, said: str = "") -> tuple[int, str]:
    """A command as a person runs it: its exit code and all that it printed."""
    result = CliRunner().invoke(cli, list(words), input=said)
    return result.exit_code, result.output


def test_the_command_enrols_an_administrator_who_then_signs_in(visitor: Visitor) -> None:
    knowledge.forget()
    typed = f"{PASSWORD}\n{PASSWORD}\n"
    status, said = run("add-staff", "li", "--name", "李敏", "--role", "system_admin", said=typed)
    assert (status, "python -m hotline enroll li" in said) == (0, True)
    status, said = run("enroll", "li")
    address, fours = said.splitlines()
    assert status == 0
    assert address.startswith("otpauth://totp/")
    assert f"secret={fours.replace(' ', '')}&" in address
    assert {len(group) for group in fours.split()} == {4}
    give_password(visitor, "li")
    visitor.send("/login/code", {"totp": shown(fours.replace(" ", ""))})
    assert "李敏" in visitor.page


def test_the_commands_say_in_a_sentence_what_cannot_be(city: Path) -> None:
    for words, sentence in (
        (("enroll", "nobody"), "no account 'nobody'"),
        (("add-token", "auditor"), "an administrator has no API token"),
    ):
        status, said = run(*words)
        assert (status, sentence in said) == (1, True), said
        assert "Traceback" not in said
    run("add-staff", "lines", "--name", "来件系统", "--role", "intake", "--machine")
    status, said = run("enroll", "lines")
    assert (status, "is a machine" in said) == (1, True)
