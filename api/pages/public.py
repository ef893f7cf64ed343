"""The citizen's pages."""

from __future__ import annotations

from flask import Blueprint

from api.auth import public


@public
def home() -> str:
    """Write a complaint, or look how far it is."""
    return "home"


@public
def login() -> str:
    """Sign in."""
    return "login"


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    blueprint.add_url_rule("/", view_func=home)
    blueprint.add_url_rule("/login", view_func=login)
