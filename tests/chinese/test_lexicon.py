"""Words and tokens."""

from __future__ import annotations

from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinese import add_words, lexicon, normalise, tokens, words


@pytest.fixture(autouse=True)
def _dictionary_as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dictionary is one for the process: what a test adds is taken out again."""
    monkeypatch.setattr(lexicon, "_segmenter", lexicon._segmenter)
    monkeypatch.setattr(lexicon, "_added", set(lexicon._added))


def test_tokens_are_whole_words_and_their_sub_words() -> None:
    assert {"停车", "停车场"} <= set(tokens("停車場亂收費"))


def test_tokens_are_the_same_however_the_text_is_written() -> None:
    assert tokens("醫療保險ＡＰＰ") == tokens("医疗保险app")


@pytest.mark.parametrize("code", ["2.5", "138-0013-8000", "gy20201125001", "5g", "3-2-1"])
def test_numbers_and_codes_stay_whole(code: str) -> None:
    assert code in tokens(f"请看 {code} ,谢谢")


@given(st.text())
def test_no_token_is_punctuation_or_space(text: str) -> None:
    for token in tokens(text) + words(text):
        assert any(map(str.isalnum, token))
        assert token in normalise(text)


@given(st.text(st.sampled_from("停车场乱收费医保局a1 ,")))
def test_words_follow_each_other_and_do_not_overlap(text: str) -> None:
    place = 0
    for word in words(text):
        place = normalise(text).index(word, place) + len(word)


def test_an_added_name_becomes_a_word_in_any_script() -> None:
    assert "羊昌鎮政府" not in tokens("羊昌鎮政府")
    add_words(["羊昌鎮政府"])
    assert "羊昌镇政府" in tokens("去羊昌镇政府办事")
    assert "羊昌镇政府" in words("去羊昌鎮政府辦事")


def test_added_names_stay_when_more_are_added() -> None:
    add_words(["沙子哨路口"])
    add_words(["动力小镇园区", "动力小镇园区"])
    assert {"沙子哨路口", "动力小镇园区"} <= set(words("沙子哨路口和动力小镇园区"))


def test_names_can_be_added_while_other_threads_cut() -> None:
    failures: list[BaseException] = []

    def cut() -> None:
        try:
            for _ in range(300):
                words("停车场乱收费" * 40)
        except BaseException as failure:  # noqa: BLE001 - whatever a thread dies of is what this test looks for
            failures.append(failure)

    threads = [Thread(target=cut) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(3):
        add_words([f"新地名{number}街"])
    for thread in threads:
        thread.join()
    assert failures == []
    assert "新地名2街" in words("新地名2街")
