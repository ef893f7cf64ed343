"""The recognisers' forms: what each vendor's speech-to-text returns, read into one sequence of turns.

Who is the agent? Huawei says so. Plain text has labels. For the others a speaker is only a number:
Alibaba's channelId is whichever side of the recording the switch wrote there (the vendor's quality service
asks for it as a setting), and iFlytek and Volcengine number voices in the order in which they heard them,
with no meaning. So the words decide: a hotline's formulas (您好,12345; 为您服务; 帮您登记) against a
citizen's (我要反映; 我们小区). Where the words say nothing, Alibaba's channel 0 is the agent, and elsewhere
the voice that is heard first, since whoever answers the phone speaks first. Where all is one voice
(separation was off), formulas mark the agent's turns and the rest is `unknown`, which counts as the
citizen's when there is nothing better.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput, Turn
from hotline.intake.nodes import Node


@dataclass(frozen=True, slots=True)
class _Said:
    """One stretch of speech: `speaker` is the vendor's label, `role` what the vendor itself says of it."""

    speaker: str
    begin_ms: int
    end_ms: int
    text: str
    role: str | None = None


def turns(form: str, transcript: object) -> tuple[Turn, ...]:
    """The turns of a call in order of time, from a transcript in one of FORMS.

    `transcript` is what json.loads gives, or a string with JSON in it; wrappers such as {"result": {…}} are
    opened. Raises InvalidInput whose field is the JSON path, for an unknown form, a missing field, a wrong
    type, a number that is none, a transcript without words, and one without a citizen's turn.
    """
    if form not in FORMS:
        raise InvalidInput(
            "form",
            f"不认识的识别结果格式“{clean(str(form))[:40]}”，请用以下之一：{'、'.join(FORMS)}。",
            f"Unknown transcript form “{clean(str(form))[:40]}”: use one of {', '.join(FORMS)}.",
        )
    said = [part for part in FORMS[form](Node("transcript", transcript)) if part.text]
    if not said:
        raise InvalidInput(
            "transcript",
            "识别结果里没有文字。请确认录音不是空的、识别已经完成，再传一次。",
            "The transcript has no words: check that the recording is not empty and recognition is finished.",
        )
    said.sort(key=lambda part: part.begin_ms)
    found = _with_roles(said, first_channel="0" if form == "alibaba" else None)
    if all(turn.role == "agent" for turn in found):
        raise InvalidInput(
            "transcript",
            "识别结果里只有坐席的话，没有市民的话。请检查双声道录音是否都已识别。",
            "Only the agent speaks in this transcript: check that both channels were recognised.",
        )
    return found


_LABELS = {
    "agent": ("坐席", "座席", "话务员", "客服", "接线员", "热线", "工作人员", "agent"),
    "citizen": ("市民", "来电人", "群众", "诉求人", "来电者", "用户", "客户", "citizen", "caller", "user"),
}
_ROLE_OF_LABEL = {label: role for role, labels in _LABELS.items() for label in labels}
_CLOCK = r"\[?\(?(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:\.\d{1,3})?\)?\]?\s{0,4}"
_LABEL = re.compile(
    rf"(?:^|(?<=[\s。!?\uff01\uff1f]))(?:{_CLOCK})?({'|'.join(_ROLE_OF_LABEL)})\s{{0,2}}\d{{0,6}}\s{{0,2}}[:：]",
    re.MULTILINE | re.IGNORECASE | re.ASCII,
)


def _plain(root: Node) -> Iterable[_Said]:
    """`坐席:…` and `市民:…`, colons of either width, perhaps with [00:12] before; without labels all is the
    citizen's.
    """
    node = root.within("text", "transcript") if isinstance(root.value, dict) else root
    text = node.text()
    labels = list(_LABEL.finditer(text))
    if not labels:
        yield _Said("", 0, 0, text, "citizen")
        return
    yield _Said("", 0, 0, text[: labels[0].start()].strip(), "unknown")
    ends = [label.start() for label in labels[1:]] + [len(text)]
    last = 0
    for label, end in zip(labels, ends, strict=True):
        last = max(last, _clock_ms(label))
        role = _ROLE_OF_LABEL[label[4].lower()]
        yield _Said(role, last, last, text[label.end() : end].strip(), role)


def _clock_ms(label: re.Match[str]) -> int:
    hours, minutes, seconds = (int(part or 0) for part in label.group(1, 2, 3))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


def _rows(root: Node, *names: str) -> list[Node]:
    """The vendor's list of sentences, under its name or handed in bare."""
    opened = root.opened()
    return (opened if isinstance(opened.value, list) else opened.within(*names).opened()).items()


def _label(row: Node, *names: str) -> str:
    found = row.get(*names)
    return found.label() if found else ""


def _alibaba(root: Node) -> Iterable[_Said]:
    """sentences[{beginTime, endTime, channelId, text}], numbers sometimes as strings, names sometimes
    capitalised.
    """
    for row in _rows(root, "sentences"):
        begin, end = row.member("beginTime").milliseconds(), row.member("endTime").milliseconds()
        yield _Said(_label(row, "channelId"), begin, max(begin, end), row.member("text").text())


_HUAWEI_ROLES = {"agent": "agent", "user": "citizen"}


def _huawei(root: Node) -> Iterable[_Said]:
    """segments[{start_time, end_time, result{text, analysis_info{role: AGENT | USER}}}]."""
    for row in _rows(root, "segments"):
        begin, end = row.member("start_time").milliseconds(), row.member("end_time").milliseconds()
        result = row.member("result")
        info = result.get("analysis_info")
        speaker = _label(info, "role", "speaker") if info else ""
        role = _HUAWEI_ROLES.get(speaker.lower())
        yield _Said(speaker, begin, max(begin, end), result.member("text").text(), role)


def _iflytek_v1(root: Node) -> Iterable[_Said]:
    """`data`: a JSON string of [{bg, ed, onebest, speaker}], times as strings; speaker 0 = not separated."""
    for row in _rows(root, "data"):
        begin, end = row.member("bg").milliseconds(), row.member("ed").milliseconds()
        yield _Said(_label(row, "speaker"), begin, max(begin, end), row.member("onebest").text())


def _iflytek_v2(root: Node) -> Iterable[_Said]:
    """orderResult (JSON, often in a string) → lattice[].json_1best (so too) → st{bg, ed, rl, rt[{ws[{cw[{w,
    wp}]}]}]}.
    """
    for row in _rows(root, "lattice"):
        best = row.member("json_1best").opened().member("st")
        begin, end = best.member("bg").milliseconds(), best.member("ed").milliseconds()
        yield _Said(_label(best, "rl"), begin, max(begin, end), clean("".join(_words(best))))


def _words(best: Node) -> Iterable[str]:
    """The first candidate of each word; marks of segments (wp g) and smoothed-out fillers (wp s) left out."""
    for part in best.member("rt").items():
        for word in part.member("ws").items():
            candidates = word.member("cw").items()
            if candidates and _label(candidates[0], "wp") not in ("g", "s"):
                yield candidates[0].member("w").text()


def _volcengine(root: Node) -> Iterable[_Said]:
    """utterances[{text, start_time, end_time, additions{speaker | channel_id}}]."""
    for row in _rows(root, "utterances"):
        begin, end = row.member("start_time").milliseconds(), row.member("end_time").milliseconds()
        additions = row.get("additions")
        speaker = _label(row, "speaker", "channel_id")
        if additions:
            speaker = _label(additions.opened(), "speaker", "channel_id") or speaker
        yield _Said(speaker, begin, max(begin, end), row.member("text").text())


FORMS: dict[str, Callable[[Node], Iterable[_Said]]] = {
    "plain": _plain,
    "alibaba": _alibaba,
    "huawei": _huawei,
    "iflytek-v1": _iflytek_v1,
    "iflytek-v2": _iflytek_v2,
    "volcengine": _volcengine,
}
"""The forms by the name that `POST /api/v1/intake/calls` takes."""

_AGENT_SAYS = re.compile(
    "12345|为您服务|有什么(?:可以)?能?帮|[帮给为]您(?:登记|记录|反映|转|查|核实|生成)|您贵姓|怎么称呼您|请问您|请您[稍说描留提保]"
    "|您的(?:诉求|问题|来电|工单|联系电话)|工单|感谢您的?来电|承办单位|答复您|还有(?:其他|别的)(?:需要|问题|诉求)"
)
_CITIZEN_SAYS = re.compile(
    "我[想要来]?(?:反映|投诉|举报|咨询|问一?下|建议)|我们(?:小区|家|村|这边|这里|单元|楼|公司|学校)"
    "|我(?:家|住|姓|叫|打过|的电话)|你们(?:管|能不能|快|赶紧|派)|麻烦你"
)


def _agent_score(texts: Iterable[str]) -> int:
    return sum(len(_AGENT_SAYS.findall(text)) - len(_CITIZEN_SAYS.findall(text)) for text in texts)


def _with_roles(said: list[_Said], first_channel: str | None) -> tuple[Turn, ...]:
    unnamed = [part for part in said if part.role is None]
    speakers = list(dict.fromkeys(part.speaker for part in unnamed))
    if len(speakers) > 1:
        agent = _agent_of(speakers, unnamed, first_channel)
        role = {speaker: "agent" if speaker == agent else "citizen" for speaker in speakers}
    else:
        role = {}
    return tuple(
        Turn(seq, part.role or role.get(part.speaker) or _alone(part), part.begin_ms, part.end_ms, part.text)
        for seq, part in enumerate(said, start=1)
    )


def _agent_of(speakers: list[str], said: list[_Said], first_channel: str | None) -> str:
    """The speaker whose words are most like an agent's; on a tie the vendor's first channel, else the first
    voice.
    """
    scores = {speaker: _agent_score(part.text for part in said if part.speaker == speaker) for speaker in speakers}
    best = [speaker for speaker in speakers if scores[speaker] == max(scores.values())]
    return first_channel if first_channel in best else best[0]


def _alone(part: _Said) -> str:
    return "agent" if _agent_score([part.text]) > 0 else "unknown"
