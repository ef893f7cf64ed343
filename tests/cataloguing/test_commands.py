"""python -m hotline catalogue: from an export to a publication, and what it says when something is wrong."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hotline import db
from hotline.__main__ import cli
from hotline.cataloguing import Document, document, open_data, words
from hotline.cataloguing.comparing import Changed
from hotline.cataloguing.naming import Names
from hotline.knowledge import today
from hotline.rulemaking.rights import digest
from tests.hotline.city import POTHOLES, TRANSPORT, WUDANG, House

WHY = ("--source", "市政府办公室的通知（测试）")


def run(*words: object, code: int = 0) -> str:
    result: Result = CliRunner().invoke(cli, ["catalogue", *map(str, words)])
    assert result.exit_code == code, (result.output, result.exception)
    return result.output


@pytest.fixture
def changed(house: House, tmp_path: Path) -> Path:
    """A JSON file in which 乌当区's rows have another lead."""
    rows = json.loads(run("show", "--json"))["responsibilities"]
    rows = [row | {"lead": TRANSPORT, "assisting": []} if row["place"] == "520112" else row for row in rows]
    path = tmp_path / "changed.json"
    path.write_text(json.dumps({"responsibilities": rows}), "utf-8")
    return path


def test_a_city_goes_from_a_file_to_a_publication_and_back(house: House, changed: Path) -> None:
    house.open(POTHOLES)
    assert "建站时的目录" in run("drafts")
    assert "第 2 版草稿" in run("import", changed, *WHY)
    assert "可以发布" in run("check", 2)
    assert "主办单位由“乌当区人民政府”改为" in run("diff", 2)
    said = run("what-if", 2)
    assert "试派最近 1 件" in said
    assert "乌当区人民政府 → " in said
    assert json.loads(run("what-if", 2, "--json"))["pairs"] == [{"before": WUDANG, "after": TRANSPORT, "tickets": 1}]
    assert f"已发布第 2 版，{_today()} 起施行" in run("publish", 2, "--from", _today(), "--yes")
    assert [row["state"] for row in json.loads(run("drafts", "--json"))] == ["in_force", "published"]
    run("draft", *WHY, "--of", 1)
    assert "责清单：新增 0" in run("diff", 3)
    assert "没有差异" in run("diff", 3, 1)
    assert "已删去第 3 版草稿" in run("discard", 3)
    assert TRANSPORT in {row["lead"] for row in json.loads(run("show", 2, "--json"))["responsibilities"]}
    assert "（乌当区）" in run("show", "--matter", "01")


def _today() -> str:
    with db.reading() as session:
        return today(db.now(session)).isoformat()


@pytest.mark.parametrize("name", ["all.xlsx", "all.json", "folder"])
def test_what_is_exported_is_imported_as_it_was(house: House, tmp_path: Path, name: str) -> None:
    run("draft", *WHY)
    target = tmp_path / name
    run("export", target)
    for file in sorted(target.iterdir()) if target.is_dir() else [target]:
        run("import", file, "--draft", 2)
    assert "没有差异" in run("diff", 2)


def test_what_is_wrong_is_said_in_a_sentence(house: House, tmp_path: Path) -> None:
    assert "没有第 9 版" in run("check", 9, code=1)
    assert "请写明依据" in run("import", _file(tmp_path, {"places": []}), code=1)
    assert "不是 JSON" in run("import", _file(tmp_path, None), *WHY, code=1)
    assert "至少一项" in run("import", _file(tmp_path, {"rights": []}), *WHY, code=1)
    assert "一列行" in run("import", _file(tmp_path, {"places": 5}), *WHY, code=1)
    assert "不认识 .doc" in run("export", tmp_path / "a.doc", code=1)
    assert "写不进" in run("export", tmp_path / "none" / "a.xlsx", code=1)
    assert "还没有版本" in run("drafts"), "an import that fails leaves no draft behind"


def _file(folder: Path, content: Any) -> Path:
    path = folder / "some.json"
    path.write_text("{" if content is None else json.dumps(content), "utf-8")
    return path


def test_a_check_that_finds_something_exits_with_1(house: House, tmp_path: Path) -> None:
    run("import", _file(tmp_path, {"responsibilities": []}), *WHY)
    said = run("check", 2, code=1)
    assert "空缺 " in said
    assert "须先改好" in said
    found = json.loads(run("check", 2, "--json", code=1))
    assert not found["clean"]
    assert found["gaps"][0]["matter"]
    assert "没有主办单位" in run("publish", 2, "--from", _today(), "--yes", code=1)


def test_open_data_holds_every_code_its_version_and_its_digest_and_nobodys_data(house: House, tmp_path: Path) -> None:
    house.open(POTHOLES, name="张三丰", phone="13800138000")
    run("export", "--open", tmp_path / "open.zip")
    run("export", "--open", tmp_path / "open")
    with zipfile.ZipFile(tmp_path / "open.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "open").iterdir()}
    found = json.loads(files["catalogue.json"])
    lists = {name: found[name] for name in open_data.LISTS}
    assert found["sha256"] == digest(lists)
    assert (found["licence"], found["version"]) == ("CC BY 4.0", None)
    assert found["codes"]["kinds"]["report"] == "举报"
    with db.reading() as session:
        content = document(session)
    assert found["responsibilities"] == content.responsibilities
    for name in ("places", "matters"):
        assert [row["code"] for row in found[name]] == [row["code"] for row in content.part(name)]
    table = list(csv.DictReader(io.StringIO(files["matters.csv"].decode("utf-8-sig"))))
    assert [row["code"] for row in table] == [row["code"] for row in found["matters"]]
    everything = b"".join(files.values()).decode()
    assert not [each for each in ("张三丰", "13800138000", POTHOLES) if each in everything]


def test_a_change_is_told_by_names_and_not_by_codes() -> None:
    places = [
        {"code": "520112", "name": "乌当区", "level": "district", "parent": None, "aliases": []},
        {"code": "520112103", "name": "羊昌镇", "level": "township", "parent": "520112", "aliases": []},
    ]
    names = Names(Document([], places, []), [])
    matter = {"code": "01-01-01", "name": "供水", "phrases": [], "kind": "help"}
    changed = Changed(1, matter, matter | {"kind": "complaint", "urgency": "urgent"})
    assert words.change_words(changed, names) == "类型由“求助”改为“投诉”；紧急程度由“（空）”改为“紧急”"
    moved = Changed(2, places[1] | {"parent": None, "level": "road"}, places[1])
    assert words.change_words(moved, names) == "级别由“道路”改为“乡镇街道”；上级由“（空）”改为“乌当区”"
