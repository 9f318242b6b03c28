"""Alerts: what a person has to look at now, told once when it begins, once a day while it lasts, and once when it ends.

In: facts of other rooms. Out: rows of alerts; through the outbox mail, Slack and the studio; a runbook for each name.
Owns: alerts. Never: a repair; an alert without a runbook.
"""
