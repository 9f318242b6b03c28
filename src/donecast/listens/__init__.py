"""The enclosure door: every byte of a live episode's audio that anyone hears goes through here.

In: a request for a rendition's bytes. Out: those bytes, whole or in part.
Owns: the public address of audio. Never: an episode that is not live, a cookie, a stored byte of its own.
"""
