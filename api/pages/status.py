"""The status page of one ticket, from the public view of it: the next promise, the replies, what has happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hotline.worklists import Deadline
from sla import words
from sla.calendar import Calendar

PROMISES = {"dispatch": "转给负责的单位", "contact": "与您联系", "resolve": "答复您", "follow_up": "回访您"}
"""Clocks that are promises to the citizen, as they are told."""


def status_page(view: Mapping[str, Any], coming: tuple[str, Deadline] | None, calendar: Calendar) -> dict[str, Any]:
    """The context of public/status.html from a progress_view and the clock of PROMISES that is due next."""
    suspended = view["suspended_until"]
    evaluation = view["evaluation"]
    is_open = evaluation["state"] == "open"
    return {
        "number": view["number"],
        "status_label": "暂缓办理" if suspended else view["status_name"],
        "suspension": _suspension(view, calendar) if suspended else "",
        "unit": view["unit"],
        "promise": _promise(view["unit"], coming),
        "answer": None if suspended or (coming and coming[0] == "resolve") else _answer(view, calendar),
        "moments": [_moment(each) for each in reversed(view["timeline"])],
        "replies": [{**reply, "at": datetime.fromisoformat(reply["at"])} for reply in view["replies"]],
        "evaluation": {"action": "/progress/evaluation", "values": {}, "errors": []} if is_open else None,
        "evaluated": _evaluated(view) if evaluation["state"] == "given" else None,
        "withdraw": {"action": "/progress/withdraw", "errors": []} if view["can_withdraw"] else None,
        "urge": {"action": "/progress/urge", "errors": []} if view["can_urge"] else None,
    }


def _suspension(view: Mapping[str, Any], calendar: Calendar) -> str:
    """Why nothing seems to happen, until when at the latest, and the new date of the answer."""
    until = words.deadline(datetime.fromisoformat(view["suspended_until"]), calendar)
    said = f"因客观原因，这件事暂时办不了，期限先停住，最迟 {until} 恢复办理。"
    dates = [each["due_at"] for each in view["clocks"] if each["clock"] == "resolve"]
    return said + (f"答复的期限改为 {words.deadline(datetime.fromisoformat(dates[-1]), calendar)}。" if dates else "")


def _moment(told: Mapping[str, str]) -> dict[str, Any]:
    return {"at": datetime.fromisoformat(told["at"]), "title": told["text"], "actor": "", "text": "", "facts": []}


def _promise(unit: str, coming: tuple[str, Deadline] | None) -> dict[str, Any] | None:
    """Whose turn it is, and by when; nothing once nobody owes anything."""
    if coming is None:
        return None
    clock, deadline = coming
    who = unit if clock in ("contact", "resolve") and unit else "热线"
    return {"what": f"{who}{PROMISES[clock]}", "deadline": deadline}


def _answer(view: Mapping[str, Any], calendar: Calendar) -> dict[str, Any] | None:
    """By when the answer is due while that is still to come, for the line under a promise that is due before it."""
    running = (each for each in view["clocks"] if each["clock"] == "resolve" and each["state"] == "running")
    for clock in running:
        due_at = datetime.fromisoformat(clock["due_at"])
        return {"due_at": due_at, "due_words": words.deadline(due_at, calendar), "provisional": clock["provisional"]}
    return None


def _evaluated(view: Mapping[str, Any]) -> dict[str, Any]:
    """What the citizen said, and when: the last time that an evaluation was noted."""
    evaluation = view["evaluation"]
    noted = [each["at"] for each in view["timeline"] if each["action"] == "follow_up"]
    return {
        "at": datetime.fromisoformat(noted[-1]),
        "solved": evaluation["solved"],
        "satisfied": evaluation["satisfied"],
        "level_label": evaluation["level_name"],
        "comment": "",
    }
