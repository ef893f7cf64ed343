"""The JSON API, a file per resource."""

from flask_smorest import Blueprint

from api.resources.intake import blueprint as intake

BLUEPRINTS: tuple[Blueprint, ...] = (intake,)
