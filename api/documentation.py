"""OpenAPI 3.1 at /api/v1/openapi.json, made from the views' own contracts."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from api.auth import public


class HotlineApi(Api):
    """flask-smorest's Api with our title and our errors."""

    def __init__(self, app: Flask) -> None:
        """Configure and register; views are added by register_blueprint."""
        app.config.update(
            API_TITLE="Hotline",
            API_VERSION="v1",
            OPENAPI_VERSION="3.1.0",
            OPENAPI_URL_PREFIX="/api/v1",
            OPENAPI_JSON_PATH="openapi.json",
        )
        super().__init__(app)
        for name, view in app.view_functions.items():
            if name.startswith("api-docs"):
                public(view)
        self.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})

    def _register_error_handlers(self) -> None:
        """Ours answer (api.errors)."""
