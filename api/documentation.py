"""OpenAPI 3.1 at /api/v1/openapi.json, made from the views' own contracts, and the same as a page at /api/v1/docs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, render_template
from flask_smorest import Api

from api.auth import public
from api.schemas import Problem
from hotline.rights import PERMISSIONS, ROLES
from hotline.settings import settings

ABOUT = (
    "出错时的答复是 application/problem+json:errors 里写明字段和怎么改；Accept-Language: en 则为英文。"
    "令牌放在 Authorization: Bearer 里。列表用 after 翻页；操作带上 If-Match，他人抢先时为 409。"
)
DEEPEST = 4


class HotlineApi(Api):
    """flask-smorest's Api with our title and our errors."""

    def __init__(self, app: Flask) -> None:
        """Configure and register; views are added by register_blueprint."""
        app.config.update(
            API_TITLE="Hotline",
            API_VERSION="v1",
            OPENAPI_VERSION="3.1.0",
            OPENAPI_URL_PREFIX="/api/v1",
            OPENAPI_JSON_PATH="openapi.json",
        )
        super().__init__(app)
        for name, view in app.view_functions.items():
            if name.startswith("api-docs"):
                public(view)
        self.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
        app.add_url_rule("/api/v1/docs", "api_docs", public(self.page))

    def page(self) -> str:
        """The document for people."""
        document = self.spec.to_dict()
        return render_template(
            "api/docs.html",
            spec_href="/api/v1/openapi.json",
            version=document["info"]["version"],
            about=ABOUT,
            hotline_name=settings().hotline_name,
            operations=list(_operations(document)),
        )

    def _register_error_handlers(self) -> None:
        """Ours answer (api.errors)."""

    def _register_responses(self) -> None:
        """Every error is a problem."""
        content = {"application/problem+json": {"schema": Problem}}
        names = {status.name: status.phrase for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST}
        for name, phrase in (names | {"DEFAULT_ERROR": "Any other problem"}).items():
            self.spec.components.response(name, {"description": phrase, "content": content}, lazy=True)


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in document["paths"].items():
        common = methods.get("parameters", [])
        for method, operation in methods.items():
            if method != "parameters":
                yield _operation(document, path, method, {"parameters": [], **operation}, common)


def _operation(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any], common: list[Any]
) -> dict[str, Any]:
    parameters = [_followed(document, each) for each in [*common, *operation["parameters"]]]
    return {
        "tag": operation["tags"][0],
        "id": f"{method}-{path.strip('/').replace('/', '-').translate(str.maketrans('', '', '{}'))}",
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "permission": _permission(operation["x-permission"]),
        "deprecated": False,
        "parameters": [_parameter(document, each) for each in parameters],
        "request": _request(document, operation),
        "responses": [_response(document, status, each) for status, each in operation["responses"].items()],
    }


def _permission(name: str) -> str:
    roles = "、".join(ROLES[role] for role in ROLES if role in PERMISSIONS.get(name, ()))
    return f"{name}（{roles}）" if roles else ""


def _followed(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node itself, or what its $ref names."""
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def _parameter(document: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    about = one.get("description", "")
    field = _field(document, one["name"], one.get("schema", {}), bool(one.get("required")))
    return field | {"where": one["in"], "description": about or field["description"]}


def _request(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any] | None:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        return {"type": kind, "fields": list(_fields(document, content["schema"]))}
    return None


def _response(document: Mapping[str, Any], status: str, response: Mapping[str, Any]) -> dict[str, Any]:
    response = _followed(document, response)
    contents = response.get("content", {}).values()
    fields = [field for content in contents for field in _fields(document, content.get("schema", {}))]
    return {"status": status, "description": response["description"], "fields": fields}


def _fields(
    document: Mapping[str, Any], schema: Mapping[str, Any], prefix: str = "", depth: int = 0
) -> Iterator[dict[str, Any]]:
    """The fields of a schema with dotted names; items of an array have a [] in theirs."""
    schema = _inner(document, schema)
    if schema.get("type") == "array":
        yield from _fields(document, schema["items"], f"{prefix}[]", depth)
        return
    for name, each in schema.get("properties", {}).items():
        yield _field(document, f"{prefix}.{name}".strip("."), each, name in schema.get("required", ()))
        if depth < DEEPEST:
            yield from _fields(document, each, f"{prefix}.{name}".strip("."), depth + 1)


def _inner(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind a reference, or the one that is not null of several."""
    schema = _followed(document, schema)
    for each in schema.get("anyOf", ()):
        if each.get("type") != "null":
            return _followed(document, each)
    return schema


def _field(document: Mapping[str, Any], name: str, schema: Mapping[str, Any], required: bool) -> dict[str, Any]:
    inner = _inner(document, schema)
    kinds = inner.get("type", "")
    kind = "|".join(kinds) if isinstance(kinds, list) else kinds
    choices = "、".join(str(each) for each in inner.get("enum", ()))
    return {
        "name": name,
        "type": inner.get("format") or kind,
        "required": required,
        "description": inner.get("description", "") or choices,
    }
