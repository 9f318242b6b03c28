"""The line: a recording goes in, a published episode comes out, one durable step after the other.

In: an operation (whose episode, how far, when to publish). Out: the episode's rendition, and progress that people see.
Owns: operations, their steps, the workers' heartbeats. Never: how a step does its work, which is each feature's own.
"""
