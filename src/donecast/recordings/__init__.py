"""Recordings: the library of what people bring: recordings, music, spoken parts, covers. Immutable once stored.

In: files, whole or piece by piece over bad connections. Out: frozen `MediaFacts`, bytes by their hash, peaks.
Owns: media items, peaks, uploads under way. Never: a file it has not examined, a changed original.
"""
