"""Every error as its reader can use it: problem+json (RFC 9457) in the API, a page elsewhere, Chinese or English.

No stack, no SQL and no personal data leave the house.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, render_template, request
from sqlalchemy.exc import OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException

from hotline import errors as acts
from hotline.bulletins.fonts import NoChineseFont
from hotline.intake.inquiry import InvalidInput
from search.documents import Unavailable

log = structlog.get_logger()

STATUSES: Mapping[type[Exception], int] = {
    acts.NotFound: 404,
    acts.Forbidden: 403,
    acts.OutOfOrder: 409,
    acts.Stale: 409,
    acts.Mismatch: 409,
    NoChineseFont: 503,
}

TITLES = {
    400: ("请求读不懂", "Bad request"),
    401: ("请先登录，或带上有效的令牌", "Sign in, or send a valid token"),
    403: ("没有权限", "Forbidden"),
    404: ("没有找到", "Not found"),
    405: ("这个地址不支持此方法", "Method not allowed"),
    409: ("与工单现状不符", "Conflict with the ticket's state"),
    413: ("内容太大", "Content too large"),
    415: ("内容类型应为 application/json", "Content type must be application/json"),
    422: ("内容有误", "Invalid content"),
    429: ("操作太频繁，请稍后再试", "Too many requests; wait and try again"),
    500: ("系统出错了，我们已经记录，请稍后再试", "Something went wrong here; it is logged, try again later"),
    503: ("系统暂时不可用，请稍后再试", "Unavailable for the moment; try again"),
}

BAD_BODY = (
    "请求体不是有效的 JSON，请检查引号、逗号和编码(UTF-8)",
    "The body is not valid JSON; check quotes, commas and UTF-8",
)

FIELD_WORDS: tuple[tuple[str, str], ...] = (
    (r"Missing data for required field\.", "必填，请补上"),
    (r"Unknown field\.", "没有这个字段，请删去"),
    (r"Field may not be null\.", "不能为空"),
    (r"Not a valid string\.", "应为文本"),
    (r"Not a valid integer\.", "应为整数"),
    (r"Not a valid number\.|Special numeric values .+", "应为数，如 90 或 87.5"),
    (r"Not a valid mapping type\.", "应为 JSON 对象"),
    (r"Not a valid boolean\.", "应为 true 或 false"),
    (r"Not a valid (?:datetime|date)\.", "应为日期或时间，如 2026-11-22 或 2026-11-22T15:30:00+08:00"),
    (r"Not a valid list\.", "应为列表"),
    (r"Must be one of: (.+)\.", r"应为其中之一:\1"),
    (r"Shorter than minimum length (\d+)\.", r"至少 \1 个字"),
    (r"Longer than maximum length (\d+)\.", r"最多 \1 个字"),
    (r"Length must be between (\d+) and (\d+)\.", r"应为 \1 至 \2 个字"),
    (r"Must be greater than or equal to (\d+) and less than or equal to (\d+)\.", r"应在 \1 与 \2 之间"),
    (r"Invalid input type\.", "类型不对，应为 JSON 对象"),
    (r"Not a valid delimited list\.", "应为用逗号分开的列表"),
    (r"String does not match expected pattern\.", "格式不对，请核对"),
)


def language() -> str:
    """zh; of a program en, where its Accept-Language prefers that. The pages are Chinese whatever the browser's is."""
    if not wants_json():
        return "zh"
    return request.accept_languages.best_match(["zh", "zh-CN", "en"], default="zh")[:2]


def say(zh: str, en: str) -> str:
    """The one of the two that the reader understands."""
    return zh if language() == "zh" else en


def problem(status: int, detail: str = "", code: str = "", errors: list[dict[str, str]] | None = None) -> Response:
    """A problem+json answer; `errors` is [{field, message}]."""
    body: dict[str, Any] = {"type": f"urn:hotline:{code or 'problem'}", "title": _title(status), "status": status}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")  # half a surrogate stands in no answer
    return Response(text, status, content_type="application/problem+json")


def _title(status: int) -> str:
    phrase = HTTPStatus(status).phrase
    return say(*TITLES.get(status, (phrase, phrase)))


def wants_json() -> bool:
    """True on the API's paths; elsewhere a person reads."""
    return request.path.startswith(("/api/", "/wechat/", "/healthz", "/readyz"))


def answer(status: int, detail: str = "", code: str = "", errors: list[dict[str, str]] | None = None) -> Any:
    """The error as JSON or as a page."""
    if wants_json():
        return problem(status, detail, code, errors)
    told = [{**each, "message": for_people(each["message"])} for each in errors or ()]
    title = _title(status)
    return render_template("error.html", status=status, title=title, detail=for_people(detail), errors=told), status


def for_people(message: str) -> str:
    """As a page says it: 依据 alone, where programs are told the API's name of the field too: 依据(source)."""
    return re.sub(r"(?<=[\u4e00-\u9fff])\([a-z_]+\)", "", message)


def _on_act(error: acts.Refused) -> Any:
    return answer(STATUSES.get(type(error), 409), error.message[language()], error.code)


def _on_input(error: InvalidInput) -> Any:
    errors = [{"field": each.field, "message": each.message[language()]} for each in error.problems]
    return answer(422, error.message[language()], "invalid_input", errors)


def _on_http(error: HTTPException) -> Any:
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages") if isinstance(getattr(error, "data", None), dict) else None
    if messages:
        errors = list(_flat(messages))
        if status == 400 or any("Invalid JSON" in each["message"] for each in errors):
            return answer(400, say(*BAD_BODY), "bad_json")
        return answer(status, "", "invalid_input", [_said(each) for each in errors])
    return answer(status, code="too_many" if status == 429 else "http")


def _flat(messages: Any, path: str = "") -> Iterator[dict[str, str]]:
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            skip = key in ("json", "query", "headers", "_schema") and not path
            yield from _flat(value, path if skip else f"{path}.{key}".strip("."))
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield {"field": path, "message": str(message)}


def _said(error: dict[str, str]) -> dict[str, str]:
    if language() == "en":
        return error
    for pattern, words in FIELD_WORDS:
        if re.fullmatch(pattern, error["message"]):
            return {"field": error["field"], "message": re.sub(pattern, words, error["message"])}
    return error


def _on_search_away(error: Exception) -> Any:
    log.warning("search_unavailable", error=str(error))
    zh = "检索暂时不可用，收件、派单和办理照常进行；请稍后再搜，或按工单编号打开"
    return answer(503, say(zh, "search is down for the moment; intake and all acts go on"), "search_unavailable")


def _on_away(error: Exception) -> Any:
    log.warning("unavailable", error=type(error).__name__)
    return answer(503, "", "unavailable")


def _on_any(error: Exception) -> Any:
    log.error("unhandled", error=type(error).__name__, path=request.path, exc_info=error)
    return answer(500, "", "internal")


def init_app(app: Flask) -> None:
    """Answer everything that can go wrong."""
    app.register_error_handler(acts.Refused, _on_act)
    app.register_error_handler(InvalidInput, _on_input)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Unavailable, _on_search_away)
    for away in (OperationalError, TimeoutError):
        app.register_error_handler(away, _on_away)
    app.register_error_handler(Exception, _on_any)
