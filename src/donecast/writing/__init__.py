"""Engines that write texts about a recording, behind one protocol: none, one in the cloud, or one of one's own.

Comes in: a request with what was said. Goes out: a raw answer that nobody has checked, with its tokens and its cost.
Owns: what each service's protocol needs, and what can go wrong with it. Never: a row, a person, a draft.
"""
