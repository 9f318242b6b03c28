"""What Sentry knows of our errors: asked over its API, and kept here as a mirror for when it does not answer.

In: settings with a token, an outgoing way. Out: issues, their last events, and why there are none where it is so.
Owns: `sentry_issues`, `sentry_mirror`. Never: an empty list in place of a failure; a change of many issues at once.
"""
