"""People, and how the program knows them.

In: an address and a password, a session cookie, a token. Out: a frozen `Account`.
Owns: accounts, sessions, API tokens. Never: a plain password or token at rest, a word to strangers about who exists.
"""
