"""What every resource is made with: a Blueprint that reads strictly and documents the right each operation asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

from flask import Flask, Request, request
from flask_smorest import Blueprint
from marshmallow import RAISE, missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.routing import BaseConverter, IntegerConverter

from hotline.intake.inquiry import InvalidInput

DEEPEST_JSON = 20
View = TypeVar("View", bound=Callable[..., Any])


class Parser(FlaskParser):
    """Arguments as they stand: no unknown name, no other content type, no JSON of more than 20 levels."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}  # noqa: RUF012

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return missing
        if not req.is_json:
            raise UnsupportedMediaType
        return read_json(body)


def read_json(body: bytes) -> Any:
    """The value of a JSON text. Raises JSONDecodeError or UnicodeDecodeError, and InvalidInput where it is too deep."""
    try:
        value = json.loads(body, parse_constant=_no_number)
    except RecursionError:
        raise _too_deep() from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError as error:  # a number of thousands of digits
        raise json.JSONDecodeError(str(error), "?", 0) from None
    if _depth(value) > DEEPEST_JSON:
        raise _too_deep()
    return value


def _no_number(word: str) -> NoReturn:
    raise json.JSONDecodeError(f"{word} is no JSON", word, 0)


def _too_deep() -> InvalidInput:
    return InvalidInput("", f"JSON 最多嵌套 {DEEPEST_JSON} 层", f"JSON nests {DEEPEST_JSON} levels deep at most")


def _depth(value: Any) -> int:
    """How many levels of objects and arrays, without recursion."""
    level, depth = [value], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
        depth += 1
    return depth


def check_query() -> None:
    """Refuse a name given twice, of which one would silently win, and characters that no database takes."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidInput(
                name, "同一个参数只能出现一次；多个值请用逗号分开", "give it once; use commas for several values"
            )
        if "\0" in name or "\0" in values[0]:
            raise InvalidInput(
                name.replace("\0", ""), "含有不可见的控制字符，请去掉", "it holds a NUL character; take it out"
            )


class Contract(Blueprint):
    """flask-smorest's Blueprint with our parser and, in the document, `x-permission` and the problems to expect."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As Blueprint's."""
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._prepare_rights_doc)

    def alt_response(self, *args: Any, **kwargs: Any) -> Callable[[View], View]:
        """As Blueprint's, but it only writes on the view: nothing is called for a sentence of the document."""

        def note(view: View) -> View:
            documented: Any = super(Contract, self).alt_response(*args, **kwargs)(view)
            noted: Any = view
            noted._apidoc = documented._apidoc
            return view

        return note

    def arguments(self, schema: Any, **kwargs: Any) -> Any:
        """As Blueprint's; a schema's class is made once here, not at every request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **kwargs)

    def _prepare_rights_doc(self, doc: dict[str, Any], info: Mapping[str, Any], **_: object) -> dict[str, Any]:
        permission = info.get("permission", "")
        doc["x-permission"] = permission
        responses = doc.setdefault("responses", {})
        if permission != "public":
            doc["security"] = [{"token": []}]
            responses |= {401: "UNAUTHORIZED", 403: "FORBIDDEN"}
        if "requestBody" in doc:
            responses |= {400: "BAD_REQUEST", 413: "REQUEST_ENTITY_TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}
        return doc


class NumberConverter(BaseConverter):
    """A ticket's number in a path: nothing that no database takes ever reaches one."""

    regex = "[0-9A-Za-z-]{1,32}"


class ShortIntegerConverter(IntegerConverter):
    """A row's id or a version in a path, `<int:…>`: what is longer than any database counts is no address."""

    regex = r"\d{1,18}"


def init_app(app: Flask) -> None:
    """Check the query string of every request; `<number:number>` and our `<int:…>` in paths."""
    app.url_map.converters |= {"number": NumberConverter, "int": ShortIntegerConverter}
    app.before_request(check_query)
