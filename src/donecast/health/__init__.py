"""Whether the program is well: alive, ready, and what a person should look at.

In: the ground. Out: facts about it. Owns: no table yet. Never: a repair that was not asked for.
"""
