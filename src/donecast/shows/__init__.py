"""Shows: the programme an episode belongs to, its cover, its weekly slot, and the templates that shape its episodes.

In: what a person says about the show, a cover image. Out: frozen `ShowFacts` and `TemplateFacts`.
Owns: shows, templates, the house music, Apple's categories. Never: an episode, a feed, an address that changes.
"""
