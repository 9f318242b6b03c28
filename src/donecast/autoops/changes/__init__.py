"""What becomes of a verified change: nothing more than the report, or with leave a branch or a draft pull request.

In: a reply that is about to be kept. Out: a branch or a draft. Owns: the leave that a change needs and has. Never: a
change of what somebody has checked out, a push, a merge; nor anything grave without a person whom the settings name.
"""
