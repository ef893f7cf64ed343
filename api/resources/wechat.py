"""GET|POST /wechat/callback: WeChat's plain mode. Errors in plain words: a person at the public platform reads them.

Works with the index and Redis away: it needs the database alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, Response, request

from api.auth import public
from api.errors import language
from api.limits import first_use
from hotline import db, desk, progress, worker
from hotline.desk import Opened
from hotline.errors import NotFound, Refused
from hotline.intake.inquiry import Inquiry, InvalidInput
from hotline.intake.wechat import (
    WeChatMessage,
    WrongSignature,
    inquiry_of_message,
    parse,
    query_code,
    reply_xml,
    urged_code,
    verify,
)
from hotline.knowledge import knowledge
from hotline.lifecycle import Action
from hotline.rights import CITIZEN
from hotline.settings import settings

blueprint = Blueprint("wechat", __name__, url_prefix="/wechat")

HELP = (
    "请直接发文字写明您要反映的事：什么事、在哪里、什么时候。语音请打开“语音转文字”。"
    "发送“查询 查询码”可查办理进度，发送“催办 查询码”可以催办。"
)
WELCOME = "您好，这里是{}。" + HELP
NO_CODE = "请发送“查询 查询码”，例如“查询 7K3M9QXT2HRB4”。查询码在我们收到诉求时的回复里。"
WRONG_CODE = "没有找到这个查询码，请核对后再发一次。"


@blueprint.route("/callback", methods=["GET"])
@public
def prove() -> Response:
    """WeChat's check that this address is ours: the echo string comes back."""
    try:
        _check_signature()
    except WrongSignature as error:
        return _plain(error.message[language()], 403)
    return _plain(request.args.get("echostr", ""))


@blueprint.route("/callback", methods=["POST"])
@public
def take() -> Response:
    """A message pushed by WeChat, answered at once."""
    try:
        _check_signature()
        message = parse(request.get_data())
        text = _answer(message)
    except WrongSignature as error:
        return _plain(error.message[language()], 403)
    except (InvalidInput, Refused) as error:
        return _plain(error.message[language()], 400)
    return Response(reply_xml(message, text, datetime.now(UTC)), content_type="text/xml; charset=utf-8")


def _check_signature() -> None:
    if not settings().wechat_token:
        raise WrongSignature("token", "本系统还没有设置微信 Token", "no WeChat token is set here")
    signature, timestamp, nonce = (request.args.get(name, "") for name in ("signature", "timestamp", "nonce"))
    key = verify(settings().wechat_token, signature, timestamp, nonce, datetime.now(UTC))
    if not first_use(f"wechat:{key}"):
        raise WrongSignature(
            "nonce",
            "这个请求已经收到过（nonce 重复），不再受理；微信重发时会换新的 nonce",
            "this nonce was used before; WeChat sends a new one when it asks again",
        )


def _answer(message: WeChatMessage) -> str:
    urged = urged_code(message)
    if urged is not None:
        return _urge(urged)
    code = query_code(message)
    if code is not None:
        return _status(code) if code else NO_CODE
    inquiry = inquiry_of_message(message)
    if inquiry is not None:
        return _opened(inquiry)
    return WELCOME.format(settings().hotline_name) if message.event == "subscribe" else HELP


def _opened(inquiry: Inquiry) -> str:
    """Number, code and who has it. The sender's clock may run ahead of ours; nobody is refused for that."""
    with db.transaction() as session:
        now = db.now(session)
        opened = desk.open_ticket(session, replace(inquiry, received_at=min(inquiry.received_at or now, now)), CITIZEN)
        unit = knowledge(session).unit_name(opened.ticket.unit)
    worker.nudge()
    return _receipt(opened, unit)


def _receipt(opened: Opened, unit: str) -> str:
    who = f"已转给{unit}办理" if unit else "热线正在确认负责的单位"
    advice = opened.ticket.decision.get("advice", "")
    lines = (
        advice,
        f"已收到您的诉求，{who}。",
        f"编号：{opened.ticket.number}",
        f"查询码：{opened.query_code}",
        f"发送“查询 {opened.query_code}”可查进度。",
    )
    return "\n".join(line for line in lines if line)


def _urge(code: str) -> str:
    """Urged at the citizen's word, or why not."""
    try:
        with db.transaction() as session:
            number = progress.find_by_code(session, code).number
            desk.perform(session, number, CITIZEN, Action.URGE, {})
    except NotFound:
        return WRONG_CODE
    except Refused as refused:
        return refused.message["zh"]
    worker.nudge()
    return f"已为您催办，编号 {number}。每天可以催办一次。"


def _status(code: str) -> str:
    try:
        with db.reading() as session:
            view = progress.progress_view(session, progress.find_by_code(session, code))
    except NotFound:
        return WRONG_CODE
    last = view["timeline"][-1]["text"] if view["timeline"] else ""
    lines = [f"编号 {view['number']}:{view['status_name']}", last]
    lines += [f"承办单位：{view['unit']}"] if view["unit"] else []
    lines += [f"答复：{view['replies'][0]['text']}"] if view["replies"] else []
    return "\n".join(line for line in lines if line)


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")
