"""The house guards itself: sizes, names, rights, queues and places, as docs/architecture.md has them."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import fields
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from celery import Celery

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("api", "hotline", "routing", "search", "sla", "chinese")
VERSIONS = ROOT / "hotline" / "migrations" / "versions"
"""Migrations are long lists of columns, written once and never changed: sizes say nothing there."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if VERSIONS not in path.parents]


def _code() -> list[Path]:
    return [*_files(*PACKAGES, "bench"), *ROOT.glob("*.py")]


def _functions(paths: list[Path]) -> Iterator[tuple[str, Function]]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(), str(path))):
            if isinstance(node, Function):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def _size(function: Function) -> int:
    """Lines from `def` to the end, less the docstring: prose is never what makes a function too long."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        prose = function.body[0]
        lines -= (prose.end_lineno or prose.lineno) - prose.lineno + 1
    return lines


def _over(limit: int, paths: list[Path]) -> list[str]:
    sizes = ((path, len(path.read_text().splitlines())) for path in paths)
    return [f"{path.relative_to(ROOT)}: {size} lines" for path, size in sizes if size > limit]


def test_no_file_of_code_is_longer_than_400_lines_and_no_test_than_700() -> None:
    assert not _over(400, _code())
    assert not _over(700, _files("tests"))


def test_no_function_is_longer_than_50_lines() -> None:
    everything = [*_code(), *_files("tests")]
    assert not [f"{where}: {_size(one)} lines" for where, one in _functions(everything) if _size(one) > 50]


def test_most_functions_are_short() -> None:
    sizes = sorted(_size(function) for _, function in _functions(_code()))
    assert len(sizes) > 100
    assert statistics.median(sizes) <= 8
    assert statistics.quantiles(sizes, n=10)[8] <= 20


def _is_command(function: Function) -> bool:
    """True for a command of the command line: click hands it one argument per option."""
    names = {ast.unparse(decorator).partition("(")[0].rpartition(".")[2] for decorator in function.decorator_list}
    return bool(names & {"command", "option", "argument"})


def test_no_function_takes_more_than_6_arguments() -> None:
    def count(function: Function) -> int:
        arguments = function.args
        names = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        return len([name for name in names if name not in {"self", "cls"}])

    found = [(where, one) for where, one in _functions(_code()) if not _is_command(one)]
    assert not [f"{where}: {count(one)} arguments" for where, one in found if count(one) > 6]


def test_no_file_or_class_has_a_name_that_says_nothing() -> None:
    nothing = {"util", "utils", "helper", "helpers", "manager", "base", "common", "misc", "abstract"}
    everything = [*_code(), *_files("tests")]
    names = {path: {*path.stem.split("_"), *path.relative_to(ROOT).parent.parts} for path in everything}
    assert not [path for path, words in names.items() if words & nothing]
    classes = [
        node.name
        for path in everything
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    assert not [name for name in classes if re.search(r"Abstract|Manager|Helper|Util", name)]


def _public(body: list[ast.stmt], where: str) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    for node in body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield f"{where} {node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body, f"{where} {node.name}")


def test_every_module_and_public_function_says_what_it_does() -> None:
    silent = []
    for path in _code():
        tree, where = ast.parse(path.read_text()), str(path.relative_to(ROOT))
        if tree.body and not ast.get_docstring(tree):
            silent.append(where)
        functions = ((name, node) for name, node in _public(tree.body, where) if isinstance(node, Function))
        silent += [name for name, node in functions if not ast.get_docstring(node)]
    assert not silent


def test_every_test_is_named_by_a_sentence() -> None:
    names = [one.name for _, one in _functions(_files("tests")) if one.name.startswith("test_")]
    assert not [name for name in names if name.count("_") < 3]


def test_there_is_one_migration_head() -> None:
    from alembic.script import ScriptDirectory

    assert len(ScriptDirectory(str(ROOT / "hotline" / "migrations")).get_heads()) == 1


# Queues: what is sent is consumed, and beat calls only what exists.


def _celery() -> Celery:
    app: Celery = import_module("hotline.worker").app
    app.loader.import_default_modules()
    app.finalize()
    return app


def _consumed() -> set[str]:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    workers = [service["command"] for service in services if "-Q" in service.get("command", ())]
    return {queue for worker in workers for queue in worker[worker.index("-Q") + 1].split(",")}


def _sent() -> dict[str, str]:
    """Task → the queue that it is sent to, by the application's own router, in the schedule as elsewhere."""
    app = _celery()
    queues = {
        name: app.amqp.router.route({}, name)["queue"].name for name in app.tasks if not name.startswith("celery.")
    }
    for entry in app.conf.beat_schedule.values():
        options: dict[str, Any] = dict(entry.get("options") or {})
        queue = app.amqp.router.route(options, entry["task"])["queue"]
        queues[f"beat: {entry['task']}"] = getattr(queue, "name", queue)
    return queues


def test_every_queue_that_a_task_is_sent_to_is_consumed() -> None:
    sent = _sent()
    assert sent
    assert not {task: queue for task, queue in sent.items() if queue not in _consumed()}
    assert _consumed() <= set(sent.values()), "a queue is consumed that nothing is sent to"


def test_every_queue_named_in_a_call_is_consumed() -> None:
    named = set()
    for path in _files(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "queue" and isinstance(node.value, ast.Constant):
                named.add(node.value.value)
    assert named <= _consumed()


def test_the_schedule_names_only_tasks_that_exist() -> None:
    app = _celery()
    assert app.conf.beat_schedule
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


# Rights: no route without its permission.

PUBLIC_BY_NATURE = {"static"}
"""Flask's own route for the stylesheet and the script: files of ours that hold nothing of anyone."""


def _handlers(view: Callable[..., Any], methods: set[str]) -> Iterator[tuple[str, Any]]:
    view_class = getattr(view, "view_class", None)
    for method in sorted(methods - {"HEAD", "OPTIONS"}):
        yield method, getattr(view_class, method.lower(), view) if view_class else view


def test_every_route_declares_its_permission(home: Path) -> None:
    from api import create_app

    app = create_app()
    open_doors = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC_BY_NATURE:
            continue
        for method, handler in _handlers(app.view_functions[rule.endpoint], rule.methods or set()):
            if not getattr(handler, "permission", None):
                open_doors.append(f"{method} {rule.rule} ({rule.endpoint})")
    assert not open_doors


# Places: nothing of one machine, nothing of one registry.

MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/")
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|repo1?\.maven|registry\.npmjs|crates\.io|proxy\.golang|deb\.debian"
    r"|docker\.(?:io|elastic\.co)|ghcr\.io|quay\.io|--(?:extra-)?index-url"
)


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file() and path != Path(__file__).resolve()]


def test_no_tracked_file_names_a_machines_path_or_a_registry() -> None:
    tracked = _tracked()
    assert len(tracked) > 20
    found = []
    for path in tracked:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # a picture or a spreadsheet
        for pattern in (MACHINE, REGISTRIES):
            found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in pattern.finditer(text)]
    assert not found


def test_the_examples_of_settings_name_each_one_with_a_sentence_before_it() -> None:
    from hotline.settings import Settings

    lines = (ROOT / ".env.example").read_text().splitlines()
    said = set()
    for before, line in pairwise(lines):
        name = re.match(r"(?:# )?([A-Z][A-Z_]+)=", line)
        if name and re.match(r"# .+[.;。]$", before):
            said.add(name[1])
    settings = {f"HOTLINE_{field.name.upper()}" for field in fields(Settings)}
    assert not settings - said, "no sentence for these"
    assert not {name for name in said if name.startswith("HOTLINE_")} - settings, "no such settings"
