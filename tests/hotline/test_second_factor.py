"""The six digits: RFC 6238's own vectors, the half minutes that count, and how a secret is told."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline import second_factor

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
"""The SHA-1 secret of RFC 6238, appendix B."""

VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
"""Seconds since 1970 → the eight digits of RFC 6238, appendix B; six digits are the last six of them."""

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
STEP = second_factor.step_at(NOW)
steps = st.integers(min_value=1, max_value=10**9)


@pytest.mark.parametrize(("seconds", "digits"), VECTORS.items())
def test_the_digits_are_those_of_rfc_6238(seconds: int, digits: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert second_factor.code_of(RFC_SECRET, second_factor.step_at(at)) == digits[-6:]
    assert second_factor.matching_step(RFC_SECRET, digits[-6:], at, 0) == seconds // 30


def test_a_phone_may_be_one_step_early_or_late_and_no_more() -> None:
    codes = {drift: second_factor.code_of(RFC_SECRET, STEP + drift) for drift in range(-3, 4)}
    assert len(set(codes.values())) == len(codes)
    taken = {drift for drift, code in codes.items() if second_factor.matching_step(RFC_SECRET, code, NOW, 0)}
    assert taken == {-1, 0, 1}


def test_a_step_that_was_used_and_any_before_it_is_refused() -> None:
    for used in range(STEP - 2, STEP + 2):
        for drift in (-1, 0, 1):
            code = second_factor.code_of(RFC_SECRET, STEP + drift)
            expected = STEP + drift if STEP + drift > used else None
            assert second_factor.matching_step(RFC_SECRET, code, NOW, used) == expected


def test_where_two_steps_show_the_same_digits_the_one_not_used_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factor, "code_of", lambda _secret, _step: "123456")
    assert second_factor.matching_step(RFC_SECRET, "123456", NOW, 0) == STEP - 1
    assert second_factor.matching_step(RFC_SECRET, "123456", NOW, STEP - 1) == STEP
    assert second_factor.matching_step(RFC_SECRET, "123456", NOW, STEP + 1) is None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "１2345é", "\0" * 6])
def test_what_is_not_the_code_is_refused_whatever_it_is(code: str) -> None:
    assert second_factor.matching_step(RFC_SECRET, code, NOW, 0) is None


@given(steps)
def test_every_code_has_six_plain_digits(step: int) -> None:
    assert second_factor.is_code(second_factor.code_of(RFC_SECRET, step))


@given(steps, st.timedeltas(timedelta(0), timedelta(seconds=29.999)))
def test_a_step_lasts_half_a_minute(step: int, within: timedelta) -> None:
    assert second_factor.step_at(datetime.fromtimestamp(step * 30, UTC) + within) == step


@pytest.mark.parametrize("said", ["123456", " 123 456 ", "123-456", "１２３４５６", "１２３　４５６", "123\u00a0456"])
def test_digits_are_read_as_people_type_them(said: str) -> None:
    assert second_factor.clean_code(said) == "123456"


@pytest.mark.parametrize("said", ["", "12345", "1234567", "12345a", "-12345", "①②③④⑤", "٠١٢٣٤٥", "12345\0"])
def test_what_is_not_six_digits_is_no_code(said: str) -> None:
    assert not second_factor.is_code(second_factor.clean_code(said))


def test_a_secret_is_as_long_as_the_hash_and_never_the_same() -> None:
    made = {second_factor.new_secret() for _ in range(20)}
    assert len(made) == 20
    assert {len(base64.b32decode(secret)) for secret in made} == {20}


def test_the_address_carries_all_that_an_authenticator_asks() -> None:
    address = urlsplit(second_factor.address(RFC_SECRET, "12345 热线:贵阳", "li+王"))
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path.count(":") == 1
    assert unquote(address.path) == "/12345 热线:贵阳:li+王"
    assert asked == {
        "secret": RFC_SECRET,
        "issuer": "12345 热线:贵阳",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }
    assert "+" not in address.query, "authenticators read a plus as a plus"


def test_a_secret_to_be_typed_stands_in_groups_of_four() -> None:
    assert second_factor.in_fours("ABCDEFGHIJ") == "ABCD EFGH IJ"
    assert second_factor.in_fours(RFC_SECRET).replace(" ", "") == RFC_SECRET
