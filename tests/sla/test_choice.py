"""Which policy set a ticket runs under: the most specific one, and no two that fit equally well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.choice import Tie, choose, ties
from sla.policy import Policy
from tests.sla.paper import shipped, steady

PARENTS = {
    "water": "city",
    "water-quality": "water",
    "water-cut": "water",
    "roads": "city",
    "district": "all",
    "town": "district",
}
FACTS = {"kind": "complaint", "urgency": "normal", "matter": "water-cut", "source": "phone", "unit": "town"}


def chain(criterion: str, code: str) -> Sequence[str]:
    """Matters and units have a tree; the others stand alone."""
    found = [code]
    while criterion in ("matter", "unit") and found[-1] in PARENTS:
        found.append(PARENTS[found[-1]])
    return found


def made_for(code: str, *rows: Mapping[str, str]) -> Policy:
    """A policy set that says for whom it is made."""
    return Policy.parse({**shipped("policies/guangdong-2022.json"), "code": code, "applies_to": list(rows)})


def chosen(*policies: Policy, **facts: str | None) -> str | None:
    """The chosen set's code; every order of the sets gives the same."""
    codes = set()
    for order in permutations(policies):
        found = choose(order, FACTS | facts, chain)
        codes.add(found.code if found else None)
    (code,) = codes
    return code


def test_none_is_chosen_where_none_applies() -> None:
    assert chosen() is None
    assert chosen(made_for("default")) is None
    assert chosen(made_for("motions", {"kind": "motion"})) is None


@pytest.mark.parametrize("criterion", FACTS)
def test_each_criterion_may_choose_a_set(criterion: str) -> None:
    policy = made_for("special", {criterion: FACTS[criterion]})
    assert chosen(policy) == "special"
    assert chosen(policy, **{criterion: None}) is None


def test_all_criteria_of_a_row_must_fit_and_one_row_of_a_set_is_enough() -> None:
    both = {"kind": "complaint", "source": "wechat"}
    assert chosen(made_for("special", both)) is None
    assert chosen(made_for("special", both, {"kind": "complaint"})) == "special"


def test_more_criteria_are_more_specific_than_a_deeper_one() -> None:
    two = made_for("two", {"kind": "complaint", "urgency": "normal"})
    deep = made_for("deep", {"matter": "water-cut"})
    assert chosen(deep, two, made_for("one", {"kind": "complaint"})) == "two"


def test_of_equally_many_the_deeper_matter_or_unit_is_more_specific() -> None:
    leaf, branch = made_for("leaf", {"matter": "water-cut"}), made_for("branch", {"matter": "water"})
    assert chosen(branch, leaf) == "leaf"
    assert chosen(branch, leaf, matter="water-quality") == "branch"
    assert chosen(branch, leaf, matter="roads") is None
    assert chosen(made_for("town", {"unit": "town"}), made_for("district", {"unit": "district"})) == "town"
    assert chosen(made_for("town", {"unit": "town"}), made_for("kind", {"kind": "complaint"})) == "town"


def test_the_best_row_of_a_set_speaks_for_it() -> None:
    broad = made_for("broad", {"kind": "complaint"}, {"kind": "complaint", "matter": "water-cut", "unit": "town"})
    assert chosen(broad, made_for("two", {"kind": "complaint", "matter": "water-cut"})) == "broad"


# Ties


def test_two_sets_that_would_fit_one_ticket_equally_well_are_a_tie_with_their_rows() -> None:
    one, other = {"kind": "complaint", "source": "phone"}, {"kind": "complaint", "urgency": "normal"}
    assert ties([made_for("a", one), made_for("b", other)], chain) == [Tie("a", "b", one, other)]
    assert len(ties([made_for(code, {"kind": "help"}) for code in "abc"], chain)) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"kind": "complaint"}, {"kind": "help"}),
        ({"kind": "complaint", "source": "phone"}, {"kind": "help", "urgency": "normal"}),
        ({"matter": "water-cut"}, {"matter": "water-quality"}),
        ({"matter": "water-cut"}, {"matter": "water"}),
        ({"unit": "town"}, {"matter": "water-cut", "unit": "town"}),
        ({"kind": "complaint"}, {"kind": "complaint", "urgency": "normal"}),
    ],
)
def test_what_no_ticket_fits_equally_well_is_no_tie(one: dict[str, str], other: dict[str, str]) -> None:
    assert ties([made_for("a", one), made_for("b", other)], chain) == []
    assert ties([made_for("b", other), made_for("a", one)], chain) == []


def test_a_unit_and_a_matter_of_equal_depth_may_meet_in_one_ticket() -> None:
    one, other = {"matter": "water"}, {"unit": "district"}
    assert ties([made_for("a", one), made_for("b", other)], chain) == [Tie("a", "b", one, other)]


def test_rows_of_different_depth_meet_where_the_depths_add_up_to_the_same() -> None:
    one, other = {"matter": "water", "unit": "town"}, {"matter": "water-cut", "unit": "district"}
    assert ties([made_for("a", one), made_for("b", other)], chain) == [Tie("a", "b", one, other)]
    assert ties([made_for("b", other), made_for("a", one)], chain) == [Tie("b", "a", other, one)]


def test_nobody_ties_with_themselves() -> None:
    assert ties([made_for("a", {"kind": "help"}, {"kind": "help"}, {"source": "phone"})], chain) == []


CODES: dict[str, Sequence[str]] = {
    "kind": ["complaint", "help"],
    "urgency": ["normal", "urgent"],
    "matter": ["water", "water-cut", "water-quality", "roads"],
    "source": ["phone", "web"],
    "unit": ["district", "town"],
}
ROWS = st.fixed_dictionaries({}, optional={name: st.sampled_from(codes) for name, codes in CODES.items()}).filter(bool)
TICKETS = st.fixed_dictionaries({name: st.sampled_from([*codes, None]) for name, codes in CODES.items()})
_PLAIN = made_for("plain")


@steady
@given(st.lists(st.lists(ROWS, max_size=2), min_size=2, max_size=3), TICKETS)
def test_without_a_tie_the_choice_depends_on_no_order_and_is_a_best_fit(
    sets: list[list[dict[str, str]]], facts: dict[str, Any]
) -> None:
    policies = [_with(f"set{n}", rows) for n, rows in enumerate(sets)]
    found = {getattr(choose(order, facts, chain), "code", None) for order in permutations(policies)}
    assert len(found) == 1 or ties(policies, chain)
    fits = [row for rows in sets for row in rows if all(facts[n] and c in chain(n, facts[n]) for n, c in row.items())]
    assert (found == {None}) == (not fits)


def _with(code: str, rows: Sequence[Mapping[str, str]]) -> Policy:
    return replace(_PLAIN, code=code, applies_to=tuple(rows))


# What may stand there
