"""Whether the program is well: alive, ready, and what a person should look at.

In: the ground, and what other rooms know. Out: facts about it. Owns: nothing itself; its rooms own alerts, bug reports,
error groups, Sentry's mirror and samples. Never: a repair that was not asked for.
"""
