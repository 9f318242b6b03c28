"""Intern: what somebody asked for while recording, and what is answered in the episode or written into its notes.

In: an episode's words, a person's decision, an engine that writes, a voice. Out: answers as inserts of the edit list.
Owns: commands and their answers. Never: an answer that nobody approved, the order of the line.
"""
