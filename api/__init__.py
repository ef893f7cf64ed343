"""The web: JSON API and pages over the same acts. It holds no rule of the trade."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from api import auth, contract, errors, health, limits, pages, security, uploads
from api.documentation import HotlineApi
from api.resources import BLUEPRINTS
from api.resources.wechat import blueprint as wechat
from hotline import logs
from hotline.settings import settings

LARGEST_BODY = 2 * 1024 * 1024

csrf = CSRFProtect()


def create_app() -> Flask:
    """The WSGI application. Raises WrongSetting when a setting is missing or wrong."""
    logs.set_up()
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings().secret_key,
        SESSION_COOKIE_NAME="hotline",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings().secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=settings().session_minutes),
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        JSON_SORT_KEYS=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    if settings().trusted_proxies:
        hops = settings().trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    csrf.init_app(app)
    uploads.init_app(app)
    security.init_app(app)
    contract.init_app(app)
    limits.init_app(app)
    errors.init_app(app)
    health.init_app(app)
    api = HotlineApi(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(wechat)
    pages.init_app(app)
    auth.init_app(app)
    return app
