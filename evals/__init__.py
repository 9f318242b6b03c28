"""How good Auto-Ops is: alerts with everything that can be found out about them, and what a good answer is.

In: a scenario's folder. Out: what was answered, and where it falls short. See `README.md` here.
"""
