"""What every answer tells browsers to be careful about; a page that needs something else says so itself."""

from collections.abc import Iterable
from functools import cache

_PAGES_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For answers that are no pages. The pages for listeners and an embedded player bring their own."""
_STUDIO_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; media-src 'self' blob: https:; connect-src {connect}; worker-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Parts of the studio write styles into the page while they open and close; a voice may be heard at its maker's."""
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_HSTS = "max-age=31536000"
_OURS_ALONE = ("/api/", "/studio")
"""Other sites may show covers and play episodes; they may not use what belongs to one person."""
_POLICY = b"content-security-policy"
_RawHeaders = list[tuple[bytes, bytes]]


def with_security_headers(
    headers: Iterable[tuple[bytes, bytes]], path: str, *, https: bool, errors_to: str = ""
) -> _RawHeaders:
    """An answer's headers and ours; a policy that the answer brings stays.

    ``errors_to``: the one other host that the studio may speak to, as scheme://host:port.
    """
    own = list(headers)
    is_ours, is_studio = path.startswith(_OURS_ALONE), path.startswith("/studio")
    added = _headers(is_ours, is_studio, https, errors_to)
    if any(name == _POLICY for name, _ in own):
        added = added[1:]
    return [*own, *added]


@cache
def _headers(is_ours: bool, is_studio: bool, https: bool, errors_to: str) -> _RawHeaders:
    headers = {
        _POLICY.decode(): _STUDIO_POLICY.format(connect=f"'self' {errors_to}".strip()) if is_studio else _PAGES_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "permissions-policy": _PERMISSIONS,
        "cross-origin-resource-policy": "same-origin" if is_ours else "cross-origin",
    }
    if https:
        headers["strict-transport-security"] = _HSTS
    return [(name.encode(), value.encode()) for name, value in headers.items()]
