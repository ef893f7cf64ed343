"""Tables, a file per noun. Units, places and matters are known by their published codes everywhere."""

from hotline.models.answers import Answer, AnswerVersion
from hotline.models.assessment import SchemeVersion
from hotline.models.bulletins import Bulletin
from hotline.models.calls import Call
from hotline.models.catalogue import Boundary, CatalogueVersion, Matter, Place, Responsibility, TrainedModel
from hotline.models.events import Event, EventText, Seal
from hotline.models.facts import BadEvaluation, Fact, KeptMonth, Uncounted
from hotline.models.model import Model
from hotline.models.rounds import Lease, Notice
from hotline.models.rules import CalendarYear, PolicyVersion, WorkingHours
from hotline.models.searches import AttachmentText, SavedSearch
from hotline.models.targets import Target
from hotline.models.tickets import (
    Assist,
    Attachment,
    Citizen,
    Clock,
    Cycle,
    Escalation,
    Evaluation,
    Likeness,
    Reply,
    Ticket,
    Trace,
    Transcript,
    Untraced,
)
from hotline.models.topics import Like, Topic, TopicAlert, TopicTicket
from hotline.models.units import Session, Staff, Token, Unit

__all__ = [
    "Answer",
    "AnswerVersion",
    "Assist",
    "Attachment",
    "AttachmentText",
    "BadEvaluation",
    "Boundary",
    "Bulletin",
    "CalendarYear",
    "Call",
    "CatalogueVersion",
    "Citizen",
    "Clock",
    "Cycle",
    "Escalation",
    "Evaluation",
    "Event",
    "EventText",
    "Fact",
    "KeptMonth",
    "Lease",
    "Like",
    "Likeness",
    "Matter",
    "Model",
    "Notice",
    "Place",
    "PolicyVersion",
    "Reply",
    "Responsibility",
    "SavedSearch",
    "SchemeVersion",
    "Seal",
    "Session",
    "Staff",
    "Target",
    "Ticket",
    "Token",
    "Topic",
    "TopicAlert",
    "TopicTicket",
    "Trace",
    "TrainedModel",
    "Transcript",
    "Uncounted",
    "Unit",
    "Untraced",
    "WorkingHours",
]
