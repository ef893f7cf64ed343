"""What the engines are made of, read from the tables: router, calendar, policies and the names of things.

Made once per process and made again when the tables change: a stamp of the tables is looked at every few seconds.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

import chinese
from hotline import boundaries, models
from hotline.cataloguing import Document, document, number_in_force
from hotline.learning import dispatching, keeping
from hotline.rulebook import HoursRow, Rulebook, YearRow
from hotline.settings import settings
from routing.catalogue import parent_of
from routing.decision import Matter, Place, Responsibility, Unit
from routing.router import Router
from sla.calendar import Calendar
from sla.choice import choose
from sla.policy import Policy


class Unseeded(LookupError):
    """There is no catalogue or no unit yet; the message says which command fills the house."""


ZONE = ZoneInfo("Asia/Shanghai")
LOOK_AGAIN_SECONDS = 5.0


@dataclass(frozen=True)
class Tree:
    """A tree of codes: parents and everything below."""

    parents: dict[str, str | None]

    def ancestors(self, code: str | None) -> tuple[str, ...]:
        """The code itself and all above it, nearest first."""
        chain: list[str] = []
        while code is not None and code in self.parents and code not in chain:
            chain.append(code)
            code = self.parents[code]
        return tuple(chain)

    def below(self, code: str) -> frozenset[str]:
        """The code itself and all below it."""
        return frozenset(each for each in self.parents if code in self.ancestors(each))


@dataclass(frozen=True)
class Knowledge:
    """One reading of the tables. `matters` and `places` hold every code ever given out, so that old tickets keep their
    names; new tickets get only what is in force. `catalogue` is the version in force, None as it was seeded.
    """

    router: Router
    rules: Rulebook
    catalogue: int | None
    matters: dict[str, Matter]
    places: dict[str, Place]
    units: dict[str, Unit]
    short_names: dict[str, str]
    matter_tree: Tree
    place_tree: Tree
    unit_tree: Tree
    responsibilities: tuple[Responsibility, ...]
    model: keeping.InForce
    dispatch: dispatching.Dispatch

    def router_of(
        self,
        matters: Iterable[Matter],
        responsibilities: Iterable[Responsibility],
        places: Iterable[Place] | None = None,
    ) -> Router:
        """A router of other rules than those in force, to try them; units stay, places where None, and the model where
        it would be in force under these matters too.
        """
        where, what = tuple(self.places_in_force.values() if places is None else places), tuple(matters)
        units, outlines = tuple(self.units.values()), self.router.outlines
        model = self.model.model if self.model_fits(what) else None
        return Router(what, where, units, tuple(responsibilities), outlines, model)

    def model_fits(self, matters: Iterable[Matter]) -> bool:
        """True where the model in force, if there is one, may answer under these matters too."""
        if self.model.model is None:
            return True
        labels, others = self.model.model.labels, {matter.code: matter for matter in matters}
        return keeping.catalogue_digest(labels, others) == keeping.catalogue_digest(labels, self.matters_in_force)

    @property
    def dispatch_threshold(self) -> float:
        """From which confidence on a ticket is dispatched by the machine: hotline.learning.dispatching."""
        return settings().dispatch_threshold if self.dispatch.basis == "setting" else self.dispatch.threshold

    @property
    def matters_in_force(self) -> Mapping[str, Matter]:
        """The matters that a ticket may be given now."""
        return self.router.matters

    @property
    def places_in_force(self) -> Mapping[str, Place]:
        """The places that a ticket may be given now."""
        return self.router.gazetteer.places

    @property
    def policies(self) -> Mapping[str, Policy]:
        """Every published policy version by its stamp."""
        return self.rules.policies

    @property
    def calendar(self) -> Calendar:
        """The newest edition of the calendar, as the city lives by it."""
        return self.rules.calendar(self.rules.current)

    def policy_on(self, day: date, set_code: str) -> Policy:
        """The version of the set in force on `day`: the newest that has begun; the first one before that."""
        found = [policy for policy in self.rules.policies_on(day) if policy.code == set_code]
        if not found:
            raise LookupError(f"no published policy set {set_code!r}")
        return found[0]

    def fitting_policy(self, day: date, facts: Mapping[str, str | None]) -> Policy | None:
        """The version in force on `day` of the set that is made for `facts` (sla.policy.CRITERIA), if there is one."""
        made_for_some = [policy for policy in self.rules.policies_on(day) if policy.applies_to]
        return choose(made_for_some, facts, self.chain) if made_for_some else None

    def default_policy(self, day: date) -> Policy:
        """The version of the city's own set that is in force on `day`."""
        return self.policy_on(day, settings().policy_set)

    def chain(self, criterion: str, code: str) -> Sequence[str]:
        """A matter or unit with all above it, nearest first; of the other criteria the code alone."""
        tree = {"matter": self.matter_tree, "unit": self.unit_tree}.get(criterion)
        return tree.ancestors(code) if tree and code in tree.parents else (code,)

    def unit_name(self, code: str | None) -> str:
        """The unit's full name, or an empty text."""
        return self.units[code].name if code in self.units else ""

    def matter_path(self, code: str | None) -> str:
        """城乡建设 › 供水 › 停水, or an empty text."""
        return " › ".join(self.matters[code].path) if code in self.matters else ""

    def place_name(self, code: str | None) -> str:
        """乌当区羊昌镇: the place with what it lies in, without the city."""
        chain = [self.places[c] for c in self.place_tree.ancestors(code)] if code else []
        return "".join(p.name for p in reversed(chain) if p.level != "city") or (chain[0].name if chain else "")


def today(at: datetime) -> date:
    """The day in Asia/Shanghai."""
    return at.astimezone(ZONE).date()


def midnight(day: date) -> datetime:
    """The first instant of the day in Asia/Shanghai, in UTC."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


_kept: tuple[float, object, Knowledge] | None = None
_making = threading.Lock()  # eight threads that make it at once take eight times as long, each


def knowledge(session: Session, edition: str = "", policy: str = "") -> Knowledge:
    """The present Knowledge; at most a few seconds old, and never older than the edition of the calendar and the policy
    that are named. Raises LookupError where nothing has been seeded.

    While one thread reads the tables again, the others go on with what there is: an edit of the rules holds up nobody.
    """
    kept = _kept
    enough = kept is not None and kept[2].rules.knows(edition, policy)
    if kept and enough and monotonic() - kept[0] < LOOK_AGAIN_SECONDS:
        return kept[2]
    if not _making.acquire(blocking=not enough) and kept:
        return kept[2]
    try:
        return _present(session, edition, policy)
    finally:
        _making.release()


def _present(session: Session, edition: str, policy: str) -> Knowledge:
    """What is kept, looked at again and where it is old read again; for the one thread that makes it."""
    global _kept  # noqa: PLW0603  one per process, that is the point
    kept = _kept  # another thread may forget it at any moment
    if kept and monotonic() - kept[0] < LOOK_AGAIN_SECONDS and kept[2].rules.knows(edition, policy):
        return kept[2]
    stamp = _stamp(session)
    if not kept or kept[1] != stamp:
        kept = (0.0, stamp, _read(session))
        _settle()
    _kept = (monotonic(), stamp, kept[2])
    return kept[2]


def _settle() -> None:
    """Let the collector pass over what stays: the router is some hundred thousand objects, walked in vain each time."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def forget() -> None:
    """Read the tables again at the next call."""
    global _kept  # noqa: PLW0603
    _kept = None


def _stamp(session: Session) -> object:
    """Changes whenever an administrator changed one of the tables: each such change is an event; and with the day,
    on which responsibilities come into force and end.
    """
    tables = (
        models.Unit,
        models.Matter,
        models.Place,
        models.Responsibility,
        models.CalendarYear,
        models.WorkingHours,
        models.PolicyVersion,
    )
    counts = union_all(*(select(func.count()).select_from(table) for table in tables))
    edits = select(func.max(models.Event.id)).where(models.Event.action == "edit_rules")
    day = today(datetime.now(ZONE))
    return (settings().database_url, day, session.scalar(edits), *session.scalars(counts))


def _read(session: Session) -> Knowledge:
    units = session.scalars(select(models.Unit).where(models.Unit.active)).all()
    plain_units = {
        u.code: Unit(u.code, u.name, u.kind, u.parent, tuple(dict.fromkeys([u.short_name, *u.aliases]))) for u in units
    }
    day = today(datetime.now(ZONE))
    version = number_in_force(session, day)
    content = document(session, version, day)
    matters, places = matters_of(content), places_of(content)
    if not matters or not units:
        raise Unseeded("the tables are empty: run `python -m hotline seed`, or `make run` for the demo city")
    chinese.add_words([name for p in places.values() for name in (p.name, *p.aliases)])
    responsibilities = tuple(responsibilities_of(content, day))
    model = keeping.in_force(session, matters)
    retired_matters, retired_places = _retired(session, content)
    return Knowledge(
        router=Router(
            tuple(matters.values()),
            tuple(places.values()),
            tuple(plain_units.values()),
            responsibilities,
            outlines=boundaries.outlines(session),
            model=model.model,
        ),
        rules=_rulebook(session),
        catalogue=version,
        matters=matters | retired_matters,
        places=places | retired_places,
        units=plain_units,
        short_names={u.code: u.short_name for u in units},
        matter_tree=Tree({m.code: m.parent for m in (*retired_matters.values(), *matters.values())}),
        place_tree=Tree({p.code: p.parent for p in (*retired_places.values(), *places.values())}),
        unit_tree=Tree({u.code: u.parent for u in units}),
        responsibilities=responsibilities,
        model=model,
        dispatch=dispatching.dispatch(session, model),
    )


def matters_in_force(session: Session) -> dict[str, Matter]:
    """The catalogue of matters by code, also of a house that has no units yet."""
    return matters_of(document(session))


def matters_of(content: Document) -> dict[str, Matter]:
    """The matters of a document by code."""
    names = {row["code"]: row["name"] for row in content.matters}
    return {row["code"]: _matter(row, names) for row in content.matters}


def _matter(row: Mapping[str, Any], names: Mapping[str, str]) -> Matter:
    code, phrases, examples = row["code"], (*row["phrases"], *row.get("shared", ())), tuple(row.get("examples", ()))
    usual = row.get("kind"), row.get("urgency")
    return Matter(code, row["name"], _path(code, names), parent_of(code), phrases, *usual, examples)


def _path(code: str | None, names: Mapping[str, str]) -> tuple[str, ...]:
    return (*_path(parent_of(code), names), names[code]) if code in names and code else ()


def places_of(content: Document) -> dict[str, Place]:
    """The places of a document by code."""
    rows = content.places
    return {r["code"]: Place(r["code"], r["name"], r["level"], r["parent"], tuple(r["aliases"])) for r in rows}


def responsibilities_of(content: Document, day: date) -> list[Responsibility]:
    """The rows of a document that hold on a day."""
    on = day.isoformat()
    return [
        Responsibility(row["matter"], row["place"], row["lead"], tuple(row["assisting"]), row["legal_basis"])
        for row in content.responsibilities
        if row["effective_from"] <= on and (row["effective_to"] or on) >= on
    ]


def _retired(session: Session, content: Document) -> tuple[dict[str, Matter], dict[str, Place]]:
    """What is in the register of codes and not in force: names for old tickets, never a place to send a new one."""
    matters = {row.code: row.name for row in session.execute(select(models.Matter.code, models.Matter.name))}
    names = matters | {row["code"]: row["name"] for row in content.matters}
    left = matters.keys() - {row["code"] for row in content.matters}
    place, known = models.Place, {row["code"] for row in content.places}
    places = session.execute(select(place.code, place.name, place.level, place.parent))
    return (
        {code: _matter({"code": code, "name": names[code], "phrases": ()}, names) for code in sorted(left)},
        {row.code: Place(row.code, row.name, row.level, row.parent) for row in places if row.code not in known},
    )


def _rulebook(session: Session) -> Rulebook:
    years, hours = models.CalendarYear, models.WorkingHours
    published = select(years.year, years.version, years.edition, years.days).where(years.edition.is_not(None))
    kept = select(hours.unit, hours.version, hours.edition, hours.data).where(hours.edition.is_not(None))
    return Rulebook(
        policies=_policies(session),
        years=[YearRow(*row) for row in session.execute(published.order_by(years.edition, years.version))],
        hours=[HoursRow(*row) for row in session.execute(kept.order_by(hours.edition, hours.version))],
        city_hours=settings().working_hours,
    )


def _policies(session: Session) -> dict[str, Policy]:
    rows = session.scalars(select(models.PolicyVersion).where(models.PolicyVersion.published_at.is_not(None)))
    parsed = (Policy.parse(row.data) for row in rows)
    return {policy.stamp: policy for policy in parsed}
