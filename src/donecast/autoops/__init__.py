"""Alerts to evidence to one reply.

In: messages of an alert channel. Out: one reply in the thread of each. Owns: alerts, what runs found, how far a channel
was read. Never: a second reply, or an effect that nobody allowed. So far the pure heart stands here, the reading of the
channel, the keeping and bringing of the reply, and the patch gate; the run between them is still to come.
"""
