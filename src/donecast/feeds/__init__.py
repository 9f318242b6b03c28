"""The feed that podcast apps read.

In: a show and its live episodes as frozen values. Out: RSS bytes with their validators, and the texts beside them.
Owns: what a correct feed is (RSS 2.0, Apple's rules, the Podcasting 2.0 namespace). Never: an item without audio, a
page for people, a byte of audio.
"""
