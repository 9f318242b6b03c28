"""How secrets look in text, and what things that hold secrets are called. Pure.

The shapes are those of the services that DoneCast asks, of what its hosts keep beside it, and of the forms in which
people and programs write a name beside its secret: headers, cookies, JSON, forms, SQL addresses, Python values. Every
repetition is bounded or begins at a rare mark, so that no text takes longer than its length.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

REDACTED: Final = "[redacted]"
_IGNORE: Final = re.IGNORECASE

_TELLING_WORDS: Final = (
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|cookie|authori[sz]ation|credential|signature|csrf|xsrf|jwt|bearer"
    r"|api[_.-]?key|private[_.-]?key|access[_.-]?key|signing[_.-]?key|encryption[_.-]?key|auth[_.-]?key"
    r"|session[_.-]?(?:id|key)|sessid|phpsess|card[_.-]?(?:number|no)|security[_.-]?code"
    r"|(?:database|broker|redis|postgres|webhook|hook)[_.-]?(?:url|uri|dsn)|connection[_.-]?string|conn[_.-]?str"
)
_TELLING_NAMES: Final = r"dsn|pin|otp|totp|cvv2?|cvc2?|ssn|sid|sig|session|auth|code_verifier|kennwort|passwort"
_TELLING: Final = re.compile(rf"{_TELLING_WORDS}|(?<![a-z0-9])(?:{_TELLING_NAMES})(?![a-z0-9])")
_MEASURE: Final = re.compile(
    r"(?:_|\b)(?:max|min|count|days|hours|minutes|seconds|ms|bytes|used|left|total|length|size|per_\w+)$", _IGNORE
)


def _lowered(text: str) -> str:
    """In lower case and of the same length: of all signs only this one would become two."""
    return text.replace("\u0130", "i").lower()


def is_secret_name(name: str) -> bool:
    """Whether what is called so is kept secret whatever it looks like: ``stripeApiKey``, ``X-CSRF-Token``, ``pwd``."""
    return _TELLING.search(_lowered(name[:200])) is not None


def is_measure(name: str, value: object) -> bool:
    """Whether a number under a secret's name only counts or limits something, such as ``answer_tokens_max``."""
    if isinstance(value, bool):
        return True
    return isinstance(value, (int, float)) and (_MEASURE.search(name[-40:]) is not None or name.endswith("tokens"))


# The forms in which a value stands behind its name, quotes escaped or encoded included.
_QUOTE: Final = r"(?:(?:\\{0,4}[\"']|%22|&quot;){1,2}+)"
_VALUE: Final = (
    r"(?P<value>"
    r"[bBrRuU]{0,2}\\{1,4}\"(?:(?!\\{1,4}\").)*(?:\\{1,4}\")?"  # \"quoted in quoted JSON\"
    r"|[bBrRuU]{0,2}\"(?:[^\"\\]|\\.)*\"?"
    r"|[bBrRuU]{0,2}'(?:[^'\\]|\\.)*'?"
    r"|%22(?:(?!%22).)*(?:%22)?"
    r"|(?:bearer|basic|token|digest|apikey|negotiate)\s+[^\s,;&\"'<>)}\]]+"
    r"|[^\s,;&\"'<>)}\]]+"
    r")"
)
_NAME: Final = (
    rf"(?P<name>(?<![A-Za-z0-9])[A-Za-z0-9_.\-\[\]]{{0,60}}?(?:{_TELLING_WORDS})[A-Za-z0-9_.\-\[\]]{{0,40}}"
    rf"|(?<![A-Za-z0-9])(?:{_TELLING_NAMES}))"
)
_BEFORE_TELLING: Final = re.compile(r"[A-Za-z0-9_.\-\[\]]{0,60}\Z", _IGNORE)
_NAMED: Final = re.compile(
    rf"{_NAME}(?P<between>{_QUOTE}?\s{{0,8}}(?:=>|:=|=|:|%3[aAdD])\s{{0,8}}+|{_QUOTE}\s{{0,8}},\s{{0,8}}+)"
    rf"(?!\[redacted\]){_VALUE}",
    _IGNORE | re.DOTALL,
)
_COOKIE_LINE: Final = re.compile(
    rf"\b((?:set-)?cookie2?{_QUOTE}?\s{{0,4}}[:=,]\s{{0,4}}+(?:b?{_QUOTE})?+)(?!\[redacted\])[^\r\n\"'\\]+", _IGNORE
)
_AUTHORISATION_LINE: Final = re.compile(
    rf"\b((?:proxy-)?authori[sz]ation{_QUOTE}?\s{{0,4}}[:=]\s{{0,4}}+(?:b?{_QUOTE})?+)(?!\[redacted\])[^\r\n\"'\\]+",
    _IGNORE,
)

_WORDS_BEHIND_COLON: Final = re.compile(
    r"(pass(?:word|wd|phrase|code)|secret)(\s?:[ \t]{1,8}+)(?!\[redacted\])[^\r\n\"'\\,;{}<>]+", _IGNORE
)
_WORDS_OF_A_PERSON: Final = re.compile(
    r"\b(pass(?:word|wd|phrase|code)|secret|pin|token|api key)(\s{1,4}+(?:is|was)\s{1,4}+)(?!\[redacted\])"
    r"(?=[^\s,;]*[\d!$%&*+?@#_-])[^\s,;]+",
    _IGNORE,
)
_FORM_PART: Final = re.compile(
    rf"(name=\\{{0,4}}\"[^\"\r\n]{{0,60}}?(?:{_TELLING_WORDS}|{_TELLING_NAMES})[^\"\r\n]{{0,40}}\""
    r"[^<>]{0,400}?(?:\r?\n\r?\n|(?:\\r)?\\n(?:\\r)?\\n))(?!\[redacted\])"
    r"(?:(?!\r?\n--|(?:\\r)?\\n--).)+",
    _IGNORE | re.DOTALL,
)
_ELEMENT: Final = re.compile(
    rf"(<[\w:.-]{{0,40}}?(?:{_TELLING_WORDS}|{_TELLING_NAMES})[\w:.-]{{0,40}}(?:\s[^<>]{{0,200}})?>)(?!\[redacted\])[^<]+",
    _IGNORE,
)
_PEM: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]{1,40}-----(?:(?!-----END ).)*(?:-----END [A-Z0-9 ]{1,40}-----)?", re.DOTALL
)
_LOGIN_IN_URL: Final = re.compile(
    r"(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]{1,30}://)(?!\[redacted\]@)[^\s/?#\"'<>\\]*@"
)
_LOGIN_IN_DATABASE_URL: Final = re.compile(
    r"\b((?:postgres(?:ql)?|mysql|mariadb|mssql|oracle|mongodb|redis|rediss|amqps?|ldaps?|smtps?|sentry)"
    r"(?:\+[a-z0-9]{1,20})?://)(?!\[redacted\]@)[^\s\"'<>]*@",
    _IGNORE,
)
_HOOK_URL: Final = re.compile(
    r"\b(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/"
    r"|api\.telegram\.org/bot|[a-z0-9.-]{1,80}\.webhook\.office\.com/|chat\.googleapis\.com/v1/spaces/)"
    r"(?!\[redacted\])[^\s\"'<>\\]+",
    _IGNORE,
)
_QUERY: Final = re.compile(r"\?(?!\[redacted\])[^\s\"'<>\\]+")
_SIGNED: Final = re.compile(
    r"x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)"
    r"|(?:[?&;])(?:signature|sig|awsaccesskeyid|googleaccessid|key-pair-id|policy|hmac|st)=",
    _IGNORE,
)
_QUERY_SECRET: Final = re.compile(
    rf"([?&;#](?:{_TELLING_NAMES}|key|code|state|ticket|upload_?id)=)(?!\[redacted\])[^\s&;#\"'<>\\]+", _IGNORE
)

_BEARER: Final = re.compile(r"\b(bearer|negotiate|apikey)(\s{1,4}+)(?!\[redacted\])[A-Za-z0-9._~+/=:-]{6,}", _IGNORE)
_BASIC: Final = re.compile(r"\b(basic)(\s{1,4}+)[A-Za-z0-9+/_-]{6,}={0,2}", _IGNORE)
_BASIC_CASE: Final = re.compile(r"[0-9+/=]|[a-z][A-Z]")
_JWT: Final = re.compile(r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3}")
_KEYS: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{6,}"  # Stripe
    r"|whsec_[A-Za-z0-9+/=_-]{6,}"
    r"|sk_[A-Za-z0-9]{24,}"  # ElevenLabs
    r"|sk-[A-Za-z0-9_-]{12,}"  # OpenAI and who speaks like it
    r"|AIza[A-Za-z0-9_-]{16,}|ya29\.[A-Za-z0-9_-]{10,}|GOCSPX-[A-Za-z0-9_-]{10,}|1//0[A-Za-z0-9_-]{20,}"  # Google
    r"|GOOG1[A-Z0-9]{16,}"
    r"|xox[a-z]-[A-Za-z0-9-]{6,}|xapp-[A-Za-z0-9-]{6,}"  # Slack
    r"|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{12,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{12,}"  # Amazon
    r"|SG\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|key-[0-9a-f]{24,}"  # mail services
    r"|sntry[a-z]{1,3}_[A-Za-z0-9+/=_-]{10,}"
    r"|hf_[A-Za-z0-9]{16,}|npm_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{20,}|dop_v1_[a-f0-9]{20,}"
    r"|dct_[A-Za-z0-9_-]{10,}"  # DoneCast's own access tokens
    r")"
)
_TELEGRAM: Final = re.compile(r"\b\d{8,10}:AA[A-Za-z0-9_-]{30,}")
_CARD: Final = re.compile(r"(?<![\w.])(?:3[04-68]|4\d|5[0-8]|6\d|2[2-7])(?:[ -]?\d){11,17}(?!\w|\.\d)")
_MAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")


def _keeping_lead(found: re.Match[str]) -> str:
    return f"{found[1]}{REDACTED}"


def _login(found: re.Match[str]) -> str:
    return f"{found[1]}{REDACTED}@"


def _scheme(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{REDACTED}"


def _query(found: re.Match[str]) -> str:
    return f"?{REDACTED}" if _SIGNED.search(found[0]) else found[0]


def _basic(found: re.Match[str]) -> str:
    # Flags of the pattern make letters equal, but words are told from base 64 by their case.
    return _scheme(found) if _BASIC_CASE.search(found[0].split(None, 1)[1]) else found[0]


def _card(found: re.Match[str]) -> str:
    # Other digits may follow the number, such as a date of expiry.
    ends = [place for place, sign in enumerate(found[0], 1) if sign.isdigit()]
    for end in reversed(ends):
        if is_card_number(found[0][:end]):
            return f"{REDACTED}{found[0][end:]}"
    return found[0]


def _named(found: re.Match[str]) -> str:
    value = found["value"]
    if _MEASURE.search(found["name"]) and re.fullmatch(r"[\d.]{1,12}", value):
        return found[0]
    opening = re.match(r"[bBrRuU]{0,2}(?:\\{1,4}\"|\"|'|%22)", value)
    if opening is None:
        return f"{found['name']}{found['between']}{REDACTED}"
    quote = opening[0].lstrip("bBrRuU")
    inner = value[len(opening[0]) :].removesuffix(quote)
    closing = quote if value[len(opening[0]) :].endswith(quote) else ""
    if not inner or inner == REDACTED:
        return found[0]
    return f"{found['name']}{found['between']}{opening[0]}{REDACTED}{closing}"


def _without_named(text: str) -> str:
    """Replaces what stands behind a secret's name, which is looked for only around words that tell of secrets.

    The same as `_NAMED` over the whole text, at a fraction of the time: most texts hold no such word.
    """
    clean, done = "", 0
    for telling in _TELLING.finditer(_lowered(text)):
        if telling.start() < done:
            continue
        lead = _BEFORE_TELLING.search(text, max(done, telling.start() - 60), telling.start())
        first = telling.start() if lead is None else lead.start()
        for start in range(first, telling.start() + 1):
            if found := _NAMED.match(text, start):
                clean += text[done:start] + _named(found)
                done = found.end()
                break
    return clean + text[done:]


def _replacing(pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str]) -> Callable[[str], str]:
    return partial(pattern.sub, replacement)


_PASSES: Final[tuple[tuple[tuple[str, ...], Callable[[str], str]], ...]] = (
    # Marks in lower case of which one must stand in the text, so that plain texts cost little; then what is replaced.
    (("-----begin ",), _replacing(_PEM, REDACTED)),
    (("://",), _replacing(_LOGIN_IN_DATABASE_URL, _login)),
    (("://",), _replacing(_LOGIN_IN_URL, _login)),
    (("hook", "telegram", "googleapis"), _replacing(_HOOK_URL, _keeping_lead)),
    (("?",), _replacing(_QUERY, _query)),
    (("cookie",), _replacing(_COOKIE_LINE, _keeping_lead)),
    (("authori",), _replacing(_AUTHORISATION_LINE, _keeping_lead)),
    (("bearer", "negotiate", "apikey"), _replacing(_BEARER, _scheme)),
    (("basic",), _replacing(_BASIC, _basic)),
    (("eyj",), _replacing(_JWT, REDACTED)),
    (("_", "-", "aiza", "ya29", "1//0", "goog1", "akia", "asia", "sg."), _replacing(_KEYS, REDACTED)),
    ((":aa",), _replacing(_TELEGRAM, REDACTED)),
    (("pass", "secret"), _replacing(_WORDS_BEHIND_COLON, _scheme)),
    ((" is ", " was "), _replacing(_WORDS_OF_A_PERSON, _scheme)),
    (("name=",), _replacing(_FORM_PART, _keeping_lead)),
    (("</",), _replacing(_ELEMENT, _keeping_lead)),
    (("=", ":", ",", "%3"), _without_named),
    (("=",), _replacing(_QUERY_SECRET, _keeping_lead)),
    (("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"), _replacing(_CARD, _card)),
)
_TOO_SHORT: Final = 12
"""Letters and digits alone are no secret of any known shape up to this length."""


def without_secrets(text: str) -> str:
    """The text with every secret of a known shape replaced."""
    if len(text) <= _TOO_SHORT and text.isalnum():
        return text
    lowered = text.lower()
    for marks, replaced in _PASSES:
        for mark in marks:
            if mark in lowered:
                text = replaced(text)
                break
    return text


def without_mail_addresses(text: str) -> str:
    """The text with every mail address replaced."""
    return _MAIL.sub("[mail address]", text) if "@" in text else text


def is_card_number(digits: str) -> bool:
    """Whether these are 13 to 19 digits with the check digit of payment cards (Luhn, ISO/IEC 7812-1)."""
    numbers = [int(digit) for digit in digits if digit.isascii() and digit.isdigit()]
    if not 13 <= len(numbers) <= 19:
        return False
    doubled = [number if place % 2 == 0 else sum(divmod(2 * number, 10)) for place, number in enumerate(numbers[::-1])]
    return sum(doubled) % 10 == 0
