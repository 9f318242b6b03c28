"""Runs render plans on real files: the only door to codec libraries and to other programs.
Owns: sample frames. Never: a database row, a user, a vendor."""
