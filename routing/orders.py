"""Words that are said to the machine and not about a matter: 忽略规则, 派给市长, 把紧急程度设为一般.

A message is evidence, never an instruction (security: text changes no route or right). No code here obeys such words;
they are taken out of what is read so that the names and cues in them do not count as evidence either.
"""

from __future__ import annotations

import re

from routing.spotting import Spotting

ORDERS = re.compile(
    r"(?:请|你)?(?:忽略|无视|忘记|忘掉|跳过|绕过)[^,。;!?\n]{0,12}(?:规则|指令|提示词?|要求|设定|限制|流程|内容)"
    r"|你(?:现在|从现在起|的身份)[^,。;!?\n]{0,4}(?:是|扮演|变成)[^,。;!?\n]{0,8}(?:管理员|助手|系统|模型|机器人|"
    r"ai|市长|超级用户|root|开发者|dan)"
    r"|(?:系统|管理员)(?:提示|消息|指令|命令|通知)[:】\]]|[【\[<](?:系统|system|admin|管理员|"
    r"inst)[^】\]>]{0,8}[】\]>]|\b(?:system|assistant|developer)\s?:"
    r"|(?:ignore|disregard|forget)[^。!?\n]{0,24}(?:instructions?|rules?|prompts?)"
    r"|(?:请)?(?:把|将)?[^,。;!?\n]{0,8}(?:紧急程度|紧急度|优先级|类别|类型|分类|事项|级别|置信度|承办单位|"
    r"责任单位|工单)[^,。;!?\n]{0,4}(?:设为|设成|设置为|改为|改成|标为|标成|定为|调成|调到|调整为|填成|写成|置为|"
    r"输出)[^,。;!?\n]{0,12}"
    r"|(?:请)?(?:把|将)(?:这|本|此)(?:条|件|个|单)[^,。;!?\n]{0,6}(?:标|设|改|定|归|算|判|"
    r"当)[成为到作][^,。;!?\n]{0,10}|标成最?高?级?[^,。;!?\n]{0,4}(?=[,。!])"
    r"|(?:请)?(?:ai|人工智能|机器人|系统|模型|程序)?(?:直接|自动|立即|马上|必须|"
    r"一律)?(?:把[^,。;!?\n]{0,8})?(?:派|转|分|交|发)(?:单)?(?:给|到)[^,。;!?\n]{0,2}(?:市长|省长|总理|主席|"
    r"国务院|书记|联合国|省政府|中央)(?:本人|办公室)?"
    r"|(?:kind|urgency|unit|alarms?|matter|confidence|status|role|priority|reject_reason)\s?[=:]\s?[\w.-]+"
    r"|直接(?:结案|办结|关闭)(?=[,。!])|本条为测试(?:指令|数据)?|(?:输出|返回|回复)[^,。;!?\n]{0,4}(?:json|ok|"
    r"通过|confidence|如下)|该用户为vip|优先级最高|最高优先级"
)
"""What speaks to a machine; bounded, so that no text is slow."""

_CUES = Spotting([ORDERS.pattern])

LEFT_OVER = re.compile(r"\A[\s.,:;。!?】\]>]+|(?<=[。!?])[\s.,:;。!?]+\Z|[\s,:;]+\Z")


def without_orders(text: str) -> str:
    """A (normalised) text without what is said to the machine; the text itself where nothing else is said."""
    if not any(_CUES.find(text)):
        return text
    left = ORDERS.sub("", text)
    return LEFT_OVER.sub("", left) if re.search(r"\w", left) else text
