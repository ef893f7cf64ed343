"""The WSGI entry: gunicorn wsgi:app."""

from api import create_app
from api.health import warm

app = create_app()
warm()
