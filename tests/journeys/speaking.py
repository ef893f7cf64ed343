"""Speaking to a running house over HTTP as its callers do: by token, by a browser's session, as WeChat. No code of
the house is used."""

from __future__ import annotations

import hashlib
import http.cookiejar
import json
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


class Speaker:
    """A caller of the house at `address`; keeps cookies as a browser does."""

    def __init__(self, address: str) -> None:
        self.address = address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
        """Status and text; (0, "") where nothing answers."""
        url = self.address + urllib.parse.quote(path, safe="/?&=%:")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with self.opener.open(urllib.request.Request(url, body, named), timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def get(self, path: str) -> tuple[int, str]:
        """GET by nobody."""
        return self.ask(path)

    def read(self, path: str, token: str = "") -> Any:
        """GET that must succeed; its JSON."""
        status, text = self.ask(path, None, **_bearer(token))
        assert status == 200, f"{path}: {status} {text}"
        return json.loads(text)

    def post(self, path: str, body: dict[str, Any], token: str) -> Any:
        """POST that must succeed; its JSON."""
        status, text = self.ask(path, json.dumps(body).encode(), Content_Type="application/json", **_bearer(token))
        assert status in (200, 201), f"{path}: {status} {text}"
        return json.loads(text)

    def send(self, path: str, body: bytes, content_type: str) -> tuple[int, str]:
        """POST of anything."""
        return self.ask(path, body, Content_Type=content_type)

    def signed_in(self, login: str, password: str) -> Speaker:
        """A fresh browser in which somebody of the staff has signed in through the page."""
        browser = Speaker(self.address)
        form = {"username": login, "password": password, "csrf_token": _csrf(browser.get("/login")[1])}
        status, page = browser.send(
            "/login", urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        )
        assert status == 200, page
        assert 'name="password"' not in page, f"{login} could not sign in"
        browser.csrf = _csrf(page)
        return browser

    csrf = ""

    def act(self, number: str, action: str, body: dict[str, Any]) -> None:
        """An act in the browser's session, over the API, with the page's CSRF token."""
        path, sent = f"/api/v1/tickets/{number}/{action}", json.dumps(body).encode()
        status, text = self.ask(path, sent, Content_Type="application/json", X_CSRFToken=self.csrf)
        assert status == 200, f"{path}: {status} {text}"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]


def wechat_signed(token: str, text: str, number: int) -> tuple[str, bytes]:
    """A text message as WeChat pushes it: the path with its signature, and the XML."""
    stamp, nonce = str(int(time.time())), secrets.token_hex(8)
    signature = hashlib.sha1("".join(sorted((token, stamp, nonce))).encode(), usedforsecurity=False).hexdigest()
    xml = (
        f"<xml><ToUserName>gh_1</ToUserName><FromUserName>o-{number}</FromUserName><CreateTime>{stamp}</CreateTime>"
        f"<MsgType>text</MsgType><Content>{text}</Content><MsgId>{number}</MsgId></xml>"
    )
    return f"/wechat/callback?signature={signature}&timestamp={stamp}&nonce={nonce}", xml.encode()
