"""The pure audio and edit domain.

In: words, pauses, facts, choices. Out: proposals, edit lists, timelines, plans, captions' times.
Owns: the meaning of a cut, of finished time, of a plan. Never: a clock, a disk, a log, the network, a file path.
"""
