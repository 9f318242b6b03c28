"""Alerts to evidence to one reply. Nothing is built here yet."""
