"""Work that does not move: what it is, and what an operator does about it, first as a rehearsal.

In: an admin's choice. Out: what is stuck, what was done. Owns: no table; production decides, the audit log remembers.
Never: an act without a line in the audit log, or one on work that moves.
"""
