"""Transcripts: the words of a recording with their times, heard once and found again ever after.

In: a recording's bytes, or a text that somebody gives. Out: a `Transcript` with the recording's pauses, frozen facts.
Owns: transcripts, the key that makes hearing the same thing twice free, and the book of vendors' jobs, each made once.
Never: a cut, finished time, a recording, a word taken from what a vendor's call says.
"""
