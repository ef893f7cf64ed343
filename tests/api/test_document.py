"""The API's document: valid OpenAPI 3.1, true to what the API answers, whatever is thrown at it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hotline import rounds
from hotline.answers.indexing import answers_round
from hotline.rights import PERMISSIONS
from tests.api.test_acts import accepted, reviewed
from tests.hotline_fixtures import Web

pytestmark = pytest.mark.parametrize("database", ["sqlite"])

ROLES = {"GET": "agent", "POST": "dispatcher", "PATCH": "agent", "DELETE": "agent"}
"""Who calls: roles with the most rights, so that most calls come through."""

CHECKS = (
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


def document(web: Web) -> dict[str, Any]:
    answer = web.client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    read: dict[str, Any] = answer.json
    return read


def operations(read: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in read["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    ]


def test_the_document_is_openapi_3_1_and_holds_every_route(web: Web) -> None:
    read = document(web)
    assert read["openapi"] == "3.1.0"
    known = {name.partition(" ")[2] for name, _ in operations(read)}
    routes = {
        re.sub(r"<\w+:(\w+)>", r"{\1}", rule.rule)
        for rule in web.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1") and not rule.endpoint.startswith("api")
    }
    assert known == routes


def test_each_operation_says_its_permission_and_its_problems(web: Web) -> None:
    for name, operation in operations(document(web)):
        assert operation["x-permission"] in {"public", *PERMISSIONS}, name
        public = operation["x-permission"] == "public"
        assert ("security" in operation) != public
        assert "default" in operation["responses"]
        assert ("403" in operation["responses"]) != public, name
        assert operation["summary"], name


def test_the_page_shows_every_operation_with_the_roles_that_may(web: Web) -> None:
    page = web.client.get("/api/v1/docs")
    assert page.status_code == 200
    for name, _ in operations(document(web)):
        method, _, path = name.partition(" ")
        anchor = f"{method.lower()}-{path.strip('/')}".translate(str.maketrans("/", "-", "{}"))
        assert f'id="{anchor}"' in page.text, name
    assert "accept（承办人、承办单位审核人）" in page.text
    assert "clocks[].due_at" in page.text


BOUNDS = settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def check(web: Web, operation: APIOperation, numbers: list[str]) -> int:
    """Call one operation with generated input; how many calls were made."""
    who = None if "public" in operation.path or "web" in operation.path else ROLES[operation.method.upper()]
    headers, made = web.headers(who), 0

    @BOUNDS
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        nonlocal made
        made += 1
        if "number" in (case.path_parameters or {}):
            case.path_parameters["number"] = numbers[made % 2]
        case.call_and_validate(headers=headers, checks=CHECKS)

    call()
    return made


def test_nothing_thrown_at_it_is_an_error_of_ours_and_each_answer_is_as_documented(web: Web) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", web.app)
    numbers = [accepted(web), reviewed(web)]
    rounds.relay_round()
    answers_round()
    made = [check(web, found.ok(), numbers) for found in schema.get_all_operations()]
    assert len(made) == len(operations(document(web)))
    assert sum(made) > 200
