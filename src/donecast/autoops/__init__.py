"""Alerts to evidence to one reply.

So far the pure heart stands here (what an alert is, how far a run may go, what it may spend, change and say), and the
`gate`, which tries a change that a model proposes.
"""
