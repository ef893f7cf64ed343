"""Models and mis-dispatch over HTTP."""

from __future__ import annotations

from datetime import timedelta

from hotline import db
from hotline.knowledge import today
from tests.hotline_fixtures import Web
from tests.learning.small import keep_one

POTHOLES = "从羊昌到新场镇的路上全是坑，下雨积水看不见，摩托车摔了好几次，请派人来修"
PERSON = {"phone": "13800138000", "name": "陆小满", "place": "乌当区羊昌镇"}
YIBAO = "dept-medical-insurance"


def this_week() -> dict[str, str]:
    with db.reading() as session:
        day = today(db.now(session))
    return {"from": str(day - timedelta(days=6)), "to": str(day)}


def test_models_are_listed_shown_promoted_and_rolled_back(web: Web) -> None:
    empty = web.get("models", "manager").json
    assert (empty["in_force"], empty["items"], empty["dispatch"]["basis"]) == (None, [], "setting")
    keep_one()
    one = web.get("models/1", "dispatcher").json
    assert (one["state"], len(one["figures"]["coverage"]) > 3) == ("kept", True)
    assert set(one["figures"]["per_label"]) == {"城乡建设", "劳动和社会保障"}
    assert web.post("models/1/promote", "dispatcher").status_code == 403
    assert web.post("models/1/promote", "system_admin").json["state"] == "in_force"
    assert web.post("models/1/promote", "system_admin").status_code == 409
    listed = web.get("models", "manager").json
    assert (listed["in_force"], listed["dispatch"]["basis"]) == (1, "model")
    assert web.post("models/rollback", "system_admin").json["in_force"] is None
    assert web.post("models/rollback", "system_admin").status_code == 409
    for unknown in (0, 7, 2**31, 2**63, 10**30):
        assert web.get(f"models/{unknown}", "manager").status_code == 404
        assert web.post(f"models/{unknown}/promote", "system_admin").status_code == 404


def test_the_report_and_its_remedies_come_as_json_and_become_a_draft(web: Web) -> None:
    for more in ("1", "2"):
        number = web.open(POTHOLES + more, **PERSON)["number"]
        web.act(number, "dispatch", "dispatcher", unit=YIBAO)
    asked = this_week()
    path = f"reports/misdispatch?from={asked['from']}&to={asked['to']}"
    report = web.get(path, "manager").json
    assert (report["total"]["corrected"], report["total"]["rate"], report["remedies"]) == (2, 1.0, None)
    assert report["flows"][0]["to"]["code"] == YIBAO
    (first, *_) = web.get(path + "&remedies=true", "manager").json["remedies"]
    assert (first["kind"], first["prevented"], first["unit"]["code"]) == ("row", 2, YIBAO)
    chosen = {"kind": "row", "matter": first["matter"]["code"], "place": first["place"]["code"], "unit": YIBAO}
    made = web.post("reports/misdispatch/draft", "system_admin", asked | {"remedies": [chosen]})
    assert made.status_code == 201, made.text
    assert "派单差错周报" in made.json["source"]
    assert web.post("reports/misdispatch/draft", "manager", asked | {"remedies": [chosen]}).status_code == 403


def test_a_wrong_question_is_told_by_its_field(web: Web) -> None:
    for path in ("reports/misdispatch?from=x", "reports/misdispatch?unit=nobody"):
        answer = web.get(path, "manager")
        assert answer.status_code == 422, answer.text
    assert web.post("reports/misdispatch/draft", "system_admin", {"remedies": []}).status_code == 422
    wrong = {"remedies": [{"kind": "phrase", "matter": "99", "phrase": "词语"}]}
    assert web.post("reports/misdispatch/draft", "system_admin", wrong).status_code == 422
