"""What managers say of an alert: 属实 or 不属实, with why; an act with an event, by which the threshold moves."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline.desk.guards import known, needed
from hotline.errors import Forbidden, NotFound
from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput
from hotline.models import TopicAlert
from hotline.rights import Actor
from hotline.topics.alerts import subject_of
from hotline.topics.thresholds import VERDICTS

JUDGED = "judge_topic_alert"
LONGEST_REASON = 500


def judge(session: Session, alert_id: int, actor: Actor, verdict: str, reason: str) -> TopicAlert:
    """Say whether an alert was real; said again, the last word counts, and both stand in the audit chain.

    Raises Forbidden, NotFound, and InvalidInput for another verdict and without a reason.
    """
    if not actor.may("judge_topics"):
        raise Forbidden("只有管理者可以反馈预警", "only a manager judges an alert")
    known("verdict", [verdict], VERDICTS, "反馈", "verdict")
    reason = clean(reason)
    needed("reason", reason, "理由", "the reason")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("reason", f"理由最多 {LONGEST_REASON} 个字", f"{LONGEST_REASON} characters at most")
    alert = session.scalars(select(TopicAlert).where(TopicAlert.id == alert_id).with_for_update()).first()
    if alert is None:
        raise NotFound(f"没有第 {alert_id} 号预警，请刷新后再试", f"there is no alert {alert_id}")
    alert.verdict, alert.reason = verdict, reason
    alert.judged_by, alert.judged_at = actor.id, db.now(session)
    data = {"topic": alert.topic_id, "verdict": verdict, "family": alert.family}
    entry = journal.Entry(subject_of(alert.id), JUDGED, actor.id, alert.judged_at, data, text=alert.reason)
    journal.record(session, entry)
    return alert
