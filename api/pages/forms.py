"""The forms of the acts as data: which fields each has, how they are asked for and how they are read.

The names are the keyword arguments of hotline.desk.hotline_acts; whether they fit is for the acts to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from hotline.desk.evidence import TYPES
from hotline.desk.hotline_acts import LEVELS
from hotline.intake.inquiry import InvalidInput, InvalidInputs
from hotline.knowledge import Knowledge
from hotline.lifecycle import ACTION_NAMES, REJECT_REASONS, Action
from hotline.settings import settings
from routing.decision import KINDS, URGENCIES

TAKEN = "PDF、图片、Word、Excel 或文本"
ACCEPT = ",".join(f".{kind}" for kind in TYPES)

Options = list[dict[str, Any]]
Form = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field. `options` names a list of `options_of`; `yes` and `no` are the words of a yes-or-no question."""

    name: str
    label: str
    type: str = "textarea"
    required: bool = False
    hint: str = ""
    half: bool = False
    options: str = ""
    yes: str = ""
    no: str = ""
    rows: int = 4


@dataclass(frozen=True, slots=True)
class ActForm:
    """One act: its fields, the key that opens it, and what is said when it is done."""

    done: str
    key: str
    entries: tuple[Entry, ...] = ()
    primary: bool = False
    danger: bool = False
    note: str = ""
    submit: str = ""

    @property
    def takes_files(self) -> bool:
        """True when one of the fields is a file."""
        return any(entry.type == "file" for entry in self.entries)


def _remark(label: str = "备注", required: bool = False, hint: str = "") -> Entry:
    return Entry("text", label, required=required, hint=hint, rows=3)


def _question(name: str, label: str, yes: str, no: str, required: bool = True, half: bool = False) -> Entry:
    return Entry(name, label, "radio", required, yes=yes, no=no, half=half)


_EVIDENCE = Entry(
    "evidence", "证明材料", "file", hint=f"可选几个，合计不超过 {{most}}；{TAKEN}。填错重交时要再选一次。"
)
_PUBLIC_HINT = "会公开显示：写清谁、哪天、做了什么、结果怎样；不写姓名电话。"

FORMS: Mapping[Action, ActForm] = {
    Action.DISPATCH: ActForm(
        "已转办。",
        "D",
        (
            Entry("unit", "主办单位", "select", True, options="units"),
            Entry("assisting", "协办单位", "text", hint="全称或简称，多个用“、”隔开", half=True),
            Entry("place", "地点", "datalist", hint="从列表里选，不改就留着", half=True, options="places"),
            Entry("matter", "事项", "select", options="matters", half=True),
            Entry("kind", "类型", "select", True, options="kinds", half=True),
            Entry("urgency", "紧急程度", "select", True, options="urgencies", half=True),
            Entry("complex", "复杂件", "checkbox", hint="退单期限放宽", half=True),
            Entry("designate", "热线指定承办", "checkbox", hint="指定后不能退单", half=True),
            _remark("转办意见"),
        ),
        primary=True,
    ),
    Action.ANSWER: ActForm(
        "已答复，工单已结案。",
        "W",
        (Entry("public_reply", "公开答复", required=True, hint=_PUBLIC_HINT, rows=5),),
        note="当场能答复的，答复后直接结案。",
    ),
    Action.REJECT: ActForm(
        "已按不予受理处理。",
        "B",
        (Entry("reason", "原因", "select", True, "市民会看到。", options="reasons"), _remark()),
        danger=True,
    ),
    Action.ACCEPT: ActForm("已签收。", "A", primary=True),
    Action.RESOLVE: ActForm(
        "已提交，等热线审核。",
        "R",
        (
            Entry(
                "result", "给热线的处理结果", required=True, hint="谁去了、查到什么、怎么处理的。", half=True, rows=7
            ),
            Entry("public_reply", "给市民的公开答复", required=True, hint=_PUBLIC_HINT, half=True, rows=7),
        ),
        primary=True,
        submit="提交审核",
    ),
    Action.CONTACT: ActForm(
        "已记下联系情况。", "C", (_remark("联系情况", True, "什么时候、怎么联系的、市民怎么说。"),)
    ),
    Action.EXTEND: ActForm(
        "已申请延期，等热线审批。",
        "E",
        (Entry("days", "延长几个工作日", "number", True), _remark("理由", True, "批准后市民会看到。")),
    ),
    Action.SUSPEND: ActForm(
        "已申请挂账，等热线审批。",
        "G",
        (
            Entry("days", "挂账几个工作日", "number", True),
            _remark("理由", True, "等什么条件、为什么本单位做不到。"),
            replace(_EVIDENCE, required=True),
        ),
        note="批准以后时限停住，最迟到期满自动恢复；超期以后不能挂账。",
    ),
    Action.RESUME: ActForm("已恢复办理，时限接着算。", "H", (_remark("恢复的原因"),)),
    Action.ASSIST: ActForm(
        "已反馈给主办单位。", "L", (_remark("协办情况", True, "本单位做了什么、结果怎样。"),), primary=True
    ),
    Action.FEEDBACK: ActForm(
        "已反馈督办。", "Y", (_remark("反馈内容", True, "办到哪一步、什么时候能办完。"),), primary=True
    ),
    Action.RETURN: ActForm(
        "已申请退单，等热线审批。",
        "T",
        (
            _remark("理由", True, "为什么不归本单位，依据是什么。"),
            Entry("proposed_unit", "建议转给", "select", options="units"),
        ),
        danger=True,
    ),
    Action.DECIDE_RETURN: ActForm(
        "退单已审批。", "P", (_question("approved", "同意退单吗？", "同意", "不同意"), _remark("意见")), primary=True
    ),
    Action.DECIDE_EXTENSION: ActForm(
        "延期已审批。", "P", (_question("approved", "同意延期吗？", "同意", "不同意"), _remark("意见")), primary=True
    ),
    Action.DECIDE_SUSPENSION: ActForm(
        "挂账已审批。", "P", (_question("approved", "同意挂账吗？", "同意", "不同意"), _remark("意见")), primary=True
    ),
    Action.DECIDE_EXCLUSION: ActForm(
        "不计入考核的申请已审批。",
        "Q",
        (_question("approved", "同意不计入考核吗？", "同意", "不同意"), _remark("审批意见", True)),
        primary=True,
        note="只影响考核；这件工单的时限和是否超期的结论不变。",
    ),
    Action.REVIEW: ActForm(
        "已审核。",
        "V",
        (_question("passed", "答复回应了诉求吗？", "通过", "退回再办"), _remark("意见", hint="退回时要写明哪里不行。")),
        primary=True,
    ),
    Action.FOLLOW_UP: ActForm(
        "已记下回访。",
        "F",
        (
            _question("answered", "联系上了吗？", "联系上了", "没有联系上"),
            _question("solved", "问题解决了吗？", "解决了", "没有解决", required=False, half=True),
            _question("satisfied", "满意吗？", "满意", "不满意", required=False, half=True),
            Entry("level", "评分", "radio", options="levels"),
            _remark("市民的话"),
        ),
        primary=True,
        note="没有联系上的，只选第一项。",
    ),
    Action.SUPERVISE: ActForm(
        "已督办，等单位反馈。",
        "S",
        (
            _remark("督办要求", True, "要单位做到什么。"),
            Entry("days", "几个工作日内反馈", "number", hint="不填就按办法里的期限。"),
        ),
    ),
    Action.URGE: ActForm("已催办。", "U", (_remark("市民的话"),), note="市民来催的记在这里。"),
    Action.REOPEN: ActForm(
        "已重办，新一轮时限开始。",
        "O",
        (_remark("重办理由", True), Entry("unit", "转给", "select", hint="不选就还给原来的单位。", options="units")),
    ),
    Action.CLOSE: ActForm("已结案。", "X", (_remark(),)),
    Action.WITHDRAW: ActForm("已撤回。", "Z", (_remark("市民为什么撤回"),), danger=True),
    Action.MERGE: ActForm(
        "已并单。",
        "M",
        (Entry("into", "并入哪一件", "datalist", True, "填工单编号", options="similar"), _remark()),
        danger=True,
        note="来件人仍会得到答复和回访。",
    ),
    Action.UNMERGE: ActForm(
        "已拆单，回到待受理。", "M", (_remark("拆单理由", True, "为什么不是同一件事。"),), danger=True
    ),
    Action.EXCLUDE: ActForm(
        "已申请不计入考核，等管理者审批。",
        "I",
        (_remark("理由", True, "为什么不该算在本单位的考核里。"), _EVIDENCE),
    ),
}
"""In the order in which they are offered."""


def options_of(know: Knowledge, similar: Options) -> Mapping[str, Callable[[], Options]]:
    """The lists that fields choose from, each made when it is needed."""
    return {
        "units": lambda: unit_options(know),
        "matters": lambda: matter_options(know),
        "places": lambda: [{"value": know.place_name(code), "title": ""} for code in know.places_in_force],
        "kinds": lambda: named(KINDS),
        "urgencies": lambda: named(URGENCIES),
        "reasons": lambda: named(REJECT_REASONS),
        "levels": lambda: named({str(level): name for level, name in LEVELS.items()}),
        "similar": lambda: similar,
    }


def named(names: Mapping[str, str]) -> Options:
    """Options from codes and their names."""
    return [{"value": code, "title": name} for code, name in names.items()]


UNIT_KINDS = {
    "district": "区县、开发区",
    "department": "部门",
    "enterprise": "企业",
    "township": "乡镇街道",
    "community": "村社区",
}


def unit_options(know: Knowledge) -> Options:
    """All units below the city, by kind."""
    by_kind = {kind: [unit for unit in know.units.values() if unit.kind == kind] for kind in UNIT_KINDS}
    return [
        {"title": UNIT_KINDS[kind], "options": [{"value": unit.code, "title": unit.name} for unit in units]}
        for kind, units in by_kind.items()
        if units
    ]


def matter_options(know: Knowledge) -> Options:
    """The leaves of the catalogue, by their first level."""
    parents = {matter.parent for matter in know.matters_in_force.values()}
    groups: dict[str, Options] = {}
    for matter in know.matters_in_force.values():
        if matter.code not in parents:
            title = " › ".join(matter.path[1:])
            groups.setdefault(matter.path[0], []).append({"value": matter.code, "title": title})
    return [{"title": name, "options": leaves} for name, leaves in groups.items()]


def field_of(entry: Entry, value: Any, lists: Mapping[str, Callable[[], Options]]) -> dict[str, Any]:
    """The field as the template draws it, with its value."""
    options = lists[entry.options]() if entry.options else []
    if entry.yes:
        options = [{"value": "yes", "title": entry.yes}, {"value": "no", "title": entry.no}]
    return {
        "name": entry.name,
        "label": entry.label,
        "type": entry.type,
        "required": entry.required,
        "hint": entry.hint.format(most=_megabytes()) if entry.type == "file" else entry.hint,
        "multiple": entry.type == "file",
        "half": entry.half,
        "rows": entry.rows,
        "options": options,
        "value": "" if entry.type == "file" else value,
        "accept": ACCEPT if entry.type == "file" else None,
        "min": 1 if entry.type == "number" else None,
        "maxlength": 5000 if entry.type == "textarea" else None,
    }


def _megabytes() -> str:
    return f"{settings().attachment_bytes / 1024**2:.3g} MB"


def read_act(action: Action, form: Form, know: Knowledge) -> dict[str, Any]:
    """The act's keyword arguments from what was sent. Raises InvalidInputs with everything that cannot be read."""
    fields: dict[str, Any] = {}
    problems: list[InvalidInput] = []
    for entry in FORMS[action].entries:
        try:
            fields |= dict(_read(entry, form, know))
        except InvalidInput as problem:
            problems.append(problem)
    if problems:
        raise InvalidInputs(problems)
    return fields


def _read(entry: Entry, form: Form, know: Knowledge) -> Iterator[tuple[str, Any]]:
    """Nothing for a question that was left open and need not be answered: the act has its own default. Files are read
    where they are kept.
    """
    if entry.type == "file":
        return
    text = form.get(entry.name, "").replace("\0", "").strip()
    if entry.type == "checkbox":
        yield entry.name, text == "1"
    elif entry.name == "assisting":
        yield entry.name, list(units_named(know, text))
    elif entry.name == "place":
        yield entry.name, place_named(know, text)
    elif text:
        yield entry.name, _value(entry, text)
    elif entry.required and entry.type != "textarea":
        verb = "选择" if entry.type in ("radio", "select") else "填写"
        raise InvalidInput(entry.name, f"请{verb}：{entry.label}", f"{entry.name} is needed")
    elif entry.required:
        yield entry.name, ""


def _value(entry: Entry, text: str) -> Any:
    if entry.yes:
        return text == "yes"
    if entry.type == "number" or entry.name == "level":
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            raise InvalidInput(entry.name, f"“{entry.label}”应填数字，如 5", f"{entry.name} is a number")
        return int(text)
    return text


def units_named(know: Knowledge, text: str) -> Iterator[str]:
    """Codes of units that were written by name, short name or alias. Raises InvalidInput for `assisting`."""
    for name in filter(None, (part.strip() for part in text.replace("，", "、").replace(",", "、").split("、"))):
        codes = [unit.code for unit in know.units.values() if name in (unit.code, unit.name, *unit.aliases)]
        if not codes:
            raise InvalidInput(
                "assisting", f"没有叫“{name[:30]}”的单位，请写全称或通用简称", f"there is no unit {name[:30]!r}"
            )
        yield codes[0]


def place_named(know: Knowledge, text: str) -> str | None:
    """The code of a place written as the list has it; None for an empty text."""
    if not text:
        return None
    for code in know.places:
        if text in (code, know.place_name(code)):
            return code
    raise InvalidInput("place", f"地名库里没有“{text[:30]}”，请从列表中选择", f"there is no place {text[:30]!r}")


def title_of(action: Action) -> str:
    """The words on the button."""
    return ACTION_NAMES[action]
