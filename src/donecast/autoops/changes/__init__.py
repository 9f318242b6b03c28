"""What becomes of a verified change: nothing more than the report, or with leave a local branch.

In: a reply that is about to be kept. Out: a branch. Owns: the leave that a change needs and has. Never: a change of
what somebody has checked out, a push, a merge; and nothing grave without a person who is named in the settings.
"""
