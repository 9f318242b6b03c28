"""Episodes: a recording becomes something to listen to, with a title, notes, captions, and a moment of going live.

In: a show, a recording, a template, decisions. Out: renditions, captions, chapters; frozen facts of what is live.
Owns: episodes, renditions, what was spoken and rendered for them. Never: a feed, a public page, the order of the line.
"""
