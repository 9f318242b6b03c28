"""Edits: what was found in a recording, what was decided about it, and the list of cuts that follows.

In: proposals of the pure core, a person's decisions and own cuts. Out: edit lists by version, a `Timeline`.
Owns: proposals and edit lists, which only ever grow. Never: whose an episode is (who calls has looked), audio, words.
"""
