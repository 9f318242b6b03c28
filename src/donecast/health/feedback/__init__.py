"""Errors as whoever runs DoneCast looks at them: a list, its search, its figures, one error, and what is done about it.

In: Sentry's mirror. Out: the same answers from whatever tells of errors, and of which it is. Owns: no table. Never: a
failure that looks like "no errors".
"""
