"""Credits: what work costs, and an append-only ledger of who was given, holds, and was charged what (ADR 0028).

In: who, what work, an operation's id. Out: quotes, holds, charges, refunds, balances, statements, as frozen values.
Owns: tiers, rate cards, wallets, grants, holds, entries. Never: a float, a payment, another room's row.
"""
