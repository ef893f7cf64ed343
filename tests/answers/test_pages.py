"""Public answers as people and machines meet them: pages, the API, rights, hostile text, an index that is away."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import api
from hotline import db, rounds
from hotline.answers import finding, indexing, publishing
from hotline.lifecycle import Action
from hotline.rights import PERMISSIONS
from search.documents import Unavailable
from tests.answers.conftest import ANSWER, ASKED, QUESTION, REPLIED, UNIT_PERSON, Solved, act
from tests.hotline.city import DISPATCHER, FOLLOW_UP
from tests.hotline_fixtures import ROLES, Web

pytestmark = pytest.mark.parametrize("database", ["sqlite"])

HOSTILE = "<script>alert(1)</script>异地"


def page(web: Web, path: str, who: str | None = None, status: int = 200) -> str:
    answer = web.client.get(path, headers=web.headers(who))
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def send(web: Web, path: str, who: str, **form: str) -> Any:
    return web.client.post(path, headers=web.headers(who), data=form)


def published(web: Web, number: str, question: str = QUESTION) -> int:
    answer = web.post("answers", "dispatcher", {"ticket": number, "question": question, "answer": ANSWER})
    assert answer.status_code == 200, answer.text
    rounds.answers_round()
    return int(answer.json["id"])


def test_from_reply_to_candidate_to_approval_to_the_citizen_who_finds_it(web: Web, solved: Solved) -> None:
    number = solved()
    assert number in page(web, "/answers/candidates", "dispatcher")
    shown = page(web, f"/answers/candidates/{number}", "dispatcher")
    assert ASKED in shown
    assert REPLIED in shown
    assert "<mark>某女士</mark>" in shown
    refused = send(web, f"/answers/candidates/{number}", "dispatcher", act="publish", question=ASKED, answer=REPLIED)
    assert refused.status_code == 422
    assert "手机或电话号码（第" in refused.text
    done = send(web, f"/answers/candidates/{number}", "dispatcher", act="publish", question=QUESTION, answer=ANSWER)
    assert (done.status_code, done.location) == (303, "/answers/candidates")
    rounds.answers_round()
    found = page(web, "/answers?q=异地报销带什么")
    link = re.search(r'href="(/answers/\d+)"', found)
    assert QUESTION in found
    assert link
    read = page(web, link[1])
    assert ANSWER in read
    for secret in (number, "周小禾", "13800001234", "云锦台", "已答复"):
        assert secret not in found + read
    assert QUESTION in page(web, f"/?answer={link[1].rpartition('/')[2]}"), "who goes on writing begins with it"
    assert send(web, f"/answers/candidates/{number}", "dispatcher", act="withdraw", reason="").status_code == 422
    assert (
        send(web, f"/answers/candidates/{number}", "dispatcher", act="withdraw", reason="政策变了").status_code == 303
    )
    assert "没有这条问答" in page(web, link[1], status=404)
    assert QUESTION not in page(web, "/answers?q=异地")
    assert QUESTION not in page(web, "/answers")


def test_a_reopened_one_is_shown_at_the_desk_with_its_old_words_beside_the_new_reply(web: Web, solved: Solved) -> None:
    number = solved()
    published(web, number)
    act(number, DISPATCHER, Action.REOPEN, text="政策变了")
    with db.transaction() as session:
        publishing.send_back(session)
    assert "工单重办，系统已撤下" in page(web, "/answers/candidates", "dispatcher")
    for actor, action, fields in (
        (UNIT_PERSON, Action.ACCEPT, {}),
        (UNIT_PERSON, Action.RESOLVE, {"result": "已答复", "public_reply": "现在可以在网上办理。"}),
        (DISPATCHER, Action.REVIEW, {"passed": True}),
        (FOLLOW_UP, Action.FOLLOW_UP, {"answered": True, "solved": True, "level": 5}),
    ):
        act(number, actor, action, **fields)
    assert "请再审一遍" in page(web, "/answers/candidates", "dispatcher")
    shown = page(web, f"/answers/candidates/{number}", "dispatcher")
    assert ANSWER in shown
    assert re.search(r"<textarea[^>]*>\s*现在可以在网上办理。", shown), "the new reply is what is proposed"
    done = send(web, f"/answers/candidates/{number}", "dispatcher", act="refuse", reason="只和这一家有关")
    assert done.status_code == 303
    assert "请再审一遍" not in page(web, "/answers/candidates", "dispatcher")


def test_the_list_is_read_by_category_and_page(web: Web, solved: Solved) -> None:
    published(web, solved())
    shown = page(web, "/answers")
    group = re.search(r'href="/answers\?matter=([^"]+)"', shown)
    assert group
    assert QUESTION in page(web, f"/answers?matter={group[1]}")
    assert QUESTION not in page(web, "/answers?matter=nothing")
    assert "还没有公开的问答" not in shown
    assert QUESTION not in page(web, "/answers?page=2")


def test_who_writes_is_asked_whether_it_is_this_and_the_receipt_says_it_too(web: Web, solved: Solved) -> None:
    published(web, solved())
    answer = web.post("answers/like", None, {"text": "我想问一下异地医保怎么报销，要什么材料"})
    assert [each["question"] for each in answer.json["items"]] == [QUESTION]
    assert web.post("answers/like", None, {"text": "医保"}).json["items"] == []
    home = page(web, "/")
    assert 'href="/answers"' in home, "without a script there is a link"
    assert "answers.js" in home
    browser = web.app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/").text)
    assert token
    form = {"csrf_token": token[1], "content": "异地医保报销要带什么材料", "phone": "13900000001", "form_key": "k" * 32}
    assert "也许用得上" in browser.post("/", data=form, follow_redirects=True).text


def test_with_the_index_away_the_page_says_so_and_writing_goes_on(
    web: Web, solved: Solved, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(web, solved())

    def away(_: object) -> Iterator[object]:
        raise Unavailable("away")

    monkeypatch.setattr(indexing.index(), "search", away)
    assert "有事可以直接写下来" in page(web, "/answers?q=异地", status=503)
    assert QUESTION in page(web, "/answers"), "the newest are read from the table"
    assert web.get("answers?q=异地").status_code == 503
    assert web.post("answers/like", None, {"text": "异地医保怎么报销"}).json["items"] == []
    with web.app.test_request_context():
        from api.pages.answers import also_useful

        assert also_useful("异地医保怎么报销") == []


def test_hostile_text_is_shown_as_text(web: Web, solved: Solved) -> None:
    answer_id = published(web, solved(), HOSTILE)
    for path in ("/answers", "/answers?q=异地", f"/answers/{answer_id}", f"/?answer={answer_id}"):
        text = web.client.get(path).text
        assert html.escape(HOSTILE) in text
        assert HOSTILE not in text
    for path in ("/answers?q=%00", "/answers?page=99999999", "/?answer=" + "9" * 40, "/answers?q=" + "甲" * 3000):
        assert web.client.get(path).status_code in (200, 400, 422), path


def test_only_those_who_may_approve_see_the_candidates(web: Web, solved: Solved) -> None:
    number = solved()
    for role in ROLES:
        allowed = role in PERMISSIONS["approve_answers"]
        for path in ("/answers/candidates", f"/answers/candidates/{number}"):
            assert (web.client.get(path, headers=web.headers(role)).status_code == 200) == allowed, (role, path)
        sent = send(web, f"/answers/candidates/{number}", role, act="nothing")
        assert (sent.status_code == 422) == allowed, role
        assert ("公开问答" in page(web, "/desk", role)) == allowed if role in PERMISSIONS["desk"] else True
    assert web.client.get("/answers/candidates").status_code in (302, 303), "the public signs in first"


def test_the_api_gives_what_the_page_gives_and_says_how_long_it_keeps(web: Web, solved: Solved) -> None:
    answer_id = published(web, solved())
    found = web.get("answers?q=异地")
    assert found.headers["Cache-Control"] == "public, max-age=30"
    assert found.json["items"] == web.get("answers").json["items"] == [web.get(f"answers/{answer_id}").json]
    assert set(found.json["items"][0]) == {
        *("id", "question", "answer", "matter", "matter_name", "unit", "published_at", "changed_at")
    }
    gone = web.post(f"answers/{answer_id}/withdraw", "dispatcher", {"reason": "当事人要求"})
    assert (gone.json["state"], gone.json["version"]) == ("withdrawn", 2)
    assert web.get(f"answers/{answer_id}").status_code == 404
    assert web.post(f"answers/{answer_id}/withdraw", "dispatcher", {"reason": "再来"}).status_code == 409


def test_one_address_may_not_ask_without_end(web: Web) -> None:
    codes = {web.post("answers/like", None, {"text": "x"}).status_code for _ in range(70)}
    assert codes == {200, 429}


def test_the_script_sends_no_words_in_an_address(database: str) -> None:
    source = (Path(api.__file__).parent / "static" / "answers.js").read_text()
    assert "method: 'POST'" in source
    assert "innerHTML" not in source
    assert int(re.findall(r"\[SHORTEST[^=]+= \[(\d+)", source)[0]) == finding.SHORTEST
