"""Our own store of errors: what went wrong, how often, for whom, and whether somebody looks after it.

In: reports of `platform.error_tracking`, and of the studio. Out: groups of errors (type and the last of our own
places), their last events, counts by hour. Owns: error groups, events, hours, people hit; for 30 days. Never: a secret,
a variable of a frame, a write while a request waits.
"""
