"""Signing in through the house's own provider (统一登录, OpenID Connect), beside passwords.

Authorization code with PKCE, state and nonce, by Authlib. Who comes back must be known here:
persons are made by the administrator, never by a provider.
"""

from __future__ import annotations

from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import (
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    request,
    session,
    url_for,
)
from joserfc.errors import JoseError

from app import people
from app.config import settings
from app.errors import NotFound, Problem, Unreachable
from app.people import SignInFailed
from app.texts import T
from app.web.door import door
from app.web.rights import actor, forget, public, signed_in
from app.web.sign_in import again, onward, safe

SECONDS = 10
CLAIM_MOST = 200


def register(app: Flask) -> None:
    """Make the provider known; its own description is read when the first person comes."""
    chosen = settings()
    app.extensions["sign_on"] = oauth = OAuth(app)
    if not chosen.oidc_issuer:
        return
    oauth.register(
        "house",
        server_metadata_url=f"{chosen.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=chosen.oidc_client_id,
        client_secret=chosen.oidc_client_secret or None,
        client_kwargs={
            "scope": "openid profile",
            "code_challenge_method": "S256",
            "timeout": SECONDS,
            "token_endpoint_auth_method": "client_secret_basic"
            if chosen.oidc_client_secret
            else "none",
        },
    )


def label() -> str | None:
    """What the button says; None when there is no provider."""
    chosen = settings()
    return (chosen.oidc_label or T("统一登录")) if chosen.oidc_issuer else None


def _provider() -> Any:
    found = current_app.extensions["sign_on"].create_client("house")
    if found is None:
        raise NotFound
    return found


@door.get("/sign-in/house")
@public
def sign_on() -> Response:
    """Off to the provider."""
    provider = _provider()
    session["next"] = safe(request.args.get("next"))
    back = url_for("web.signed_on", _external=True, _scheme=_scheme())
    # A counter is used by many: without this the next one would come in as the one before.
    more = {"prompt": settings().oidc_prompt} if settings().oidc_prompt else {}
    try:
        return make_response(provider.authorize_redirect(back, **more))
    except (requests.RequestException, OAuthError) as error:
        raise _unreachable() from error


def _scheme() -> str:
    return settings().public_url.partition(":")[0]


@door.get("/sign-in/house/back")
@public
def signed_on() -> Response:
    """Back from the provider: the code is changed for who it is."""
    provider = _provider()
    try:
        claims = provider.authorize_access_token(leeway=60)["userinfo"]
        token = _known(claims)
    except requests.RequestException as error:
        raise _unreachable() from error
    except (OAuthError, JoseError, KeyError, ValueError):
        # What the provider said may name the person: it is neither shown nor logged.
        return again("", SignInFailed(T("统一登录没有成功，请重试，或用密码登录。")))
    except Problem as problem:
        return again("", problem)
    target = safe(session.get("next"))
    session.clear()
    session["token"] = token
    forget()
    return make_response(redirect(target, 303))


def _known(claims: Any) -> str:
    subject = f"{claims['iss']} {claims['sub']}"
    login = str(claims.get(settings().oidc_claim) or "")[:CLAIM_MOST]
    return people.sign_in_as(
        subject, login, address=request.remote_addr, replaces=session.get("token")
    )


def _unreachable() -> Unreachable:
    return Unreachable(T("统一登录暂时连接不上，请用密码登录。"))


@door.post("/sign-in/go-on")
@signed_in
def go_on() -> Response:
    """Signed in beside, in another window: what was typed here goes on."""
    actor()
    return onward()
