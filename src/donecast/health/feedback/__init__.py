"""Errors as whoever runs DoneCast looks at them: a list, its search, its figures, one error, and what is done about it.

In: Sentry's mirror, or our own groups of errors where there is no Sentry; bug reports. Out: the same answers from
whichever tells of errors, and which it is. Owns: no table. Never: a failure that looks like "no errors".
"""
