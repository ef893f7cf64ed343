"""What a person typed, read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinese import normalise
from search.words import atoms, parse

typed = st.text() | st.text(st.sampled_from("医保噪音的了 \"“”「」-－ab1*:()\\'\n,。"), max_size=60)


def words(text: str) -> list[str]:
    return ["".join(word.atoms) for word in parse(text).words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("医保a座12b", ("医", "保", "a", "座", "12", "b")),
        ("ＧＹ-2026/01", ("gy", "2026", "01")),
        ("醫，保。", ("医", "保")),
        ("a_b", ("a", "b")),
        ("*:*", ()),
    ],
)
def test_an_atom_is_a_character_a_run_of_letters_or_a_run_of_digits(text: str, expected: tuple[str, ...]) -> None:
    assert atoms(text) == expected


def test_words_come_from_the_dictionary_without_particles() -> None:
    assert words("停车场的收费") == ["停车场", "收费"]


def test_a_name_that_no_dictionary_knows_stays_together() -> None:
    assert words("羊昌到新场镇的道路") == ["羊昌", "新场镇", "道路"]


def test_a_code_is_one_word_whatever_signs_are_in_it() -> None:
    assert words("GY-20260302-0001 13800138000") == ["gy202603020001", "13800138000"]


def test_letters_and_digits_are_cut_from_the_chinese_beside_them() -> None:
    assert words("退款2.5元的GY-01号") == ["退款", "25", "元", "gy01", "号"]


def test_a_particle_alone_is_still_a_question() -> None:
    assert words("的") == ["的"]


def test_a_word_said_twice_is_one() -> None:
    assert words("医保 醫保 医保") == ["医保"]


def test_phrases_and_exclusions_are_told_from_words() -> None:
    question = parse('登记 "异地 医保" -噪音 -“夜间 施工” a-b')
    assert question.phrases == (("异", "地", "医", "保"),)
    assert question.excluded == (("噪", "音"), ("夜", "间", "施", "工"))
    assert [word.atoms for word in question.words] == [("登", "记"), ("a", "b")]


def test_a_quote_that_never_ends_is_no_quote() -> None:
    question = parse('"医保 登记')
    assert question.phrases == ()
    assert [word.word for word in question.words] == ["医保", "登记"]


@pytest.mark.parametrize(("count", "most"), [(2, 1), (3, 2), (4, 2), (5, 3)])
def test_most_is_half_rounded_up(count: int, most: int) -> None:
    assert parse(" ".join(f"w{chr(97 + one)}" for one in range(count))).most == most


def test_a_pasted_complaint_does_not_become_a_thousand_clauses() -> None:
    question = parse(" ".join(f"x{chr(0x4E00 + one)}" for one in range(5000)))
    assert len(question.words) == 24


@given(typed)
def test_any_text_is_read_and_every_part_has_atoms_of_the_text(text: str) -> None:
    question = parse(text)
    known = set(atoms(text))
    for sequence in (*question.marks, *question.excluded):
        assert sequence
        assert set(sequence) <= known


@given(typed)
def test_a_text_and_its_normal_form_ask_the_same(text: str) -> None:
    assert parse(text[:300]) == parse(normalise(text[:300]))
