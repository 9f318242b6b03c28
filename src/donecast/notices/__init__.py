"""The outbox: what people and services are told, each thing once, however often it is asked for or tried.

In: a notice with a key, in the transaction of whatever it is about. Out: mail, Slack, Sentry, and a list in the studio.
Owns: `notices`. Never: a failure of the one who tells; who is not reachable now is told later.
"""
