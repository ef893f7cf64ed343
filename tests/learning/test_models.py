"""Models in the house: kept with their figures, promoted and rolled back, and refused once the catalogue has moved."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from hotline import db, knowledge
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, matters_in_force
from hotline.learning import keeping, training
from hotline.learning.training import FEWEST, enough
from hotline.models import Event, Matter, TrainedModel
from hotline.rights import SYSTEM, Actor
from routing.decision import Message
from routing.learning import Example
from tests.hotline_fixtures import Web
from tests.learning.small import EXAMPLES, WAGES, WATER, keep_one

ADMIN = Actor("system_admin", "某管理员", frozenset({"system_admin"}))


def promote(version: int, actor: Actor = SYSTEM) -> None:
    with db.transaction() as session:
        keeping.promote(session, actor, version, matters_in_force(session))


def rollback() -> int | None:
    with db.transaction() as session:
        before = keeping.rollback(session, SYSTEM)
        return before.version if before else None


def known() -> Knowledge:
    """What a process knows that looks at the tables now."""
    knowledge._kept = (0.0, knowledge._kept[1], knowledge._kept[2]) if knowledge._kept else None
    with db.reading() as session:
        return knowledge.knowledge(session)


def rename(code: str, name: str) -> None:
    """The catalogue moves on."""
    with db.transaction() as session:
        session.execute(update(Matter).where(Matter.code == code).values(name=name))
    knowledge.forget()


def test_a_trained_model_is_kept_with_its_data_and_figures_and_is_not_in_force(web: Web) -> None:
    version = keep_one("小样本")
    with db.reading() as session:
        row = keeping.find(session, version)
        assert (row.version, row.examples, row.source) == (1, len(EXAMPLES), "小样本")
        assert row.figures["labels"] == [WATER, WAGES]
        assert (row.figures["examples"], sum(each["support"] for each in row.figures["per_label"].values())) == (40, 40)
        assert keeping.load(session, version).labels == (WATER, WAGES)
        assert keeping.promoted(session) is None
    assert known().model.version is None


def test_the_same_data_makes_the_same_model_under_the_next_version(web: Web) -> None:
    one, other = keep_one(), keep_one()
    assert (one, other) == (1, 2)
    with db.reading() as session:
        rows = session.execute(select(TrainedModel.content, TrainedModel.data_digest)).all()
    assert rows[0] == rows[1]


def test_a_running_process_sees_a_promotion_and_a_rollback(web: Web) -> None:
    before = known()
    assert before.model.version is None
    promote(keep_one())
    assert known().model.version == 1
    decision = known().router.route(Message("老板拖欠工资，工人讨薪"))
    assert (decision.matter or "").startswith(WAGES)
    assert rollback() is None
    assert known().model.version is None


def test_a_rollback_goes_to_the_one_before_and_then_to_none(web: Web) -> None:
    for _ in range(3):
        promote(keep_one())
    assert rollback() == 2
    promote(keep_one())
    assert rollback() == 2, "the third was rolled back and is not before the fourth"
    assert rollback() == 1
    assert rollback() is None
    with pytest.raises(OutOfOrder, match="没有启用中"):
        rollback()


def test_each_change_is_an_event_with_the_one_who_made_it(web: Web) -> None:
    promote(keep_one(), ADMIN)
    rollback()
    with db.reading() as session:
        events = session.scalars(select(Event).where(Event.subject == keeping.SUBJECT).order_by(Event.seq)).all()
    told = [(each.action, each.actor, each.data["what"], each.data["model"]) for each in events]
    assert told == [
        ("train_model", "system", "train", 1),
        ("edit_rules", "system_admin", "promote", 1),
        ("edit_rules", "system", "rollback", 1),
    ]


def test_only_the_system_administrator_promotes(web: Web) -> None:
    version = keep_one()
    for role in ("dispatcher", "manager", "security_admin"):
        with pytest.raises(Forbidden):
            promote(version, Actor("x", "某人", frozenset({role})))


def test_what_is_not_there_or_in_force_already_is_not_promoted(web: Web) -> None:
    with pytest.raises(NotFound):
        promote(7)
    promote(keep_one())
    with pytest.raises(OutOfOrder, match="已经启用"):
        promote(1)


def test_a_model_older_than_its_catalogue_is_not_promoted(web: Web) -> None:
    version = keep_one()
    rename(WAGES, "劳动关系")
    with pytest.raises(OutOfOrder, match="重新训练"):
        promote(version)
    rename(WAGES, "劳动和社会保障")
    promote(version)


def test_a_promoted_model_that_the_catalogue_has_left_behind_is_left_aside_and_said_so(web: Web) -> None:
    promote(keep_one())
    rename(WAGES, "劳动关系")
    know = known()
    assert know.model.version is None
    assert "早于现行事项目录" in know.model.why
    assert (know.router.route(Message("老板拖欠工资，工人讨薪")).matter or "").startswith(WAGES), "the phrases answer"
    assert web.get("models", "manager").json["items"][0]["state"] == "left_aside"


def test_a_change_of_matters_that_it_cannot_answer_does_not_touch_a_model(web: Web) -> None:
    promote(keep_one())
    rename("02-01", "另一个名字")
    assert known().model.version == 1


def test_a_damaged_model_is_never_a_crash(web: Web) -> None:
    version = keep_one()
    promote(version)
    with db.transaction() as session:
        session.execute(update(TrainedModel).values(content=b"PK\x03\x04 not ours"))
    knowledge.forget()
    assert known().model.version is None
    assert "损坏" in known().model.why
    rollback()
    with pytest.raises(OutOfOrder, match="损坏"):
        promote(version)


def test_damaged_figures_leave_a_model_aside(web: Web) -> None:
    promote(keep_one())
    with db.transaction() as session:
        row = session.scalars(select(TrainedModel)).one()
        row.figures = {"labels": row.figures["labels"], "coverage": 7}
    knowledge.forget()
    assert known().model.version is None
    assert "指标已损坏" in known().model.why


def test_the_newest_that_fits_is_measured_and_else_the_first_day(web: Web) -> None:
    with db.reading() as session:
        matters = matters_in_force(session)
        assert training.evaluate(session, EXAMPLES, matters).model == training.FIRST_DAY
    version = keep_one()
    with db.reading() as session:
        mine = training.evaluate(session, EXAMPLES, matters)
        assert (mine.model, mine.seen, mine.figures.accuracy) == (str(version), True, 1.0)
        first = training.evaluate(session, EXAMPLES[:5], matters, training.FIRST_DAY)
        assert (first.model, first.seen, first.labels) == (training.FIRST_DAY, False, (WAGES,))
        with pytest.raises(NotFound):
            training.evaluate(session, EXAMPLES, matters, "9")
        with pytest.raises(InvalidInput):
            training.evaluate(session, EXAMPLES, matters, "newest")
    rename(WAGES, "劳动关系")
    with db.reading() as session:
        assert training.evaluate(session, EXAMPLES, matters_in_force(session)).model == training.FIRST_DAY


def test_too_little_to_learn_from_is_refused_with_what_is_needed(web: Web) -> None:
    with db.reading() as session:
        matters = matters_in_force(session)
    with pytest.raises(InvalidInput, match=str(FEWEST)):
        training.train(EXAMPLES[:20], matters)


def test_a_rare_leaf_speaks_for_its_group_and_a_rare_category_is_left_out() -> None:
    rows = [("05-01-01", 12), ("05-01-02", 4), ("05-02-01", 3), ("05-02-02", 7), ("06", 2), ("07-01", 10)]
    kept, left = enough([Example(label, f"{label}{n}") for label, count in rows for n in range(count)])
    counts = {label: sum(each.label == label for each in kept) for label in {each.label for each in kept}}
    assert counts == {"05-01-01": 12, "05-02": 10, "07-01": 10}
    assert left == {"05": 4, "06": 2}
