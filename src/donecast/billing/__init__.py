"""Plans and top-ups, paid through Stripe: orders of ours, what Stripe says of them, and what the ledger is told.

In: a person's wish to buy, Stripe's events. Out: an address to pay at, grants in the ledger, a tier.
Owns: offers, orders, payments, subscriptions, the events that came, and alerts about those that did not fit.
Never: a card number; a grant on the word of an event alone; a grant for money that is not what we asked for.
"""
