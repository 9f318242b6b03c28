"""What was done by hand, by whom: isolating a service, changing somebody's plan, cleaning up stuck work.

In: a note beside the act, in its transaction. Out: pages of entries for admins.
Owns: audit entries. Never: a change or a removal of an entry; an act that has a trail of its own, such as the ledger's.
"""
