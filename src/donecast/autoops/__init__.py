"""Alerts to evidence to one reply.

In: messages of an alert channel. Out: one reply in the thread of each. Owns: alerts, what runs found, how far a channel
was read. Never: a second reply, or an effect that nobody allowed: what it does is reading, and one reply.
"""
