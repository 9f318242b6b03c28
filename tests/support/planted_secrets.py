"""Secrets of forty kinds, made to be looked for: each is different, opens nothing, and knows its telling parts."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Planted:
    """``value`` as a program holds it, ``text`` as it stands in a text; ``parts`` must be found nowhere afterwards."""

    kind: str
    value: Any
    text: str
    parts: tuple[str, ...] = field(repr=False)


def _digits(seed: str, length: int) -> str:
    return str(int(hashlib.sha256(seed.encode()).hexdigest(), 16))[-length:]


def _letters(seed: str, length: int = 32) -> str:
    found = "".join(hashlib.sha256(f"{seed}{turn}".encode()).hexdigest() for turn in range(1 + length // 64))
    return found[:length]


def _mixed(seed: str, length: int = 36) -> str:
    raw = base64.b64encode(hashlib.sha512(seed.encode()).digest()).decode()
    return "".join(sign for sign in raw if sign.isalnum())[:length]


def _card(seed: str, lead: str, length: int) -> str:
    body = (lead + _digits(seed, 24))[: length - 1]
    total = sum(int(d) if place % 2 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(body[::-1]))
    return f"{body}{-total % 10}"


def _base64url(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


Make = Callable[[str], tuple[Any, str, tuple[str, ...]]]


def _as_text(form: str, make: Callable[[str], str] = _mixed) -> Make:
    """A kind that is known by what stands around it in a text."""

    def made(seed: str) -> tuple[Any, str, tuple[str, ...]]:
        secret = make(seed)
        text = form.replace("SECRET", secret)
        return text, text, (secret,)

    return made


def _under(name: str, make: Callable[[str], str] = _mixed) -> Make:
    """A kind that is known by its name in a mapping."""

    def made(seed: str) -> tuple[Any, str, tuple[str, ...]]:
        secret = make(seed)
        return {name: secret, "beside": 1}, json.dumps({name: secret}), (secret,)

    return made


def _web_token(seed: str) -> tuple[Any, str, tuple[str, ...]]:
    head, body, seal = _base64url({"alg": "HS256"}), _base64url({"sub": _letters(seed, 12)}), _mixed(seed, 43)
    return f"{head}.{body}.{seal}", f"{head}.{body}.{seal}", (body, seal)


def _private_key(seed: str) -> tuple[Any, str, tuple[str, ...]]:
    lines = [_mixed(f"{seed}{number}", 64) for number in range(4)]
    text = "\n".join(["-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----"])
    return text, text, tuple(lines)


def _basic(seed: str) -> tuple[Any, str, tuple[str, ...]]:
    login = base64.b64encode(f"ann:{_mixed(seed, 14)}".encode()).decode()
    return f"Basic {login}", f"Basic {login}", (login,)


def _card_spaced(seed: str) -> tuple[Any, str, tuple[str, ...]]:
    number = _card(seed, "4", 16)
    text = " ".join(number[place : place + 4] for place in range(0, 16, 4))
    return text, text, (text, number)


def _card_number(seed: str) -> tuple[Any, str, tuple[str, ...]]:
    number = _card(seed, "52", 16)
    return int(number), number, (number,)


def _header_pairs(seed: str) -> tuple[Any, str, tuple[str, ...]]:
    secret = _mixed(seed)
    pairs = [(b"host", b"x"), (b"authorization", f"Token {secret}".encode()), (b"accept", b"*/*")]
    return pairs, repr(pairs), (secret,)


_KINDS: dict[str, Make] = {
    "bearer token": _as_text("Bearer SECRET"),
    "basic login": _basic,
    "authorization header": _under("Authorization", lambda seed: f"Digest {_mixed(seed)}"),
    "header pairs": _header_pairs,
    "session cookie": _as_text("Cookie: theme=dark; donecast_session=SECRET; lang=en"),
    "set-cookie header": _under("Set-Cookie", lambda seed: f"sid={_mixed(seed)}; Path=/; HttpOnly"),
    "json web token": _web_token,
    "DoneCast token": _as_text("dct_SECRET"),
    "csrf token": _under("X-CSRF-Token"),
    "Stripe secret key": _as_text("sk_live_SECRET"),
    "Stripe restricted key": _as_text("rk_test_SECRET"),
    "Stripe webhook secret": _as_text("whsec_SECRET"),
    "Google key": _as_text("AIzaSySECRET"),
    "Google access": _as_text("ya29.a0SECRET"),
    "Google client secret": _as_text("GOCSPX-SECRET"),
    "ElevenLabs header": _under("xi-api-key", _letters),
    "ElevenLabs key": _as_text("sk_SECRET", lambda seed: _letters(seed, 48)),
    "OpenAI key": _as_text("sk-proj-SECRET"),
    "AssemblyAI key": _under("assemblyai_key_authorization", _letters),
    "Slack bot token": _as_text("xoxb-SECRET"),
    "Slack app token": _as_text("xapp-1-SECRET"),
    "Slack webhook": _as_text("https://hooks.slack.com/services/T0001/B0001/SECRET"),
    "Sentry DSN": _as_text("https://SECRET@o1.ingest.sentry.io/42", _letters),
    "Sentry token": _as_text("sntrys_SECRET"),
    "PostgreSQL address": _as_text("postgresql://donecast:SECRET@db.internal:5432/donecast"),
    "PostgreSQL words": _as_text("host=db user=donecast password=SECRET dbname=donecast"),
    "Redis address": _as_text("redis://:p@SECRET@cache:6379/0"),
    "Amazon key id": _as_text("AKIASECRET", lambda seed: _mixed(seed, 16).upper()),
    "Amazon secret": _under("s3_secret_access_key"),
    "signed S3 address": _as_text("https://b.s3.amazonaws.com/a.mp3?X-Amz-Date=1&X-Amz-Signature=SECRET", _letters),
    "signed GCS address": _as_text("https://storage.googleapis.com/b/a?X-Goog-Signature=SECRET&x=1", _letters),
    "private key": _private_key,
    "card with spaces": _card_spaced,
    "card number": _card_number,
    "card check": _under("cvv", lambda seed: f"{_digits(seed, 3)}7351"),
    "password in JSON": _as_text('{"email": "ann@example.org", "password": "pw SECRET"}'),
    "password in a form": _as_text("email=ann%40example.org&password=SECRET&remember=1"),
    "password in a form's part": _as_text(
        '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nSECRET\r\n--x'
    ),
    "password in Python": _as_text("SignIn(email='ann@example.org', password='SECRET')"),
    "token in an address": _as_text("GET /reset?token=SECRET&next=/ HTTP/1.1"),
    "GitHub token": _as_text("ghp_SECRET"),
}
KINDS = tuple(_KINDS)


def planted(kind: str, number: int) -> Planted:
    """The secret of a kind with a number; the same one each time."""
    value, text, parts = _KINDS[kind](f"{kind} {number}")
    return Planted(kind, value, text, parts)
