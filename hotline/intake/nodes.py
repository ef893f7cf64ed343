"""A JSON value that knows its path, so that what is wrong in a vendor's nested answer can be named
exactly.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput

WRAPPERS = (
    "orderResult",
    "result",
    "payload",
    "data",
    "resp",
    "response",
    "asr_result",
    "content",
    "body",
    "output",
)
"""What vendors and gateways put around the part that matters."""

_MAX_WRAPPERS = 6
_MAX_MS = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Node:
    """`value` as json.loads gives it, found at `path` (`transcript.sentences[3].text`)."""

    path: str
    value: object

    def get(self, *names: str) -> Node | None:
        """The first of these members that is there and not null; names are compared without regard to
        case.
        """
        if not isinstance(self.value, dict):
            return None
        known = {key.lower(): key for key in self.value if isinstance(key, str)}
        for name in names:
            key = known.get(name.lower())
            if key is not None and self.value[key] is not None:
                return Node(f"{self.path}.{key}", self.value[key])
        return None

    def member(self, *names: str) -> Node:
        """`get`, but its absence is an InvalidInput that says which name is missing where."""
        if not isinstance(self.value, dict):
            raise self.wrong_type("对象 {…}", "an object")
        found = self.get(*names)
        if found is None:
            raise InvalidInput(
                f"{self.path}.{names[0]}",
                f"缺少 {names[0]}。请检查识别结果是否完整，form 是否选对。",
                f"{names[0]} is missing: check that the recogniser's result is complete and `form` is right.",
            )
        return found

    def within(self, *names: str) -> Node:
        """`member` of this object or of what lies in its wrappers (`{"result": {…}}`), JSON strings
        opened.
        """
        node = self.opened()
        for _ in range(_MAX_WRAPPERS):
            found = node.get(*names)
            inner = node.get(*WRAPPERS)
            if found or inner is None:
                break
            node = inner.opened()
            if isinstance(node.value, list) and len(node.value) == 1:
                node = node.items()[0]
        return node.member(*names)

    def opened(self) -> Node:
        """This node, or what its text holds when it is JSON written into a string."""
        if not isinstance(self.value, str):
            return self
        try:
            return Node(self.path, json.loads(self.value))
        except (ValueError, RecursionError):
            raise InvalidInput(
                self.path,
                "这里应是 JSON，但读不出来。请原样传入识别服务返回的结果，不要改动引号或截断。",
                "JSON was expected but cannot be read: pass the recogniser's result unchanged and whole.",
            ) from None

    def items(self) -> list[Node]:
        """The elements of an array."""
        if not isinstance(self.value, list):
            raise self.wrong_type("数组 […]", "an array")
        return [Node(f"{self.path}[{index}]", item) for index, item in enumerate(self.value)]

    def text(self) -> str:
        """A string, cleaned of what cannot be shown."""
        if not isinstance(self.value, str):
            raise self.wrong_type("文字", "a string")
        return clean(self.value)

    def label(self) -> str:
        """A speaker or channel: a string or a whole number, as text."""
        if isinstance(self.value, str) or (isinstance(self.value, int) and not isinstance(self.value, bool)):
            return str(self.value).strip()[:40]
        raise self.wrong_type("文字或整数", "a string or a whole number")

    def milliseconds(self) -> int:
        """Milliseconds since the call began: a number, or a string that holds one, of at most seven days."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float | str):
            raise self.wrong_type("数字（毫秒）", "a number of milliseconds")
        try:
            number = float(self.value)
        except (ValueError, OverflowError):
            number = math.nan
        if not 0 <= number <= _MAX_MS:
            given = clean(str(self.value))[:20]
            raise InvalidInput(
                self.path,
                f"“{given}”不是有效的毫秒数。请填 0 以上的数字，例如 1250。",
                f"“{given}” is no valid number of milliseconds: give one from 0 up, such as 1250.",
            )
        return round(number)

    def wrong_type(self, zh: str, en: str) -> InvalidInput:
        """The error for a value of another type than expected."""
        names = {dict: "对象", list: "数组", str: "文字", bool: "布尔值", type(None): "空值"}
        given = names.get(type(self.value), "数字")
        return InvalidInput(
            self.path,
            f"这里应是{zh}，收到的是{given}。请按所选 form 的格式原样传入识别结果。",
            f"{en} was expected, {type(self.value).__name__} came: pass the result as this form has it.",
        )
