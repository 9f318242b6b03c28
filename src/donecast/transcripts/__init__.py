"""Transcripts: the words of a recording with their times, heard once and found again ever after.

In: a recording's bytes, or a text that somebody gives. Out: a `Transcript` with the recording's pauses, frozen facts.
Owns: transcripts and the key that makes hearing the same thing twice free. Never: a cut, finished time, a recording.
"""
