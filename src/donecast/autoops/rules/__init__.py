"""The pure heart of Auto-Ops: what an alert is, how far a run has come, what may be spent, changed and said."""
