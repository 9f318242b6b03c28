"""How the program was over the last day: a few figures, every five minutes.

In: what the other rooms of health measure. Out: lines of a day. Owns: `health_samples`, for 26 hours. Never: more than
one sample of a figure for each five minutes, however many processes look.
"""
