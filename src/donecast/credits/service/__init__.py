"""Use cases of credits. Each takes a session and never commits; call them last in a transaction (ADR 0028)."""

from donecast.credits.service.audits import Audit, Finding, ledger_digest, rebuild, reconcile, size, verify_chain
from donecast.credits.service.balances import (
    Balance,
    Sufficiency,
    Usage,
    check_sufficient_credits,
    get_user_credit_balance,
    usage,
)
from donecast.credits.service.bills import Breakdown, Charge, charge_under
from donecast.credits.service.charges import (
    charge_credits,
    charge_for_assembly,
    charge_for_transcription,
    charge_for_tts_generation,
    charge_for_work,
)
from donecast.credits.service.granting import (
    adjust_credits,
    assign_tier,
    award_credits,
    grant_credits,
    grant_under,
    withdraw_grant,
)
from donecast.credits.service.guides import guide
from donecast.credits.service.holds import (
    Hold,
    absorbed,
    capture,
    hold,
    hold_under,
    release,
    release_for_episode,
    renew,
)
from donecast.credits.service.invoices import GROUPS_PER_PAGE_MAX, Invoice, InvoicePage, invoice_page
from donecast.credits.service.months import Month, month
from donecast.credits.service.opening import settle_what_is_due
from donecast.credits.service.refunds import refund_credits
from donecast.credits.service.requests import (
    RefundRequest,
    RequestState,
    decide_refund,
    refund_requests,
    request_refund,
)
from donecast.credits.service.statements import (
    STATEMENT_COLUMNS,
    StatementRow,
    import_legacy,
    statement,
    statement_cells,
    statement_page,
)
from donecast.credits.service.storage import (
    StorageDebt,
    charge_for_storage,
    months_to_bill,
    pay_storage_dues,
    sample_storage,
    storage_debt,
    uploads_stopped,
)
from donecast.credits.service.taken import charged_in_words
from donecast.credits.service.tariffs import (
    PriceChange,
    all_tiers,
    change_rates,
    price_history,
    quote,
    rate_card,
    save_tier,
    tier_named,
)
from donecast.credits.service.unbilled import bill_noted, note_unbilled

__all__ = [
    "GROUPS_PER_PAGE_MAX",
    "STATEMENT_COLUMNS",
    "Audit",
    "Balance",
    "Breakdown",
    "Charge",
    "Finding",
    "Hold",
    "Invoice",
    "InvoicePage",
    "Month",
    "PriceChange",
    "RefundRequest",
    "RequestState",
    "StatementRow",
    "StorageDebt",
    "Sufficiency",
    "Usage",
    "absorbed",
    "adjust_credits",
    "all_tiers",
    "assign_tier",
    "award_credits",
    "bill_noted",
    "capture",
    "change_rates",
    "charge_credits",
    "charge_for_assembly",
    "charge_for_storage",
    "charge_for_transcription",
    "charge_for_tts_generation",
    "charge_for_work",
    "charge_under",
    "charged_in_words",
    "check_sufficient_credits",
    "decide_refund",
    "get_user_credit_balance",
    "grant_credits",
    "grant_under",
    "guide",
    "hold",
    "hold_under",
    "import_legacy",
    "invoice_page",
    "ledger_digest",
    "month",
    "months_to_bill",
    "note_unbilled",
    "pay_storage_dues",
    "price_history",
    "quote",
    "rate_card",
    "rebuild",
    "reconcile",
    "refund_credits",
    "refund_requests",
    "release",
    "release_for_episode",
    "renew",
    "request_refund",
    "sample_storage",
    "save_tier",
    "settle_what_is_due",
    "size",
    "statement",
    "statement_cells",
    "statement_page",
    "storage_debt",
    "tier_named",
    "uploads_stopped",
    "usage",
    "verify_chain",
    "withdraw_grant",
]
