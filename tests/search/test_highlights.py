"""Marks in texts as they were written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search.highlights import highlights
from search.words import atoms

signs = st.sampled_from("停水電电ＡaB1２ ,。\u200b\n¶é")


def joined(fragment: list[tuple[str, bool]]) -> str:
    return "".join(text for text, _ in fragment)


def marked(fragment: list[tuple[str, bool]]) -> list[str]:
    return [text for text, is_match in fragment if is_match]


def test_a_mark_keeps_the_script_width_and_case_of_the_text() -> None:
    found = highlights({"title": "本區停電,ＡＰＰ打不开"}, [atoms("停电"), atoms("app")])
    assert found == {"title": [[("本區", False), ("停電", True), (",", False), ("ＡＰＰ", True), ("打不开", False)]]}


def test_marks_that_touch_or_overlap_are_one() -> None:
    found = highlights({"title": "停水停电停"}, [atoms("停水"), atoms("水停"), atoms("停电")])
    assert found == {"title": [[("停水停电", True), ("停", False)]]}


def test_letters_and_digits_are_marked_whole_or_not_at_all() -> None:
    assert highlights({"title": "apple 2026"}, [atoms("app"), atoms("202")]) == {}


def test_a_mark_reaches_over_signs_and_invisibles_between_its_atoms() -> None:
    assert marked(highlights({"title": "打138-0013-8000"}, [atoms("138 0013 8000")])["title"][0]) == ["138-0013-8000"]
    assert marked(highlights({"title": "停\u200b水了"}, [atoms("停水")])["title"][0]) == ["停\u200b水"]


def test_a_sign_that_unfolds_into_several_is_marked_whole() -> None:
    assert marked(highlights({"title": "面积12㎡"}, [atoms("12m2")])["title"][0]) == ["12㎡"]


def test_a_long_text_is_shown_in_at_most_three_fragments_around_its_marks() -> None:
    text = ("无关的话" * 50 + "停水") * 6
    fragments = highlights({"content": text}, [atoms("停水")])["content"]
    assert len(fragments) == 3
    for fragment in fragments:
        assert marked(fragment) == ["停水"]
        assert joined(fragment) in text
        assert len(joined(fragment)) <= 60


def test_marks_near_each_other_share_a_fragment() -> None:
    text = "前" * 200 + "停水已经三天,又停电" + "后" * 200
    (fragment,) = highlights({"content": text}, [atoms("停水"), atoms("停电")])["content"]
    assert marked(fragment) == ["停水", "停电"]


def test_an_endless_text_is_looked_at_from_its_beginning_only() -> None:
    assert highlights({"content": "无" * 10_000 + "停水"}, [atoms("停水")]) == {}
    assert highlights({"content": "停水" + "无" * 100_000}, [atoms("停水")]) != {}


@given(st.text(signs, max_size=300), st.lists(st.text(signs, min_size=1, max_size=3), max_size=4))
def test_fragments_are_pieces_of_the_text_in_order_and_marks_are_what_was_sought(text: str, sought: list[str]) -> None:
    sequences = [sequence for one in sought if (sequence := atoms(one))]
    place = 0
    for fragment in highlights({"content": text}, sequences).get("content", []):
        assert marked(fragment)
        place = text.index(joined(fragment), place) + len(joined(fragment))
        assert all(piece for piece, _ in fragment)
        for mark in marked(fragment):
            assert any("".join(sequence) in "".join(atoms(mark)) for sequence in sequences)
