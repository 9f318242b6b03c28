"""Text drafts: titles, notes, tags, chapters, summaries and answers that an engine proposes for an episode.

In: an episode's words, a wish. Out: checked drafts with their source and cost; what a person accepts, the episode gets.
Owns: drafts, and why an answer was none. Never: a word of the episode's without a person, the order of the line.
"""
