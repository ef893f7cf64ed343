"""What invented clerks write: the texts of the acts, by what is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from hotline.lifecycle import Action
from hotline.replaying.course import Plan, Step

CONTACTS = (
    "已电话联系来件人，核对了具体位置和诉求。",
    "已与来件人通话，约定现场查看的时间。",
    "已联系来件人，说明了办理程序和大致时间。",
    "已短信告知来件人经办人姓名和电话。",
    "电话联系来件人，补充了有关情况。",
)
RESULTS = (
    "已派人到现场核实，问题属实，已处理完毕。",
    "经查询有关记录并与来件人沟通，已作说明，来件人表示理解。",
    "已列入近期整改计划并明确责任人，先行采取临时措施。",
    "已责成有关单位限期整改，整改结果已复查。",
    "经核查，来件反映的情况部分属实，属实部分已改正。",
    "已按规定办理并将结果告知来件人。",
)
REPLIES = (
    "您好！您反映的问题收悉。经{unit}现场核查，情况属实，现已处理完毕，我们会加强日常巡查。感谢您的监督。",
    "您好！关于您反映的事项，{unit}已安排专人办理，有关政策和办理流程已向您电话说明，如有疑问可继续联系我们。",
    "您好！您的来件收悉。{unit}已将此事列入整改计划，并先行采取措施减少影响，后续进展会及时公布。",
    "您好！{unit}高度重视您的来件，已责成有关单位整改，近日复查合格。感谢您的理解和支持。",
    "您好！经{unit}核查，您反映的情况部分属实，属实部分已经改正，其余部分已向您解释。",
    "您好！您的建议收悉，{unit}将在今后的工作中认真研究吸收。感谢您的关心。",
)
RETURNS = ("经核对职责分工，该事项不属于本单位职责范围，申请退回。", "现场核实后，权属不在本单位，申请退回改派。")
EXTENSIONS = (
    "需要协调多个单位到现场会商，申请延长办理时间。",
    "维修材料需要采购，申请延期，已向来件人说明。",
    "问题涉及历史资料核查，申请延期办理。",
)
ASSISTS = ("本单位职责范围内的部分已办理，情况已告知主办单位。", "已配合主办单位到现场核实并提供了资料。")
ANSWERS = (
    "您好！您咨询的事项已当场答复，办理条件、材料和地点已逐项说明。",
    "您好！有关政策已为您查询并作了解释，如需办理可按说明的流程进行。",
)
_TEXTS: Mapping[Action, Sequence[str]] = {
    Action.CONTACT: CONTACTS,
    Action.RETURN: RETURNS,
    Action.EXTEND: EXTENSIONS,
    Action.ASSIST: ASSISTS,
    Action.REJECT: ("经审核不属于热线受理范围，已向来件人说明。",),
    Action.WITHDRAW: ("问题已经自行解决，不用办了。", "内容填错了，撤回重新提交。"),
    Action.URGE: ("请问办得怎么样了？希望快一点。", "还没有人来，麻烦再催一下。"),
    Action.REOPEN: ("来件人表示问题没有解决，请重新办理。", "来件人对处理结果不满意，经核实确有未落实之处。"),
    Action.CLOSE: ("回访情况已记录，予以结案。", "多次联系未果，按规定结案。"),
}
_SENT_BACK = "答复没有说明处理结果，请补充后再报。"
_UNHAPPY = ("问题没有真正解决。", "答复太笼统。", "等的时间太长。", "还是老样子。")
_GLAD = ("问题解决了，谢谢。", "已经有人来处理了。", "答复清楚。", "")


def words(plan: Plan, step: Step, unit: str) -> dict[str, str]:
    """The texts that the act needs, beside the step's own fields; `unit` is the name of whoever holds the ticket."""
    draw = Random(plan.seed + int(step.at.timestamp()))
    if step.action == Action.RESOLVE:
        return {"result": draw.choice(RESULTS), "public_reply": draw.choice(REPLIES).format(unit=unit)}
    if step.action == Action.ANSWER:
        return {"public_reply": draw.choice(ANSWERS)}
    if step.action == Action.REVIEW:
        return {} if step.fields["passed"] else {"text": _SENT_BACK}
    if step.action == Action.FOLLOW_UP:
        return _opinion(step, draw)
    return {"text": draw.choice(_TEXTS[step.action])} if step.action in _TEXTS else {}


def _opinion(step: Step, draw: Random) -> dict[str, str]:
    if not step.fields["answered"]:
        return {"text": "电话无人接听。"}
    return {"text": draw.choice(_GLAD if step.fields["level"] > 2 else _UNHAPPY)}
