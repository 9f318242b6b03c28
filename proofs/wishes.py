"""What a program that means well sends to the routes that want much: a form to start from before it is spoiled."""

from collections.abc import Mapping
from typing import Any

from tests.support.library import show_wish

_WHY = "Because a proof asks."
_VERSION = {"version": 0}
_CREDITS = {"key": "a-key-of-a-proof", "amount": "12.500", "why": _WHY}
_CUE = {"words": "applause please", "clip_id": "", "gain_db": -3.0, "by_itself": True}
WISHES: Mapping[str, Mapping[str, Any]] = {
    "POST /api/auth/sign-up": {"email": "new@example.com", "password": "correct horse battery", "name": "New"},
    "POST /api/auth/sign-in": {"email": "new@example.com", "password": "correct horse battery"},
    "POST /api/shows": show_wish(),
    "PATCH /api/shows/{show_id}": {"title": "Beans", "time_zone": "Europe/Berlin", "website": "https://example.org/"},
    "PUT /api/templates/{template_id}": {"definition": {}},
    "POST /api/shows/{show_id}/sound-cues": _CUE,
    "PUT /api/shows/{show_id}/sound-cues/{cue_id}": _CUE,
    "POST /api/episodes": {"show_id": "", "recording_id": "", "template_id": "", "title": "Beans"},
    "PATCH /api/episodes/{episode_id}": {"title": "Beans", "notes": "*Peas*", "season": 1, "number": 2},
    "POST /api/episodes/{episode_id}/publish": {"publish_at": "2027-01-04T08:00:00+01:00"},
    "POST /api/episodes/{episode_id}/produce": {"until": "proposals"},
    "POST /api/episodes/{episode_id}/decisions": {"edit_list_version": 0, "decisions": {"prop_x": "cut"}},
    "PUT /api/episodes/{episode_id}/proposals/{proposal_id}/edges": {
        **{"edit_list_version": 0, "start_ms": 0, "end_ms": 500},
    },
    "PUT /api/episodes/{episode_id}/edit-list": {
        **_VERSION,
        "operations": [{"kind": "cut", "start_ms": 100, "end_ms": 400}],
    },
    "POST /api/episodes/{episode_id}/edit-list/undo": _VERSION,
    "POST /api/episodes/{episode_id}/edit-list/redo": _VERSION,
    "POST /api/episodes/{episode_id}/drafts": {"kind": "titles"},
    "PUT /api/episodes/{episode_id}/interns/{intern_id}/answer": {"edit_list_version": 0, "text": "Yes."},
    "PUT /api/episodes/{episode_id}/interns/{intern_id}/end": {"edit_list_version": 0, "end_ms": 500},
    "POST /api/episodes/{episode_id}/interns/{intern_id}/skip": {"edit_list_version": 0},
    "POST /api/billing/charges/{charge_id}/refund-request": {"why": _WHY},
    "POST /api/billing/checkout": {"offer_id": ""},
    "POST /api/admin/credits/accounts/{account_id}/adjustments": _CREDITS,
    "POST /api/admin/credits/accounts/{account_id}/awards": _CREDITS,
    "POST /api/admin/credits/accounts/{account_id}/refunds": {**_CREDITS, "charge_id": ""},
    "PUT /api/admin/credits/accounts/{account_id}/tier": {"tier_id": ""},
    "PUT /api/admin/credits/tiers/{tier_id}": {"name": "Guests", "monthly_credits": "60", "why": _WHY, "is_new": True},
    "POST /api/admin/credits/refund-requests/{request_id}/decision": {"approve": True, "words": _WHY},
    "POST /api/admin/billing/offers": {
        **{"kind": "top_up", "name": "100 credits", "amount": 900, "currency": "eur", "credits": "100"},
    },
}
"""Bodies by route. An empty text is for the id of its name."""
QUERIES: Mapping[str, Mapping[str, str]] = {
    "GET /api/episodes/{episode_id}/preview": {"start_ms": "0", "end_ms": "500", "around_ms": "500"},
    "GET /api/voices/preview": {"voice": "slt"},
    "GET /api/billing/ledger": {"limit": "20"},
}
