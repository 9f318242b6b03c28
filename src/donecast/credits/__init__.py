"""The append-only ledger of credits. Nothing is built here yet."""
