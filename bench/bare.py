"""The least that could be called a service: Flask and psycopg's pool, one statement a request, nothing else."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask, request
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

TABLE = "CREATE TABLE bare_messages (id bigserial PRIMARY KEY, key text UNIQUE, body jsonb NOT NULL)"
INSERT = "INSERT INTO bare_messages (body) VALUES (%s) RETURNING id"
SELECT = "SELECT id, body FROM bare_messages WHERE key = %s"


def create_app() -> Flask:
    """The WSGI application; its connections are opened in the process that calls this, so after gunicorn's fork."""
    app = Flask(__name__)
    pool = ConnectionPool(os.environ["HOTLINE_DATABASE_URL"].replace("+psycopg", "", 1), min_size=8, open=True)

    @app.post("/messages")
    def insert() -> tuple[dict[str, Any], int]:
        with pool.connection() as connection:
            row = connection.execute(INSERT, (Jsonb(request.get_json()),)).fetchone()
        return {"id": row and row[0]}, 201

    @app.get("/messages/<key>")
    def select(key: str) -> dict[str, Any]:
        with pool.connection() as connection:
            row = connection.execute(SELECT, (key,)).fetchone()
        return {"id": row[0], "body": row[1]} if row else {}

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app
