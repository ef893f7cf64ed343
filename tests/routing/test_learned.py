"""What is learned from examples: the same each time, whatever the message, and its bytes are doubted."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.boilerplate import WORDS
from routing.features import HEAD, TAIL, capped, telling_words
from routing.learned import Model
from routing.learning import Example, folds_of, train
from tests.routing.city import MATTERS
from tests.routing.learnt import DEEP, EXAMPLES, LEAVES

MODEL = train(EXAMPLES, MATTERS)
WITH_LEAVES = train(DEEP, MATTERS)
STRANGE = ["", " ", "的", "😀" * 300, "\ud800", "a\x00b", "𠮷䶮", "x" * 1_000_000, "路灯" * 500_000, "\n\n\t", "٣"]


def _best(model: Model, text: str, title: str = "") -> str:
    shares = model.probabilities(text, title)
    return max(model.labels, key=lambda label: shares[label])


def test_new_messages_find_their_category() -> None:
    assert _best(MODEL, "南门路灯不亮,下水道也堵了") == "01"
    assert _best(MODEL, "学校补课收费") == "04"
    assert _best(MODEL, "公司拖欠工资", "讨薪") == "05"


def test_raw_text_and_its_tokens_are_read_alike() -> None:
    assert telling_words("尊敬的领导:您好!A3区河湾小学的老师收取补课费,请问是否合法?谢谢!") == telling_words(
        "A3 区 河湾 小学 老师 收取 补课费 合法"
    )


def test_the_same_examples_in_another_order_give_the_same_bytes() -> None:
    shuffled = random.Random(4).sample(EXAMPLES, len(EXAMPLES))
    assert train(shuffled, MATTERS).dumps() == MODEL.dumps()


def test_a_model_comes_back_out_of_its_bytes() -> None:
    again = Model.loads(WITH_LEAVES.dumps())
    assert again.labels == WITH_LEAVES.labels
    assert again.probabilities("中学老师打学生") == WITH_LEAVES.probabilities("中学老师打学生")
    assert again.dumps() == WITH_LEAVES.dumps()


@pytest.mark.parametrize("content", [b"", b"PK", b"nonsense" * 99, MODEL.dumps()[:-200], MODEL.dumps()[:3000]])
def test_damaged_bytes_are_a_value_error_with_a_sentence(content: bytes) -> None:
    with pytest.raises(ValueError, match="the model cannot be read"):
        Model.loads(content)


@pytest.mark.parametrize(("place", "byte"), [(8, 1), (8, 32), (8, 64), (10, 99), (6, 255)])
def test_a_flipped_bit_that_asks_for_another_packing_is_a_value_error_too(place: int, byte: int) -> None:
    content = bytearray(MODEL.dumps())
    content[content.index(b"PK\1\2") + place] = byte
    with pytest.raises(ValueError, match="the model cannot be read"):
        Model.loads(bytes(content))


def _with(name: str, array: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> bytes:
    with np.load(io.BytesIO(MODEL.dumps())) as arrays:
        parts = {each: arrays[each] for each in arrays.files}
    kept = io.BytesIO()
    np.savez(kept, allow_pickle=False, **(parts | {name: array}))
    return kept.getvalue()


def test_bytes_of_another_format_or_of_unequal_parts_are_refused() -> None:
    head = np.frombuffer(json.dumps({"format": 99}).encode(), np.uint8)
    with pytest.raises(ValueError, match="format is 99"):
        Model.loads(_with("head", head))
    with pytest.raises(ValueError, match="not equally many"):
        Model.loads(_with("idf", np.zeros(3, np.uint8)))
    with pytest.raises(ValueError, match="not equally many"):
        Model.loads(_with("biases0", np.zeros(2, np.uint8)))


def test_a_pickle_among_the_bytes_is_not_opened() -> None:
    kept = io.BytesIO()
    np.savez(kept, head=np.array([{"format": 1}], dtype=object))
    assert zipfile.is_zipfile(io.BytesIO(kept.getvalue()))
    with pytest.raises(ValueError, match="the model cannot be read"):
        Model.loads(kept.getvalue())


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_no_message_is_too_strange(text: str) -> None:
    for model in (MODEL, WITH_LEAVES):
        shares = model.probabilities(text, text)
        assert sum(share for code, share in shares.items() if len(code) == 2) == pytest.approx(1.0)
        assert set(model.explain(text, text, "01")) <= set(telling_words(f"{text} {text}"))


def test_of_a_long_text_beginning_and_end_are_read() -> None:
    assert capped("甲" * 9_000 + "乙" * 9_000) == "甲" * HEAD + " " + "乙" * TAIL


@given(st.text(max_size=80))
@settings(max_examples=40, deadline=None)
def test_probabilities_are_parts_of_one_at_each_level(text: str) -> None:
    shares = WITH_LEAVES.probabilities(text)
    assert all(0 <= share <= 1 + 1e-9 for share in shares.values())
    assert sum(shares[label] for label in WITH_LEAVES.labels) == pytest.approx(1.0)
    assert shares["04"] == pytest.approx(sum(shares[leaf.code] for leaf in LEAVES))


def test_a_message_of_nothing_known_gets_the_labels_as_often_as_they_came() -> None:
    assert MODEL.probabilities("") == {
        "01": pytest.approx(1 / 3),
        "04": pytest.approx(1 / 3),
        "05": pytest.approx(1 / 3),
    }


def test_leaves_are_told_apart_within_their_category() -> None:
    assert _best(WITH_LEAVES, "老师打骂孩子") == LEAVES[1].code
    assert _best(WITH_LEAVES, "课后补课费收得太多") == LEAVES[0].code
    assert _best(WITH_LEAVES, "工地不发工资") == "05"


def test_examples_of_one_category_alone_are_told_apart_too() -> None:
    only = train([each for each in DEEP if each.label.startswith("04")], MATTERS)
    assert _best(only, "老师打骂学生") == LEAVES[1].code
    assert only.probabilities("老师打骂学生")["04"] == pytest.approx(1.0)


def test_it_says_which_words_decided() -> None:
    assert "劳动合同" in MODEL.explain("你好,河湾的小学不签劳动合同", "", "05")
    assert "劳动合同" not in MODEL.explain("你好,河湾的小学不签劳动合同", "", "04")


def test_few_words_are_less_sure_than_many() -> None:
    few, many = (
        MODEL.probabilities("工资")["05"],
        MODEL.probabilities("工地拖欠农民工工资,老板不签劳动合同,不交社保")["05"],
    )
    assert few < many


def test_repeats_and_near_repeats_are_left_out_together() -> None:
    letter = "我们小区的电梯从去年冬天坏到今年夏天,物业一次也没有来修理过,老人每天爬楼梯上下,非常危险,请尽快派人维修"
    other = "孩子上学的校车每天早上迟到半小时,司机在路上打电话还超速行驶,家长多次向学校反映没有结果"
    said = [telling_words(text) for text in (letter, other, letter, f"{letter},再次反映", other[::-1])]
    folds = folds_of(said, ["01"] * 5, 3)
    assert folds[0] == folds[2] == folds[3]
    assert set(folds) <= {0, 1, 2}
    assert folds[0] != folds[1]


def test_what_cannot_be_learned_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two labels"):
        train([Example("01", "路灯")] * 3, MATTERS)
    with pytest.raises(ValueError, match="the catalogue has no 99"):
        train([Example("01", "路灯"), Example("99", "别的")], MATTERS)


def test_two_examples_are_enough_to_begin() -> None:
    model = train([Example("01", "路灯坏了"), Example("05", "拖欠工资")], MATTERS)
    assert _best(model, "路灯") == "01"


def test_progress_is_told_to_its_end() -> None:
    told: list[tuple[int, int]] = []
    train(EXAMPLES, MATTERS, lambda done, steps: told.append((done, steps)))
    assert told[-1] == (12, 12)


def test_boilerplate_is_normalised_and_free_of_what_tells_a_matter() -> None:
    assert not WORDS & {"工资", "学校", "医院", "路灯", "污染", "公交"}


def test_no_message_needs_scikit_learn() -> None:
    program = "import sys, routing.router, routing.learning, hotline.knowledge; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_what_fewer_messages_share_than_asked_is_not_in_the_model() -> None:
    told = [Example("01", f"路灯坏了路面有坑请修路{word}") for word in "甲乙丙丁"] + [
        Example("01", "路灯坏了路面有坑欧阳锋请修路")
    ]
    told += [Example("05", f"工资没有发老板拖欠工资{word}") for word in "甲乙丙丁戊"]
    kept, bare = (train(told, MATTERS, least=least).features.names for least in (1, 3))
    assert any("阳锋" in name for names in kept for name in names)
    assert not any("阳锋" in name for names in bare for name in names)
