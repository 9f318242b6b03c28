"""Bug reports: what failed for people, and what they tell us by hand; each problem one row, however often it is met.

In: failures from the line and from uploads, words of people. Out: a list for admins; through the outbox Sentry, the
admins' mail, and mail in plain words to whoever was hit. Owns: bug reports and what happened to them.
Never: a report of what a person did or may do, such as stopping, a damaged file, too few credits.
"""
